# SPDX-License-Identifier: Apache-2.0
"""What tests share: ways to run programs, twins, made-up profiles and systems."""
