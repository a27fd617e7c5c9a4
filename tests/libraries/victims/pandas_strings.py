# SPDX-License-Identifier: Apache-2.0
"""pandas 3: a column of strings, which is an Arrow array in Arrow's default pool."""

import pandas
from holding import report, resident

warm = pandas.Series(["a", "b"]).str.upper()
text = pandas.Series(["a string of thirty-two characters"]).repeat(4_000_000)
before = resident()
held = text.str.upper()  # held
report(before, held.array._pa_array.nbytes)
