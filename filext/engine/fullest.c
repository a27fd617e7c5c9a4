/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the moment at which resident memory was largest, and the list of files mapped then.
 * fil_fullest_consider is its main entry, with each reading of resident memory. */
#include "fullest.h"

#include <stdatomic.h>
#include <string.h>

#include "../base/spinlock.h"
#include "allowance.h"
#include "blackbox.h"
#include "calltree.h"
#include "paths.h"
#include "timeline.h"

/* A moment that is fuller by less than this share and STEP_LEAST bytes isn't kept. */
#define STEP_SHARE 64
#define STEP_LEAST (256 << 10)
#define SHARED_STEP (1 << 20) /* so many bytes of shared memory may be taken for files */
/* Reading the figures, and reading the mappings, each may take this part of the time. */
#define TIME_SHARE 400
#define CREDIT_NS 2000000
#define FIGURES_NS 5000 /* one reading of the figures; measuring it would cost half as much */

/* Guarded by the lock; the black box's reader sees it change. */
static struct fil_fullest fullest;

static struct {
    struct fil_spinlock lock;
    struct fil_allowance figures, mappings;
    /* bytes of files and shared memory together, when the latter was last read */
    int64_t shared_at;
    bool is_stale; /* the list is of an earlier moment: better than none if the program is killed */
    bool gone[FIL_FULLEST_FILES]; /* by index in the list: files that are no longer mapped */
} looks = {.lock = FIL_SPINLOCK(FIL_LOCK_FULLEST),
           .figures = {TIME_SHARE, CREDIT_NS, 0, 0},
           .mappings = {TIME_SHARE, CREDIT_NS, 0, 0}};

bool fil_fullest_is_due(void) {
    return fil_allowance_is_due(&looks.figures);
}

/* Returns an entry for a file with so many resident bytes: a new one, or that of the file with the
 * least. NULL: all have more. */
static struct fil_fullest_file *entry_for(int64_t resident) {
    if (fullest.count < FIL_FULLEST_FILES) return &fullest.files[fullest.count];
    struct fil_fullest_file *least = &fullest.files[0];
    for (uint32_t i = 1; i < fullest.count; i++) {
        if (fullest.files[i].resident < least->resident) least = &fullest.files[i];
    }
    return least->resident < resident ? least : NULL;
}

/* A range that was split has the serial of the whole: the part that is read first stands for it. */
static bool is_listed(uint32_t serial) {
    for (uint32_t i = 0; i < fullest.count; i++) {
        if (fullest.files[i].serial == serial) return true;
    }
    return false;
}

/* Whether the range is a file that was mapped at the fullest moment and hasn't been read since: the
 * first reading is the nearest to the moment. */
static bool is_wanted(const struct fil_range *range) {
    if (!range->path || range->end - range->start < FIL_FULLEST_LEAST) return false;
    return (int32_t)(fullest.serial - range->serial) >= 0 && !is_listed(range->serial);
}

/* The count is written last, so that the black box's reader finds only whole files. */
static void list_file(const struct fil_range *range) {
    size_t bytes = range->end - range->start;
    int64_t resident = (int64_t)fil_os_file_pages_in(range->start, bytes);
    struct fil_fullest_file *entry = entry_for(resident);
    if (!entry) return;
    uint32_t text_bytes;
    const char *path = fil_paths_text(&text_bytes) + range->path;
    size_t length = strnlen(path, FIL_FULLEST_PATH - 1);
    entry->mapped = (int64_t)(bytes - range->slack);
    entry->resident = resident;
    entry->node = range->node;
    entry->serial = range->serial;
    looks.gone[entry - fullest.files] = false;
    memcpy(entry->path, path, length);
    entry->path[length] = 0;
    atomic_signal_fence(memory_order_release);
    if (entry == &fullest.files[fullest.count]) fullest.count++;
}

/* The list of an earlier moment stays until files of the new one are read. */
static void begin_list(void) {
    if (looks.is_stale) fullest.count = 0;
    looks.is_stale = false;
}

/* With the mappings' lock, or a quiescent engine. */
static void list_all(void) {
    int64_t begun = fil_os_work_ns();
    begin_list();
    for (size_t i = 0; i < fil_ranges_count(); i++) {
        if (is_wanted(fil_ranges_at(i))) list_file(fil_ranges_at(i));
    }
    fil_allowance_charge(&looks.mappings, fil_os_work_ns() - begun);
}

/* Reading shared memory apart from files takes ten times as long as reading both together. */
static void tell_shared(int64_t both) {
    int64_t change = both - looks.shared_at;
    if (change < SHARED_STEP && -change < SHARED_STEP) return;
    fullest.shared = fil_os_resident_shared_bytes();
    looks.shared_at = both;
}

/* Files that were unmapped before a new moment aren't part of it. */
static void drop_gone(void) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < fullest.count; i++) {
        if (!looks.gone[i]) fullest.files[count++] = fullest.files[i];
    }
    fullest.count = count;
    memset(looks.gone, 0, sizeof looks.gone);
}

static void keep(struct fil_peak_sample now, int64_t tracked) {
    drop_gone();
    looks.is_stale = true;
    fullest.serial = fil_ranges_newest();
    fullest.sample = now;
    tell_shared(now.files);
    fullest.tracked = tracked > 0 ? tracked : 0; /* as in the timeline */
    fullest.ns = fil_os_coarse_clock_ns() - fil_timeline.started_ns;
}

void fil_fullest_consider(struct fil_peak_sample now, int64_t tracked, bool in_any_case) {
    if (!fil_spinlock_try(&looks.lock)) return; /* another thread looks already */
    int64_t step = in_any_case ? 0 : fullest.sample.resident / STEP_SHARE + STEP_LEAST;
    bool is_fuller = now.resident > fullest.sample.resident + step;
    /* A step is wanted, or a program that grows page by page would have a new moment, and its files
     * read, at each look. */
    if (is_fuller) keep(now, tracked);
    fil_allowance_charge(&looks.figures, FIGURES_NS);
    /* The caller may hold the mappings' lock already: then the files are read when they are
     * unmapped, or at the end. */
    if (is_fuller && fil_allowance_is_due(&looks.mappings) && fil_spinlock_try(&fil_ranges_lock)) {
        list_all();
        fil_spinlock_unlock(&fil_ranges_lock);
    }
    fil_spinlock_unlock(&looks.lock);
}

bool fil_fullest_may_read(const struct fil_range *range) {
    return range->path && fil_allowance_is_due(&looks.mappings);
}

void fil_fullest_going(const struct fil_range *range, bool may_read) {
    fil_spinlock_assert_held(&fil_ranges_lock);
    /* Waited for, since the file's last moment is now. Who has the lock never waits for the
     * mappings'. */
    int64_t begun = may_read ? fil_os_work_ns() : 0;
    fil_spinlock_lock(&looks.lock);
    if (may_read) begin_list();
    if (may_read && is_wanted(range)) list_file(range);
    for (uint32_t i = 0; i < fullest.count; i++)
        looks.gone[i] |= fullest.files[i].serial == range->serial;
    if (may_read) fil_allowance_charge(&looks.mappings, FIGURES_NS + fil_os_work_ns() - begun);
    fil_spinlock_unlock(&looks.lock);
}

const struct fil_fullest *fil_fullest_complete(void) {
    list_all();
    return &fullest;
}

void fil_fullest_clear(void) {
    fullest.sample = (struct fil_peak_sample){0, 0, 0};
    fullest.shared = fullest.tracked = fullest.ns = 0;
    fullest.serial = fullest.count = 0;
    looks.is_stale = false;
    memset(looks.gone, 0, sizeof looks.gone);
    looks.shared_at = 0;
    fil_allowance_clear(&looks.figures);
    fil_allowance_clear(&looks.mappings);
}

void fil_fullest_keep(void) {
    fil_blackbox_take_in(FIL_PIECE_FULLEST, &fullest, sizeof fullest);
}

void fil_fullest_after_fork(void) {
    fil_spinlock_reset(&looks.lock);
}

#ifdef FIL_DEBUG
bool fil_fullest_is_valid(void) {
    for (uint32_t i = 0; i < fullest.count && i < FIL_FULLEST_FILES; i++) {
        const struct fil_fullest_file *file = &fullest.files[i];
        bool is_whole = file->resident >= 0 && file->resident <= file->mapped + FIL_OS_PAGE;
        if (!is_whole || !fil_calltree_node_is_valid(file->node)) return false;
        if ((int32_t)(fullest.serial - file->serial) < 0) return false;
    }
    return fullest.count <= FIL_FULLEST_FILES;
}
#endif
