"""Guidelines as text: what is a section, an example, and a change."""

from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livener.errors import InputError
from livener.review.guidelines import GENERAL, changed_labels, check, diff, parse

MARKDOWN = """# Contracts

Mark names, as in `[Ada](PER)`.

## PER ##

Somebody with a name,
alive or dead.

### Boundaries

1. Without a title: ``Dr. [Ada](PER)``, and not `a[0](1`.
2. `two sons, [Mark](PER)
   and [Will](PER)`

### Counter-examples

- `[Ford](ORG) rose.`

### More examples

- `[Ford](PER) ran.`

```markdown
## NOT A SECTION
`[x](`
```

## ORG
Not ORG: `the [[Delaware](GPE) Court](COURT)`.
"""


def test_sections_and_their_definitions() -> None:
    guidelines = parse(MARKDOWN)
    assert guidelines.general.definition == "Mark names, as in `[Ada](PER)`."
    assert [(part.label, part.line) for part in guidelines.sections] == [("PER", 5), ("ORG", 29)]
    person, organisation = guidelines.sections
    assert person.definition == "Somebody with a name, alive or dead."
    assert person.markdown.endswith("```")
    assert organisation.definition.startswith("Not ORG")


def test_examples_are_code_with_mark_up() -> None:
    guidelines = parse(MARKDOWN)
    person, organisation = guidelines.sections
    found = [(example.line, example.counter, example.text) for example in person.examples]
    assert found == [
        (12, False, "Dr. Ada"),
        (13, False, "two sons, Mark and Will"),
        (18, True, "Ford rose."),
        (22, False, "Ford ran."),
    ]
    assert [span.text for span in person.examples[1].spans] == ["Mark", "Will"]
    (nested,) = organisation.examples
    assert [(span.text, span.label) for span in nested.spans] == [("Delaware Court", "COURT"), ("Delaware", "GPE")]
    assert nested.counter
    (problem,) = guidelines.problems
    assert (problem.line, "'a[0](1'" in problem.problem) == (12, True)


@pytest.mark.parametrize(
    ("markdown", "problem"),
    [
        ("## PER\n## NOPE\n", "guidelines:2: the section 'NOPE' is of no label .*ORG | PER"),
        ("##\n", "guidelines:1: the section '' is of no label"),
        ("## PER\n\n## PER\n", "guidelines:3: the section 'PER' is there twice"),
        ("## PER\n\n`[Ada](PRE)`", "guidelines:3: the example 'Ada' has the label 'PRE' .*ORG | PER"),
        ("x\n`[Ada](NOPE)`", "guidelines:2: the example 'Ada' has the label 'NOPE'"),
        ("## PER\n\n`[Ada]( [Bob](PER)`", "guidelines:3: .*'\\]' without a label"),
    ],
)
def test_what_does_not_fit_the_labels(markdown: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        check(parse(markdown), {"PER", "ORG"})


def test_what_fits() -> None:
    check(parse("Text. [a link](https://example.org)\n\n### Sub\n\n## PER\n`[Ada](PER)` `x`"), {"PER", "ORG"})
    check(parse(""), set())


def test_diff() -> None:
    new = MARKDOWN.replace("alive or dead", "alive,\nor   dead").replace("Mark names", "Mark all names")
    new = new.replace("## ORG\nNot ORG", "## LAW\n\nActs.\n\n## ORG\nNever ORG")
    parts = {part.label: part for part in diff(MARKDOWN, new)}
    assert {label: part.status for label, part in parts.items()} == {
        GENERAL: "changed",
        "PER": "changed",
        "LAW": "added",
        "ORG": "changed",
    }
    assert "-Mark names, as in `[Ada](PER)`." in parts[GENERAL].lines
    assert "+Mark all names, as in `[Ada](PER)`." in parts[GENERAL].lines
    assert parts["LAW"].lines == ("@@ -1 +1 @@", "-", "+Acts.")
    assert changed_labels(MARKDOWN, MARKDOWN.replace("alive or dead", "alive\nor   dead")) == frozenset()
    assert [part.status for part in diff(MARKDOWN, "")] == ["changed", "removed", "removed"]


_LINES = st.sampled_from(
    ["## PER", "## ORG #", "##", "### Counter", "", "Not so: `[A](PER)`", "`` [A](", "`", "```", "~~~~", " - `[A](`"]
)


@given(st.one_of(st.text(), st.lists(st.one_of(_LINES, st.text(max_size=5)), max_size=12).map("\n".join)))
def test_any_text_has_a_reading(text: str) -> None:
    guidelines = parse(text)
    parts = (guidelines.general, *guidelines.sections)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for part, following in pairwise([*(part.line for part in parts), len(lines) + 1]):
        assert part < following
    for part in parts:
        assert part.markdown in "\n".join(lines[part.line :])
        for example in part.examples:
            assert part.line < example.line <= len(lines)
            assert all(span.text == example.text[span.start : span.end] for span in example.spans)
    assert all(part.status == "same" for part in diff(text, text))
    assert parse(text.replace("\n", "\r\n")).sections == parse(text.replace("\r\n", "\n")).sections or "\r" in text


@pytest.mark.parametrize(
    "piece", ["`", "` ``\n", "## a\n", "`[x](y)` ", "[", "](", "#", "# ", "```\n", "\\", "`a](`\n"]
)
def test_hostile_text_is_quick(piece: str) -> None:
    begun = perf_counter()
    parse(piece * (200_000 // len(piece)))
    runs = "".join("`" * number + "](" for number in range(1, 800))
    parse(runs)
    assert perf_counter() - begun < 10  # linear: a second or two; quadratic would be minutes
