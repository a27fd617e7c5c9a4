/* SPDX-License-Identifier: Apache-2.0 */
/* Owns the walk over the current thread's frames, from the innermost one outwards. fil_walk_stack
 * is its entry, once for each event of a thread with Python frames.
 *
 * The stack of the last allocation is remembered, frame by frame, outermost first:
 *
 *   memo->entries   [0] <module>  [1] main  [2] load  [3] parse     frame, code, instruction =>
 * node
 *
 * The next walk follows ->previous from the top until it meets a frame that it remembers (a small
 * hint table from frame address to index), then goes down the *remembered* entries checking each
 * against its frame. The loads come from the array, not from the chain of pointers, which makes it
 * twice as fast as walking twice. It may not stop at the first equal frame: a caller's caller may
 * have moved on while the upper frames came back at the same addresses, code and instruction. Only
 * what lies above the lowest difference looks up nodes again.
 *
 * Every frame passed is marked where that can be (marks.h says which, and why it is sound), and the
 * next walk stops at the first mark: a frame that allocates again is checked alone, however deep it
 * lies. An import of pandas allocates at a mean depth of 44.
 *
 * Addresses of code objects are reused: when one was destroyed (the generation changed) everything
 * is forgotten. */
#include "walk.h"

#ifdef FIL_VERIFY
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#endif

#include "codes.h"
#include "frames.h"
#include "lines.h"
#include "marks.h"
#include "memo.h"
#include "states.h"
#include "step.h"

static const struct fil_engine *engine;

void fil_walk_prepare(const struct fil_engine *from) {
    engine = from;
    fil_codes_prepare(from);
}

static uint32_t line_of(struct memo *memo, uint32_t serial, PyCodeObject *code, uint32_t offset) {
    struct known_line *known = &memo->lines[(serial * 0x9E3779B1u + offset / 2) % LINES];
    if (known->serial == serial && known->offset == offset) return known->line;
    const uint8_t *table = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable);
    uint32_t size = (uint32_t)PyBytes_GET_SIZE(code->co_linetable);
    int line = fil_line_at(&memo->cursors[serial % CURSORS], serial, table, size,
                           code->co_firstlineno, offset);
    *known = (struct known_line){serial, offset, line > 0 ? (uint32_t)line : 0};
    return known->line;
}

/* Instructions of one line come one after the other, and share its node. */
static uint32_t look_up(struct memo *memo, uint32_t parent, const fil_frame *frame,
                        PyCodeObject *code, struct fil_code found) {
    if (!found.function) return parent;
    uint32_t offset =
        (uint32_t)((const char *)fil_frame_instruction(frame) - (const char *)_PyCode_CODE(code));
    uint32_t line = line_of(memo, found.serial, code, offset);
    struct known_node *known = &memo->nodes[(parent * 0x9E3779B1u + line) % NODES];
    if (known->parent != parent || known->function != found.function || known->line != line)
        *known = (struct known_node){parent, found.function, line,
                                     engine->child_node(parent, found.function, line)};
    return known->node;
}

static inline enum fil_role role_of(const fil_frame *frame) {
    if (fil_frame_is_entry(frame)) return FIL_ROLE_NONE;
    PyCodeObject *code = (PyCodeObject *)fil_frame_code_address(frame);
    return fil_frame_is_incomplete(frame, code) ? FIL_ROLE_NONE
                                                : fil_codes_find((uintptr_t)code).role;
}

static enum fil_role role_of_caller(const fil_frame *frame) {
    const fil_frame *caller = frame->previous;
    while (caller && fil_frame_is_entry(caller)) caller = caller->previous;
    return caller ? role_of(caller) : FIL_ROLE_NONE;
}

/* Whether a coroutine's frame is the outermost of a task that an event loop goes on with. The main
 * thread's loop isn't looked at: it seldom does what others gave it, and each task would pay. */
static bool is_task(const struct memo *memo, const fil_frame *frame) {
    return memo->root && role_of_caller(frame) == FIL_ROLE_CALLBACK;
}

/* Whether a frame of the import system lies below another, whose node it shares. */
static bool is_inside_import(const fil_frame *frame, enum fil_role role) {
    return role == FIL_ROLE_IMPORT && role_of_caller(frame) == FIL_ROLE_IMPORT;
}

/* The object that stands for the work which the frame does, as another stack gave it; NULL when it
 * does none. */
static PyObject *work_of(const struct memo *memo, const fil_frame *frame, enum fil_role role) {
    if (role == FIL_ROLE_WORK) return fil_frame_first_local(frame);
    return role == FIL_ROLE_COROUTINE && is_task(memo, frame) ? fil_frame_generator(frame) : NULL;
}

/* The node of a frame that does given work. The next work may well come in a frame at the same
 * address, of the same code at the same instruction: it isn't among the known calls, and nothing
 * that it calls is known by it. */
static uint32_t node_of_work(struct memo *memo, uint32_t parent, const fil_frame *frame,
                             PyObject *work, struct fil_code found) {
    uint32_t giver =
        engine->given_work(fil_object_block(work), memo->root, found.role == FIL_ROLE_COROUTINE);
    PyCodeObject *code = (PyCodeObject *)fil_frame_code_address(frame);
    memo->has_work = true;
    return look_up(memo, giver ? giver : parent, frame, code, found);
}

static __attribute__((noinline)) uint32_t node_of_new_call(struct memo *memo, uint32_t parent,
                                                           const fil_frame *frame) {
    if (fil_frame_is_entry(frame)) return parent;
    PyCodeObject *code = (PyCodeObject *)fil_frame_code_address(frame);
    if (fil_frame_is_incomplete(frame, code)) return parent;
    struct fil_code found = fil_codes_find((uintptr_t)code);
    PyObject *work = __builtin_expect(found.role, 0) ? work_of(memo, frame, found.role) : NULL;
    if (work) return node_of_work(memo, parent, frame, work, found);
    bool is_inside = __builtin_expect(found.role, 0) && is_inside_import(frame, found.role);
    uint32_t node = is_inside ? parent : look_up(memo, parent, frame, code, found);
    /* Before its start a generator's instruction counts and a function's doesn't: not to be mixed
     * up. */
    const void *instruction = fil_frame_instruction(frame);
    if (!fil_frame_is_before_start(frame, code))
        *fil_step_call(memo, parent, instruction) =
            (struct known_call){key_of(memo, instruction), parent, node};
    return node;
}

/* The node of a frame called from `parent`. Entry frames and incomplete ones are their caller's. */
static inline uint32_t node_under(struct memo *memo, uint32_t parent, const fil_frame *frame) {
    uint32_t node = fil_step_known(memo, parent, frame);
    return node ? node : node_of_new_call(memo, parent, frame);
}

static inline void remember(struct memo *memo, uint32_t index, fil_frame *frame,
                            const fil_frame *callee, uint32_t node) {
    memo->entries[index] =
        (struct entry){frame, fil_frame_code_address(frame), fil_frame_instruction(frame), node};
    memo->hints[hint_of(frame)] = index;
    fil_frame_mark(frame, callee);
}

static inline bool is_current(const struct entry *entry) {
    return entry->code == fil_frame_code_address(entry->frame) &&
           entry->instruction == fil_frame_instruction(entry->frame);
}

static __attribute__((noinline, cold)) bool is_where_it_was(const struct entry *entry,
                                                            const fil_frame *callee) {
    return entry->instruction == fil_frame_instruction(entry->frame) &&
           fil_frame_is_marked(entry->frame, callee);
}

/* Whether a frame that does given work, and is therefore looked up again, needn't be: the mark
 * tells that it is the same. */
static inline bool is_same_work(const struct entry *entry, const fil_frame *callee) {
    return __builtin_expect(!entry->code, 0) && is_where_it_was(entry, callee);
}

#ifdef FIL_VERIFY
__attribute__((
    visibility("default"))) uint64_t fil_walk_looks; /* for tests: how many frames were looked at */
#endif

static inline void count_look(void) {
#ifdef FIL_VERIFY
    fil_walk_looks++;
#endif
}

/* Where `frame` was in the last stack, or -1. Most often on top, or just below it: what it had
 * called has returned. */
static inline int find_frame(const struct memo *memo, const fil_frame *frame) {
    count_look();
    uint32_t depth = depth_of(memo);
    if (memo->top->frame == frame) return (int)depth - 1;
    if (depth > 1 && memo->top[-1].frame == frame) return (int)depth - 2;
    uint32_t hint = memo->hints[hint_of(frame)];
    return hint < depth && memo->entries[hint].frame == frame ? (int)hint : -1;
}

/* Checks the remembered frames 0..top against the living ones, as far down as they may have
 * changed, and marks them. `callee`: which frame the top one called, or NULL. Gives the lowest that
 * moved on, top + 1 when none did. -1: they are no longer called by one another; those down to
 * `*joined` still are. */
static inline int lowest_change(const struct memo *memo, int top, const fil_frame *callee,
                                int *joined) {
    int lowest = top + 1;
    for (int i = top;; i--) {
        const struct entry *entry = &memo->entries[i];
        const fil_frame *caller = entry->frame->previous;
        count_look();
        if (__builtin_expect(!is_current(entry), 0) && !is_same_work(entry, callee)) lowest = i;
        if (fil_frame_is_marked(entry->frame, callee)) return lowest;
        fil_frame_mark(entry->frame, callee);
        *joined = i;
        if (i == 0) return caller ? -1 : lowest;
        if (__builtin_expect(caller != memo->entries[i - 1].frame, 0)) return -1;
        callee = entry->frame;
    }
}

/* Has frames that do given work looked up whenever a walk comes down to them: it does when nothing
 * above is marked, and a mark tells that they are the same. */
static __attribute__((noinline)) void doubt_work(struct memo *memo, uint32_t from, uint32_t to) {
    memo->has_work = false;
    for (uint32_t i = from; i < to; i++) {
        struct entry *entry = &memo->entries[i];
        if (work_of(memo, entry->frame, role_of(entry->frame))) entry->code = 0;
    }
}

/* Looks up nodes for the remembered frames lowest..top, which are marked, and for the fresh ones
 * above them. */
static inline uint32_t complete(struct memo *memo, int lowest, int top, uint32_t fresh) {
    uint32_t node = memo->entries[lowest - 1].node, index = (uint32_t)lowest;
    for (; (int)index <= top; index++) {
        struct entry *entry = &memo->entries[index];
        node = node_under(memo, node, entry->frame);
        *entry = (struct entry){entry->frame, fil_frame_code_address(entry->frame),
                                fil_frame_instruction(entry->frame), node};
    }
    for (; fresh > 0; index++) {
        fil_frame *frame = memo->fresh[--fresh];
        node = node_under(memo, node, frame);
        remember(memo, index, frame, fresh ? memo->fresh[fresh - 1] : NULL, node);
    }
    if (__builtin_expect(memo->has_work, 0)) doubt_work(memo, (uint32_t)lowest, index);
    set_depth(memo, index);
    return node;
}

static __attribute__((noinline)) uint32_t walk_whole(struct memo *memo, fil_frame *frame) {
    uint32_t fresh = 0;
    for (; frame && fresh < MAX_DEPTH; frame = frame->previous) {
        if (fresh == memo->capacity && !fil_memo_deepen(memo)) break;
        memo->fresh[fresh++] = frame;
    }
    return complete(memo, 0, -1, fresh);
}

/* The remembered frames 0..top are the frame's callers, as they were down to `lowest`, and `fresh`
 * ones lie above them. */
static inline uint32_t join(struct memo *memo, int lowest, int top, uint32_t fresh) {
    if (lowest <= top || fresh) return complete(memo, lowest, top, fresh);
    set_depth(memo, (uint32_t)top + 1);
    return memo->entries[top].node;
}

/* Goes down to the first frames that lie on one another as they did, whose nodes are known.
 * Generators that go on under other callers relink remembered frames: those above the
 * break are as good as fresh. */
static inline uint32_t walk_down(struct memo *memo, fil_frame *current) {
    uint32_t fresh = 0;
    const fil_frame *callee = NULL;
    for (fil_frame *frame = current; frame; callee = frame, frame = frame->previous) {
        int top = find_frame(memo, frame), joined = top;
        uint32_t more = top < 0 ? 1 : (uint32_t)top + 1;
        if (fresh + more > memo->capacity) return walk_whole(memo, current);
        if (top >= 0) {
            int lowest = lowest_change(memo, top, callee, &joined);
            if (lowest >= 0) return join(memo, lowest, top, fresh);
            for (; top > joined; top--) memo->fresh[fresh++] = memo->entries[top].frame;
            frame = memo->entries[joined].frame;
        }
        memo->fresh[fresh++] = frame;
    }
    return complete(memo, 0, -1, fresh);
}

static inline uint32_t generation_now(void) {
    return atomic_load_explicit(&fil_codes_generation, memory_order_acquire);
}

static inline uint32_t answer(uint32_t node, uint32_t root) {
    return node == root ? FIL_NO_STACK : node;
}

static __attribute__((noinline)) uint32_t walk_slowly(void **its_memo, uint32_t root,
                                                      fil_frame *frame) {
    if (!*its_memo) *its_memo = fil_memo_make();
    struct memo *memo = *its_memo;
    if (!memo) return FIL_NO_STACK;
    *memo->top = memo->last;
    uint32_t generation = generation_now();
    if (memo->generation != generation || memo->root != root)
        fil_memo_forget(memo, generation, root);
    return answer(walk_down(memo, frame), root);
}

#define NEAR_CALLERS 4

/* Whether a remembered frame, which isn't marked, has the callers that it had, as far as a look at
 * some of them says: down to one that is marked, or to the last. So it is with what can't be
 * marked, or not yet again: frames of modules, classes and (3.14) generators, and those whose
 * callee has returned. */
static inline bool has_same_callers(const struct entry *entry) {
    if (entry->code != fil_frame_code_address(entry->frame)) return false;
    for (int i = 0; i < NEAR_CALLERS; i++, entry--) {
        const fil_frame *caller = entry->frame->previous;
        if (entry[-1].frame != caller) return false;
        if (!caller) return true;
        if (!is_current(&entry[-1]))
            return false; /* given work, too: to ask more would be a call */
        if (fil_frame_is_marked(caller, entry->frame)) return true;
    }
    return false;
}

/* Second most often, the frame on top of the last walk has called this one, or has returned: to
 * this one, or to who has called this one since. */
static __attribute__((noinline)) uint32_t walk_step(void **its_memo, uint32_t root,
                                                    fil_frame *frame) {
    struct memo *memo = *its_memo;
    struct entry *top = memo->top;
    fil_frame *caller = frame->previous;
    *top = memo->last;
    if (top->frame != caller && top > memo->entries) top--;
    bool is_call = caller && top->frame == caller;
    if (!is_call && top->frame != frame) return walk_slowly(its_memo, root, frame);
    if (top + 1 == memo->entries + memo->capacity) return walk_slowly(its_memo, root, frame);
    const fil_frame *callee = is_call ? frame : NULL;
    if (!fil_frame_is_marked(top->frame, callee)) {
        if (!has_same_callers(top)) return walk_slowly(its_memo, root, frame);
        fil_frame_mark(top->frame, callee);
    }
    uint32_t node = fil_step_known(memo, top[-1].node, top->frame),
             called = is_call && node ? fil_step_known(memo, node, frame) : 0;
    if (!node || (is_call && !called)) return walk_slowly(its_memo, root, frame);
    top->instruction = fil_frame_instruction(top->frame);
    top->node = node;
    if (is_call) {
        remember(memo, (uint32_t)(++top - memo->entries), frame, NULL, called);
        node = called;
    }
    set_depth(memo, (uint32_t)(top + 1 - memo->entries));
    return answer(node, root);
}

/* Most often the frame on top is that of the last walk: then it alone can have moved on. This way
 * calls nothing but at its end: a function that calls something in its middle saves registers for
 * it, whichever way it takes. */
static inline uint32_t walk(void **its_memo, uint32_t root, fil_frame *frame) {
    struct memo *memo = *its_memo;
    bool is_good = memo && memo->generation == generation_now() && memo->root == root;
    if (__builtin_expect(!is_good, 0)) return walk_slowly(its_memo, root, frame);
    if (memo->last.frame != frame) return walk_step(its_memo, root, frame);
    if (!fil_frame_is_marked(frame, NULL)) {
        if (!has_same_callers(memo->top)) return walk_step(its_memo, root, frame);
        fil_frame_mark(frame, NULL);
    }
    uint32_t node = fil_step(memo, frame);
    return node ? answer(node, root) : walk_slowly(its_memo, root, frame);
}

static inline uint32_t stack_of(PyThreadState *state, void **its_memo, uint32_t root) {
    fil_frame *frame = state ? fil_current_frame(state) : NULL;
    return frame ? walk(its_memo, root, frame) : FIL_NO_STACK;
}

static __attribute__((noinline)) uint32_t stack_without_gil(void **its_memo, uint32_t root) {
    return stack_of(fil_thread_state(false), its_memo, root);
}

static inline uint32_t take_stack(void **its_memo, uint32_t root, bool is_attached) {
    return is_attached ? stack_of(fil_thread_state(true), its_memo, root)
                       : stack_without_gil(its_memo, root);
}

#ifdef FIL_VERIFY
/* For tests: every answer is compared with a walk that remembers nothing. */
void fil_walk_verify(uint32_t root, bool is_attached, uint32_t node) {
    static _Thread_local struct memo *other;
    PyThreadState *state = fil_thread_state(is_attached);
    fil_frame *frame = state ? fil_current_frame(state) : NULL;
    if (!other) other = fil_memo_make();
    if (!other || !frame) return;
    if (other->generation != generation_now()) memset(other->calls, 0, sizeof other->calls);
    fil_memo_forget(other, generation_now(), root);
    if (answer(walk_whole(other, frame), root) == node) return;
    static const char message[] = "the walk's answer differs from a whole walk's\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) > 0) abort();
}

uint32_t fil_walk_stack(void **its_memo, uint32_t root, bool is_attached) {
    uint32_t node = take_stack(its_memo, root, is_attached);
    fil_walk_verify(root, is_attached, node);
    return node;
}
#else
uint32_t fil_walk_stack(void **its_memo, uint32_t root, bool is_attached) {
    return take_stack(its_memo, root, is_attached);
}
#endif

bool fil_walk_refresh(void *place, uint32_t root) {
    struct memo *memo = place;
    uint32_t generation = generation_now();
    if (!memo) return false;
    if (memo->generation != generation || memo->root != root)
        fil_memo_forget(memo, generation, root);
    return true;
}

#ifdef FIL_DEBUG
bool fil_walk_is_fresh(const void *place, uint32_t root) {
    const struct memo *memo = place;
    return memo && memo->generation == generation_now() && memo->root == root;
}
#endif

bool fil_walk_has_pymalloc(void) {
    const char *name = _PyMem_GetCurrentAllocatorName();
    return name && strcmp(name, "pymalloc") == 0;
}

bool fil_walk_has_mimalloc(void) {
#if PY_VERSION_HEX >= 0x030D0000
    int allocator = _PyRuntime.preconfig.allocator;
    return allocator == PYMEM_ALLOCATOR_MIMALLOC || allocator == PYMEM_ALLOCATOR_MIMALLOC_DEBUG;
#else
    return false;
#endif
}
