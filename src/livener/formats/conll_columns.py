"""The rows of a CoNLL file as columns, and which of them hold the tags."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from livener.errors import InputError
from livener.formats.report import Report

_TAG = re.compile(r"O|[BIESLU]-.+")


def is_tag(value: str) -> bool:
    """Whether a value can be a tag.

    >>> is_tag("B-ORG"), is_tag("O"), is_tag("ORG")
    (True, True, False)
    """
    return _TAG.fullmatch(value) is not None


@dataclass(slots=True)
class Table:
    """All rows of a file: their ``fields``, possibly of different widths, and the ``lines`` where they stand."""

    name: str
    fields: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def where(self, row: int) -> str:
        """The place of a row, for messages."""
        return f"{self.name}:{self.lines[row]}"

    def column(self, column: int) -> list[str]:
        """The values of a column, which counts from 0, or with a minus from the right."""
        try:
            return [fields[column] for fields in self.fields]
        except IndexError:
            row = next(i for i, fields in enumerate(self.fields) if not -len(fields) <= column < len(fields))
            raise InputError(
                f"the row has {_columns(len(self.fields[row]))}, column {column} (from 0) is missing",
                where=self.where(row),
                fix=f"{_columns(self._width())} as in most rows" if self._width() != len(self.fields[row]) else None,
            ) from None

    def tags(self, columns: Sequence[int] | None, *, first: int, report: Report) -> list[list[str]]:
        """The values of the tag columns: those given, or the last one that holds nothing but tags.

        ``first`` is the first column that can be one.
        """
        if not self.fields:
            return []
        found = columns if columns is not None else self._tag_column(first, report)
        return [self._checked(self.column(each), report) for each in found]

    def _tag_column(self, first: int, report: Report) -> list[int]:
        width = self._width()
        values = [{fields[c] for fields in self.fields if c < len(fields)} for c in range(first, width)]
        likely = [c for c, distinct in enumerate(values, first) if all(map(is_tag, distinct))]
        if likely:
            self._note_oddities(likely, report)
            return likely[-1:]
        # No column is clean: the one that nearly is shows the row that is wrong.
        counts = [(sum(is_tag(row[c]) for row in self.fields if c < len(row)), c) for c in range(first, width)]
        most, column = max(counts, default=(0, 0))
        if 2 * most >= len(self.fields) and len(self.fields) > 1:
            return [column]
        raise InputError(
            f"the file has {_columns(self._width())} and no tags", where=self.name, fix="a column of tags"
        )

    def _note_oddities(self, likely: list[int], report: Report) -> None:
        if len(likely) > 1:
            message = f"columns {likely} (from 0) hold tags; {likely[-1]} is read, tags={likely} reads all as layers"
            report.note("several tag columns", self.name, message)
        widths = Counter(len(fields) - (not fields[-1]) for fields in self.fields)
        if len(widths) > 1:
            usual = widths.most_common(1)[0][0]
            row = next(i for i, fields in enumerate(self.fields) if len(fields) - (not fields[-1]) != usual)
            report.note("widths of rows", self.where(row), f"rows have {sorted(widths)} columns")

    def _checked(self, tags: list[str], report: Report) -> list[str]:
        wrong = {tag for tag in tags if not is_tag(tag)} if not all(map(is_tag, set(tags))) else set()
        if wrong:
            row = next(i for i, tag in enumerate(tags) if tag in wrong)
            fix = "O or B-, I-, E-, S-, L-, U- and a label"
            if len(self.fields[row]) != self._width():
                fix += f"; the row has {_columns(len(self.fields[row]))}, most have {self._width()}"
            raise InputError(f"{tags[row]!r} is not a tag", where=self.where(row), fix=fix)
        if any(tag.endswith("-O") and len(tag) == 3 for tag in set(tags)):
            for row, tag in enumerate(tags):
                if tag[1:] == "-O":
                    report.note("labels O", self.where(row), f"{tag} is read as O")
                    tags[row] = "O"
        return tags

    def _width(self) -> int:
        """How many columns most rows have."""
        return Counter(map(len, self.fields)).most_common(1)[0][0]


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"
