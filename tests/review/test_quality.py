"""What is found wrong in what was settled, and that its fixes put it right: on SQLite and PostgreSQL."""

from typing import Any

import pytest
from tests.review.test_fixes import made
from tests.review.worked import NOW, Worked

from livener.datasets.golden import GoldenSets
from livener.review import quality
from livener.store import Artefacts
from livener.text import Document, Span

VERBS = ("rose", "fell", "left", "won", "lost", "split", "sold", "paid", "hired", "sued")


def looked(worked: Worked, **options: int) -> quality.Quality:
    with worked.store.reading() as session:
        return quality.quality(session, worked.project, **options)


def settle(worked: Worked, key: str, text: str, *spans: tuple[int, int, str]) -> None:
    worked.document(key, text)
    worked.annotate(worked.task(key), "ann", spans)


def kinds(found: quality.Quality) -> dict[str, int]:
    return {one["kind"]: one["count"] for one in found.kinds() if one["kind"] != "rare label"}


def fill(worked: Worked) -> None:
    for verb in VERBS:
        settle(worked, verb, f"🎉 Acme {verb} .", (2, 6, "ORG"))
    settle(worked, "other", "Zoe met Acme .", (0, 3, "PER"), (8, 12, "PER"))
    settle(worked, "free", "Zoe left Acme .", (0, 3, "PER"))
    settle(worked, "wide", "Ann met Zoe .", (0, 4, "PER"), (8, 12, "PER"))
    settle(worked, "inner", "Ann met Robinson .", (0, 3, "PER"), (8, 12, "PER"))


def test_each_finding_that_knows_better_is_put_right_by_its_fix(worked: Worked) -> None:
    fill(worked)
    found = looked(worked)
    assert kinds(found) == {"white space": 2, "inside a token": 1, "not marked": 1, "other label": 1}
    assert (found.looked_at, found.settled) == (14, 14)
    for one in found.found:
        if one.fix and kinds(looked(worked)).get(one.finding.kind):
            made(worked, "rea", one.fix)
    assert kinds(looked(worked)) == {}


def test_a_finding_shows_its_text_and_how_many_are_the_same(worked: Worked) -> None:
    fill(worked)
    found = looked(worked)
    same = found.same()
    (label,) = (one.as_dict(same[one.group]) for one in found.page(kind="other label"))
    at = label["span"]["start"] - label["start"]
    assert label["text"][at : at + 4] == "Acme"
    assert label["marked"]
    assert (label["tier"], label["same"], label["fault"], label["document"]) == ("annotator", 1, False, "other")
    assert label["fix"]["add"] == [{"start": 8, "end": 12, "label": "ORG", "text": "Acme"}]
    first, second = found.page(kind="white space")
    assert first.group == second.group
    assert found.page(group=first.group) == [first, second]
    assert not found.page(kind="not marked")[0].as_dict(1)["marked"]


def test_the_list_comes_in_parts_and_goes_on_after_what_was_put_right(worked: Worked) -> None:
    fill(worked)
    found = looked(worked)
    (first,) = found.page(limit=1)
    assert first.fix
    assert found.found[1:3] == tuple(found.page(after=first.place, limit=2))
    made(worked, "rea", first.fix)
    again = looked(worked)
    assert first.id not in {one.id for one in again.found}
    assert [one.id for one in again.page(after=first.place)] == [one.id for one in found.found[1:]]


def test_a_copy_takes_the_spans_of_the_other(worked: Worked) -> None:
    settle(worked, "a", "Ann met Zoe .", (0, 3, "PER"), (8, 11, "PER"))
    settle(worked, "b", "Ann met Zoe .", (0, 3, "ORG"), (8, 11, "PER"))
    settle(worked, "c", "Ann  met Zoe .", (0, 3, "ORG"), (9, 12, "PER"))
    copies = looked(worked).page(kind="conflicting copies")
    assert {one.finding.document: bool(one.fix) for one in copies} == {"b": True, "c": False}
    assert all(one.finding.other == "a" for one in copies)
    (fix,) = (one.fix for one in copies if one.fix)
    assert fix
    assert (fix.remove, fix.add) == ((Span(0, 3, "ORG"),), (Span(0, 3, "PER"),))


@pytest.mark.parametrize(
    ("options", "expected"), [({"documents": 3}, 3), ({"characters": 32}, 2), ({"characters": 1}, 1)]
)
def test_no_more_is_looked_at_than_is_said(worked: Worked, options: dict[str, int], expected: int) -> None:
    fill(worked)
    found = looked(worked, **options)
    assert (found.looked_at, found.settled) == (expected, 14)
    assert {one.finding.document for one in found.found} <= {"other", "free", "wide", "inner"}


def test_golden_texts_are_not_looked_at(worked: Worked, tmp_path: Any) -> None:
    fill(worked)
    golden = {"test": [Document("Ann met Zoe .", "wide")]}
    artefacts = Artefacts(str(tmp_path / "artefacts"))
    GoldenSets(worked.store, artefacts, project=worked.project).create("golden", golden, created=NOW)
    assert "wide" not in {one.finding.document for one in looked(worked).found}


def test_a_long_text_is_cut_between_words(worked: Worked) -> None:
    text = "word " * 500 + "Acme  fell " + "word " * 500
    settle(worked, "long", text, (2500, 2505, "ORG"))
    (one,) = looked(worked).page(kind="white space")
    shown = one.as_dict(1)
    assert shown["text"].startswith("word ")
    assert shown["text"].endswith("word")
    assert len(shown["text"]) < 400
    assert text[shown["start"] :].startswith(shown["text"])
