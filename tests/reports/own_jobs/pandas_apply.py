"""A function of the reader's, called back by pandas for each row."""

import pandas as pd


def parsed(text):
    return [int(word) for word in text.split()]  # held


texts = pd.Series(["1 2 3 4 5 6 7 8 9 10 " * 10] * 100_000, dtype=object)
numbers = texts.apply(parsed)
