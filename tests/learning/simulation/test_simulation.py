"""Played annotators, runs that go on where they were stopped, and the curves."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.recognizers.samples import marked, news

from livener.errors import InputError
from livener.learning.acquisition import Cost
from livener.learning.simulation import POINTS, Annotator, Mean, Plan, Point, cost_of, f1_at, means, simulate
from livener.learning.simulation import run as run_module
from livener.text import Document

PLAN = Plan(("random", "words"), seeds=2, start=60, budget=150, rounds=2, settings={"epochs": 3})


def documents(count: int, skip: int = 0) -> list[Document]:
    return [
        replace(sentence.document, id=f"d{i}", text=f"{sentence.document.text} {_word(i)} .")
        for i, sentence in enumerate(news(count, skip=skip), start=skip)
    ]


def _word(number: int) -> str:
    return "".join("aeioulmnrt"[int(digit)] for digit in f"{number:03}")


POOL, DEV, TEST = documents(60), documents(12, 60), documents(15, 75)


def play(out: Path, plan: Plan = PLAN, **options) -> list[Point]:
    return [replace(point, seconds=0.0) for point in simulate(plan, POOL, DEV, TEST, out=out, **options)]


def test_a_budget_is_spent_step_by_step_and_no_more(tmp_path: Path) -> None:
    points = play(tmp_path)
    assert len(points) == 2 * 2 * 3
    for point in points:
        step = PLAN.steps(point.strategy)[point.round]
        assert point.tokens <= step + (
            5 if point.strategy == "words" else 0
        )  # an answer may be longer than its question
        assert point.cost == point.tokens
    first = {(point.seed, point.tokens, point.f1) for point in points if not point.round}
    assert len(first) == 2, "all strategies of a seed begin alike"
    last = {(point.strategy, point.seed): point for point in points if point.round == 2}
    assert all(point.tokens > 100 for key, point in last.items() if key[0] == "random")
    assert points == play(tmp_path / "again")


class KilledError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 5, 8])
def test_stopped_anywhere_it_goes_on_to_the_same_end(tmp_path: Path, after: int) -> None:
    calls = 0

    def stop(_point: Point, total: int) -> None:
        nonlocal calls
        calls += 1
        assert total == 12
        if calls == after:
            raise KilledError

    with pytest.raises(KilledError):
        play(tmp_path / "cut", tell=stop)
    file = tmp_path / "cut" / POINTS
    file.write_text(file.read_text("utf-8") + '{"point": {"str', "utf-8")  # and in the middle of a line
    assert play(tmp_path / "cut") == play(tmp_path / "whole")
    assert len(file.read_text("utf-8").splitlines()) == 12


def test_another_simulation_does_not_go_on_in_the_same_place(tmp_path: Path) -> None:
    plan = replace(PLAN, seeds=1, strategies=("random",))
    before = play(tmp_path, plan)
    assert play(tmp_path, replace(plan, seeds=2))[:3] == before, "more seeds are the same simulation"
    with pytest.raises(InputError, match="another simulation"):
        play(tmp_path, replace(plan, error_rate=0.1))
    with pytest.raises(InputError, match="another simulation"):
        simulate(plan, POOL[1:], DEV, TEST, out=tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    with pytest.raises(InputError, match="something other"):
        play(tmp_path / "full", plan)


def test_nothing_that_chooses_sees_the_gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Document] = []

    class Watching(run_module.Predictions):
        def __init__(self, nlp, documents, **options) -> None:
            seen.extend(documents)
            super().__init__(nlp, documents, **options)

    monkeypatch.setattr(run_module, "Predictions", Watching)
    play(tmp_path)
    assert len(seen) > 100
    for document in seen:
        assert not document.complete
        for span in document.spans:  # what was answered, and nothing else
            assert any(start <= span.start and span.end <= end for start, end in document.known)
    chosen = {document.text for document in seen}
    assert chosen == {document.text for document in POOL}, "neither dev nor test can be chosen"


@pytest.mark.parametrize("strategy", ["token_entropy", "past_errors", "disagreement", "mixture"])
def test_strategies_play(tmp_path: Path, strategy: str) -> None:
    plan = Plan((strategy,), seeds=1, start=60, budget=120, rounds=1, settings={"epochs": 2}, by_sentence=False)
    points = play(tmp_path, replace(plan, second="crf", second_settings={"epochs": 1}, error_rate=0.2))
    assert [point.other_f1 is None for point in points] == [False, False]
    assert points[0].tokens < points[1].tokens <= 120


def test_seconds_are_a_cost_too(tmp_path: Path) -> None:
    plan = replace(PLAN, strategies=("random",), seeds=1, start=40, budget=90, cost=Cost(3.0, 0.4, 1.5))
    points = play(tmp_path, plan)
    for point in points:
        expected = 3.0 * point.questions + 0.4 * point.tokens + 1.5 * point.spans
        assert point.cost == pytest.approx(expected, abs=0.01)
    with pytest.raises(InputError, match="counted in tokens"):
        play(tmp_path / "words", replace(plan, strategies=("words",)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strategies": ("entropy",)}, "no strategy"),
        ({"start": 900}, "from 900 to 150"),
        ({"recognizer": "crg"}, "crf"),
    ],
)
def test_what_cannot_be_played_is_refused(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        play(tmp_path, replace(PLAN, **changes))


def test_documents_without_spans_are_no_gold(tmp_path: Path) -> None:
    bare = [replace(document, spans=()) for document in POOL]
    with pytest.raises(InputError, match="development documents have no annotated spans"):
        simulate(PLAN, POOL, bare, TEST, out=tmp_path)


GOLD = [s.document for s in news(400)]
LABELS = ("LOC", "ORG", "PER")


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.4, 1.0])
def test_annotators_get_their_share_wrong(rate: float) -> None:
    from livener.text import Segmenter

    gold = [replace(d, tokens=tuple(t for s in Segmenter().sentences(d) for t in s.tokens)) for d in GOLD]
    rng = np.random.default_rng(0)
    answers = [Annotator(rate, LABELS)(document, rng) for document in gold]
    right = sum(len(set(a.spans) & set(g.spans)) for a, g in zip(answers, gold, strict=True))
    total = sum(len(document.spans) for document in gold)
    assert right / total == pytest.approx(1 - rate, abs=0.05)
    new = [span for a, g in zip(answers, gold, strict=True) for span in a.spans if span not in g.spans]
    if rate:
        bounds = {(g.text, s.start, s.end) for g in gold for s in g.spans}
        kinds = [(document.text, span.start, span.end) in bounds for document in answers for span in document.spans]
        assert any(kinds)
        assert new
    else:
        assert not new


@given(st.integers(0, 1000), st.floats(0, 1))
def test_answers_of_annotators_are_documents_without_overlap(seed: int, rate: float) -> None:
    document = marked("[Ann Lee](PER) met [Bob](PER) of [Acme Corp](ORG) in [Rio de Janeiro](LOC) .")
    document = replace(document, tokens=tuple((i, j) for i, j in _words(document.text)))
    answer = Annotator(rate, LABELS)(document, np.random.default_rng(seed))
    starts, ends = {i for i, _ in document.tokens or ()}, {j for _, j in document.tokens or ()}
    assert all(span.start in starts and span.end in ends for span in answer.spans)
    assert not any(a.overlaps(b) for i, a in enumerate(answer.spans) for b in answer.spans[:i])


def _words(text: str) -> list[tuple[int, int]]:
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        found.append((start, at))
    return found


def test_a_rate_is_a_share() -> None:
    with pytest.raises(InputError):
        Annotator(1.2)


def test_bands_and_costs() -> None:
    points = [
        Point("a", seed, number, 1, 100 * 2**number, 1, 100.0 * 2**number, f1 + 0.01 * seed, 0.1, other)
        for seed in range(4)
        for number, (f1, other) in enumerate(((0.2, None), (0.4, 0.3), (0.5, 0.5)))
    ]
    curve = means(points)
    assert [(mean.tokens, round(mean.f1, 3), mean.seeds) for mean in curve] == [
        (100, 0.215, 4),
        (200, 0.415, 4),
        (400, 0.515, 4),
    ]
    spread = np.std([0, 0.01, 0.02, 0.03], ddof=1)
    assert curve[0].band == pytest.approx(3.18 * spread / 2)  # Student's t with three degrees of freedom
    assert [mean.other_f1 for mean in curve] == [None, pytest.approx(0.3), pytest.approx(0.5)]
    assert cost_of(curve, 0.315) == pytest.approx(100 * 2**0.5)
    assert cost_of(curve, 0.1) == 100
    assert cost_of(curve, 0.6) is None
    assert f1_at(curve, 100 * 2**0.5) == pytest.approx((0.315, curve[0].band))
    assert f1_at(curve, 99) is None
    assert means([Point("b", 0, 0, 1, 1, 1, 1.0, 0.5, 0.1)])[0] == Mean("b", 0, 1, 1.0, 1.0, 0.5, 0.0)


def test_the_plan_is_kept_as_json(tmp_path: Path) -> None:
    play(tmp_path, replace(PLAN, seeds=1, strategies=("random",)))
    kept = json.loads((tmp_path / "plan.json").read_text("utf-8"))
    assert kept["plan"]["budget"] == 150
