# SPDX-License-Identifier: Apache-2.0
"""A recursive parser of nested brackets, whose depth is the argument: all allocations happen at the
innermost level.

The innermost level holds numbers, of which tuples are made that are kept for a while, so that
allocations are seen at full depth."""

import sys


class Parser:
    def __init__(self, words):
        self.words = words
        self.place = 0

    def parse(self):
        if self.words[self.place] != "(":
            return self.leaf()
        self.place += 1
        inside = self.parse()
        self.place += 1
        return inside

    def leaf(self):
        kept = []
        for word in self.words[self.place :]:
            if word == ")":
                break
            kept.append((word, float(word)))
            self.place += 1
        return kept


depth = int(sys.argv[1])
words = ["("] * depth + [str(number / 8) for number in range(300)] + [")"] * depth
sys.setrecursionlimit(10_000)
for _ in range(800_000 // (300 + depth)):
    parser = Parser(words)
    for _ in range(6):
        parser.place = 0
        parser.parse()
