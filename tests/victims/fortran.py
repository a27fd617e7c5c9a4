# Fortran's allocate counts at the line of Python that called it, and deallocate, or the end of the subroutine, gives it back.
# needs: gfortran
# options: --disable-oom-detection
import ctypes
import os

f = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/fortran.so")
SIZE = ctypes.c_size_t
f.churn(SIZE(9_000_000))
f.keep_allocatable(SIZE(1_000_000))
f.grow(SIZE(2_000_000))  # expect: 16000000 at :11 (<module>)
f.keep_grid(SIZE(1_000), SIZE(500))  # expect: 4000000 at :12 (<module>)
f.keep_pointer(SIZE(3_000_000))  # expect: 24000000 at :13 (<module>)
print(f.refused(SIZE(1 << 57)) != 0)
f.churn(SIZE(1_000_000))
last = bytearray(120_000_000)  # expect: 120000000 at :16 (<module>)
# expect-peak: 164000000
