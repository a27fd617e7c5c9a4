"""Parse a document, below a decorator."""

import functools
import json


def retried(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


@retried
def document(text):
    return json.loads(text)  # held


def main():
    with open("rows.json", "w") as file:
        json.dump([{"id": number, "name": f"name {number}"} for number in range(300_000)], file)
    with open("rows.json") as file:
        rows = document(file.read())
    assert len(rows) == 300_000


if __name__ == "__main__":
    main()
