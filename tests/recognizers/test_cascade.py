"""The cascade: what is read again, the measured frontier, and its files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.recognizers.samples import marked, news, sentences

from livener.errors import InputError
from livener.learning import train
from livener.metrics import evaluate
from livener.pipeline import Pipeline, load, save
from livener.recognizers.base import Trainable
from livener.recognizers.bilstm_crf import BilstmCrf
from livener.recognizers.calibrator import Calibrator
from livener.recognizers.cascade import Cascade, Point
from livener.recognizers.crf import Crf
from livener.recognizers.registry import get
from livener.text import Document, Sentence, Span


class Oracle:
    """The gold, and a record of what was read."""

    name = "oracle.v1"
    labels = ("LOC", "ORG", "PER")

    def __init__(self) -> None:
        self.read: list[int] = []

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        self.read.append(len(sentences))
        return [list(sentence.document.spans) for sentence in sentences]


@pytest.fixture(scope="module")
def crf() -> Crf:
    model = Crf.create({"epochs": 2})
    model.fit(news(12), [])
    return model


def test_only_what_is_unsure_is_read_again(crf: Crf) -> None:
    dev = news(30, skip=40)
    oracle = Oracle()
    cascade = Cascade(crf, oracle)  # type: ignore[arg-type]
    sure = cascade.confidence(dev)
    assert ((sure > 0) & (sure <= 1)).all()
    assert cascade.predict(dev) == crf.predict(dev)
    assert oracle.read == []
    cascade.threshold = float(np.median(sure))
    found = cascade.predict(dev)
    assert oracle.read == [int((sure < cascade.threshold).sum())]
    for one, confidence, fast, sentence in zip(found, sure, crf.predict(dev), dev, strict=True):
        assert one == (list(sentence.document.spans) if confidence < cascade.threshold else fast)
    cascade.threshold = 2.0
    assert cascade.predict(dev) == [list(sentence.document.spans) for sentence in dev]
    assert cascade.predict([]) == []
    assert cascade.predict(sentences("nothing here")) == [[]]


def test_the_confidence_is_the_probability_of_the_best_path_for_each_token(crf: Crf) -> None:
    dev = news(3, skip=40)
    x, bounds = crf.emissions(dev)
    for i, confidence in enumerate(Cascade(crf, Oracle()).confidence(dev)):  # type: ignore[arg-type]
        scores = np.array([score for _, score in crf.chain.k_best(x[bounds[i] : bounds[i + 1]], 2000)])
        probability = np.exp(scores[0]) / np.exp(scores).sum()
        assert confidence == pytest.approx(probability ** (1 / len(dev[i].tokens)), rel=1e-2)


def strict(sentences: Sequence[Sentence], found: Sequence[Sequence[Span]]) -> float:
    """F1; each of these sentences is a document."""
    return evaluate([sentence.document.spans for sentence in sentences], [tuple(spans) for spans in found]).strict.f1


@pytest.fixture(scope="module")
def neural() -> BilstmCrf:
    """One that has hardly begun to learn, so that it does well to listen."""
    pytest.importorskip("torch", reason="needs the extra neural")
    small = {"words": 10, "characters": 10, "hidden": 10, "epochs": 3, "rate": 1e-2, "batch": 256, "vectors": None}
    model = BilstmCrf.create(small)
    model.fit(news(40), [], seed=3)
    return model


def test_a_neural_engine_hears_the_fast_one_as_much_as_dev_says(neural: BilstmCrf, tmp_path: Path) -> None:
    dev = news(60, skip=40)
    good = Crf.create({})
    good.fit(news(40), [])
    cascade = Cascade(good, neural)
    cascade.fit([], dev)
    assert cascade.advice > 0
    assert cascade.calibrator != Calibrator()
    assert cascade.frontier[-1].f1 > strict(dev, neural.predict(dev))
    cascade.threshold = 2.0
    heard = cascade.predict(dev)
    assert heard != neural.predict(dev)
    scores, bounds = good.emissions(dev)
    p, _, _ = good.chain.marginals(scores, bounds)
    x = neural.emissions(dev)[0] + cascade.advice * np.log(np.maximum(p, 1e-9))
    assert heard == neural.answer(dev, x, bounds, cascade.calibrator)
    cascade.save(tmp_path)
    again = Cascade.load(tmp_path)
    again.threshold = 2.0
    assert again.predict(dev) == heard


def test_an_engine_of_other_tags_hears_nothing(neural: BilstmCrf) -> None:
    other = Crf.create({"epochs": 1, "scheme": "BIOES"})
    other.fit(news(12), [])
    cascade = Cascade(other, neural)
    cascade.fit([], news(20, skip=40))
    assert (cascade.advice, cascade.calibrator) == (0.0, Calibrator())
    cascade.threshold = 2.0
    assert cascade.predict(news(5)) == neural.predict(news(5))


def test_the_frontier_goes_from_one_engine_to_the_other(crf: Crf) -> None:
    dev = news(60, skip=40)
    cascade = Cascade(crf, Oracle())  # type: ignore[arg-type]
    cascade.fit([], dev)
    shares = [point.share for point in cascade.frontier]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], cascade.frontier[-1].f1) == (0.0, 1.0, 1.0)
    f1 = [point.f1 for point in cascade.frontier]
    assert f1 == sorted(f1), "an oracle only helps"
    assert f1[0] < 1.0


def test_a_point_is_chosen_by_quality_or_by_speed(crf: Crf) -> None:
    points = [Point(0.0, 0.0, 0.70, 9000), Point(0.4, 0.2, 0.795, 3000), Point(0.9, 0.5, 0.80, 900)]
    cascade = Cascade(crf, Oracle(), frontier=points)  # type: ignore[arg-type]
    assert cascade.choose(within=0.5) == points[1]
    assert cascade.threshold == 0.4
    assert cascade.choose(within=0.0) == points[2]
    assert cascade.choose(within=10.5) == points[0]
    assert cascade.choose(speed=2000) == points[1]
    with pytest.raises(InputError, match=r"no point .* at most 9000"):
        cascade.choose(speed=10_000)


def test_what_cannot_be_a_cascade(crf: Crf, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say how sure"):
        Cascade(get("patterns")(), crf)
    with pytest.raises(InputError, match="not a model"):
        Cascade.create({"fast": str(tmp_path / "no"), "accurate": str(tmp_path / "no")})
    with pytest.raises(InputError, match="'within'"):
        Cascade.create({"fast": "a", "accurate": "b", "withn": 1})


def test_it_is_trained_saved_and_loaded_like_any_model(crf: Crf, tmp_path: Path) -> None:
    better = Crf.create({})
    better.fit(news(60), [])
    save(Pipeline(crf), tmp_path / "fast")
    save(Pipeline(better), tmp_path / "accurate")
    dev = [sentence.document for sentence in news(30, skip=80)]
    settings = {"fast": str(tmp_path / "fast"), "accurate": str(tmp_path / "accurate"), "within": 0.0}
    report = train("cascade", dev, dev, out=tmp_path / "cascade", settings=settings)
    again = load(tmp_path / "cascade")
    assert isinstance(again.recognizer, Cascade)
    assert isinstance(again.recognizer, Trainable)
    assert again.recognizer.frontier == report.pipeline.recognizer.frontier  # type: ignore[attr-defined]
    assert list(again.pipe(dev)) == list(report.pipeline.pipe(dev))
    record = tmp_path / "cascade" / "recognizer" / "cascade.json"
    record.write_text(record.read_text().replace('"of": "tokens"', '"of": "sentences"'))
    with pytest.raises(InputError, match="of another kind"):
        Cascade.load(record.parent)
    again.recognizer.update(sentences(marked("Met [Zoltan](PER) there .")), seed=1)
    assert again(Document("Met Zoltan there .")).spans[0].label == "PER"
