"""The guidelines as text: Markdown with one section per label, its examples, and what changed between two texts."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import unified_diff
from itertools import groupby
from typing import Any, Literal

from livener.errors import InputError
from livener.formats import Report, inline
from livener.formats.source import Source
from livener.text import Span

GENERAL = ""
"""What the part before the first section is called, where a label stands for the others."""

_HEADING = re.compile(r" {0,3}##(?!#)(?:[ \t](?P<label>.*))?")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_COUNTER = re.compile(r"[\s#>*_-]*(?:counter|not\b)", re.IGNORECASE)
_NO_PROSE = re.compile(r"\s*(?:[-*+>#|]|\d+[.)])")


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of inline mark-up (``[Acme Corp](ORG) signed``) in a section: how to annotate, or how not to."""

    text: str
    spans: tuple[Span, ...]
    counter: bool
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a line of the guidelines (from 1)."""

    line: int
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Section:
    """What the guidelines say of one label; ``definition`` is its first paragraph, ``line`` that of its heading."""

    label: str
    line: int
    markdown: str
    definition: str
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Guidelines:
    """A text in its parts; ``general`` is what stands before the first section, and has the label `GENERAL`."""

    general: Section
    sections: tuple[Section, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SectionDiff:
    """What became of a section, with the lines of a unified diff; those of the part before all are `GENERAL`."""

    label: str
    status: Literal["added", "removed", "changed", "same"]
    lines: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def parse(markdown: str) -> Guidelines:
    r"""The sections of a text, one for each heading ``## LABEL``; any text has some reading.

    An example is a piece of code that holds inline mark-up (`livener.formats.inline`). It is a counter-example where
    its paragraph, or the heading above it, begins with "Not" or "Counter". Fenced blocks are not looked into.

    >>> text = "Mark names.\n\n## ORG\n\nA company.\n\n- `[Acme Inc.](ORG) rose.`\n\nNot ORG: `[Ada](PER) left.`"
    >>> guidelines = parse(text)
    >>> guidelines.general.markdown, [(section.label, section.definition) for section in guidelines.sections]
    ('Mark names.', [('ORG', 'A company.')])
    >>> [(example.text, example.counter) for example in guidelines.sections[0].examples]
    [('Acme Inc. rose.', False), ('Ada left.', True)]
    """
    parts: list[tuple[str, int, list[str], list[str]]] = [(GENERAL, 0, [], [])]
    fence = ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", markdown), 1):
        prose = ""
        if fence:
            mark = line.strip()
            if len(mark) >= len(fence) and set(mark) == {fence[0]}:
                fence = ""
        elif match := _FENCE.match(line):
            fence = match[1]
        elif match := _HEADING.fullmatch(line):
            label = (match["label"] or "").strip()
            parts.append((re.sub(r"(^|\s)#+$", "", label).rstrip(), number, [], []))
            continue
        else:
            prose = line
        parts[-1][2].append(line)
        parts[-1][3].append(prose)
    problems: list[Problem] = []
    general, *sections = [_section(*part, problems) for part in parts]
    return Guidelines(general, tuple(sections), tuple(problems))


def check(guidelines: Guidelines, labels: set[str]) -> None:
    """Hold a text to a label set; a label without a section is no fault.

    Raises:
        InputError: a section that is there twice or is of no label; an example that cannot be read, or has a label
            that there is not.
    """
    known = " | ".join(sorted(labels))
    seen: set[str] = set()
    for section in guidelines.sections:
        where = f"guidelines:{section.line}"
        if section.label not in labels:
            fix = f"one of {known}, or a heading that is not of the second level"
            raise InputError(f"the section {section.label!r} is of no label", where=where, fix=fix)
        if section.label in seen:
            raise InputError(f"the section {section.label!r} is there twice", where=where, fix="one for each label")
        seen.add(section.label)
    if guidelines.problems:
        first = guidelines.problems[0]
        raise InputError(first.problem, where=f"guidelines:{first.line}", fix=first.fix)
    for section in (guidelines.general, *guidelines.sections):
        for example in section.examples:
            if wrong := sorted({span.label for span in example.spans} - labels):
                where = f"guidelines:{example.line}"
                raise InputError(f"the example {example.text!r} has the label {wrong[0]!r}", where=where, fix=known)


def diff(old: str, new: str) -> tuple[SectionDiff, ...]:
    r"""What changed from one text to another, section by section, in the order of the new one, then what is gone.

    Spaces and line breaks are no change.

    >>> [(part.label, part.status) for part in diff("## PER\nPeople.\n## ORG\nFirms.", "## PER\nPeople.\n## LAW\n")]
    [('', 'same'), ('PER', 'same'), ('LAW', 'added'), ('ORG', 'removed')]
    """
    before, after = _bodies(old), _bodies(new)
    return tuple(_changed(label, before.get(label), after.get(label)) for label in after | before)


def changed_labels(old: str, new: str) -> frozenset[str]:
    """The labels whose sections differ, and `GENERAL` where what stands before them does."""
    return frozenset(part.label for part in diff(old, new) if part.status != "same")


def _bodies(markdown: str) -> dict[str, str]:
    guidelines = parse(markdown)
    return {section.label: section.markdown for section in (guidelines.general, *guidelines.sections)}


def _changed(label: str, old: str | None, new: str | None) -> SectionDiff:
    if old is not None and new is not None and old.split() == new.split():
        return SectionDiff(label, "same", ())
    lines = unified_diff((old or "").split("\n"), (new or "").split("\n"), lineterm="")
    status: Literal["added", "removed", "changed"]
    status = "added" if old is None else "removed" if new is None else "changed"
    return SectionDiff(label, status, tuple(lines)[2:])  # without the names of files


def _section(label: str, line: int, lines: list[str], prose: list[str], problems: list[Problem]) -> Section:
    examples: list[Example] = []
    definition = ""
    under_counter = False
    for kind, group in groupby(enumerate(prose, line + 1), key=_block):
        if kind == 0:
            continue
        block = list(group)
        text = "\n".join(one for _, one in block)
        counter = bool(_COUNTER.match(text))
        if kind > 1:
            under_counter = counter
        elif not definition and not _NO_PROSE.match(text):
            definition = " ".join(text.split())
        for at, code in _codes(text):
            example = _example(code, block[0][0] + at, counter or under_counter)
            if isinstance(example, Problem):
                problems.append(example)
            elif example.spans:
                examples.append(example)
    return Section(label, line, "\n".join(lines).strip("\n"), definition, tuple(examples))


def _block(numbered: tuple[int, str]) -> int:
    """0 for a blank line, 1 for one of a paragraph or list, and a number of its own for a heading."""
    number, line = numbered
    return number + 1 if line.lstrip().startswith("#") else int(bool(line.strip()))


def _codes(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of code that hold mark-up, with their lines (from 0): between runs of backticks of one length."""
    runs = [match.span() for match in re.finditer("`+", text)]
    later: dict[int, int] = {}
    closing = [len(runs)] * len(runs)
    for place in reversed(range(len(runs))):
        length = runs[place][1] - runs[place][0]
        closing[place] = later.get(length, len(runs))
        later[length] = place
    place = line = seen = 0
    while place < len(runs):
        if (other := closing[place]) < len(runs):
            code = text[runs[place][1] : runs[other][0]]
            if "](" in code:
                line, seen = line + text.count("\n", seen, runs[place][0]), runs[place][0]
                yield line, re.sub(r"[ \t]*\n[ \t]*", " ", code).strip()
            place = other
        place += 1


def _example(code: str, line: int, counter: bool) -> Example | Problem:
    try:
        document = next(inline.read(_Markup(code), Report()))
    except InputError as error:
        return Problem(line, f"{error.problem} of {code!r}", error.fix or "[text](LABEL)")
    return Example(document.text, document.spans, counter, line)


class _Markup(Source):
    """Inline mark-up that is in no file."""

    def __init__(self, markup: str) -> None:
        super().__init__("-")
        self._markup = markup

    def lines(self) -> Iterator[str]:
        yield self._markup
