"""The findings in what was settled, and their fixes, over HTTP."""

from collections.abc import Callable

import pytest
from tests.server.live import Live

from livener.client import Refused
from livener.errors import InputError
from livener.text import Document, Span

VERBS = ("rose", "fell", "left", "won", "lost", "split", "sold", "paid", "hired", "sued")


@pytest.fixture
def settled(live: Live, fill: Callable[..., None]) -> Live:
    """Twenty documents say that Acme is an ORG, two that it is a PER, and one has a space too many."""
    texts = {f"{verb}{more}": f"Acme {verb} {more} ." for verb in VERBS for more in ("", "today")}
    fill(*(Document(text, key) for key, text in {**texts, "m": "Acme met Zoe .", "n": "Acme is here ."}.items()))
    ann = live.project("ann")
    for task in (*ann.next(count=11).tasks, *ann.next(count=11).tasks):
        odd = task.document.id in {"m", "n"}
        ann.submit(task, [Span(0, 5 if task.document.id == "rose" else 4, "PER" if odd else "ORG")])
    return live


def test_findings_in_parts_and_a_group_of_them_is_fixed_and_undone(settled: Live) -> None:
    rita = settled.project("rita")
    found = rita.get("quality", limit=1)
    assert (found["settled"], found["looked_at"]) == (22, 22)
    counts = {one["kind"]: (one["fault"], one["count"]) for one in found["kinds"]}
    assert counts == {"white space": (True, 1), "other label": (False, 2), "rare label": (False, 1)}
    (space,) = found["items"]
    assert (space["kind"], space["document"]) == ("white space", "rose")
    labels = list(rita.items("quality", kind="other label", limit=1))
    assert [one["same"] for one in labels] == [2, 2]
    assert labels == list(rita.items("quality", group=labels[0]["group"]))

    changes = [one["fix"] for one in labels]
    undo = rita.send("POST", "quality/fixes", {"changes": changes, "reason": "quality: other label"})["undo"]
    assert [one["kind"] for one in rita.get("quality")["items"] if one["kind"] != "rare label"] == ["white space"]
    again = rita.send("POST", "quality/fixes", {"changes": undo, "reason": "undone"})["undo"]
    assert [(one["document"], one["add"][0]["label"]) for one in again] == [("m", "ORG"), ("n", "ORG")]
    assert rita.get("quality", kind="other label")["kinds"] == found["kinds"]


def test_all_changes_are_made_or_none(settled: Live) -> None:
    rita = settled.project("rita")
    good = {"document": "m", "remove": [{"start": 0, "end": 4, "label": "PER"}]}
    with pytest.raises(Refused) as refused:
        rita.send("POST", "quality/fixes", {"changes": [good, {**good, "document": "rose"}], "reason": "why"})
    assert refused.value.status == 409
    assert "document rose has no span" in str(refused.value)
    with pytest.raises(InputError):
        rita.send("POST", "quality/fixes", {"changes": [good], "reason": ""})
    assert rita.get("quality", kind="other label")["items"][0]["same"] == 2


def test_annotators_neither_see_nor_fix(settled: Live) -> None:
    ann = settled.project("ann")
    for ask in (
        lambda: ann.get("quality"),
        lambda: ann.send("POST", "quality/fixes", {"changes": [], "reason": "x"}),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 403
