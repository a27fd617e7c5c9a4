# C++'s new and delete: every form at its line, placement with the block it is placed in, failures as ever.
# needs: g++
# options: --disable-oom-detection
import ctypes
import os

c = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/new_delete.so")
SIZE = ctypes.c_size_t
MB = 1_000_000
c.churn_all(SIZE(40_000))
c.keep_new(SIZE(2 * MB))  # expect: 2000000 at :11 (<module>)
c.keep_new_array(SIZE(3_000))  # expect: 3000008 at :12 (<module>)
c.keep_new_nothrow(SIZE(4 * MB))  # expect: 4000000 at :13 (<module>)
c.keep_new_array_nothrow(SIZE(5 * MB))  # expect: 5000000 at :14 (<module>)
c.keep_new_aligned(SIZE(6 * MB))  # expect: 6000000 at :15 (<module>)
c.keep_new_array_aligned(SIZE(7_000))  # expect: 7168000 at :16 (<module>)
c.keep_new_aligned_nothrow(SIZE(8 * MB))  # expect: 8000000 at :17 (<module>)
c.keep_placement(SIZE(9_000))  # expect: 9000000 at :18 (<module>)
c.keep_containers(SIZE(4 * MB))  # expect: 12000000 at :19 (<module>)
c.keep_in_threads(SIZE(5 * MB))  # expect: 10000000 at :20 (<module>)
c.say_refusals()
c.churn_all(SIZE(20_000))
last = bytearray(60 * MB)  # expect: 60000000 at :23 (<module>)
# expect-peak: 126568000
