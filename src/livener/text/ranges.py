"""Ranges of a text as a set of characters: what is known of it, what is asked about."""

from collections.abc import Iterable, Sequence

from livener.text.document import Range


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Ranges in order, those that touch as one.

    >>> merged([(5, 9), (0, 2), (2, 3), (7, 12)])
    ((0, 3), (5, 12))
    """
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def without(ranges: Iterable[Range], holes: Iterable[Range]) -> tuple[Range, ...]:
    """What is left of ranges without others, in order.

    >>> without([(0, 10), (20, 25)], [(3, 5), (8, 21)])
    ((0, 3), (5, 8), (21, 25))
    """
    left = list(merged(ranges))
    for first, last in holes:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, first)), (max(start, last), end))
            if part[0] < part[1]
        ]
    return tuple(left)


def touches(start: int, end: int, ranges: Sequence[Range]) -> bool:
    """Whether a range shares a character with one of others.

    >>> touches(3, 5, [(0, 3), (5, 9)]), touches(3, 6, [(0, 3), (5, 9)])
    (False, True)
    """
    return any(start < last and first < end for first, last in ranges)


def within(start: int, end: int, ranges: Sequence[Range]) -> bool:
    """Whether a range lies in one of others.

    >>> within(5, 9, [(0, 3), (5, 9)]), within(2, 6, [(0, 3), (5, 9)])
    (True, False)
    """
    return any(first <= start and end <= last for first, last in ranges)
