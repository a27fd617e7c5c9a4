# Comprehensions, which are functions up to 3.11 and part of their function from 3.12 on: the lines are the same.
MB = 1_000_000


def in_function():
    return [
        bytearray(1 * MB)  # expect-line: 2000000 at :7
        for _ in range(2)
    ]


def nested():
    return [
        [
            bytearray(1 * MB)  # expect-line: 9000000 at :15
            for _ in range(3)
        ]
        for _ in range(3)
    ]


def as_dict():
    return {
        number: bytearray(2 * MB)  # expect-line: 6000000 at :24
        for number in range(3)
    }


def as_set():
    return {
        bytes(3 * MB + number)  # expect-line: 12000000 at :31
        for number in range(4)
    }


def filtered(limit):
    return [
        large
        for number in range(5)
        if (
            large := bytearray(number * MB)  # expect-line: 7000000 at :41
        )
        and number >= limit
    ]


def expression():
    return list(
        bytearray(4 * MB)  # expect: 8000000 at :64 (<module>);:48 (expression);:49 (expression.<genexpr>)
        for _ in range(2)
    )


def closure(size):
    return [lambda: bytearray(size * MB) for _ in range(3)]


held = [
    in_function(),
    nested(),
    as_dict(),
    as_set(),
    filtered(3),
    expression(),
    [function() for function in closure(5)],  # expect-line: 15000000 at :55
]


class Body:
    numbers = tuple([bytearray(6 * MB) for _ in range(3)])  # expect-line: 18000000 at :70
