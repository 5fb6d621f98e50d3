"""What a reader or writer repaired, left out or found odd: collected, never printed."""

from collections import Counter
from dataclasses import dataclass, field

from livener.text import Document

KEPT = 3
"""Notes kept of each kind; the rest are only counted."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a person should know about an input: ``where`` (file:line or document) and what."""

    where: str
    message: str


@dataclass(slots=True)
class Report:
    """Collects notes while documents stream through a reader or writer.

    ``counts`` holds the figures of what was read (``documents``, ``sentences``, ``tokens``, ``spans``) and how often
    each kind of note came up; ``notes`` keeps the first few of each kind, so that its size is bounded.

    >>> report = Report()
    >>> for line in range(1, 10):
    ...     report.note("tags repaired", f"a.conll:{line}", "I-PER begins an entity")
    >>> report.counts["tags repaired"], len(report.notes), report.notes[0]
    (9, 3, Note(where='a.conll:1', message='I-PER begins an entity'))
    """

    notes: list[Note] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, where: str, message: str) -> None:
        """Count one more of ``kind`` and keep it if it is among the first."""
        self.counts[kind] += 1
        if self.counts[kind] <= KEPT:
            self.notes.append(Note(where, message))

    def note_losses(self, document: Document) -> None:
        """Note what of a document a format with nothing but text, ids and labels cannot hold."""
        where = f"document {document.id!r}"
        if document.negatives or not document.complete:
            self.note("partial labels", where, "partial labels are written as if they were complete")
        if any(span.score is not None or span.source or span.kb_id for span in document.spans):
            self.note("scores left out", where, "scores, sources and identifiers of spans are left out")
