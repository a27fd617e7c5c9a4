"""Read a CSV file."""

import pandas as pd

with open("sales.csv", "w") as file:
    file.write("shop,amount\n")
    for start in range(0, 4_000_000, 40_000):
        file.writelines(f"{number % 97},{number * 0.5}\n" for number in range(start, start + 40_000))

sales = pd.read_csv("sales.csv")  # held
