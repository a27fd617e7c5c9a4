# SPDX-License-Identifier: Apache-2.0
"""pandas: read_csv, groupby, merge, strings."""

import io

import numpy as np
import pandas as pd

rows = 200_000
table = pd.DataFrame(
    {
        "key": np.arange(rows) % 1000,
        "value": np.arange(rows) * 1.5,
        "name": [f"s{row % 5000}" for row in range(rows)],
    }
)
text = table.to_csv(index=False)
names = pd.DataFrame({"key": np.arange(1000), "label": [f"label {key}" for key in range(1000)]})
for _ in range(40):
    read = pd.read_csv(io.StringIO(text))
    read.groupby("key")["value"].mean()
    read.groupby("name")["value"].sum()
    merged = read.merge(names, on="key")
    merged["label"].str.upper().str.replace("LABEL ", "").str.len().sum()
