# SPDX-License-Identifier: Apache-2.0
"""The beginning of a program with a library that maps memory for itself."""

# `reserve(MIB, USED)` returns the address of so many MiB, of which so many are used.
RESERVING = """
import ctypes, mmap, os
library = ctypes.CDLL(os.environ["VICTIM_LIBRARIES"] + "/reserving.so")
library.reserve.restype = ctypes.c_void_p
mib = lambda number: ctypes.c_size_t(number << 20)
reserve = lambda bytes, used: library.reserve(mib(bytes), mib(used))
"""
