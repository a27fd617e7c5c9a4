"""Rows come from a chain of generators."""


def records(count):
    for number in range(count):
        yield {"number": number, "text": str(number) * 10}  # held


def large(found):
    yield from (record for record in found if record["number"] > 10)


table = sorted(large(records(300_000)), key=lambda record: record["text"])
