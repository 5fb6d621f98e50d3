"""What every recognizer holds to: one suite for all of them."""

import copy
import json
import multiprocessing
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from tests.recognizers.neural.encoders import tiny
from tests.recognizers.samples import marked, news, sentences
from tests.text.strategies import texts

from livener.recognizers.base import Recognizer
from livener.recognizers.crf import Crf
from livener.recognizers.gazetteer import Gazetteer
from livener.recognizers.neural.tagger import NeuralTagger
from livener.recognizers.patterns import Patterns
from livener.recognizers.registry import get
from livener.text import Document, Sentence, Span, tokenize
from livener.text.segment import Segmenter

TERMS = """term,label,id
Acme Corp.,ORG,Q1
Oslo,LOC,Q2
Zoë Unseen,PER,Q3
東京,LOC,Q4
U.S.,LOC,Q5
the contract,DOC,Q6
"""
TEXTS = [
    "Ann Lee joined Acme Corp. in Oslo last week. Mr. Jordan Hale sued Shell in Jordan.",
    "Pay $1.2 billion by May 12, 2024 to ada@example.org under Section 4.2(b); the U.S. call +1 212-555-0123.",
    "👩\u200d👩\u200d👧 Ann Lee 👍🏽 joined Acme Corp.🙂 in Oslo 🇩🇪 on 5 May 2024❤\ufe0f",
    "E\u0301mile Zola joined Zoe\u0308 Unseen in Ło\u0301dź , e\u0301a\u0323\u0301 .",
    "אמר Ann Lee בירושלים \u202eOslo\u202c ; قال Jordan Hale في Cairo — 東京 , 東京都 ada@example.org",
    "Ac\u00adme Corp. &amp; Shell\r\nsued\x00 Ann\u200b Lee\u2028in\u00a0Oslo\x85“Delta Ltd” ①½ﬁ the exam-\nple",
    "",
    " \r\n\t\u200b",
    "Oslo",
]


def train(settings: dict[str, object]) -> Crf:
    crf = Crf.create(settings)
    crf.fit(news(60), news(20, skip=7), seed=3)
    return crf


def train_neural(name: str, settings: dict[str, object]) -> NeuralTagger:
    engine = get(name)
    assert issubclass(engine, NeuralTagger)
    model = engine.create(settings)
    model.fit(news(60), news(20, skip=7), seed=3)
    return model


def train_spacy() -> Recognizer:
    pytest.importorskip("spacy", reason="needs the extra spacy")
    engine = get("spacy").create({"epochs": 15, "batch": 4})  # type: ignore[attr-defined]
    engine.fit(news(60), news(20, skip=7), seed=3)
    assert isinstance(engine, Recognizer)
    return engine


def with_vectors(folder: Path) -> Crf:
    """Vectors of words, half of which go with one verb and half with the other."""
    rng = random.Random(0)
    verbs = ("joined", "visited")
    text = "".join(f"name{(n := rng.randrange(300))} {verbs[n % 2]} us\n" for _ in range(3_000))
    (folder / "text.txt").write_text(text)
    return train({"vectors": "unlabelled", "unlabelled": [str(folder / "text.txt")]})


def term_list(folder: Path) -> str:
    (folder / "terms.csv").write_text(TERMS, encoding="utf-8")
    return str(folder / "terms.csv")


MAKERS: dict[str, Callable[[Path], Recognizer]] = {
    "crf": lambda _: train({}),
    "crf with a gazetteer": lambda folder: train({"gazetteers": [term_list(folder)], "scheme": "BIOES"}),
    "crf with vectors": with_vectors,
    "patterns": lambda _: Patterns(),
    "transformer": lambda folder: train_neural("transformer", tiny(folder, quantise="no")),
    "bilstm_crf": lambda _: train_neural("bilstm_crf", {"vectors": None, "hidden": 20, "rate": 2e-2, "batch": 256}),
    "gazetteer": lambda folder: Gazetteer.create({"files": term_list(folder)}),
    "spacy": lambda _: train_spacy(),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recognizer]:
    return {name: make(tmp_path_factory.mktemp("resources")) for name, make in MAKERS.items()}


@pytest.fixture(params=MAKERS)
def recognizer(request: pytest.FixtureRequest, made: dict[str, Recognizer]) -> Recognizer:
    return made[request.param]


def checked(recognizer: Recognizer, sentences: Sequence[Sentence]) -> list[list[Span]]:
    """The predictions, held to what the protocol promises of them."""
    predicted = recognizer.predict(sentences)
    assert len(predicted) == len(sentences)
    for sentence, spans in zip(sentences, predicted, strict=True):
        places = [(span.start, span.end) for span in spans]
        assert places == sorted(set(places))
        for span in spans:
            assert span.text == sentence.document.text[span.start : span.end] != ""
            assert span.label in recognizer.labels
            assert span.score is not None
            assert 0.0 <= span.score <= 1.0
            assert span.source == recognizer.name.partition(".")[0]
        if spans:
            start, end = sentence.original(0, len(sentence.text))
            assert start <= spans[0].start
            assert spans[-1].end <= end
    return predicted


def test_it_is_in_the_registry_and_its_labels_are_sorted(recognizer: Recognizer) -> None:
    assert isinstance(recognizer, Recognizer)
    assert isinstance(recognizer, get(recognizer.name))
    assert recognizer.labels
    assert list(recognizer.labels) == sorted(set(recognizer.labels))


def test_strange_texts(recognizer: Recognizer) -> None:
    predicted = checked(recognizer, sentences(*map(Document, TEXTS)))
    assert sum(map(len, predicted)) > 3


def test_nothing_gives_nothing(recognizer: Recognizer) -> None:
    assert recognizer.predict([]) == []
    document = Document("")
    assert recognizer.predict([Sentence("", [], document)] * 3) == [[], [], []]


def test_sentences_without_tokens_between_others(recognizer: Recognizer) -> None:
    full = sentences(*map(Document, TEXTS))
    empty = Sentence("", [], Document(""))
    mixed = [one for sentence in full for one in (empty, sentence, Sentence("...", [], Document("...")))]
    assert checked(recognizer, mixed)[1::3] == recognizer.predict(full)


def test_a_batch_is_the_same_as_one_by_one(recognizer: Recognizer) -> None:
    batch = sentences(*map(Document, TEXTS)) * 2
    together, alone = recognizer.predict(batch), [recognizer.predict([sentence])[0] for sentence in batch]
    if isinstance(recognizer, NeuralTagger):  # sums of floats depend on what else is in a matrix
        assert [len(spans) for spans in together] == [len(spans) for spans in alone]
        for one, other in zip(chain(*together), chain(*alone), strict=True):
            assert (one.start, one.end, one.label) == (other.start, other.end, other.label)
            assert one.score == pytest.approx(other.score, abs=1e-4)
    else:
        assert together == alone


def test_the_input_is_not_changed(recognizer: Recognizer) -> None:
    given = sentences(*map(Document, TEXTS))
    before = copy.deepcopy(given)
    recognizer.predict(given)
    for one, was in zip(given, before, strict=True):
        assert (one.text, one.tokens, one.document, one.start) == (was.text, was.tokens, was.document, was.start)


def test_a_text_of_a_million_characters(recognizer: Recognizer) -> None:
    text = (TEXTS[0] + " " + TEXTS[1] + "\n") * 5_600
    assert len(text) > 1_000_000
    began = process_time()
    predicted = checked(recognizer, sentences(Document(text)))
    assert sum(map(len, predicted)) > 5_000
    assert process_time() - began < 60


@pytest.mark.parametrize("unit", ["a", "É\u0301", "1.", "a.b@"])
def test_a_word_of_half_a_million_characters(recognizer: Recognizer, unit: str) -> None:
    word = unit * (500_000 // len(unit))
    document = Document(f"Mr. {word} left", tokens=((0, 3), (4, 4 + len(word)), (5 + len(word), 9 + len(word))))
    began = process_time()
    checked(recognizer, sentences(document))
    assert process_time() - began < 20


def test_a_sentence_of_fifty_thousand_tokens(recognizer: Recognizer) -> None:
    text = "Ann Lee joined Acme Corp. in Oslo by 12 May 2024 , " * 3_900
    tokens = tuple(tokenize(text))
    assert len(tokens) > 45_000
    began = process_time()
    [spans] = checked(recognizer, sentences(Document(text, tokens=tokens, sentences=((0, len(text)),))))
    assert len(spans) > 3_800
    assert process_time() - began < 30


def test_threads_may_share_it(recognizer: Recognizer) -> None:
    batches = [
        sentences(*(f"Ada{i}x{j} met Ann Lee in Oslo near town{i}y{j} ." for j in range(20))) for i in range(60)
    ]
    expected = [recognizer.predict(batch) for batch in batches]
    fresh = pickle.loads(pickle.dumps(recognizer))
    if isinstance(fresh, Crf):
        fresh.table.clear()
        fresh.table.limit = 500
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fresh.predict, batches)) == expected


@given(text=texts)
def test_every_span_is_its_slice_of_any_text(text: str, generous: list[Recognizer]) -> None:
    document = Document(text)
    found = Segmenter().sentences(document)
    for recognizer in generous:
        checked(recognizer, found)


@pytest.fixture(scope="module")
def generous(made: dict[str, Recognizer]) -> list[Recognizer]:
    """All of them; those that are trained call nearly everything an entity."""
    copies: list[Recognizer] = pickle.loads(pickle.dumps(list(made.values())))
    for recognizer in copies:
        if isinstance(recognizer, Crf | NeuralTagger):
            recognizer.bias = -12.0
            assert recognizer.predict(sentences("and then it was so quiet")) != [[]]
    return copies


@pytest.mark.parametrize("name", [name for name in MAKERS if name.startswith("crf")])
def test_training_is_repeatable(name: str, made: dict[str, Recognizer], tmp_path: Path) -> None:
    one, other = made[name], MAKERS[name](tmp_path)
    assert isinstance(one, Crf)
    assert isinstance(other, Crf)
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.chain.transitions, other.chain.transitions)
    batch = [*news(30, skip=11), *sentences(*map(Document, TEXTS))]
    assert one.predict(batch) == other.predict(batch)


@pytest.fixture(scope="module")
def worker() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_it_works_in_a_worker_process(recognizer: Recognizer, worker: ProcessPoolExecutor) -> None:
    batch = sentences(*map(Document, TEXTS))
    assert worker.submit(recognizer.predict, batch).result(timeout=60) == recognizer.predict(batch)


NEW_PROCESS = """
import json, sys
from pathlib import Path
from livener.recognizers.crf import Crf
from livener.recognizers.registry import get
from livener.text import Document, Segmenter, Span

given = json.load(sys.stdin)
found = [sentence for text in given["texts"] for sentence in Segmenter().sentences(Document(text))]
spans = {}
for folder, name in given["models"].items():
    predicted = get(name).load(Path(folder)).predict(found)
    spans[folder] = [[[s.start, s.end, s.label, s.score, s.kb_id, s.text] for s in one] for one in predicted]
train = [Document(text, spans=tuple(Span(*span) for span in spans)) for text, spans in given["train"]]
crf = Crf.create({})
crf.fit([s for document in train for s in Segmenter().sentences(document)], [], seed=1)
json.dump({"spans": spans, "weights": crf.weights.tolist()}, sys.stdout)
"""


def test_a_new_process_loads_predicts_and_trains_the_same(made: dict[str, Recognizer], tmp_path: Path) -> None:
    models = {}
    for i, recognizer in enumerate(made.values()):
        folder = tmp_path / str(i)
        folder.mkdir()
        recognizer.save(folder)
        models[str(folder)] = recognizer.name
    train = [marked("[Ann](PER) met [Bob](PER) in [Oslo](LOC) at [Shell](ORG) ."), marked("[May](DATE) ended .")]
    given = {
        "models": models,
        "texts": TEXTS,
        "train": [[one.text, [[s.start, s.end, s.label] for s in one.spans]] for one in train],
    }
    hashes = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", NEW_PROCESS],
        input=json.dumps(given),
        env=os.environ | {"PYTHONHASHSEED": hashes, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    batch = sentences(*map(Document, TEXTS))
    for folder, recognizer in zip(models, made.values(), strict=True):
        here = recognizer.predict(batch)
        as_json = [[[s.start, s.end, s.label, s.score, s.kb_id, s.text] for s in spans] for spans in here]
        assert answer["spans"][folder] == as_json
    crf = Crf.create({})
    crf.fit(sentences(*train), [], seed=1)
    assert np.array_equal(np.array(answer["weights"], np.float32), crf.weights)
