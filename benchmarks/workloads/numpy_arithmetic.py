# SPDX-License-Identifier: Apache-2.0
"""NumPy arithmetic with temporaries of 16 MB."""

import numpy as np

numbers = np.arange(2_000_000.0)
for _ in range(1000):
    result = numbers * 2 + numbers
    result.sum()
