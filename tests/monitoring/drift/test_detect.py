"""A window against its reference: what is called drift, what is not, and what is said of it."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import ClassVar

import numpy as np
import pytest
from tests.monitoring.drift.simulated import NAMES, RATES, production

from livener import extensions
from livener.errors import InputError
from livener.monitoring.drift import Measure, Window, detect, measure
from livener.monitoring.drift import registry as names
from livener.text import Document, Span

LABELS = ("LOC", "ORG", "PER")
GERMAN = ("der", "die", "und", "das", "ist", "von", "nicht", "zu", "den", "dem", "mit", "sich", "auf")


def window(documents: list[Document]) -> Window:
    return measure(documents, labels=LABELS)


def test_the_same_production_is_calm() -> None:
    rng = np.random.default_rng(0)
    reference = window(production(1500, rng))
    alarms = sum(detect(reference, window(production(200, rng))).drifted for _ in range(60))
    assert alarms <= 3  # 0.6 expected


def test_a_label_that_is_found_less_is_named_with_its_size() -> None:
    rng = np.random.default_rng(1)
    found = detect(window(production(1000, rng)), window(production(500, rng, rates={**RATES, "PER": 0.4})))
    assert found.drifted
    assert found.labels[0] == "PER"
    rate = next(
        f.measure for f in found.findings if f.measure.test == "label_rates.v1" and f.measure.subject == "PER"
    )
    assert rate.effect == pytest.approx(-0.5, abs=0.1)
    assert any("PER where" in one.why for one in found.documents)


def test_a_million_documents_cry_no_wolf() -> None:
    """A movement of one in twenty is sure among enough documents, and still of no interest."""
    rng = np.random.default_rng(2)
    whole = window(production(400, rng))
    reference = whole.take(np.tile(np.arange(400), 100))
    slightly = [i for i in range(400) if i % 20 or not whole.counts[i, 2]]
    current = whole.take(np.tile(slightly, 100))
    found = detect(reference, current, tests=["label_rates"])
    assert min(finding.q_value for finding in found.findings) < 1e-4
    assert not found.drifted


@pytest.mark.parametrize(
    ("test", "now"),
    [
        ("confidence.v1", {"score": 0.6}),
        ("entropy.v1", {"score": 0.6}),
        ("low_confidence.v1", {"score": 0.5}),
        ("unknown_words.v1", {"filler": ["indemnify", "whereas", "hereof", "lessee", "escrow"]}),
        ("embedding.v1", {"filler": ["indemnify", "whereas", "hereof", "lessee", "escrow"]}),
        ("languages.v1", {"filler": GERMAN}),
        ("origins.v1", {"meta": {"domain": "contracts", "source": "mail"}}),
        ("label_shares.v1", {"rates": {"PER": 0.3, "ORG": 1.0, "LOC": 0.3}}),
        ("labels_given_words.v1", {"rates": {"PER": 0.8, "ORG": 0.1, "LOC": 0.3}}),
    ],
)
def test_each_test_sees_its_own_kind_of_drift(test: str, now: dict) -> None:
    rng = np.random.default_rng(3)
    usual = {"meta": {"domain": "news", "source": "feed"}}
    reference, current = production(400, rng, **usual), production(200, rng, **{**usual, **now})
    if test == "labels_given_words.v1":  # names that the reference has as spans are in the text, and are not found
        current = [
            document.with_spans(tuple(s for s in document.spans if s.label != "ORG"))
            for document in production(200, rng, **usual)
        ]
    found = detect(window(reference), window(current), tests=[test])
    assert [f.measure.test for f in found.findings if f.drifted]
    calm = detect(window(reference), window(production(200, rng, **usual)), tests=[test])
    assert not calm.drifted


def test_lengths_of_spans_and_documents() -> None:
    rng = np.random.default_rng(4)
    reference, other = production(300, rng), production(300, rng)
    longer = [replace(d, text=d.text + "and so on and so on and so on ", spans=d.spans) for d in other]
    assert detect(window(reference), window(longer), tests=["document_lengths"]).drifted
    merged = [
        d.with_spans(tuple(Span(s.start, min(s.end + 8, len(d.text)), s.label, s.score) for s in d.spans))
        for d in other
    ]
    assert detect(window(reference), window(merged), tests=["span_lengths"]).drifted
    assert not detect(window(reference), window(other), tests=["document_lengths", "span_lengths"]).drifted


def test_new_surface_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    reference = window(production(300, rng))
    monkeypatch.setitem(NAMES, "PER", [f"Newcomer{i}" for i in range(40)])
    assert detect(reference, window(production(200, rng)), tests=["new_forms"]).drifted


def test_since_when_and_where() -> None:
    rng = np.random.default_rng(6)
    first = date(2024, 5, 1)
    before = [
        replace(d, meta={"time": f"{first + timedelta(days=k)}T09:00:00Z", "domain": ("news", "contracts")[i % 2]})
        for k in range(10)
        for i, d in enumerate(production(60, rng))
    ]
    now = []
    for k in range(10, 20):
        for i, d in enumerate(production(60, rng)):
            domain = ("news", "contracts")[i % 2]
            lost = k >= 14 and domain == "contracts"
            spans = tuple(s for s in d.spans if not (lost and s.label == "ORG"))
            now.append(
                replace(d, meta={"time": f"{first + timedelta(days=k)}T09:00:00Z", "domain": domain}, spans=spans)
            )
    found = detect(window(before), window(now))
    finding = next(f for f in found.findings if f.drifted and f.measure.subject == "ORG")
    assert found.labels == ("ORG",)
    assert finding.since
    assert abs(date.fromisoformat(finding.since) - (first + timedelta(days=14))) <= timedelta(days=1)
    assert finding.where == {"key": "domain", "value": "contracts", "share": pytest.approx(1.0, abs=0.15)}


def test_a_small_loss_by_the_model_is_seen_beside_the_previous_version() -> None:
    rng = np.random.default_rng(7)
    reference, before = window(production(400, rng)), production(400, rng)
    now = [d.with_spans(tuple(s for s in d.spans if s.label != "PER" or rng.random() > 0.12)) for d in before]
    found = detect(reference, window(now), previous=window(before))
    assert found.labels == ("PER",)
    assert found.verdict
    assert found.verdict.what == "model"
    same = detect(reference, window(before), previous=window(before))
    assert same.verdict
    assert (same.verdict.what, same.drifted) == ("neither", False)


def test_another_text_read_by_the_same_model() -> None:
    rng = np.random.default_rng(8)
    reference = window(production(400, rng))
    other = window(production(300, rng, rates={**RATES, "PER": 0.2}, filler=["whereas", "lessee", "hereof"]))
    found = detect(reference, other, previous=other)
    assert found.verdict
    assert (found.verdict.what, found.verdict.disagreement) == ("text", 0.0)


def test_what_cannot_be_compared_is_refused() -> None:
    rng = np.random.default_rng(9)
    documents = production(40, rng)
    with pytest.raises(InputError, match="19 documents in the current window"):
        detect(window(documents), window(documents[:19]))
    with pytest.raises(InputError, match="different labels"):
        detect(window(documents), measure(documents, labels=["LOC", "ORG", "PER", "DATE"]))
    with pytest.raises(InputError, match=r"no drift test 'label_rate'.*label_rates"):
        detect(window(documents), window(documents), tests=["label_rate"])
    with pytest.raises(InputError, match="other documents"):
        detect(window(documents), window(documents), previous=window(documents[::-1]))


class Exclamations:
    """A drift test of somebody else: documents with an exclamation mark."""

    name: ClassVar[str] = "exclamations.v2"
    about: ClassVar[str] = "text"

    def __call__(self, reference: Window, current: Window) -> Iterator[Measure]:
        shares = [np.mean(["!" in d.text for d in one.documents]) for one in (reference, current)]
        p = 1e-9 if shares[0] != shares[1] else 1.0
        yield Measure(self.name, "text", "share with !", *shares, 0.0, p, shares[1] - shares[0], "difference", 0.1)


def test_a_test_of_another_package(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("loud")
    module.Exclamations = Exclamations
    monkeypatch.setitem(sys.modules, "loud", module)
    point = EntryPoint("exclamations", "loud:Exclamations", names.GROUP)
    monkeypatch.setattr(extensions, "entry_points", lambda group: [point] if group == names.GROUP else [])
    rng = np.random.default_rng(10)
    calm = production(30, rng)
    loud = [replace(document, text=document.text + "!") for document in calm]
    assert detect(window(calm), window(loud), tests=["exclamations"]).drifted
    with pytest.raises(InputError, match=r"exclamations.v2, not exclamations.v1"):
        names.get("exclamations.v1")


@pytest.mark.parametrize("name", names.BUILT_IN)
def test_built_in_names_carry_a_version(name: str) -> None:
    assert names.get(name).name == f"{name}.v1"
    assert names.get(name).about in ("text", "spans")
