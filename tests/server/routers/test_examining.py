"""Models looked at closely, over HTTP."""

from pathlib import Path

import pytest
from tests.learning.project import EVERYTHING, NOW, Modelled
from tests.recognizers.neural.encoders import tiny
from tests.recognizers.samples import news
from tests.server.live import Live

from livener import learning
from livener.client import Refused
from livener.client.examining import Compared, DiagnosisAnswer, Explained, Looked, Mistakes, Steps, WhatIf
from livener.demo import outermost, sample
from livener.errors import InputError
from livener.learning import models
from livener.loop.worker import Worker
from livener.pipeline import Pipeline, save
from livener.recognizers.registry import get
from livener.store import Artefacts, Store

TEXT = "Ada of Acme flew to Oslo. Zoë 🎉 stayed."


@pytest.fixture
def modelled(live: Live, tmp_path: Path) -> Modelled:
    made = Modelled(live.store, tmp_path)
    made.golden()
    made.add("Acme")
    made.add(*EVERYTHING)
    return made


@pytest.mark.usefixtures("modelled")
def test_mistakes_and_intervals(live: Live) -> None:
    reviewer = live.project("rita")
    found = Mistakes.model_validate(reviewer.get("models/1/mistakes", kind="false_negative", limit=5))
    assert (found.golden, found.documents, found.count, len(found.items)) == (True, 40, 120, 5)
    assert reviewer.get("models/1/mistakes", label="ORG")["count"] == 0
    compared = Compared.model_validate(reviewer.get("models/2/beside/1"))
    assert (compared.overall.verdict, compared.per_label["ORG"].verdict) == ("b", "no difference shown")
    for path in ("models/1/mistakes", "models/2/beside/1", "models/2/transitions"):
        with pytest.raises(Refused) as refused:
            live.project("ann").get(path)
        assert refused.value.status == 403
    with pytest.raises(InputError, match="no transitions"):
        reviewer.get("models/2/transitions")


def test_a_text_is_explained_from_its_tokens_to_its_spans(live: Live, modelled: Modelled) -> None:
    annotator = live.project("ann")
    with pytest.raises(InputError, match="production"):
        annotator.send("POST", "explain", {"text": TEXT})
    found = Explained.model_validate(annotator.send("POST", "explain", {"text": TEXT, "model": 2}))
    assert [(TEXT[one.start : one.end], one.label) for one in found.spans] == [
        ("Ada", "PER"),
        ("Acme", "ORG"),
        ("Oslo", "GPE"),
        ("Zoë", "PER"),
    ]
    assert [[TEXT[start:end] for start, end in one.places] for one in found.sentences] == [
        ["Ada", "of", "Acme", "flew", "to", "Oslo", "."],
        ["Zoë", "🎉", "stayed", "."],
    ]
    last = found.steps[-1]
    assert (last.stage, [event["event"] for event in last.events]) == ("recognise.v1", ["born"] * 4)
    modelled.gate(2)
    modelled.promote(2)
    assert annotator.send("POST", "explain", {"text": TEXT, "model": "production"})["model"] == 2


def test_a_crf_says_why_and_which_steps_it_knows(live: Live, modelled: Modelled, tmp_path: Path) -> None:
    learned = [outermost(one) for one in sample("dev")[:8]]
    path = learning.train("crf", learned, learned, out=tmp_path / "crf", settings={"epochs": 3}).path
    number = models.add(live.store, modelled.artefacts, 1, path, now=NOW).number
    span = learned[0].spans[0]
    found = Explained.model_validate(
        live.project("ann").send("POST", "explain", {"text": learned[0].text, "model": number})
    )
    assert found.recognizer == "crf.v1"
    reasons = [one for sentence in found.sentences for one in sentence.spans]
    assert reasons
    assert all(one.contributions for one in reasons)
    assert (span.start, span.end, span.label) in {(one.start, one.end, one.label) for one in reasons}
    steps = Steps.model_validate(live.project("rita").get(f"models/{number}/transitions"))
    at = {tag: i for i, tag in enumerate(steps.tags)}
    forbidden = steps.weights[at["O"]][at[next(tag for tag in steps.tags if tag.startswith("I-"))]]
    assert forbidden is None
    assert all(steps.counts[at[one]][at[other]] == 0 for one, other in steps.unseen)


def learned(name: str, settings: dict[str, object], modelled: Modelled, path: Path) -> int:
    """The number of a model that learned the sentences of the samples."""
    recognizer = get(name).create(settings)  # type: ignore[attr-defined]
    recognizer.fit(news(60), [])
    save(Pipeline(recognizer), path)
    return models.add(modelled.store, modelled.artefacts, 1, path, now=NOW).number


def test_what_if_the_text_were_another(live: Live, modelled: Modelled, tmp_path: Path) -> None:
    annotator = live.project("ann")
    number = learned("crf", {"epochs": 5}, modelled, tmp_path / "crf")
    text = "He said that Ann Lee left. Shell opened a plant near Oslo."
    edit = {"text": text, "edited": text.replace("Ann Lee", "nothing"), "model": number}
    found = WhatIf.model_validate(annotator.send("POST", "what-if", edit))
    moved = {one.before: one for one in found.moved}
    assert (moved["Ann Lee"].label, moved["Ann Lee"].predicted) == ("PER", (True, False))
    assert moved["Oslo"].score_before == moved["Oslo"].score_after
    shorter = {**edit, "edited": "Shell opened a plant near Oslo."}
    gone = {one.before: one for one in WhatIf.model_validate(annotator.send("POST", "what-if", shorter)).moved}
    assert (gone["Ann Lee"].after, gone["Ann Lee"].score_after) == (None, None)
    assert gone["Oslo"] == moved["Oslo"]
    with pytest.raises(InputError, match="only what it predicts"):
        annotator.send("POST", "what-if", {**edit, "model": 2})


def test_what_a_transformer_looks_at(live: Live, modelled: Modelled, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra neural")
    annotator = live.project("ann")
    settings = tiny(tmp_path / "encoder", epochs=1, quantise="no")
    number = learned("transformer", settings, modelled, tmp_path / "transformer")
    asked = {"text": "He left. Ann Lee joined Acme in Oslo.", "model": number, "sentence": 1}
    found = Looked.model_validate(annotator.send("POST", "attention", asked))
    assert found.words == ("Ann", "Lee", "joined", "Acme", "in", "Oslo", ".")
    assert [(len(layer), {len(row) for row in layer}) for layer in found.layers] == [(7, {7})] * 2
    assert all(0 < sum(row) < 1.001 for layer in found.layers for row in layer)
    with pytest.raises(InputError, match="has 2 sentences"):
        annotator.send("POST", "attention", {**asked, "sentence": 2})
    with pytest.raises(InputError, match="has no attention"):
        annotator.send("POST", "attention", {**asked, "model": 2})


@pytest.mark.usefixtures("modelled")
def test_a_diagnosis_is_a_job(live: Live, store: Store, tmp_path: Path) -> None:
    reviewer = live.project("rita")
    assert reviewer.get("models/1/diagnosis") == []
    begun = DiagnosisAnswer.model_validate(reviewer.send("POST", "models/1/diagnosis", {}))
    assert (begun.state, begun.data, begun.f1, begun.causes) == ("queued", "golden", None, ())
    Worker(store, Artefacts(tmp_path / "artefacts"), tmp_path).run(begun.job)
    found = DiagnosisAnswer.model_validate(reviewer.get("models/1/diagnosis")[0])
    assert (found.state, found.problem, found.documents) == ("done", None, 40)
    assert "label_absent" in [cause.name for cause in found.causes]
    assert all(cause.symptom and cause.evidence and cause.fix for cause in found.causes)
    with pytest.raises(InputError, match="no model"):
        reviewer.send("POST", "models/9/diagnosis", {})
    with pytest.raises(Refused):
        live.project("ann").get("models/1/diagnosis")
