/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the count of child processes and the size of the largest. fil_children_made and
 * fil_children_ended are its main entries. */
#include "children.h"

#include "../platform/children.h"
#include "blackbox.h"

#define FORKS 128u  /* forked children whose parent's size at that time is remembered */
#define EARLIER 64u /* children of before the recording that are remembered */

static struct fil_children_kept kept;

/* High 32 bits: the process id; low 32: the pages that the parent had. 0: free. */
static _Atomic uint64_t forks[FORKS];

/* Children from before the recording: they count only if they work in it. */
static struct earlier {
    struct fil_child then;
    _Atomic bool is_counted;
} earlier[EARLIER];
static uint32_t earlier_count;
static int64_t waited_before; /* fil_children_waited_most when the recording began */

static struct earlier *find_earlier(int process_id) {
    for (uint32_t i = 0; i < earlier_count; i++) {
        if (earlier[i].then.process_id == process_id) return &earlier[i];
    }
    return NULL;
}

static void remember(const struct fil_child *child, void *unused) {
    (void)unused;
    if (earlier_count == EARLIER) return;
    earlier[earlier_count].is_counted = false;
    earlier[earlier_count++].then = *child;
}

void fil_children_begin(void) {
    kept = (struct fil_children_kept){0};
    for (uint32_t i = 0; i < FORKS; i++) forks[i] = 0;
    earlier_count = 0;
    fil_children_visit(remember, NULL);
    /* The system has one figure for all children that were ever waited for. */
    waited_before = fil_children_waited_most();
    fil_blackbox_take_in(FIL_PIECE_CHILDREN, &kept, sizeof kept);
}

void fil_children_made(void) {
    atomic_fetch_add(&kept.count, 1);
}

static uint64_t entry_of(int process_id, int64_t had) {
    return (uint64_t)(unsigned)process_id << 32 | (uint64_t)(had / FIL_OS_PAGE);
}

/* Without a free entry, the one at this number's own position is replaced: the size of that child
 * is then a bound. */
void fil_children_forked(int process_id, int64_t had) {
    fil_children_made();
    for (uint32_t i = 0; i < FORKS; i++) {
        uint64_t none = 0;
        _Atomic uint64_t *entry = &forks[((unsigned)process_id + i) % FORKS];
        if (*entry >> 32 == (unsigned)process_id) *entry = 0;
        if (atomic_compare_exchange_strong(entry, &none, entry_of(process_id, had))) return;
    }
    forks[(unsigned)process_id % FORKS] = entry_of(process_id, had);
}

/* Returns the parent's resident bytes when it forked this child; -1: unknown. */
static int64_t had_at_fork(int process_id, bool forget) {
    for (uint32_t i = 0; i < FORKS; i++) {
        uint64_t found = forks[((unsigned)process_id + i) % FORKS];
        if (found >> 32 != (unsigned)process_id) continue;
        if (forget) forks[((unsigned)process_id + i) % FORKS] = 0;
        return fil_children_bytes(found);
    }
    return -1;
}

/* The system's figures are off by some pages a processor. */
static bool is_more(int64_t bytes, int64_t than) {
    return bytes > than + than / 64 + (1 << 20);
}

/* Raises the bound, and below the largest child, while other threads may do so. */
static void note_bound(_Atomic int64_t *most, int64_t bytes) {
    int64_t now = *most;
    while (bytes > now && !atomic_compare_exchange_weak(most, &now, bytes)) continue;
}

static void note_largest(struct fil_children_kept *to, int64_t bytes, int64_t shared) {
    uint64_t value = (uint64_t)(bytes / FIL_OS_PAGE) << 32 | (uint64_t)(shared / FIL_OS_PAGE);
    uint64_t now = to->largest;
    while (value >> 32 > now >> 32 && !atomic_compare_exchange_weak(&to->largest, &now, value))
        continue;
}

/* A child had `most` bytes, which may include its parent's memory at the fork: `had` bytes, -1
 * where unknown. */
static void note(struct fil_children_kept *to, int64_t most, int64_t had) {
    note_bound(&to->most, most);
    int64_t borrowed = had < 0 ? fil_children_parent_most() : had;
    if (is_more(most, borrowed)) note_largest(to, most, had < 0 ? 0 : had);
}

void fil_children_ended(int process_id, int64_t most) {
    int64_t had = had_at_fork(process_id, true);
    struct earlier *old = find_earlier(process_id);
    if (old && !atomic_exchange(&old->is_counted, true)) {
        fil_children_made();
        note_bound(&kept.most, most);
        if (is_more(most, old->then.most)) note(&kept, most, had);
        return;
    }
    note(&kept, most, had);
}

/* Its size is known when it is larger than all that were waited for before. */
void fil_children_ended_unseen(void) {
    int64_t most = fil_children_waited_most();
    if (most > waited_before && most > kept.most) note(&kept, most, -1);
    else if (most > kept.most) kept.has_no_bound = true;
}

/* A pass over the children that are still there. */
struct looking {
    struct fil_children_kept *all;
    uint32_t running;
};

/* Whether the child is from before the recording; if it has worked since, it counts, with what it
 * has now or had meanwhile. */
static bool counts_again(const struct fil_child *child, struct fil_children_kept *all) {
    struct earlier *old = find_earlier(child->process_id);
    if (!old || old->then.start != child->start) return false;
    if (child->worked == old->then.worked && child->most <= old->then.most) return true;
    all->count++;
    int64_t bytes = child->most > old->then.most ? child->most : child->now;
    note_bound(&all->most, child->most);
    if (bytes) note_largest(all, bytes, 0);
    return true;
}

static void look(const struct fil_child *child, void *context) {
    struct looking *looking = context;
    uint32_t before = looking->all->count;
    if (counts_again(child, looking->all)) {
        looking->running += looking->all->count > before && !child->ended;
        return;
    }
    looking->running += !child->ended;
    /* The system refuses to tell, as of another user's process. */
    if (child->most == 0) {
        looking->all->has_no_bound = true;
        return;
    }
    if (!child->is_copy && !child->ended) { /* after an exec it has none of its parent's memory */
        note_bound(&looking->all->most, child->most);
        note_largest(looking->all, child->most, 0);
        return;
    }
    note(looking->all, child->most, had_at_fork(child->process_id, false));
}

/* The copy is static because the stack may be a small thread's, and the struct is whole pages. One
 * snapshot is taken at a time.
 */
void fil_children_describe(struct fil_children *out) {
    static struct fil_children_kept all;
    int64_t waited = fil_children_waited_most();
    all.count = kept.count;
    all.has_no_bound = kept.has_no_bound;
    all.largest = kept.largest;
    all.most = kept.most;
    if (waited > waited_before && waited > all.most) note(&all, waited, -1);
    struct looking looking = {.all = &all};
    bool is_listed = fil_children_visit(look, &looking);
    if (!is_listed) all.has_no_bound = true;
    if (all.count < looking.running)
        all.count = looking.running; /* made without any hook, by a raw system call */
    fil_children_read(&all, out);
    out->running = looking.running;
}
