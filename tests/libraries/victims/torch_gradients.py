# SPDX-License-Identifier: Apache-2.0
"""torch: gradients, which autograd computes on the calling thread or on its own."""

import torch
from holding import report, resident

warm = torch.ones(10, requires_grad=True)
(warm * 2).sum().backward()
weights = torch.ones(25_000_000, requires_grad=True)
loss = (weights * weights).sum()
before = resident()
loss.backward()  # held
held = weights.grad
report(before, held.nbytes)
