"""What a diagnosis works on, and what it says."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from livener.errors import InputError
from livener.metrics import Evaluation, evaluate
from livener.pipeline import Pipeline
from livener.text import Document, Span

FEWEST = 5
"""Cases of something before it is called a pattern."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong: its name, the symptom it shows as, what speaks for it, and a command or setting that mends it.

    ``weight`` is about how much of the trouble it explains, from 0 to 1.
    """

    name: str
    symptom: str
    evidence: tuple[str, ...]
    fix: str
    weight: float


@dataclass(frozen=True, slots=True)
class Case:
    """A model, annotated documents and what it predicts on them; and, where they are given, what it was trained on,
    the model before it, and what that was trained on. ``folder`` is the model's directory."""

    nlp: Pipeline
    gold: Sequence[Document]
    predicted: Sequence[Document]
    evaluation: Evaluation
    sentences_per_second: float
    train: Sequence[Document] = ()
    before: Pipeline | None = None
    train_before: Sequence[Document] = ()
    folder: Path | None = None
    before_evaluation: Evaluation | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        nlp: Pipeline,
        gold: Sequence[Document],
        *,
        train: Sequence[Document] = (),
        before: Pipeline | None = None,
        train_before: Sequence[Document] = (),
        folder: Path | None = None,
    ) -> "Case":
        """Let the models predict, and judge them.

        Raises:
            InputError: the documents have no annotated spans.
        """
        spans = [document.spans for document in gold]
        if not any(spans):
            raise InputError("the documents have no annotated spans", fix="documents with what is to be found")
        nlp(gold[0])  # what is loaded on first use is not the speed of the model
        began = perf_counter()
        predicted = list(nlp.pipe(gold))
        seconds = perf_counter() - began
        count = sum(len(nlp.segmenter.sentences(document)) for document in gold)
        earlier = None
        if before is not None:
            earlier = evaluate(spans, [document.spans for document in before.pipe(gold)])
        judged = evaluate(spans, [document.spans for document in predicted])
        return cls(
            *(nlp, gold, predicted, judged, count / max(seconds, 1e-9)),
            *(train, before, train_before, folder, earlier),
        )

    @property
    def f1(self) -> float:
        """Strict F1."""
        return self.evaluation.strict.f1

    def pairs(self) -> list[tuple[Document, Span, list[Span]]]:
        """Each gold span with its document and the predicted spans that overlap it."""
        return [
            (document, span, [other for other in found.spans if other.overlaps(span)])
            for document, found in zip(self.gold, self.predicted, strict=True)
            for span in document.spans
        ]


Look = Callable[[Case], list[Cause]]


def examples(texts: Sequence[str]) -> str:
    """The most frequent of some texts, for people to read.

    >>> examples(["a", "b", "a"])
    "'a' (2), 'b'"
    """
    counted = Counter(" ".join(text.split()) for text in texts).most_common(4)
    return ", ".join(f"{text!r} ({count})" if count > 1 else repr(text) for text, count in counted)
