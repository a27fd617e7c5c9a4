/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the short way of Python's allocators: an ordinary event is recorded here, in the extension,
 * so that nothing of it is a call but the allocator itself. Its main entry is fil_hooks_wrap.
 *
 * Each function that does the usual is followed by those for the rest, which are out of line: a
 * function that calls something in its middle saves registers for it, whichever way it takes. */
#include "hooks.h"

#include "../base/debug.h"
#include "../record/event.h"
#include "states.h"
#include "step.h"
#include "walk.h"

#define APART __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
/* Bytes: what is larger pymalloc leaves to malloc, which is hooked. For the others it calls nothing
 * of ours but munmap, which finds nothing: the guard is off by then, and nothing is left to do. */
#define PYMALLOC_MAX 512
#define SMALL_FACTORS ((size_t)1 << 16) /* below it, a product is no more than its low bits */

static struct fil_shortway shortway;
static struct fil_python_allocator long_way; /* the shim's hooks, the same for all allocators */
static void (*wrap)(struct fil_python_allocator *inner, struct fil_python_allocator *hook);

void fil_hooks_prepare(const struct fil_engine *engine) {
    shortway = *engine->shortway();
    wrap = engine->wrap_python_allocator;
}

#ifdef FIL_VERIFY
#define VERIFY(thread, node) fil_walk_verify((thread)->root, true, node)
#else
#define VERIFY(thread, node) ((void)0)
#endif

/* The calling thread, if its event may go the short way, with the guard set from now on. */
FIL_INLINED struct fil_thread *guarded(void) {
    struct fil_thread *thread = fil_event_thread(shortway.words);
    if (UNLIKELY(!thread) || UNLIKELY(thread->local->guard)) return NULL;
    thread->local->guard = 1;
    return thread;
}

/* Whether the thread's section has begun: the gate still names it. */
FIL_INLINED bool begins(struct fil_state_words *words, struct fil_thread *thread) {
    if (UNLIKELY(!fil_event_begin(words, thread))) return false;
    FIL_PROMISE(shortway.is_valid(thread, fil_walk_is_fresh));
    return true;
}

/* The thread's stack as a node, where nothing but the last instruction has changed; else 0. */
FIL_INLINED uint32_t stack_at_once(struct fil_thread *thread) {
    PyThreadState *state = fil_thread_state(true);
    fil_frame *frame = LIKELY(state) ? fil_attached_frame(state) : NULL;
    struct memo *memo = thread->memo;
    bool is_same = LIKELY(frame) && LIKELY(memo->last.frame == frame);
    if (!is_same || UNLIKELY(!fil_frame_is_marked(frame, NULL))) return 0;
    uint32_t node = fil_step(memo, frame);
    return LIKELY(node != thread->root) ? node : 0;
}

/* Pymalloc's blocks, and malloc's that it passes on, lie on multiples of 16; and an address of
 * x86-64 has 47 bits, unless a program asks for others. */
FIL_INLINED bool is_ordinary(const void *block) {
#ifdef __x86_64__
    (void)block;
    return true;
#else
    return LIKELY(fil_address_is_ordinary((uintptr_t)block));
#endif
}

FIL_INLINED bool may_enter(const struct fil_thread *thread, uint32_t node) {
    return LIKELY(node != 0) && LIKELY(node < thread->short_slots);
}

/* Of the section, and of the hook. */
FIL_INLINED void leave(struct fil_thread *thread) {
    fil_event_end(thread);
    thread->local->guard = 0;
}

FIL_INLINED void *counted(struct fil_thread *thread, uint32_t node, void *block, size_t bytes) {
    if (UNLIKELY(fil_event_gain(shortway.totals, thread, node, bytes)))
        return shortway.reached(block);
    leave(thread);
    return block;
}

/* In the section: enters the block and counts it. */
FIL_INLINED void *recorded_at(struct fil_thread *thread, uint32_t node, void *block, size_t bytes) {
    enum fil_entry_kind kind = bytes > FIL_TINY_MAX ? FIL_SMALL : FIL_TINY;
    uint32_t *entry = may_enter(thread, node) && is_ordinary(block)
                          ? fil_event_place(shortway.fans, kind, (uintptr_t)block)
                          : NULL;
    if (UNLIKELY(!entry)) return shortway.allocated(block, bytes);
    VERIFY(thread, node);
    *entry = fil_packed(node, fil_half_of(kind, (uintptr_t)block), bytes);
    return counted(thread, node, block, bytes);
}

static APART void *recorded_after_walk(struct fil_thread *thread, void *block, size_t bytes) {
    uint32_t node = fil_walk_stack(&thread->memo, thread->root, true);
    return recorded_at(thread, node, block, bytes);
}

FIL_INLINED void *recorded(struct fil_thread *thread, void *block, size_t bytes) {
    struct fil_state_words *words = shortway.words;
    bool is_open = LIKELY(block) && LIKELY(begins(words, thread));
    if (UNLIKELY(!is_open) || UNLIKELY(fil_event_looks(words)))
        return shortway.allocated(block, bytes);
    uint32_t node = stack_at_once(thread);
    if (UNLIKELY(!node)) return recorded_after_walk(thread, block, bytes);
    return recorded_at(thread, node, block, bytes);
}

static void *recorded_big(struct fil_thread *thread, void *block, size_t bytes) {
    bool is_open = block && begins(shortway.words, thread);
    if (!is_open || fil_event_looks(shortway.words)) return shortway.allocated(block, bytes);
    uint32_t node = fil_walk_stack(&thread->memo, thread->root, true);
    struct fil_big_entry *big = may_enter(thread, node) && is_ordinary(block)
                                    ? fil_event_big(shortway.fans, (uintptr_t)block, true)
                                    : NULL;
    if (!big) return shortway.allocated(block, bytes);
    *big = (struct fil_big_entry){node, 0, bytes, (uint8_t)fil_big_unit((uintptr_t)block)};
    return counted(thread, node, block, bytes);
}

/* Blocks of FIL_SMALL_MAX + 1 bytes and more. */
static APART void *malloc_big(void *ctx, size_t bytes) {
    struct fil_python_allocator *inner = ctx;
    struct fil_thread *thread = bytes < FIL_LARGE_BLOCK ? guarded() : NULL;
    if (!thread) return long_way.malloc(ctx, bytes);
    return recorded_big(thread, inner->malloc(inner->ctx, bytes), bytes);
}

static void *hook_malloc(void *ctx, size_t bytes) {
    struct fil_python_allocator *inner = ctx;
    if (UNLIKELY(bytes > FIL_SMALL_MAX)) return malloc_big(ctx, bytes);
    struct fil_thread *thread = guarded();
    if (UNLIKELY(!thread)) return long_way.malloc(ctx, bytes);
    return recorded(thread, inner->malloc(inner->ctx, bytes), bytes);
}

static void *hook_calloc(void *ctx, size_t count, size_t bytes) {
    struct fil_python_allocator *inner = ctx;
    if (UNLIKELY((count | bytes) >= SMALL_FACTORS) || UNLIKELY(count * bytes > FIL_SMALL_MAX))
        return long_way.calloc(ctx, count, bytes);
    struct fil_thread *thread = guarded();
    if (UNLIKELY(!thread)) return long_way.calloc(ctx, count, bytes);
    return recorded(thread, inner->calloc(inner->ctx, count, bytes), count * bytes);
}

/* The section's end, and what only the long way can do. */
static APART void free_the_long_way(void *ctx, void *block, struct fil_thread *thread) {
    leave(thread);
    long_way.free(ctx, block);
}

/* The allocator may free in its turn, which isn't counted. */
static APART void free_guarded(struct fil_python_allocator *inner, void *block,
                               struct fil_thread *thread) {
    struct fil_thread_local *local = thread->local;
    fil_event_end(thread);
    inner->free(inner->ctx, block);
    local->guard = 0;
}

/* In the section: blocks of FIL_SMALL_MAX + 1 bytes and more. */
static APART void free_big(void *ctx, void *block, struct fil_thread *thread) {
    struct fil_big_entry *big = fil_event_big(shortway.fans, (uintptr_t)block, false);
    struct fil_big_entry known = big ? *big : (struct fil_big_entry){0, 0, FIL_LARGE_BLOCK, 0};
    bool is_usual = known.bytes < FIL_LARGE_BLOCK && known.node < thread->short_slots &&
                    fil_event_may_lose(shortway.totals, (int64_t)known.bytes, true);
    if (!is_usual) return free_the_long_way(ctx, block, thread);
    *big = (struct fil_big_entry){0, 0, 0, 0};
    fil_event_lose(shortway.totals, thread, known.node, (int64_t)known.bytes);
    free_guarded(ctx, block, thread);
}

/* In the section: where a maximum ends, and for all but small blocks. */
static APART void free_unsteadily(void *ctx, void *block, struct fil_thread *thread) {
    uint32_t *entry = fil_event_entry(shortway.fans, (uintptr_t)block);
    if (!entry) return free_big(ctx, block, thread);
    uint32_t node = fil_packed_node(*entry), bytes = fil_packed_bytes(*entry);
    bool is_usual = node < thread->short_slots && fil_event_may_lose(shortway.totals, bytes, bytes);
    if (!is_usual) return free_the_long_way(ctx, block, thread);
    *entry = 0;
    fil_event_lose(shortway.totals, thread, node, bytes);
    free_guarded(ctx, block, thread);
}

/* All that it calls it calls at its end. */
static void hook_free(void *ctx, void *block) {
    struct fil_python_allocator *inner = ctx;
    struct fil_thread *thread = LIKELY(block) && is_ordinary(block) ? guarded() : NULL;
    if (UNLIKELY(!thread)) return long_way.free(ctx, block);
    if (UNLIKELY(!begins(shortway.words, thread))) return free_the_long_way(ctx, block, thread);
    uint32_t *entry = fil_event_entry(shortway.fans, (uintptr_t)block);
    if (UNLIKELY(!entry)) return free_unsteadily(ctx, block, thread);
    uint32_t node = fil_packed_node(*entry), bytes = fil_packed_bytes(*entry);
    if (UNLIKELY(node >= thread->short_slots) ||
        UNLIKELY(!fil_event_is_steady(shortway.totals, bytes)))
        return free_unsteadily(ctx, block, thread);
    *entry = 0;
    fil_event_lose(shortway.totals, thread, node, bytes);
    if (UNLIKELY(bytes > PYMALLOC_MAX)) return free_guarded(inner, block, thread);
    leave(thread);
    inner->free(inner->ctx, block);
}

/* A block that was taken out of its entry, so that another thread may have its address. */
struct taken {
    uint32_t packed, recording;
    void *block;
};

/* In the section: the block moves from one node to another in one instant. */
FIL_INLINED void *moved_at(struct fil_thread *thread, struct taken taken, uint32_t node, void *to,
                           size_t bytes) {
    struct fil_totals *totals = shortway.totals;
    enum fil_entry_kind kind = bytes > FIL_TINY_MAX ? FIL_SMALL : FIL_TINY;
    uint32_t old_node = fil_packed_node(taken.packed);
    int64_t old = fil_packed_bytes(taken.packed), more = (int64_t)bytes - old;
    uint32_t *entry = may_enter(thread, node) && is_ordinary(to) && old_node < thread->short_slots
                          ? fil_event_place(shortway.fans, kind, (uintptr_t)to)
                          : NULL;
    if (!entry || (more <= 0 && !fil_event_may_lose(totals, -more, old)))
        return shortway.moved(taken.packed, taken.recording, taken.block, to, bytes);
    VERIFY(thread, node);
    *entry = fil_packed(node, fil_half_of(kind, (uintptr_t)to), bytes);
    uint32_t epoch = fil_totals_epoch(totals);
    fil_slot_change(&thread->slots[old_node], epoch, -old, 0);
    fil_slot_change(&thread->slots[node], epoch, (int64_t)bytes, 1);
    if (more <= 0) totals->current += more;
    else if (UNLIKELY(fil_totals_raise(totals, more))) return shortway.reached(to);
    leave(thread);
    return to;
}

static APART void *moved_after_walk(struct fil_thread *thread, struct taken taken, void *to,
                                    size_t bytes) {
    uint32_t node = fil_walk_stack(&thread->memo, thread->root, true);
    return moved_at(thread, taken, node, to, bytes);
}

FIL_INLINED uint32_t recording_now(void) {
    return atomic_load_explicit(&shortway.words->recording, memory_order_relaxed);
}

FIL_INLINED void *moved(struct fil_thread *thread, struct taken taken, void *to, size_t bytes) {
    bool is_open = LIKELY(to) && LIKELY(begins(shortway.words, thread));
    if (UNLIKELY(!is_open) || UNLIKELY(taken.recording != recording_now()) ||
        UNLIKELY(fil_event_looks(shortway.words)))
        return shortway.moved(taken.packed, taken.recording, taken.block, to, bytes);
    uint32_t node = stack_at_once(thread);
    if (UNLIKELY(!node)) return moved_after_walk(thread, taken, to, bytes);
    return moved_at(thread, taken, node, to, bytes);
}

static APART void *realloc_the_long_way(void *ctx, void *block, size_t bytes,
                                        struct fil_thread *thread) {
    leave(thread);
    return long_way.realloc(ctx, block, bytes);
}

static void *hook_realloc(void *ctx, void *block, size_t bytes) {
    struct fil_python_allocator *inner = ctx;
    if (UNLIKELY(!block)) return hook_malloc(ctx, bytes);
    bool may_be = LIKELY(bytes <= FIL_SMALL_MAX) && is_ordinary(block);
    struct fil_thread *thread = may_be ? guarded() : NULL;
    if (UNLIKELY(!thread)) return long_way.realloc(ctx, block, bytes);
    uint32_t *entry = LIKELY(begins(shortway.words, thread))
                          ? fil_event_entry(shortway.fans, (uintptr_t)block)
                          : NULL;
    if (UNLIKELY(!entry)) return realloc_the_long_way(ctx, block, bytes, thread);
    struct taken taken = {*entry, recording_now(), block};
    *entry = 0;
    fil_event_end(thread);
    return moved(thread, taken, inner->realloc(inner->ctx, block, bytes), bytes);
}

/* Other allocators, and other tools' hooks below, get the long way. */
void fil_hooks_wrap(struct fil_python_allocator *inner, struct fil_python_allocator *hook,
                    bool is_pymalloc) {
    wrap(inner, &long_way);
    *hook = long_way;
    if (is_pymalloc)
        *hook =
            (struct fil_python_allocator){inner, hook_malloc, hook_calloc, hook_realloc, hook_free};
}
