"""Models looked at closely, over HTTP."""

from pathlib import Path

import pytest
from tests.learning.project import EVERYTHING, NOW, Modelled
from tests.server.live import Live

from livener import learning
from livener.client import Refused
from livener.client.examining import Compared, Explained, Mistakes, Steps
from livener.demo import outermost, sample
from livener.errors import InputError
from livener.learning import models

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
