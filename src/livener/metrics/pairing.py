"""Which predicted span answers which gold span, whatever order they come in."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

Key = tuple[int, int, str]
"""What makes two spans the same: start, end, label."""

_DIGIT = 1 << 32
_EXACT_STEPS = 2_000_000
"""About a second of assignment. Real components have two or three spans a side; only adversarial input gets here."""


def pair(gold: Iterable[Key], predicted: Iterable[Key]) -> list[tuple[Key, Key]]:
    """One-to-one pairs of overlapping spans: most pairs with equal boundaries, then the largest total overlap.

    Ties go to more pairs, then to more pairs with equal labels, then to the nearer boundaries. The number of pairs
    and how many of them agree in boundaries and in label are therefore unique; which spans are paired in what is
    still a tie is settled by sorting, never by the order of the input. The assignment is exact (Kuhn 1955, by
    shortest augmenting paths), within each run of spans that hang together by overlap; a run too large for that
    (hundreds of spans a side, all chained by overlap) is paired greedily, best pair first.

    >>> pair([(0, 25, "COURT"), (17, 25, "GPE")], [(8, 25, "COURT"), (0, 7, "PERSON")])
    [((0, 25, 'COURT'), (8, 25, 'COURT'))]
    """
    pairs: list[tuple[Key, Key]] = []
    for rows, columns in _runs(gold, predicted):
        if len(rows) == 1 == len(columns):
            pairs.append((rows[0], columns[0]))
        elif len(rows) <= len(columns):
            pairs += _best(rows, columns)
        else:
            pairs += [(row, column) for column, row in _best(columns, rows)]
    return pairs


def _runs(gold: Iterable[Key], predicted: Iterable[Key]) -> Iterator[tuple[list[Key], list[Key]]]:
    """The spans of either side that are chained by overlap, run by run, where both sides have some."""
    ordered = sorted([(key, 0) for key in gold] + [(key, 1) for key in predicted])
    run: tuple[list[Key], list[Key]] = ([], [])
    reach = 0
    for key, side in ordered:
        if key[0] >= reach:
            if run[0] and run[1]:
                yield run
            run = ([], [])
        run[side].append(key)
        reach = max(reach, key[1])
    if run[0] and run[1]:
        yield run


def _best(rows: list[Key], columns: list[Key]) -> list[tuple[Key, Key]]:
    """The best pairs of one run with no more rows than columns."""
    if len(rows) ** 2 * len(columns) > _EXACT_STEPS:
        return _best_first(rows, columns)
    weights = [[_weight(row, column) for column in columns] for row in rows]
    return [(rows[i], columns[j]) for i, j in _assign(weights) if weights[i][j]]


def _weight(a: Key, b: Key) -> int:
    """The criteria of `pair` as digits of one integer, the first most significant; 0 without overlap."""
    overlap = min(a[1], b[1]) - max(a[0], b[0])
    if overlap <= 0:
        return 0
    weight = int(a[:2] == b[:2]) * _DIGIT + overlap
    weight = (weight * _DIGIT + 1) * _DIGIT + int(a[2] == b[2])
    return weight * _DIGIT - abs(a[0] - b[0]) - abs(a[1] - b[1])


def _assign(weights: list[list[int]]) -> list[tuple[int, int]]:
    """A column for every row with the largest total weight; rows are augmented one by one along shortest paths."""
    n_columns = len(weights[0])
    row_potential = [0] * len(weights)
    # One column more than there are, the last: it holds the row that still looks for a column.
    column_potential = [0] * (n_columns + 1)
    row_of = [-1] * (n_columns + 1)
    for row in range(len(weights)):
        row_of[n_columns] = row
        column = n_columns
        slack: list[int | None] = [None] * n_columns
        previous = [n_columns] * n_columns
        reached: set[int] = set()
        while row_of[column] >= 0:
            reached.add(column)
            current = row_of[column]
            step, nearest = None, -1
            for j in range(n_columns):
                if j in reached:
                    continue
                gap = -weights[current][j] - row_potential[current] - column_potential[j]
                known = slack[j]
                if known is None or gap < known:
                    slack[j] = known = gap
                    previous[j] = column
                if step is None or known < step:
                    step, nearest = known, j
            assert step is not None  # rows never outnumber columns, so a free column is always left
            for j in reached:
                row_potential[row_of[j]] += step
                column_potential[j] -= step
            slack = [None if known is None else known - step for known in slack]
            column = nearest
        while column != n_columns:
            row_of[column] = row_of[previous[column]]
            column = previous[column]
    return [(row, column) for column, row in enumerate(row_of[:n_columns]) if row >= 0]


def _best_first(rows: list[Key], columns: list[Key]) -> list[tuple[Key, Key]]:
    edges = [(_weight(row, column), row, column) for row in rows for column in _overlapping(row, columns)]
    pairs: list[tuple[Key, Key]] = []
    taken: set[tuple[int, Key]] = set()
    for _, row, column in sorted(edges, reverse=True):
        if (0, row) not in taken and (1, column) not in taken:
            taken |= {(0, row), (1, column)}
            pairs.append((row, column))
    return pairs


def _overlapping(row: Key, columns: list[Key]) -> Iterator[Key]:
    return (column for column in takewhile(lambda column: column[0] < row[1], columns) if row[0] < column[1])
