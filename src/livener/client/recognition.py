"""What the server answers about texts."""

from livener.client.answers import Answer


class Found(Answer):
    """A span that was found, in code points; ``score`` is the calibrated probability that it is right."""

    start: int
    end: int
    label: str
    text: str
    score: float | None = None
    source: str | None = None
    kb_id: str | None = None


class RecognizedDocument(Answer):
    """One of several texts."""

    id: str
    spans: tuple[Found, ...]


class Recognized(Answer):
    """What was found, and by which versions: in ``spans`` for one text, in ``documents`` for several, in their order.

    ``asked`` is the alias or profile; ``timings``, in milliseconds, is there when they are asked for.
    """

    model: int
    pipeline: str
    asked: str
    guideline: int | None = None
    dataset: str | None = None
    spans: tuple[Found, ...] | None = None
    documents: tuple[RecognizedDocument, ...] | None = None
    timings: dict[str, float] | None = None
