"""The models that answer now, and a candidate beside them that answers nobody (shadow mode).

Needs the extra ``server``.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import tee
from pathlib import Path
from threading import Lock

from livener.learning.models import PRODUCTION, ModelVersion, address, find
from livener.pipeline import Pipeline, load
from livener.store import Artefacts, Store
from livener.text import Document, Span

_LOADED = 4  # pipelines held in memory: two that serve, and two that are compared


class Served:
    """The pipelines that numbers and aliases stand for, in a process that answers while aliases move.

    Each call looks where the alias points now, one row by its key, so that a promotion or a rollback by any process
    is seen by the next call. A pipeline is loaded once and kept while it is among the last few that were asked for.
    """

    def __init__(self, store: Store, artefacts: Artefacts) -> None:
        self._store, self._artefacts = store, artefacts
        self._loaded: OrderedDict[str, Pipeline] = OrderedDict()
        self._lock = Lock()

    def __call__(self, project: int, which: int | str = PRODUCTION) -> tuple[int, Pipeline]:
        """The number of the version and its pipeline.

        Raises:
            InputError: there is no such version or alias, or what is stored of it is damaged.
        """
        with self._store.reading() as session:
            number, place = address(session, project, which)
        return number, self._pipeline(place)

    def version(self, project: int, which: int | str = PRODUCTION) -> tuple[ModelVersion, Pipeline]:
        """All that is known of the version, and its pipeline.

        Raises:
            InputError: as for a call.
        """
        with self._store.reading() as session:
            found = find(session, project, which)
        return found, self._pipeline(found.address)

    def _pipeline(self, place: str) -> Pipeline:
        with self._lock:
            if place not in self._loaded:
                self._loaded[place] = fetch(self._artefacts, place)
            self._loaded.move_to_end(place)
            if len(self._loaded) > _LOADED:
                self._loaded.popitem(last=False)
            return self._loaded[place]


def fetch(artefacts: Artefacts, place: str) -> Pipeline:
    """The pipeline of the model at an address in the artefacts.

    Raises:
        InputError: it is not there, or damaged.
    """
    with tempfile.TemporaryDirectory() as folder:
        artefacts.get(place, Path(folder) / "model")
        return load(Path(folder) / "model")


@dataclass(frozen=True, slots=True)
class Shadowed:
    """One text as two models read it: the spans of what serves and of the candidate, and whether they are the same.

    Scores do not count.
    """

    document: Document
    current: tuple[Span, ...]
    candidate: tuple[Span, ...]

    @property
    def same(self) -> bool:
        """Whether both found the same ranges with the same labels."""
        return keys(self.current) == keys(self.candidate)


def shadow(texts: Iterable[str | Document], *, current: Pipeline, candidate: Pipeline) -> Iterator[Shadowed]:
    """Read a stream of texts with what serves and with a candidate, in bounded memory.

    >>> from livener.recognizers.registry import get
    >>> nlp = Pipeline(get("patterns")())
    >>> [one.same for one in shadow(["Pay $5."], current=nlp, candidate=nlp)]
    [True]
    """
    first, second = tee(texts)
    for one, other in zip(current.pipe(first), candidate.pipe(second), strict=True):
        yield Shadowed(one, one.spans, other.spans)


def keys(spans: Iterable[Span]) -> set[tuple[int, int, str]]:
    """Start, end and label of each span.

    >>> keys([Span(0, 5, "ORG", 0.9)])
    {(0, 5, 'ORG')}
    """
    return {(span.start, span.end, span.label) for span in spans}
