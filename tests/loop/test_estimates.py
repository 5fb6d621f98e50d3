"""Estimates from the random sample: on made-up production with a known truth, and from the log to the answer."""

from collections import Counter
from datetime import date, timedelta
from itertools import islice
from random import Random

import pytest
from tests.loop.annotated import NOW, document, documents, gold
from tests.loop.conftest import Place
from tests.loop.people import ANN, answer, lease

from livener.loop import kinds
from livener.loop.estimates import Judged, days, judged, quality, table
from livener.monitoring import sampling
from livener.monitoring.log import LogWriter
from livener.monitoring.log.rows import Inferences
from livener.store.models import Document as StoredDocument
from livener.store.models import JobState, Task
from livener.text import Document, Span

LABELS = {"PER": (0.5, 0.9, 0.92), "ORG": (0.35, 0.7, 0.8), "LAW": (0.04, 0.6, 0.75)}
"""Of each label: how many there are in a document, how many are found, how many of the found are right."""
DAY = date(2024, 5, 1)


def day_of_production(chance: Random, count: int) -> dict[str, tuple[Document, frozenset[tuple[int, int, str]]]]:
    """Documents as a model predicted them, and the truth; contracts are read worse, most documents are empty."""
    made = {}
    for number in range(count):
        contract = chance.random() < 0.25
        shown, truth, at = [], set(), 0
        busy = chance.random() < 0.6
        for label, (rate, recall, precision) in LABELS.items():
            for _ in range(sum(chance.random() < rate for _ in range(2)) if busy else 0):
                span = Span(at, at + 1, label)
                truth.add((span.start, span.end, label))
                if chance.random() < recall - 0.15 * contract:
                    shown.append(span)
                at += 2
            while chance.random() < (1 - precision) * (rate if busy else 0.1 * rate):
                shown.append(Span(at, at + 1, label))
                at += 2
        key = f"d{number}"
        meta = {"domain": "contract" if contract else "news"}
        made[key] = Document("x" * (at + 1), key, meta, tuple(shown)), frozenset(truth)
    return made


def as_judged(found: Document, truth: frozenset[tuple[int, int, str]], weight: float) -> Judged:
    shown = frozenset((span.start, span.end, span.label) for span in found.spans)
    return Judged(DAY, str(found.meta["domain"]), weight, shown, truth)


def test_the_interval_holds_the_truth_in_93_of_100_trials() -> None:
    chance = Random(7)
    whole = [day_of_production(chance, 400) for _ in range(6)]
    every = [as_judged(found, truth, 1.0) for part in whole for found, truth in part.values()]
    parts = [(None, None), *((None, label) for label in LABELS), ("contract", None), ("news", None)]
    truth = {part: quality(every, domain=part[0], label=part[1]) for part in parts}
    held: Counter[tuple[str, object]] = Counter()
    blind, trials = 0.0, 150
    for trial in range(trials):
        drawn = [
            as_judged(one.document, part[one.document.id][1], one.weight)
            for number, part in enumerate(whole)
            for one in sampling.draw([found for found, _ in part.values()], 20, seed=100 * trial + number)
        ]
        for part in parts:
            found = quality(drawn, domain=part[0], label=part[1])
            for what in ("precision", "recall", "f1"):
                estimate, true = getattr(found, what), getattr(truth[part], what).value
                held[what, part] += estimate is None or estimate.low <= true <= estimate.high
        seen = quality([one for one in drawn if one.shown])
        assert seen.recall
        blind += seen.recall.value / trials
    shares = {key: count / trials for key, count in held.items()}
    assert sum(shares.values()) / len(shares) >= 0.93, shares
    assert min(shares.values()) >= 0.9, shares  # 150 trials of 95 % have a standard error of 1.8 points
    recall = truth[None, None].recall
    assert recall
    assert blind > recall.value + 0.03  # what only looks at documents with predictions flatters itself


def test_what_is_not_settled_is_like_what_is(place: Place) -> None:
    with LogWriter(place.folder / "log") as writer:
        for number, domain in enumerate(("news", "contract")):
            # Nothing is found in a third of them, in which there is a person and an organisation all the same.
            read = [
                Document(one.text, f"{domain}{one.id}", {"domain": domain}, one.spans if n % 3 else ())
                for n, one in enumerate(documents(200 * number, 200 * number + 120))
            ]
            at = NOW - timedelta(hours=3 + number)
            writer.append(Inferences(at, project=1, documents=read, model=1, pipeline="crf.v1"))
    with place.store.writing() as session:
        id = kinds.start(session, 1, "sample", {"size": 40}, now=NOW, reason="asked")
    place.worker().run(id)
    assert place.job(id).state == JobState.DONE, place.job(id).problem
    later = NOW + timedelta(hours=1)
    for _ in range(32):
        task = lease(place.store, later)
        assert task is not None
        with place.store.reading() as session:
            text = session.get_one(StoredDocument, session.get_one(Task, task).document_id).text
        answer(place.store, task, later, document(int(text.split(" ")[0])).spans)
    with place.store.reading() as session:
        found = judged(session, 1, since=DAY, until=DAY)
        assert judged(session, 1, since=DAY + timedelta(days=1), until=DAY + timedelta(days=9)) == []
    assert len(found) == 32
    assert sum(one.weight for one in found) == pytest.approx(240, rel=0.15)
    whole = quality(found)
    assert whole.precision
    assert whole.recall
    assert whole.precision.value == 1.0
    assert 0.6 < whole.precision.low < 0.95
    assert whole.recall.low < 2 / 3 < whole.recall.high
    rows = {(one.domain, one.label): one for one in table(found)}
    assert {domain for domain, _ in rows} == {None, "news", "contract"}
    assert {label for _, label in rows} == {None, "PER", "ORG"}
    assert rows["news", None].documents + rows["contract", None].documents == 32
    (only,) = days(found, label="PER")
    assert only.day == DAY


def test_a_document_that_people_know_counts_without_being_asked_about_again(place: Place) -> None:
    known = documents(0, 30)
    gold(place.store, 1, [Document(one.text, f"gold{one.id}", spans=one.spans) for one in known])
    with LogWriter(place.folder / "log") as writer:
        at = NOW - timedelta(hours=3)
        writer.append(Inferences(at, project=1, documents=known, model=1, pipeline="crf.v1"))
    for _ in range(2):
        with place.store.writing() as session:
            id = kinds.start(session, 1, "sample", {"size": 10}, now=NOW, reason="asked")
        place.worker().run(id)
    tasks = 0
    while (task := lease(place.store, NOW, ANN)) is not None:
        answer(place.store, task, NOW, ())
        tasks += 1
    with place.store.reading() as session:
        found = judged(session, 1, since=DAY, until=DAY)
    assert tasks < len(found) == 20  # both draws count, each text is asked about once
    assert len(list(islice(table(found), 3))) == 3
