"""Arrays made by methods of the reader's classes."""

import numpy as np


class Model:
    def fit(self, size):
        self.weights = np.random.default_rng(1).normal(size=size)  # held
        self.small = np.ones(size // 10)
        return self


model = Model().fit(20_000_000)
