# SPDX-License-Identifier: Apache-2.0
"""torch: a tensor, on the calling thread."""

import torch
from holding import report, resident

torch.ones(10)
before = resident()
held = torch.ones(50_000_000)  # held
report(before, held.nbytes)
