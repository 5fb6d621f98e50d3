"""What a server answers about what is wrong in settled documents, and how it is put right."""

from livener.client.answers import Answer, Page, SpanAnswer, TierName


class SpanChange(Answer):
    """A span that goes or comes, in code points."""

    start: int
    end: int
    label: str
    kb_id: str | None = None
    text: str | None = None


class Change(Answer):
    """What becomes of the spans of a settled document: these go, those come."""

    document: str
    remove: tuple[SpanChange, ...]
    add: tuple[SpanChange, ...]


class QualityKind(Answer):
    """A kind of finding: whether no data should have it, what it means, and how many there are."""

    kind: str
    fault: bool
    meaning: str
    count: int


class QualityFinding(Answer):
    """Something wrong, or odd, in a settled document, with a piece of its text that begins at ``start``.

    ``span`` is ``marked``, or one that should be; ``fix`` puts it right, where that can be told without reading.
    ``same`` findings have this ``group``. Somebody of the ``tier`` changes it.
    """

    id: str
    kind: str
    fault: bool
    message: str
    document: str
    other: str | None
    tier: TierName
    span: SpanAnswer | None
    marked: bool
    start: int
    text: str
    spans: tuple[SpanAnswer, ...]
    fix: Change | None
    group: str
    same: int


class QualityReport(Page[QualityFinding]):
    """What `livener check` finds in the latest settled documents: how many there are, and were looked at."""

    settled: int
    looked_at: int
    kinds: tuple[QualityKind, ...]


class Fixed(Answer):
    """What was changed, as the changes that undo it."""

    undo: tuple[Change, ...]
