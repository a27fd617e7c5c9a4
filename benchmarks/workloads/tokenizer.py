# SPDX-License-Identifier: Apache-2.0
"""A regular-expression tokenizer that makes an object of each token."""

import re

TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*/=()])|(?P<space>\s+)"
)
source = "total_value = (first_item + 42 * second_item) / 3.14159 - offset_7\n" * 4000


def tokens(text):
    for match in TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield (match.lastgroup, match.group(), match.start())


for _ in range(40):
    kept = list(tokens(source))
