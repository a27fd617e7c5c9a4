# needs: numpy
# Asked for and never touched: it counts, and the report says how much of it there is. Touched in part, by half; freed before the end, too.
import mmap

import numpy

GIB = 1 << 30
never = numpy.empty(5 * GIB, "u1")  # expect-line: 5368709120 at :8
gone = numpy.empty(GIB, "u1")  # expect-line: 1073741824 at :9
half = numpy.empty(GIB // 4, "u1")  # expect-line: 268435456 at :10
half[: GIB // 8] = 1
whole = numpy.ones(GIB // 8, "u1")
mapped = mmap.mmap(-1, GIB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # expect-line: 1073741824 at :13
mapped.close()  # the peak was before
del gone
# expect-untouched: 7650410496
# expect-peak: 7918845952
