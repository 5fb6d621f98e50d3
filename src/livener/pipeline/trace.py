"""What every stage of a pipeline made of one document."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from livener.pipeline.batch import Batch, Spans, Stage, position_of
from livener.text import Document, Span

Kind = Literal["born", "moved", "relabelled", "rescored", "linked", "dropped"]


@dataclass(frozen=True, slots=True)
class Event:
    """What a stage did with a span: ``before`` is ``None`` for one that was born, ``after`` for one that was dropped.

    A span that changed in several ways is told by the weightiest: moved, then relabelled, linked, rescored.

    >>> str(Event("born", None, Span(0, 3, "PER", 0.5, text="Ada")))
    "born [0, 3) 'Ada' PER 0.50"
    """

    kind: Kind
    before: Span | None
    after: Span | None

    def __str__(self) -> str:
        shown = [_shown(span) for span in (self.before, self.after) if span is not None]
        return f"{self.kind} {' -> '.join(shown)}"

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        sides = {"before": self.before, "after": self.after}
        return {"event": self.kind} | {
            side: {
                "start": s.start,
                "end": s.end,
                "text": s.text,
                "label": s.label,
                "score": s.score,
                "kb_id": s.kb_id,
            }
            for side, s in sides.items()
            if s is not None
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: its name, the batch of one document that it gave, and what became of the spans."""

    stage: str
    batch: Batch
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The predicted document and the steps that led to it."""

    document: Document
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = []
        for step in self.steps:
            lines.append(step.stage)
            lines += [f"  {event}" for event in step.events]
        return "\n".join(lines)

    def records(self) -> list[dict[str, Any]]:
        """Every event with its stage, as JSON values."""
        return [{"stage": step.stage} | event.record() for step in self.steps for event in step.events]


def traced(
    stages: Iterable[Stage],
    document: Document,
    finished: Callable[[Batch, int, Document], Document],
    run: Callable[[Stage, Batch], Batch],
) -> Trace:
    """Run the stages over one document and keep every batch."""
    batch, steps = Batch([document]), []
    for stage in stages:
        after = run(stage, batch)
        before_spans = batch.spans[0] if batch.spans else ()
        after_spans = after.spans[0] if after.spans else ()
        # Offsets of another text cannot be compared: what a redaction replaced has moved, not been born.
        events = tuple(
            _events(before_spans, after_spans, same_text=after.documents[0].text == batch.documents[0].text)
        )
        steps.append(Step(stage.name, after, events))
        batch = after
    return Trace(finished(batch, 0, document), tuple(steps))


def _events(before: Spans, after: Spans, *, same_text: bool) -> Iterator[Event]:
    old, new = list(before), list(after)
    for span in before:
        if same_text and span in new:
            old.remove(span)
            new.remove(span)
    for span in sorted(new, key=position_of):
        mother = _mother(span, old, same_text=same_text)
        if mother is not None:
            old.remove(mother)
            yield Event(_kind(mother, span, same_text=same_text), mother, span)
        else:
            yield Event("born", None, span)
    for span in old:
        yield Event("dropped", span, None)


def _mother(span: Span, old: Sequence[Span], *, same_text: bool) -> Span | None:
    """The span before that this one came from: the one with most characters in common, of its label if it can be."""
    if not same_text:
        return old[0] if old else None
    near = [other for other in old if other.overlaps(span)]
    return max(
        near,
        key=lambda other: (
            min(other.end, span.end) - max(other.start, span.start),
            other.label == span.label,
            -abs(other.end - other.start - span.end + span.start),
        ),
        default=None,
    )


def _kind(before: Span, after: Span, *, same_text: bool) -> Kind:
    if not same_text or (before.start, before.end) != (after.start, after.end):
        return "moved"
    if before.label != after.label:
        return "relabelled"
    return "linked" if before.kb_id != after.kb_id else "rescored"


def _shown(span: Span) -> str:
    about = [f"[{span.start}, {span.end})", repr(span.text), span.label]
    about += [] if span.score is None else [f"{span.score:.2f}"]
    about += [] if span.kb_id is None else [span.kb_id]
    return " ".join(about)
