# SPDX-License-Identifier: Apache-2.0
"""lxml: a parsed document, which lives in libxml2; it doesn't say how large it is."""

import lxml.etree
from holding import report, resident

text = b"<list>" + b"<item key='value'>some text</item>" * 400_000 + b"</list>"
lxml.etree.fromstring(text[:6] + b"</list>")
before = resident()
held = lxml.etree.fromstring(text)  # held
report(before)
