"""A model version looked at closely: its single mistakes, and two versions beside each other with intervals.

Needs the extra ``server``.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from livener.datasets.versions import DatasetVersions
from livener.learning.gate import Load, held_out
from livener.learning.models import find
from livener.metrics import Evaluation, SpanError, compare, evaluate
from livener.store import Artefacts, Store
from livener.text import Document

DEV = "dev"
"""The split of a dataset version that training stops on."""
_CONTEXT = 80  # characters on each side of a mistake


@dataclass(frozen=True, slots=True)
class Examined:
    """What a version got wrong in ``documents``, which are the split ``dev`` of the dataset version ``dataset``, or a
    golden set where ``golden`` is true."""

    number: int
    dataset: str
    golden: bool
    documents: Sequence[Document]
    evaluation: Evaluation

    def mistakes(self, *, kind: str | None = None, label: str | None = None, limit: int = 100) -> dict[str, Any]:
        """The mistakes of a kind or a label as JSON values, in the order of the documents.

        ``label`` is that of the gold span or of the predicted one. ``kinds`` and ``labels`` count all mistakes of the
        other filter, so that a choice shows what each would give.
        """
        errors = self.evaluation.errors
        found = [one for one in errors if kind in (None, one.kind) and (label is None or label in _labels(one))]
        return {
            "number": self.number,
            "dataset": self.dataset,
            "golden": self.golden,
            "documents": len(self.documents),
            "count": len(found),
            "kinds": Counter(one.kind for one in errors if label is None or label in _labels(one)),
            "labels": Counter(each for one in errors if kind in (None, one.kind) for each in _labels(one)),
            "items": [self._mistake(one) for one in found[:limit]],
        }

    def _mistake(self, error: SpanError) -> dict[str, Any]:
        document = self.documents[error.document]
        spans = [span for span in (error.gold, error.predicted) if span is not None]
        start = max(min(span.start for span in spans) - _CONTEXT, 0)
        end = min(max(span.end for span in spans) + _CONTEXT, len(document.text))
        return {
            "document": document.id,
            "kind": error.kind,
            "gold": error.gold and asdict(error.gold),
            "predicted": error.predicted and asdict(error.predicted),
            "start": start,
            "text": document.text[start:end],
            "cut": [start > 0, end < len(document.text)],
        }


def examine(store: Store, artefacts: Artefacts, project: int, number: int, *, load: Load) -> Examined:
    """Read again what a version stopped on, the split ``dev`` of its dataset version, or else the newest golden set.

    Raises:
        InputError: no such version; or neither of the two is there.
    """
    with store.reading() as session:
        dataset = find(session, project, number).dataset
    versions = DatasetVersions(store, artefacts, project=project)
    if dataset is not None and DEV in versions.version(dataset).splits:
        documents, golden = versions.documents(dataset, DEV), False
    else:
        (dataset, documents), golden = held_out(store, artefacts, project), True
    spans = [document.spans for document in load(number).pipe(documents)]
    return Examined(number, dataset, golden, documents, evaluate([one.spans for one in documents], spans))


def beside(
    store: Store, artefacts: Artefacts, project: int, number: int, against: int, *, load: Load
) -> dict[str, Any]:
    """Strict F1 of ``number`` less that of ``against`` on the newest golden set, with 95 % intervals, as JSON values.

    Raises:
        InputError: no such version, or no golden set.
    """
    with store.reading() as session:
        for one in (number, against):
            find(session, project, one)
    address, documents = held_out(store, artefacts, project)
    before, after = ([document.spans for document in load(one).pipe(documents)] for one in (against, number))
    compared = compare([one.spans for one in documents], before, after)
    supports = {label: score.support for label, score in compared.b.per_label.items()}
    return {
        "number": number,
        "against": against,
        "dataset": address,
        "documents": len(documents),
        "overall": asdict(compared.overall) | {"support": compared.b.strict.support},
        "per_label": {
            label: asdict(one) | {"support": supports.get(label, 0)} for label, one in compared.per_label.items()
        },
    }


def _labels(error: SpanError) -> set[str]:
    return {span.label for span in (error.gold, error.predicted) if span is not None}
