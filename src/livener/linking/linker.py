"""From spans to entries of a knowledge base."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from livener.linking.caches import Cache, MemoryCache
from livener.linking.knowledge_base import Candidate, KnowledgeBase, Mention
from livener.linking.ranking import Asked, Ranker, words_of
from livener.linking.wikidata import SearchError, WikidataSearch
from livener.text import Document, Span

RANKER = "ranker.json"


@dataclass(frozen=True, slots=True)
class Link:
    """What a span means: an entity's id and name, and the probability that this is right."""

    id: str
    name: str
    score: float


class Linker:
    """Links spans to a knowledge base.

    ``cache`` keeps the candidates of names; ``hits`` and ``misses`` count how often it knew them. ``threshold``: a
    link that is less sure is no link (NIL). ``live`` is asked for names that the knowledge base does not know. What
    it gives is kept in the cache too; where it does not answer, the name is in no entry this time (``unanswered``
    counts).

    >>> from tempfile import TemporaryDirectory
    >>> from livener.linking import Entity
    >>> folder = TemporaryDirectory()
    >>> river = Entity("Q1471", "Seine", ("Paris river",), "LOC", "river in France")
    >>> city = Entity("Q90", "Paris", (), "LOC", "capital of France", 9.0)
    >>> linker = Linker(KnowledgeBase.build(Path(folder.name, "kb"), [river, city]))
    >>> [[link]] = linker.link(["Paris is the capital."], [[Span(0, 5, "LOC")]])
    >>> link.id, link.name
    ('Q90', 'Paris')
    >>> linker.kb.close()
    >>> folder.cleanup()
    """

    def __init__(
        self,
        kb: KnowledgeBase,
        ranker: Ranker | None = None,
        *,
        cache: Cache | None = None,
        threshold: float = 0.5,
        live: WikidataSearch | None = None,
    ) -> None:
        self.kb = kb
        self.ranker = ranker or Ranker()
        self.cache: Cache = MemoryCache() if cache is None else cache
        self.threshold = threshold
        self.live = live
        self.hits = self.misses = self.unanswered = 0

    @classmethod
    def load(cls, path: str | Path, *, cache: Cache | None = None, live: WikidataSearch | None = None) -> Self:
        """The knowledge base in a folder, with the ranker that was saved there, if any.

        Raises:
            InputError: it is none, or is damaged.
        """
        ranker = Path(path, RANKER)
        return cls(KnowledgeBase(path), Ranker.load(ranker) if ranker.is_file() else None, cache=cache, live=live)

    @property
    def hit_rate(self) -> float:
        """The share of names that the cache knew."""
        return self.hits / max(1, self.hits + self.misses)

    def link(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]], *, threshold: float | None = None
    ) -> list[list[Link | None]]:
        """For each text and each of its spans what it means; ``None`` for what is in no entry, or not sure enough."""
        least = self.threshold if threshold is None else threshold
        links: list[list[Link | None]] = []
        for several in self._asked(texts, spans):
            links.append([self._meant(asked, least) for asked in several])
        return links

    def precompute(self, names: Iterable[str]) -> None:
        """Put the candidates of names into the cache, for what is about to be asked often."""
        self._candidates(list(names))

    def _meant(self, asked: Asked, least: float) -> Link | None:
        if not asked.candidates:
            return None
        place, score = self.ranker.best(asked)
        best = asked.candidates[place]
        return Link(best.id, best.name, score) if score >= least else None

    def _asked(self, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> Iterator[list[Asked]]:
        names = [[text[s.start : s.end] for s in several] for text, several in zip(texts, spans, strict=True)]
        known = self._candidates([name for several in names for name in several])
        for text, mine, several in zip(texts, names, spans, strict=True):
            if not several:
                yield []
                continue
            words = words_of(text)
            firsts = [words_of(known[name][0].name) if known[name] else frozenset() for name in mine]
            yield [
                Asked(
                    span.label,
                    words - words_of(name),
                    frozenset().union(*firsts[:i], *firsts[i + 1 :]),
                    known[name],
                )
                for i, (span, name) in enumerate(zip(several, mine, strict=True))
            ]

    def _candidates(self, names: Sequence[str]) -> dict[str, list[Candidate]]:
        distinct = list(dict.fromkeys(names))
        known = self.cache.get(distinct)
        missing = [name for name in distinct if name not in known]
        self.hits += len(distinct) - len(missing)
        self.misses += len(missing)
        if missing:
            found = dict(zip(missing, self.kb.candidates_of(missing), strict=True))
            unknown = self._searched(found) if self.live is not None else set()
            self.cache.put({name: candidates for name, candidates in found.items() if name not in unknown})
            known |= found
        return known

    def _searched(self, found: dict[str, list[Candidate]]) -> set[str]:
        """Ask the live search for what has no candidates; the names for which it did not answer."""
        assert self.live is not None
        unknown: set[str] = set()
        for name in [name for name, candidates in found.items() if not candidates and name.strip()]:
            try:
                found[name] = self.live.candidates(name)
            except SearchError:
                unknown.add(name)
        self.unanswered += len(unknown)
        return unknown


def mentions_of(documents: Iterable[Document]) -> list[Mention]:
    """Every span with a ``kb_id`` as a known use of a name, with the words of its text.

    >>> mentions_of([Document("Paris is a city", spans=(Span(0, 5, "LOC", kb_id="Q90"),))])
    [Mention(name='Paris', id='Q90', context=('city',))]
    """
    found = []
    for document in documents:
        words = words_of(document.text)
        for span in document.spans:
            if span.kb_id is not None:
                found.append(Mention(span.text, span.kb_id, tuple(sorted(words - words_of(span.text)))))
    return found


def fit_ranker(parts: Iterable[tuple[KnowledgeBase, Sequence[Document]]]) -> Ranker:
    """Learn to rank, and when to say that a span is in no entry, from documents whose spans carry their ``kb_id``.

    Each part is documents with a knowledge base that was *not* made from them, as what is seen later is not either.

    Raises:
        InputError: no span's meaning is among its candidates.
    """
    asked: list[Asked] = []
    meant: list[str | None] = []
    for kb, documents in parts:
        texts, spans = [one.text for one in documents], [one.spans for one in documents]
        for several, found in zip(Linker(kb)._asked(texts, spans), spans, strict=True):
            asked += several
            meant += [span.kb_id for span in found]
    return Ranker.fit(asked, meant)
