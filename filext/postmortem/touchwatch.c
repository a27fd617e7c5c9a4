/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the watcher's looks at what the program touches. fil_touchwatch_look is its main entry. */
#include "touchwatch.h"

#include "../platform/os.h"
#include "../platform/process.h"

/* While anything changes it looks every 10 ms, else less and less often; and it works for a
 * fiftieth of the time at most. */
#define SHORTEST_MS 10
#define LONGEST_MS 80
#define SHARE 50
#define NS_PER_MS 1000000

static struct {
    struct fil_touched seen;
    int pages; /* opened at the first look: of the memory that the program had then, whatever it
                  becomes; -1: it can't be looked at */
    bool has_begun;
    int pause;
} watch;

/* The next look is due when the program is as it was for so long already. */
static int pause_after(bool is_other, int64_t took_ns) {
    watch.pause = is_other ? SHORTEST_MS : watch.pause * 2;
    if (watch.pause > LONGEST_MS) watch.pause = LONGEST_MS;
    int64_t least = took_ns * SHARE / NS_PER_MS;
    return least > watch.pause ? (int)least : watch.pause;
}

int fil_touchwatch_look(const struct fil_dying *dying, const struct fil_blackbox_head *head) {
    struct fil_blackboxcopy copies;
    if (!watch.has_begun) watch.pages = fil_process_open_pages(dying->process_id);
    if (!watch.has_begun) watch.pause = SHORTEST_MS;
    watch.has_begun = true;
    if (watch.pages < 0 || head->state > FIL_BLACKBOX_RECORDING || head->reported) return -1;
    int64_t begun = fil_os_work_ns();
    if (fil_blackboxcopy_open(&copies, dying->box) != 0) return LONGEST_MS;
    bool is_other = fil_asked_copy(&copies) &&
                    fil_touched_look(&watch.seen, &copies, dying->process_id, watch.pages);
    fil_blackboxcopy_close(&copies);
    return pause_after(is_other, fil_os_work_ns() - begun);
}

const struct fil_touched *fil_touchwatch_seen(void) {
    return &watch.seen;
}
