# SPDX-License-Identifier: Apache-2.0
"""Nothing: what it costs to start, and to report next to nothing."""
