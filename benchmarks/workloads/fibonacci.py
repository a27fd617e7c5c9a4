# SPDX-License-Identifier: Apache-2.0
"""fib(30), eight times: calls, and results that are objects."""


def fib(number):
    return number if number < 2 else fib(number - 1) + fib(number - 2)


for _ in range(8):
    fib(30)
