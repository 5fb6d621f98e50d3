"""What the server answers about models that are looked at closely: mistakes, intervals, steps, explanations."""

from datetime import datetime
from typing import Any, Literal

from livener.client.answers import Answer, SpanAnswer


class Mistake(Answer):
    """One mistake: the gold span and the predicted one, of which one may be missing.

    ``text`` is what stands around it and begins at ``start``; ``cut`` says whether the document goes on before and
    after.
    """

    document: str
    kind: str
    gold: SpanAnswer | None
    predicted: SpanAnswer | None
    start: int
    text: str
    cut: tuple[bool, bool]


class Mistakes(Answer):
    """The mistakes of a version in ``documents`` documents of a dataset version, or of a golden set.

    ``count`` is how many there are, of which ``items`` are the first; ``kinds`` and ``labels`` count what each choice
    of the other filter would give.
    """

    number: int
    dataset: str
    golden: bool
    documents: int
    count: int
    kinds: dict[str, int]
    labels: dict[str, int]
    items: tuple[Mistake, ...]


class DifferenceAnswer(Answer):
    """Strict F1 of two versions, ``b`` − ``a`` with its 95 % interval; the verdict is a, b or no difference shown."""

    a: float
    b: float
    difference: float
    low: float
    high: float
    p_value: float
    verdict: Literal["a", "b", "no difference shown"]
    support: int


class Compared(Answer):
    """The version ``number`` (b) beside the version ``against`` (a) on the documents of a golden set."""

    number: int
    against: int
    dataset: str
    documents: int
    overall: DifferenceAnswer
    per_label: dict[str, DifferenceAnswer]


class Steps(Answer):
    """Steps from a tag (row) to the next (column): weights, null where forbidden; counts; legal ones never seen."""

    tags: tuple[str, ...]
    weights: tuple[tuple[float | None, ...], ...]
    counts: tuple[tuple[int, ...], ...]
    unseen: tuple[tuple[str, str], ...]


class CauseAnswer(Answer):
    """Something that is wrong: the symptom, what speaks for the cause, and a command or setting that mends it.

    ``weight`` is about how much of the trouble it explains, from 0 to 1.
    """

    name: str
    symptom: str
    evidence: tuple[str, ...]
    fix: str
    weight: float


class DiagnosisAnswer(Answer):
    """A diagnosis of a version: its job and how far that is, strict F1 on so many documents of ``data``, and
    the causes, the weightiest first; ``problem`` says why it failed."""

    job: int
    state: str
    at: datetime
    data: Literal["golden", "production"]
    f1: float | None
    documents: int
    causes: tuple[CauseAnswer, ...]
    problem: str | None


class Reason(Answer):
    """What a feature of a word adds to a span, in nats; ``place`` counts words from the span, 0 is inside."""

    weight: float
    place: int
    word: str
    feature: str


class Weight(Answer):
    """How much a word speaks for a span, or against it."""

    weight: float
    word: str


class ExplainedSpan(SpanAnswer):
    """A span as the recognizer found it, before the later stages, and what speaks for it."""

    contributions: tuple[Reason, ...] | None = None
    words: tuple[Weight, ...] | None = None


class ExplainedSentence(Answer):
    """A sentence: its tokens and their places in the text, their pieces where an encoder cuts them, and its spans."""

    tokens: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    pieces: tuple[tuple[str, ...], ...] | None = None
    spans: tuple[ExplainedSpan, ...]


class StageStep(Answer):
    """A stage of the pipeline and what it did with spans."""

    stage: str
    events: tuple[dict[str, Any], ...]


class Explained(Answer):
    """A text as the version ``model`` reads it."""

    model: int
    recognizer: str
    text: str
    spans: tuple[SpanAnswer, ...]
    sentences: tuple[ExplainedSentence, ...]
    steps: tuple[StageStep, ...]


class MovedSpan(Answer):
    """A span that is found before an edit or after it: its words and its score on either side, null where its words
    are not there; ``predicted`` says on which sides it is found."""

    label: str
    before: str | None
    after: str | None
    score_before: float | None
    score_after: float | None
    predicted: tuple[bool, bool]


class WhatIf(Answer):
    """The spans of a text before and after an edit, as the version ``model`` reads them."""

    model: int
    moved: tuple[MovedSpan, ...]


class Looked(Answer):
    """What each word (row) of a sentence looks at (column), for each layer from the lowest to the highest.

    The rest of a row, up to 1, goes to the frame of the sentence.
    """

    model: int
    sentence: int
    words: tuple[str, ...]
    layers: tuple[tuple[tuple[float, ...], ...], ...]
