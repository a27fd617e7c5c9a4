"""A step of a training loop: activations and gradients."""

import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(100, 2000)
        self.last = torch.nn.Linear(2000, 1)

    def forward(self, batch):
        return self.last(torch.relu(self.first(batch)).exp().log())  # held


net = Net()
loss = net(torch.randn(15_000, 100)).sum()
loss.backward()
