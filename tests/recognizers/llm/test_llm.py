"""The engine on a real HTTP server that answers like an endpoint, well and badly; by option on a real one."""

import json
import os
import pickle
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from tests.recognizers.llm.endpoint import Endpoint, serving
from tests.recognizers.samples import found, sentences

from livener.errors import InputError
from livener.learning import train
from livener.pipeline import Pipeline, load, save
from livener.recognizers.gazetteer import Gazetteer, Term
from livener.recognizers.llm import EndpointError, Llm, LlmSettings
from livener.recognizers.llm import asking as asking_module
from livener.text import Document, Segmenter, Sentence

NAMES = {"Acme Corp.": "ORG", "Ada Byron": "PERSON", "Oslo": "GPE", "Zoë": "PERSON"}
LABELS = ["GPE", "ORG", "PERSON"]
TEXT = "Ada Byron left Acme Corp. in Oslo. 🎉 Zoë  stayed at Acme Corp. with Ada Byron."
FOUND = [["Ada Byron", "Acme Corp.", "Oslo"], ["Zoë", "Acme Corp.", "Ada Byron"]]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving(NAMES) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waiting before another try takes no time here; how long it would is kept."""
    waited: list[float] = []
    begin = asking_module.Asking.__init__
    monkeypatch.setattr(
        asking_module.Asking, "__init__", lambda self, *given: begin(self, *given, sleep=waited.append)
    )
    return waited


def llm(endpoint: Endpoint, /, **settings: Any) -> Llm:
    return Llm.create({"endpoint": endpoint.url, "model": "small", "labels": LABELS} | settings)


def text(of: str = TEXT) -> list[Sentence]:
    return Segmenter().sentences(Document(of))


def names(engine: Llm, of: str = TEXT) -> list[list[str]]:
    return [[span.text for span in spans] for spans in engine.predict(text(of))]


def test_a_good_answer(endpoint: Endpoint) -> None:
    engine = llm(endpoint)
    spans = engine.predict(text())
    assert [[span.text for span in one] for one in spans] == FOUND
    assert all(TEXT[s.start : s.end] == s.text and s.source == "llm" and s.score == 0.8 for s in chain(*spans))
    (request,) = endpoint.requests
    assert request["messages"][1]["content"] == TEXT
    assert request["temperature"] == 0
    labels = request["response_format"]["json_schema"]["schema"]["properties"]["entities"]["items"]["properties"]
    assert labels["label"]["enum"] == LABELS
    assert engine.counts == {"requests": 1, "input tokens": 100, "output tokens": 10}


@pytest.mark.parametrize("how", ["malformed", "429", "500", "no JSON", "no list", "parts", "cut off", "slow"])
def test_a_bad_answer_is_asked_for_again(endpoint: Endpoint, impatient: list[float], how: str) -> None:
    endpoint.script = [how]
    engine = llm(endpoint, timeout=1.0)
    assert names(engine) == FOUND
    assert engine.counts["retried"] == 1
    assert len(endpoint.requests) == 2
    if how == "429":
        assert impatient == [0.01], "as long as the server asks for"
    if how == "cut off":
        assert [request["max_tokens"] for request in endpoint.requests] == [1024, 2048]


@pytest.mark.parametrize("how", ["malformed", "429", "cut off"])
def test_an_endpoint_that_stays_bad_is_told_in_one_line(endpoint: Endpoint, impatient: list[float], how: str) -> None:
    endpoint.script = [how] * 10
    with pytest.raises(EndpointError, match=r"no usable answer after 3 tries") as raised:
        llm(endpoint, retries=2).predict(text())
    assert "\n" not in str(raised.value)
    assert len(endpoint.requests) == 3
    assert all(wait <= 60 for wait in impatient)


def test_a_refusal_is_not_asked_again(endpoint: Endpoint) -> None:
    endpoint.script = ["401"]
    with pytest.raises(EndpointError, match="401 no such key"):
        llm(endpoint).predict(text())
    assert len(endpoint.requests) == 1


def test_no_endpoint_there() -> None:
    with serving(NAMES) as closed:
        pass
    with pytest.raises(EndpointError, match="no connection"):
        llm(closed, retries=1).predict(text())


def test_what_is_not_in_the_text_is_rejected_and_counted(endpoint: Endpoint) -> None:
    endpoint.script = ["hallucinated"]
    engine = llm(endpoint)
    assert names(engine) == FOUND
    rejected = {name: count for name, count in engine.counts.items() if name.startswith("rejected")}
    assert rejected == {
        "rejected: not in the text": 1,
        "rejected: unknown label": 1,
        "rejected: within a word": 1,
    }


@pytest.mark.parametrize("how", ["fenced", "thoughts"])
def test_words_around_the_object_are_forgiven(endpoint: Endpoint, how: str) -> None:
    endpoint.script = [how]
    engine = llm(endpoint)
    assert names(engine) == FOUND
    assert engine.counts["requests"] == 1


def test_an_answer_is_not_lost_for_how_it_counts_tokens(endpoint: Endpoint) -> None:
    endpoint.script = ["odd counts"]
    engine = llm(endpoint)
    assert names(engine) == FOUND
    assert (engine.counts["requests"], engine.counts["retried"]) == (1, 0)
    assert engine.counts["input tokens"] > 0, "reckoned here"


def test_text_goes_nowhere_but_to_the_endpoint(endpoint: Endpoint) -> None:
    with serving(NAMES) as other:
        endpoint.script = [f"{other.url}/chat/completions"] * 9
        with pytest.raises(EndpointError, match="307"):
            llm(endpoint).predict(text())
        assert other.requests == []


def test_an_entity_across_sentences_is_rejected(endpoint: Endpoint) -> None:
    endpoint.names = {"Oslo. 🎉 Zoë": "ORG", "Ada Byron": "PERSON"}
    engine = llm(endpoint)
    assert names(engine) == [["Ada Byron"], ["Ada Byron"]]
    assert engine.counts["rejected: across sentences"] == 1


def test_answers_are_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    for engine in (llm(endpoint, cache=str(tmp_path / "answers")) for _ in range(2)):
        assert names(engine) == FOUND
        assert names(engine) == FOUND
        engine.asking._answers.close()
    assert len(endpoint.requests) == 1
    other = llm(endpoint, cache=str(tmp_path / "answers"), model="large")
    assert names(other) == FOUND
    assert len(endpoint.requests) == 2, "another model answers for itself"
    other.asking._answers.close()


def test_several_at_once_in_order(endpoint: Endpoint) -> None:
    endpoint.pause = 0.05
    people = [f"Zoë left on day {n}." for n in range(12)]
    spans = llm(endpoint, passage=0, concurrency=4).predict([s for one in people for s in text(one)])
    assert found(spans) == [[("Zoë", "PERSON")]] * 12
    assert 2 <= endpoint.most_at_once <= 4


def test_limits_of_pace_are_kept(endpoint: Endpoint, impatient: list[float]) -> None:
    engine = llm(endpoint, passage=0, requests_per_minute=2, concurrency=1)
    with pytest.MonkeyPatch.context() as patch:
        # Time passes only by waiting.
        patch.setattr(engine.asking._pace, "_clock", lambda: sum(impatient))
        engine.predict(text("Zoë left. Zoë stayed. Zoë came. Zoë went. Zoë sat."))
    assert impatient == [60.0, 60.0]


def test_the_budget_is_never_passed(endpoint: Endpoint) -> None:
    prices = {"input_price": 1000.0, "output_price": 1000.0, "passage": 0, "max_tokens": 16}
    engine = llm(endpoint, **prices)
    many = [s for n in range(20) for s in text(f"Zoë left on day {n}.")]
    estimate = engine.estimate(many)
    assert endpoint.requests == []
    assert estimate.requests == 20
    assert estimate.cost == pytest.approx((estimate.input_tokens + estimate.output_tokens) / 1000)
    with pytest.raises(InputError, match=r"the budget of 1 is not enough.*about 20 requests"):
        llm(endpoint, budget=1.0, **prices).predict(many)
    assert endpoint.requests == [], "told before anything is sent"
    tight = llm(endpoint, budget=estimate.cost, concurrency=1, **prices)
    tight.predict(many[:10])
    others = (text(f"Zoë left on day {n}.") for n in range(100, 200))
    with pytest.raises(InputError, match="budget"):
        list(map(tight.predict, others))
    assert tight.asking.budget.spent <= estimate.cost


def test_text_goes_nowhere_that_the_user_did_not_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    far = Llm.create({"endpoint": "https://llm.invalid/v1", "model": "m", "labels": LABELS, "retries": 0})
    save(Pipeline(far), tmp_path / "model")
    given = load(tmp_path / "model")
    with pytest.raises(InputError, match=r"sends text to https://llm\.invalid/v1.*LIVENER_LLM_ENDPOINT"):
        given(TEXT)
    with pytest.raises(InputError, match="sends text"):
        pickle.loads(pickle.dumps(given.recognizer)).predict(text())
    monkeypatch.setenv("LIVENER_LLM_ENDPOINT", "https://other.invalid/v1")
    with pytest.raises(InputError, match="sends text"):
        given(TEXT)
    monkeypatch.setenv("LIVENER_LLM_ENDPOINT", "https://llm.invalid/v1")
    with pytest.raises(EndpointError, match="no connection"):
        given(TEXT)
    with pytest.raises(InputError, match="endpoint is missing"):
        Llm.create({"model": "small"})


def test_a_saved_engine_says_the_same(endpoint: Endpoint, tmp_path: Path) -> None:
    (guidelines := tmp_path / "guidelines.md").write_text("# How\n\n## ORG\n\nCompanies.\n\n## PERSON\n\nPeople.\n")
    engine = llm(endpoint, guidelines=str(guidelines), labels=[])
    assert engine.labels == ("ORG", "PERSON")
    (tmp_path / "saved").mkdir()
    engine.save(tmp_path / "saved")
    again = Llm.load(tmp_path / "saved")
    assert again.prompt == engine.prompt
    assert again.predict(text()) == engine.predict(text()) == pickle.loads(pickle.dumps(engine)).predict(text())
    assert "Companies." in (tmp_path / "saved" / "prompt.md").read_text()
    assert json.loads((tmp_path / "saved" / "prompt.json").read_text())["version"] == engine.prompt.version
    assert "small" in (tmp_path / "saved" / "llm.json").read_text()


def test_examples_and_scores_come_from_documents(endpoint: Endpoint, tmp_path: Path) -> None:
    marked = ["[Ada Byron](PERSON) left [Acme Corp.](ORG) .", "[Zoë](PERSON) saw [Oslo](GPE) .", "Nothing happened ."]
    learn = [sentence.document for sentence in sentences(*marked)]
    report = train("llm", learn, learn, out=tmp_path / "model", settings={"endpoint": endpoint.url, "model": "small"})
    system = endpoint.requests[0]["messages"][0]["content"]
    assert 'Text: Zoë saw Oslo .\nAnswer: {"entities": [{"before": "", "text": "Zoë", "label": "PERSON"}' in system
    assert 'Text: Nothing happened .\nAnswer: {"entities": []}' in system
    assert report.metrics["strict"]["f1"] == 1.0
    spans = load(tmp_path / "model")("Zoë left Oslo .").spans
    assert [(s.label, round(s.score or 0, 2)) for s in spans] == [("PERSON", 0.75), ("GPE", 0.67)]
    model = load(tmp_path / "model").recognizer
    assert isinstance(model, Llm)
    before = model.prompt.version
    model.update(sentences("[Acme](ORG) fell ."))
    assert model.prompt.version != before
    assert model.prompt.examples[0].text == "Acme fell ."


def test_only_what_is_unsure_is_asked_about(endpoint: Endpoint, tmp_path: Path) -> None:
    sure, unsure = Term("Ada Byron", "PERSON"), Term("Acme", "GPE")
    fast = Gazetteer([sure], score=0.9)
    save(Pipeline(fast), tmp_path / "sure")
    save(Pipeline(Gazetteer([unsure, Term("Corp.", "GPE"), Term("stayed", "ORG"), Term("Oslo", "GPE")], score=0.4)),
         tmp_path / "unsure")  # fmt: skip
    engine = llm(endpoint, refine=str(tmp_path / "sure"), below=0.6)
    assert names(engine) == [["Ada Byron"], ["Ada Byron"]]
    assert endpoint.requests == []
    endpoint.decisions = {"Acme": ("Acme Corp.", "ORG"), "stayed": ("", "ORG"), "Oslo": ("Bergen", "GPE")}
    engine = llm(endpoint, refine=str(tmp_path / "unsure"), below=0.6)
    text_ = "Ada Byron left. Nobody stayed. Acme Corp. and Oslo."
    spans = engine.predict(text(text_))
    assert [[(s.text, s.label, s.score) for s in one] for one in spans] == [
        [],
        [],
        [("Acme Corp.", "ORG", 0.8), ("Oslo", "GPE", 0.4)],
    ]
    assert [one.partition("\n")[0] for one in sorted(endpoint.texts())] == ["Acme Corp. and Oslo.", "Nobody stayed."]
    assert engine.counts["rejected: not in the text"] == 1
    assert engine.estimate(text(text_)).requests == 2
    (tmp_path / "saved").mkdir()
    engine.save(tmp_path / "saved")
    assert Llm.load(tmp_path / "saved").predict(text(text_)) == spans


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"endpoint": "localhost"}, "endpoint"),
        ({"model": ""}, "model is missing"),
        ({"concurrency": 0}, "concurrency"),
        ({"budget": 1.0}, "without prices"),
        ({"guidelines": "nowhere.md"}, "nowhere.md"),
        ({"template": "extract.v9"}, "no template"),
        ({"refine": "nowhere"}, "not a model"),
        ({"modle": "x"}, "'model'"),
        ({"cache": "/nowhere/x/y"}, "cache"),
    ],
)
def test_wrong_settings(endpoint: Endpoint, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        llm(endpoint, **settings).predict(text())


def test_strange_texts_and_none(endpoint: Endpoint) -> None:
    engine = llm(endpoint)
    assert engine.predict([]) == []
    assert engine.predict([Sentence("", [], Document(""))]) == [[]]
    assert endpoint.requests == []
    strange = "👩\u200d👩\u200d👧 Zoë\u200b 👍🏽\r\nAc\u00adme &amp; Oslo\x85 ½ﬁ"
    for span in chain(*engine.predict(text(strange))):
        assert strange[span.start : span.end] == span.text
    with pytest.raises(InputError, match="no labels"):
        Llm(LlmSettings(endpoint.url, "m"), llm(endpoint, labels=["X"]).prompt.__class__("extract.v1", ())).predict(
            text()
        )


@pytest.mark.skipif("LIVENER_TEST_LLM_ENDPOINT" not in os.environ, reason="asks an endpoint only by option")
def test_a_real_endpoint() -> None:
    settings = {"endpoint": os.environ["LIVENER_TEST_LLM_ENDPOINT"], "model": os.environ["LIVENER_TEST_LLM_MODEL"]}
    spans = list(chain(*Llm.create({**settings, "labels": LABELS}).predict(text("Ada Byron lives in Oslo, Norway."))))
    assert {"Ada Byron", "Oslo"} <= {span.text for span in spans}
