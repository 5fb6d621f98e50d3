"""One engine or several, merged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any, ClassVar, Literal, Self

from livener.errors import InputError
from livener.pipeline.batch import SPANS, Batch, Spans, position_of, sure_of
from livener.pipeline.stages.selection import without_overlaps
from livener.recognizers.base import Recognizer
from livener.text import Span

Merge = Literal["union", "priority", "score", "longest", "vote"]
_AT_ONCE = 1024  # sentences; slices, so that one long document does not make one huge batch


@dataclass(frozen=True, slots=True)
class Recognise:
    """Find spans with one or several engines.

    ``engines``, the most trusted first: ``"model"`` is the one of the model that the pipeline is used with; a folder
    is another model directory; else it is the name of a recognizer: ``"patterns"``, of which ``builtin`` chooses
    some (under the labels that it gives them; all where it is empty) and to which ``patterns`` adds yours (TOML), or
    ``"gazetteer"``, whose names are in the term lists ``terms``. ``merge`` says what of overlapping spans of several
    engines stays: that of the engine named first (``priority``), the highest ``score``, the ``longest``, what at
    least half of the engines say (``vote``, the score is their mean), or everything (``union``), for an ``overlaps``
    stage to resolve.

    With ``domains``, only documents of those domains (``domain`` in their metadata, or from a stage `domain.v1`) are
    read, and the others keep the spans that they have: several such stages send each domain to an engine of its own.

    Idempotent: it reads the sentences.
    """

    name: ClassVar[str] = "recognise.v1"
    requires: ClassVar[frozenset[str]] = frozenset({"sentences"})
    assigns: ClassVar[frozenset[str]] = SPANS
    engines: tuple[str, ...] = ("model",)
    merge: Merge = "priority"
    domains: tuple[str, ...] = ()
    builtin: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[Path, ...] = ()
    terms: tuple[Path, ...] = ()
    recognizers: Any = field(init=False, repr=False, compare=False, default=())

    def of_files(self, name: str) -> Recognizer | None:
        """The engine that the files of the settings make, if ``name`` is one of those.

        Raises:
            InputError: a file cannot be read, or there is none for an engine of lists.
        """
        if name == "patterns" and (self.patterns or self.builtin):
            # Imported where they are asked for: every model loads this stage, and few of them these engines.
            from livener.recognizers.patterns import Patterns
            from livener.recognizers.patterns.user import read_patterns

            mine = [one for path in self.patterns for one in read_patterns(path)]
            return Patterns(list(self.builtin) or None, labels=self.builtin, user=mine)
        if name == "gazetteer":
            if not self.terms:
                raise InputError("the engine 'gazetteer' has no names", fix='terms = ["names.csv"]')
            from livener.recognizers.gazetteer import Gazetteer, read_terms

            return Gazetteer([term for path in self.terms for term in read_terms(path)])
        return None

    def with_engines(self, recognizers: Sequence[Recognizer]) -> Self:
        """The same stage, with what ``engines`` names."""
        stage = replace(self)
        object.__setattr__(stage, "recognizers", tuple(recognizers))
        return stage

    @property
    def labels_given(self) -> set[str]:
        """The labels that the engines can give."""
        return {label for recognizer in self.recognizers for label in recognizer.labels}

    def __call__(self, batch: Batch) -> Batch:
        if self.domains:
            return self._of_domains(batch)
        sentences = [sentence for found in batch.sentences for sentence in found]
        predicted: list[list[list[Span]]] = []
        for recognizer in self.recognizers:
            spans: list[list[Span]] = []
            for start in range(0, len(sentences), _AT_ONCE):
                spans += recognizer.predict(sentences[start : start + _AT_ONCE])
            predicted.append(spans)
        if len(predicted) == 1:
            found = iter(predicted[0])
        else:
            found = iter([_merged(several, self.merge) for several in zip(*predicted, strict=True)])
        return batch.with_spans([_of_document(islice(found, len(one))) for one in batch.sentences])

    def _of_domains(self, batch: Batch) -> Batch:
        chosen = [
            i
            for i, document in enumerate(batch.documents)
            if batch.notes.get(i, {}).get("domain", document.meta.get("domain")) in self.domains
        ]
        part = Batch([batch.documents[i] for i in chosen], sentences=[batch.sentences[i] for i in chosen])
        spans = list(batch.spans or [()] * len(batch.documents))
        for i, found in zip(
            chosen, replace(self, domains=()).with_engines(self.recognizers)(part).spans, strict=True
        ):
            spans[i] = found
        return batch.with_spans(spans)


def _of_document(found: "islice[list[Span]]") -> Spans:
    spans = [span for one in found for span in one]
    if len(spans) > 1:
        spans.sort(key=position_of)
    return tuple(spans)


def _merged(several: Sequence[Sequence[Span]], merge: Merge) -> list[Span]:
    spans = [span for found in several for span in found]
    if merge == "vote":
        return without_overlaps(_voted(several), lambda span: -sure_of(span))
    if merge == "union" or len(spans) < 2:
        return spans
    ranks: Mapping[int, int] = {id(span): rank for rank, found in enumerate(several) for span in found}
    keys = {
        "priority": lambda span: ranks[id(span)],
        "score": lambda span: -sure_of(span),
        "longest": lambda span: span.start - span.end,
    }
    return without_overlaps(spans, keys[merge])


def _voted(several: Sequence[Sequence[Span]]) -> list[Span]:
    votes = Counter((span.start, span.end, span.label) for found in several for span in found)
    spans = []
    for (start, end, label), count in votes.items():
        if 2 * count < len(several):
            continue
        same = [span for found in several for span in found if position_of(span) == (start, end, label)]
        scores = [span.score for span in same if span.score is not None]
        spans.append(replace(same[0], score=fmean(scores) if scores else None))
    return spans
