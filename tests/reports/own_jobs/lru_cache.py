"""What a cache keeps."""

import functools
import re


@functools.cache
def words(number):
    return re.findall(r"\w+", f"word{number} " * 2000)  # held


for number in range(500):
    words(number)
