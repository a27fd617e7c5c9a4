# SPDX-License-Identifier: Apache-2.0
"""Calls of Python functions that allocate nothing: numbers up to 256 exist once."""


def same(number):
    return number


def calls():
    for number in range(250):
        same(number)
        same(number)
        same(number)


for _ in range(60_000):
    calls()
