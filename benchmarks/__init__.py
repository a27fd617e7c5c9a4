# SPDX-License-Identifier: Apache-2.0
"""`./dev bench`: what the profiler and its peers cost, compared with plain Python.
docs/performance.md says how it is measured."""
