"""A healthy system, broken in each of the ways that a NER system fails: the cause is named."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from livener.errors import InputError
from livener.learning import train
from livener.monitoring.diagnosis import Case, diagnose
from livener.pipeline import Pipeline, load
from livener.recognizers.crf import Crf
from livener.text import Document, Sentence, Span

FIRST = ("Ada", "Alan", "Grace", "Jean", "Kay", "Betty", "Edsger", "Barbara")
LAST = ("Byron", "Turing", "Hopper", "Bartik", "McNulty", "Holberton", "Dijkstra", "Liskov")
FIRMS = ("Acme", "Globex", "Initech", "Hooli", "Stark")
ENDS = ("Inc", "Corp", "Ltd")
PLACES = ("Oslo", "Lima", "Cairo", "Quito", "Hanoi", "London")
LABELS = ("LOC", "ORG", "PER")


def sentence(rng: np.random.Generator) -> list[tuple[str, str | None]]:
    """Words, and the label of those that are an entity."""
    person = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    firm = f"{rng.choice(FIRMS)} {rng.choice(ENDS)}"
    kinds: list[list[tuple[str, str | None]]] = [
        [
            (person, "PER"),
            ("of", None),
            (firm, "ORG"),
            ("flew to", None),
            (str(rng.choice(PLACES)), "LOC"),
            (".", None),
        ],
        [("The shares of", None), (firm, "ORG"), ("rose by some percent on Monday .", None)],
        [("In", None), (str(rng.choice(PLACES)), "LOC"), (person, "PER"), ("was seen with the board .", None)],
        [("It was said that nobody from the office had been there at all .", None)],
    ]
    return kinds[int(rng.integers(len(kinds)))]


def document(parts: Sequence[tuple[str, str | None]], number: int, *, joint: str = " ") -> Document:
    text, spans = "", []
    for words, label in parts:
        if label:
            spans.append(Span(len(text), len(text) + len(words), label))
        text += words + joint
    return Document(text, f"d{number}", spans=tuple(spans))


def corpus(n: int, seed: int) -> list[Document]:
    rng = np.random.default_rng(seed)
    return [document(sentence(rng), i) for i in range(n)]


TRAIN, TEST = corpus(300, 0), corpus(120, 1)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("diagnosis") / "model"
    train("crf", TRAIN, corpus(60, 2), out=path)
    return path


@pytest.fixture(scope="module")
def nlp(healthy: Path) -> Pipeline:
    return load(healthy)


class Broken:
    """An engine whose predictions are changed on their way out."""

    name: ClassVar[str] = "crf.v1"

    def __init__(self, engine: Crf, change: Callable[[Sentence, list[Span]], list[Span]]) -> None:
        self.engine, self.change = engine, change
        self.labels = engine.labels

    def predict(self, sentences: Sequence[Sentence]) -> list[list[Span]]:
        found = self.engine.predict(sentences)
        return [self.change(one, spans) for one, spans in zip(sentences, found, strict=True)]


def broken(nlp: Pipeline, change: Callable[[Sentence, list[Span]], list[Span]]) -> Pipeline:
    return Pipeline(Broken(nlp.recognizer, change), nlp.segmenter)


def names(nlp: Pipeline, gold: Sequence[Document], **given: object) -> list[str]:
    return [cause.name for cause in diagnose(Case.of(nlp, gold, **given))]


def relabelled(spans: Sequence[Span], **labels: str) -> list[Span]:
    return [replace(span, label=labels.get(span.label, span.label)) for span in spans]


def with_labels(documents: Sequence[Document], keep: Callable[[Span], bool]) -> list[Document]:
    return [one.with_spans(tuple(span for span in one.spans if keep(span))) for one in documents]


def test_a_healthy_system_has_nothing(nlp: Pipeline, healthy: Path) -> None:
    case = Case.of(nlp, TEST, train=TRAIN, folder=healthy)
    assert case.f1 > 0.95
    unseen = [one for one in TEST if one.text not in {other.text for other in TRAIN}]
    assert names(nlp, unseen, train=TRAIN, folder=healthy) == []


def test_one_entity_as_several(nlp: Pipeline) -> None:
    def halves(one: Sentence, spans: list[Span]) -> list[Span]:
        text = one.document.text
        cut = []
        for span in spans:
            at = text.find(" ", span.start, span.end)
            parts = [(span.start, span.end)] if at < 0 else [(span.start, at), (at + 1, span.end)]
            cut += [Span(start, end, span.label, span.score) for start, end in parts]
        return cut

    assert names(broken(nlp, halves), TEST)[0] == "split_entities"


def test_several_entities_as_one(nlp: Pipeline) -> None:
    rng = np.random.default_rng(3)
    gold = [document([(str(w), "LOC") for w in rng.choice(PLACES, 3)] + [(".", None)], i) for i in range(40)]

    def together(_one: Sentence, spans: list[Span]) -> list[Span]:
        return [Span(spans[0].start, spans[-1].end, "LOC", 0.9)] if spans else []

    assert "merged_entities" in names(broken(nlp, together), gold)


@pytest.mark.parametrize(
    ("ending", "entity", "name"),
    [(",", "ORG", "boundary_punctuation"), ("'s", "PER", "boundary_possessive"), (" Inc", "ORG", "boundary_suffix")],
)
def test_boundaries_off(nlp: Pipeline, ending: str, entity: str, name: str) -> None:
    gold = []
    for i, one in enumerate(TEST):
        text, spans, shift = one.text, [], 0
        for span in one.spans:
            start, end = span.start + shift, span.end + shift
            if span.label == entity:
                text = text[:end] + ending + text[end:]
                shift += len(ending)
            spans.append(Span(start, end, span.label))
        gold.append(Document(text, f"e{i}", spans=tuple(spans)))

    def longer(one: Sentence, _spans: list[Span]) -> list[Span]:
        own = next(other for other in gold if other.text == one.document.text)
        return [
            Span(span.start, span.end + len(ending) * (span.label == entity), span.label, 0.9) for span in own.spans
        ]

    assert names(broken(nlp, longer), gold)[0] == name


def test_common_words(nlp: Pipeline) -> None:
    words = ("Apple", "Shell", "May")
    plain = [
        document([(f"She ate an {w.lower()} near a {w.lower()} .", None)], 900 + i) for i, w in enumerate(words * 2)
    ]
    gold = [*TEST, *plain, *[document([(f"{w} is what it said .", None)], 950 + i) for i, w in enumerate(words * 6)]]

    def every(one: Sentence, spans: list[Span]) -> list[Span]:
        text = one.document.text
        return spans or [Span(0, len(w), "ORG", 0.9) for w in words if text.startswith(f"{w} ")]

    assert "common_words" in names(broken(nlp, every), gold)


def test_a_label_that_the_head_does_not_have(tmp_path: Path) -> None:
    fewer = with_labels(TRAIN, lambda span: span.label != "LOC")
    train("crf", fewer, with_labels(corpus(60, 2), lambda span: span.label != "LOC"), out=tmp_path / "m")
    assert "label_absent" in names(load(tmp_path / "m"), TEST)


def test_a_label_that_is_mapped_wrongly(nlp: Pipeline) -> None:
    assert "label_mapped_wrongly" in names(broken(nlp, lambda _, spans: relabelled(spans, PER="PERSON")), TEST)


def test_a_label_with_few_examples(nlp: Pipeline) -> None:
    seen = 0

    def few(span: Span) -> bool:
        nonlocal seen
        seen += span.label == "LOC"
        return span.label != "LOC" or seen <= 3

    without = broken(nlp, lambda _, spans: [span for span in spans if span.label != "LOC"])
    assert "label_few_examples" in names(without, TEST, train=with_labels(TRAIN, few))


def test_a_label_that_the_tokenizer_splits(nlp: Pipeline) -> None:
    rng = np.random.default_rng(5)
    inside = []
    for i in range(40):
        one = document(sentence(rng), i)
        place = Span(len(one.text) + 3, len(one.text) + 7, "LOC")
        inside.append(
            Document(f"{one.text}pre{rng.choice(PLACES)[:4]}post .", f"i{i}", spans=(*one.spans[:0], place))
        )
    gold = [*with_labels(TEST, lambda span: span.label != "LOC"), *inside]
    without = broken(nlp, lambda _, spans: [span for span in spans if span.label != "LOC"])
    assert "label_split_by_tokens" in names(without, gold)


def test_labels_whose_indices_have_shifted(nlp: Pipeline) -> None:
    shifted = broken(nlp, lambda _, spans: relabelled(spans, PER="ORG", ORG="LOC", LOC="PER"))
    assert names(shifted, TEST)[0] == "labels_shifted"


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_weights_that_are_none(healthy: Path, tmp_path: Path, value: float) -> None:
    """The files of a model, overwritten; what loading refuses is no model at all, and needs no diagnosis."""
    shutil.copytree(healthy, tmp_path / "m")
    for path in (tmp_path / "m" / "recognizer").rglob("*.npz"):
        with np.load(path) as arrays:
            kept = {k: np.full_like(v, value) if v.dtype.kind == "f" else v for k, v in arrays.items()}
        np.savez(path, **kept)
    silent = broken(load(healthy), lambda _one, _spans: [])
    assert names(silent, TEST, folder=tmp_path / "m")[0] == "untrained_weights"


@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_text_of_another_case(nlp: Pipeline, change: Callable[[str], str]) -> None:
    gold = [Document(change(one.text), one.id, spans=tuple(replace(s, text="") for s in one.spans)) for one in TEST]

    def only_title(one: Sentence, spans: list[Span]) -> list[Span]:
        return [span for span in spans if one.document.text[span.start : span.end].istitle()]

    assert names(broken(nlp, only_title), gold, train=TRAIN)[0] == "other_case"


def test_another_language(nlp: Pipeline) -> None:
    text = "Der Vertrag von {} ist von den Parteien und der Bank nicht zu kündigen , auch wenn sie es will ."
    gold = [
        Document(text.format(name), f"g{i}", spans=(Span(16, 16 + len(name), "PER"),))
        for i, name in enumerate(("Herrn Meier", "Frau Schulze", "Doktor Krause") * 10)
    ]
    english = broken(nlp, lambda _one, _spans: [])
    assert names(english, gold, train=TRAIN)[0] == "other_language"


def test_another_encoding(nlp: Pipeline) -> None:
    gold = [
        Document(f"CafÃ© {one.text}", one.id, spans=tuple(Span(s.start + 6, s.end + 6, s.label) for s in one.spans))
        for one in TEST
    ]
    assert "wrong_encoding" in names(broken(nlp, lambda _one, _spans: []), gold)


def test_another_normalisation(nlp: Pipeline) -> None:
    def odd(one: Document) -> Document:
        text, at = "", []
        for character in one.text:
            at.append(len(text))
            text += character + ("\u200b" if character.isalpha() else "")
        at.append(len(text))
        return Document(text, one.id, spans=tuple(Span(at[s.start], at[s.end], s.label) for s in one.spans))

    def plain_only(one: Sentence, spans: list[Span]) -> list[Span]:
        return spans if "\u200b" not in one.document.text else []

    assert "other_normalisation" in names(broken(nlp, plain_only), [odd(one) for one in TEST])


def test_worse_after_retraining(nlp: Pipeline) -> None:
    worse = broken(nlp, lambda _, spans: [span for span in spans if span.label != "LOC"])
    forgot = with_labels(TRAIN, lambda span: span.label != "LOC")
    assert "forgotten_labels" in names(worse, TEST, before=nlp, train=forgot, train_before=TRAIN)

    some = broken(nlp, lambda _, spans: spans[:1])
    other = [
        one.with_spans(tuple(replace(s, label="ORG" if s.label == "LOC" else s.label) for s in one.spans))
        for one in TRAIN
    ]
    assert "conflicting_annotations" in names(some, TEST, before=nlp, train=other, train_before=TRAIN)
    rng = np.random.default_rng(6)
    fewer = with_labels(TRAIN, lambda span: span.label != "ORG" or rng.random() < 0.3)
    assert "moved_proportions" in names(some, TEST, before=nlp, train=fewer, train_before=TRAIN)
    assert not {"forgotten_labels", "moved_proportions"} & set(
        names(nlp, TEST, before=nlp, train=fewer, train_before=TRAIN)
    )


def test_judged_on_what_was_trained_on(nlp: Pipeline) -> None:
    assert "golden_overlaps_training" in names(nlp, [*TEST, *TRAIN[:60]], train=TRAIN)


def test_sure_and_wrong(nlp: Pipeline) -> None:
    rng = np.random.default_rng(7)

    def sure(_one: Sentence, spans: list[Span]) -> list[Span]:
        return [
            replace(s, score=0.99, label=s.label if rng.random() < 0.6 else str(rng.choice(LABELS))) for s in spans
        ]

    assert "miscalibrated" in names(broken(nlp, sure), TEST, train=corpus(300, 9))
    legal = [
        document([("Whereas the lessee hereof shall indemnify the lessor against", None), *sentence(rng)], i)
        for i in range(100)
    ]
    assert "domain_shift" in names(broken(nlp, sure), legal, train=TRAIN)


def test_entities_lost_at_seams(nlp: Pipeline) -> None:
    rng = np.random.default_rng(8)
    padding = [("and it was said again and again by them", None)] * 3
    gold = [document([*padding, *sentence(rng)[:-1], *padding, (".", None)], i) for i in range(40)]

    def windowed(one: Sentence, spans: list[Span]) -> list[Span]:
        return spans if len(one.tokens) < 40 else []

    assert "window_seams" in names(broken(nlp, windowed), gold)


def test_slow(nlp: Pipeline) -> None:
    def late(_one: Sentence, spans: list[Span]) -> list[Span]:
        time.sleep(0.02)
        return spans

    assert "slow_engine" in names(broken(nlp, late), TEST[:30])


def test_documents_without_spans_are_refused(nlp: Pipeline) -> None:
    with pytest.raises(InputError, match="no annotated spans"):
        Case.of(nlp, [Document("Nothing.")])
