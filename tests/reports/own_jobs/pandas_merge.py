"""Join two tables, each row with two hundred."""

import numpy as np
import pandas as pd


def joined(rows):
    left = pd.DataFrame({"key": np.arange(rows) % 100, "a": np.arange(rows)})
    right = left.rename(columns={"a": "b"})
    return left.merge(right, on="key", suffixes=("", "_other"))  # held


table = joined(20_000)
