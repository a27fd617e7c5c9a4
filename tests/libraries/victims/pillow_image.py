# SPDX-License-Identifier: Apache-2.0
"""Pillow: an image, four bytes a pixel."""

from holding import report, resident
from PIL import Image

Image.new("RGBA", (8, 8))
before = resident()
held = Image.new("RGBA", (6000, 5000), "red")  # held
report(before, 6000 * 5000 * 4)
