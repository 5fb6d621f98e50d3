"""Error-focused training: what a model gets wrong counts for more, by the type of the error and how grave it is."""

from collections.abc import Callable, Iterable, Mapping

from livener.errors import InputError
from livener.metrics import evaluate
from livener.metrics.spans import ERROR_KINDS
from livener.text import Document, Span

Severity = Callable[[str, str], float]
"""From a label and a kind of error to how grave it is: 1 is an ordinary error."""


def emphasis(
    documents: Iterable[Document],
    predicted: Iterable[Iterable[Span]],
    *,
    by_kind: Mapping[str, float] | None = None,
    severity: Severity = lambda _label, _kind: 1.0,
    most: float = 4.0,
) -> dict[str, float]:
    """How much each document counts in training, by its id: 1 and more for every error in ``predicted``.

    ``by_kind`` is what an error of a kind adds (`livener.metrics.spans.ERROR_KINDS`; 1 where it is not named),
    multiplied by ``severity``. No document counts for more than ``most``.

    Raises:
        InputError: an unknown kind of error.

    >>> document = Document("Ann met Bo", id="a", spans=(Span(0, 3, "PER"), Span(8, 10, "PER")))
    >>> emphasis([document], [[Span(0, 3, "ORG")]], by_kind={"label": 2.0, "false_negative": 0.5})
    {'a': 3.5}
    """
    weights = dict(by_kind or {})
    if wrong := sorted(weights.keys() - set(ERROR_KINDS)):
        raise InputError(f"no kind of error {wrong[0]!r}", fix=" | ".join(ERROR_KINDS))
    documents = list(documents)
    found = {document.id: 1.0 for document in documents}
    for error in evaluate([document.spans for document in documents], [list(spans) for spans in predicted]).errors:
        span = error.gold or error.predicted
        assert span is not None
        added = weights.get(error.kind, 1.0) * severity(span.label, error.kind)
        identity = documents[error.document].id
        found[identity] = min(found[identity] + added, most)
    return found
