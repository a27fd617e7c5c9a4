# SPDX-License-Identifier: Apache-2.0
"""1,000,000 small objects, all held at the end: what the profiler takes itself is compared with
what they take."""

kept = [[number] for number in range(1_000_000)]
