"""Which entry of a knowledge base a span means."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from livener.linking import Linker
from livener.linking.caches import DAY, cache_of
from livener.linking.wikidata import WikidataSearch
from livener.pipeline.batch import SPANS, Batch


@dataclass(frozen=True, slots=True)
class Link:
    """Give spans the id of what they mean, as ``kb_id``.

    ``kb``: the folder of a knowledge base (`livener.linking.KnowledgeBase.build`), with its ranker if one was saved
    there. ``labels``: which spans are linked, by default all. ``threshold``: below it a link is not sure enough and
    the span has no id; by default the linker's own. ``cache``: ``"memory"``, the URL of a Redis, or a file, which
    several knowledge bases may share; ``ttl``: for how many seconds. ``wikidata``: names that the knowledge base does
    not know are searched in Wikidata; only the names leave the machine. An id that a span has already stays.
    Idempotent.
    """

    name: ClassVar[str] = "link.v1"
    requires: ClassVar[frozenset[str]] = SPANS
    assigns: ClassVar[frozenset[str]] = SPANS
    kb: Path
    labels: tuple[str, ...] = ()
    threshold: float | None = None
    cache: str = "memory"
    ttl: float = DAY
    wikidata: bool = False
    _linker: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        live = WikidataSearch() if self.wikidata else None
        linker = Linker.load(self.kb, live=live)
        of = f"{linker.kb.identity}{'+wikidata' if live else ''}"
        linker.cache = cache_of(self.cache, ttl=self.ttl, of=of)
        object.__setattr__(self, "_linker", linker)

    @property
    def known(self) -> int:
        """How many names the cache knew so far."""
        return int(self._linker.hits)

    @property
    def asked(self) -> int:
        """How many names were looked up so far."""
        return int(self._linker.hits + self._linker.misses)

    def __call__(self, batch: Batch) -> Batch:
        # Those that have an id are asked for too: they are what the others are among.
        wanted = [[s for s in spans if not self.labels or s.label in self.labels] for spans in batch.spans]
        links = self._linker.link([document.text for document in batch.documents], wanted, threshold=self.threshold)
        spans = []
        for before, asked, answers in zip(batch.spans, wanted, links, strict=True):
            ids = {id(s): link.id for s, link in zip(asked, answers, strict=True) if link and s.kb_id is None}
            spans.append(tuple(replace(s, kb_id=ids.get(id(s), s.kb_id)) for s in before) if ids else before)
        return batch.with_spans(spans)
