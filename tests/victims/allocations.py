# libc's whole family: each call keeps a block of its own size, and what the program can see is printed, to be the same as ever.
# options: --disable-oom-detection
import ctypes
import os

c = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/allocations.so", use_errno=True)
SIZE, POINTER = ctypes.c_size_t, ctypes.c_void_p
for name in ("malloc", "calloc", "realloc", "reallocarray", "posix_memalign", "aligned_alloc", "memalign", "valloc", "pvalloc"):
    getattr(c, f"keep_{name}").restype = POINTER
for name in ("strdup", "strndup", "wcsdup", "asprintf", "getline", "open_memstream"):
    getattr(c, f"keep_{name}").restype = POINTER
c.keep_realloc.argtypes = [POINTER, SIZE]
c.keep_reallocarray.argtypes = [POINTER, SIZE, SIZE]
MB = 1_000_000
text = b"x" * (3 * MB - 1)  # expect: 3000000 at :15 (<module>)
wide = ctypes.create_unicode_buffer("w" * (MB - 1), MB)  # expect-line: 4000000 at :16 (<module>)

kept = [
    c.keep_malloc(SIZE(2 * MB)),  # expect: 2000000 at :19 (<module>)
    c.keep_calloc(SIZE(3), SIZE(MB)),  # expect: 3000000 at :20 (<module>)
    c.keep_posix_memalign(SIZE(4096), SIZE(5 * MB)),  # expect: 5000000 at :21 (<module>)
    c.keep_aligned_alloc(SIZE(64), SIZE(6 * MB)),  # expect: 6000000 at :22 (<module>)
    c.keep_memalign(SIZE(128), SIZE(7 * MB)),  # expect: 7000000 at :23 (<module>)
    c.keep_valloc(SIZE(8 * MB)),  # expect: 8000000 at :24 (<module>)
    c.keep_pvalloc(SIZE(9 * MB)),  # expect: 9000000 at :25 (<module>)
    c.keep_strdup(text),  # expect: 3000000 at :26 (<module>)
    c.keep_strndup(text, SIZE(2 * MB)),  # expect: 2000000 at :27 (<module>)
    c.keep_asprintf(4 * MB),  # expect: 4000000 at :28 (<module>)
    c.keep_getline(SIZE(3 * MB), SIZE(2 * MB)),  # expect: 4000000 at :29 (<module>)
    c.keep_open_memstream(SIZE(2 * MB)),  # expect: 2000000 at :30 (<module>)
    c.keep_wcsdup(wide),  # expect: 4000000 at :31 (<module>)
]

# A realloc makes the block its own: all of it belongs to the last line.
block = c.keep_realloc(None, 1 * MB)
block = c.keep_realloc(block, 50 * MB)
block = c.keep_realloc(block, 8 * MB)  # expect: 8000000 at :37 (<module>)
array = c.keep_reallocarray(None, 2, MB)
array = c.keep_reallocarray(array, 9, MB)  # expect: 9000000 at :39 (<module>)

# Refused: the block stays whose it was.
c.keep_realloc.errcheck = c.keep_reallocarray.errcheck = lambda result, function, arguments: (result, ctypes.get_errno())
still = c.keep_malloc(SIZE(4 * MB))  # expect: 4000000 at :43 (<module>)
print(c.keep_realloc(still, 1 << 63), c.keep_reallocarray(still, 1 << 33, 1 << 33))

for _ in range(3):
    c.drop_all_ways(SIZE(20 * MB))
c.say_sizes()
c.say_alignments()
c.say_reallocs()
c.say_refusals()
c.say_text()
for refused in (lambda: bytearray(1 << 62), lambda: [0] * (1 << 58), lambda: "x" * (1 << 61)):
    try:
        refused()
    except MemoryError as error:
        print("MemoryError", error)
last = c.keep_malloc(SIZE(100 * MB))  # expect: 100000000 at :58 (<module>)
# expect-peak: 187000000
