"""What is wrong, or odd, in what people settled: the findings of `livener check`, with a way out."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from livener.datasets.quality import FAULTS, REMARKS, Finding, check
from livener.review import resolved
from livener.review.fixes import Change
from livener.review.opinions import span_dict
from livener.review.resolved import Settled
from livener.store.models import Annotation
from livener.text import Document, Span

MOST = 2_000
"""So many documents are looked at, the latest ones."""
LONGEST = 2_000_000
"""Characters of them, at most."""

_RANK = {kind: rank for rank, kind in enumerate([*FAULTS, *REMARKS])}
_AROUND = 160
_LONGEST_EXCERPT = 1_200


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with the settled document that it is about; ``group`` is shared by all that are the same."""

    id: str
    group: str
    finding: Finding
    settled: Settled

    @property
    def place(self) -> tuple[int, str, str, str]:
        """Its place in the list: by kind, the faults first; by words; and those that are the same together."""
        words = self.finding.span.text[:20].casefold() if self.finding.span else ""
        return _RANK[self.finding.kind], words, self.group, self.id

    @property
    def fix(self) -> Change | None:
        """What puts it right, where that can be told without reading."""
        finding, spans = self.finding, self.settled.document.spans
        if finding.better is None:
            return None
        if finding.span is None:  # of a whole document: what the other one has
            said = {_key(span) for span in spans}
            better = {_key(span) for span in finding.better}
            gone = tuple(span for span in spans if _key(span) not in better)
            return Change(finding.document, gone, tuple(one for one in finding.better if _key(one) not in said))
        gone = tuple(span for span in spans if _key(span) == _key(finding.span))
        return Change(finding.document, gone[:1], tuple(one for one in finding.better if one not in spans))

    def as_dict(self, same: int) -> dict[str, Any]:
        """As JSON values, with the piece of text that it is about; ``same`` is how many are like it."""
        finding, fix = self.finding, self.fix
        spans = self.settled.document.spans
        start, text = _excerpt(self.settled.document, finding.span)
        end = start + len(text)
        return {
            "id": self.id,
            "kind": finding.kind,
            "fault": finding.fault,
            "message": finding.message,
            "document": finding.document,
            "other": finding.other,
            "tier": self.settled.tier,
            "span": finding.span and span_dict(finding.span),
            "marked": finding.span is not None and _key(finding.span) in map(_key, spans),
            "start": start,
            "text": text,
            "spans": [span_dict(span) for span in spans if start <= span.start and span.end <= end],
            "fix": fix and change_dict(fix),
            "group": self.group,
            "same": same,
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """What was found in the ``looked_at`` latest of ``settled`` documents, faults first."""

    looked_at: int
    settled: int
    found: tuple[Found, ...]

    def kinds(self) -> list[dict[str, Any]]:
        """The kinds that there are, each with what it means and how many, faults first."""
        counts = Counter(one.finding.kind for one in self.found)
        return [
            {"kind": kind, "fault": kind in FAULTS, "meaning": meaning, "count": counts[kind]}
            for kind, meaning in {**FAULTS, **REMARKS}.items()
            if counts[kind]
        ]

    def page(
        self,
        *,
        kind: str | None = None,
        group: str | None = None,
        after: tuple[int, str, str, str] | None = None,
        limit: int = 50,
    ) -> list[Found]:
        """Those of a kind, or that are all the same, after a place, which need not be there any more."""
        return [
            one
            for one in self.found
            if kind in {None, one.finding.kind}
            and group in {None, one.group}
            and (after is None or one.place > after)
        ][:limit]

    def same(self) -> Mapping[str, int]:
        """How many findings each group has."""
        return Counter(one.group for one in self.found)


def quality(session: Session, project_id: int, *, documents: int = MOST, characters: int = LONGEST) -> Quality:
    """Check the settled documents that came last into a project, as many as that and no more text.

    Texts of the golden set are not looked at: nothing outside it may depend on them.
    """
    settled, every = resolved.latest(session, project_id, documents=documents, characters=characters)
    by_id = {one.document.id: one for one in settled}
    found = sorted(_found(check([one.document for one in settled]), by_id), key=lambda one: one.place)
    return Quality(len(settled), every, tuple(found))


def newest(session: Session, project_id: int) -> int:
    """The id of the newest annotation, 0 without any: as long as it is the same, so are the findings."""
    return session.scalar(select(func.max(Annotation.id)).where(Annotation.project_id == project_id)) or 0


def _found(findings: Sequence[Finding], settled: Mapping[str, Settled]) -> Iterator[Found]:
    seen: set[str] = set()
    for finding in findings:
        place = finding.span and _key(finding.span)
        one = _digest(finding.kind, finding.document, place, finding.message)
        if one not in seen:
            seen.add(one)
            yield Found(one, _group(finding), finding, settled[finding.document])


def _group(finding: Finding) -> str:
    """What is common to findings that one decision answers."""
    span = finding.span
    if span is None:
        return _digest(finding.kind, finding.document)
    if finding.kind == "white space":
        return _digest(finding.kind)
    better = [(one.text, one.label) for one in finding.better or ()]
    return _digest(finding.kind, span.text, span.label, better)


def _digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _excerpt(document: Document, span: Span | None) -> tuple[int, str]:
    """Where the shown piece of the text begins, and the piece: whole words around the span, whole spans inside it."""
    text = document.text
    if span is None:
        return 0, text[:_LONGEST_EXCERPT]
    start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    while 0 < start < span.start and not text[start - 1].isspace():
        start += 1
    while span.end < end < len(text) and not text[end].isspace():
        end -= 1
    return start, text[start : min(end, start + _LONGEST_EXCERPT)]


def change_dict(change: Change) -> dict[str, Any]:
    """A change as JSON values."""
    return {
        "document": change.document,
        "remove": [span_dict(span) for span in change.remove],
        "add": [span_dict(span) for span in change.add],
    }


def _key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.label
