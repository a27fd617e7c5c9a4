/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the watch over the memory that is left to another process. fil_memorywatch_look is its main
 * entry, called each time the watcher wakes. */
#include "memorywatch.h"

#include "../base/shortage.h"
#include "../platform/os.h"
#include "../platform/process.h"

#define SHORTEST_MS 10
#define LONGEST_MS 1000
/* Faster than any memory is filled: what is left is looked at before it can be used up. */
#define BYTES_PER_MS 20000000

void fil_memorywatch_begin(const struct fil_dying *dying, struct fil_blackbox_head *head) {
    struct fil_os_memory memory;
    fil_os_memory_of(dying->process_id);
    atomic_store(&head->watches_memory, fil_os_memory_read(&memory));
}

/* Who no longer wants to be told by this signal waits until it is no longer being sent. */
static void tell(const struct fil_dying *dying, struct fil_blackbox_head *head) {
    atomic_store(&head->signalling, 1);
    int number = atomic_load(&head->shortage_signal);
    if (number && fil_process_takes(dying->process_id, number))
        fil_process_signal(dying->process_id, dying->fd, number, FIL_BLACKBOX_SHORTAGE);
    atomic_store(&head->signalling, 0);
}

static int look(const struct fil_dying *dying, struct fil_blackbox_head *head) {
    struct fil_os_memory memory;
    if (!head->shortage_signal || head->reported) return -1;
    if (!head->watches_memory || !fil_os_memory_read(&memory)) {
        atomic_store(&head->watches_memory, 0);
        return -1;
    }
    if (fil_shortage_is_there(&memory, 0)) {
        tell(dying, head);
        return SHORTEST_MS;
    }
    int64_t pause = (memory.available - fil_shortage_threshold(memory.total)) / BYTES_PER_MS;
    return pause < SHORTEST_MS ? SHORTEST_MS : pause > LONGEST_MS ? LONGEST_MS : (int)pause;
}

static int64_t now_ms(void) {
    return fil_os_clock_ns() / 1000000;
}

int fil_memorywatch_look(const struct fil_dying *dying, struct fil_blackbox_head *head) {
    static int64_t due; /* asked before, it doesn't look */
    int64_t left = due - now_ms();
    if (left > 0) return (int)left;
    int pause = look(dying, head);
    due = now_ms() + pause;
    return pause;
}
