/** From a task to what is edited, and from what was edited to what is submitted: code points outside, UTF-16 inside. */
import type { AnnotationGiven, Span, Task } from "@/api/types";
import { begin, type Editing, isAsked, type Mark, type Reading } from "@/editing/editing";
import { Offsets } from "@/text/offsets";
import { type Range, segment } from "@/text/tokens";

export interface Opened {
  readonly reading: Reading;
  readonly initial: Editing;
  readonly offsets: Offsets;
}

/** A task as it opens: with the person's own last annotation, else with what was predicted. */
export function open(task: Task, user: string): Opened {
  const { text, tokens } = task.document;
  const offsets = new Offsets(text);
  const range = ([start, end]: readonly [number, number]) => ({
    start: offsets.toUnits(start),
    end: offsets.toUnits(end),
  });
  const parts = task.parts?.map(([start, end]) => range([start!, end!])) ?? null;
  const reading = { text, tokens: tokens?.map(range) ?? segment(text), parts };
  const own = task.annotations.filter((one) => one.author === user && one.counts).at(-1);
  const marks = own
    ? [
        ...own.spans.map((span) => asMark(span, offsets, "accepted")),
        ...own.negatives.map((span) => asMark(span, offsets, "rejected")),
        ...own.ignored.map((span) => asMark(span, offsets, "ignored")),
      ]
    : (task.prediction?.spans ?? []).map((span) => asMark(span, offsets, "open"));
  return { reading, initial: begin(marks.filter((mark) => isAsked(reading, mark))), offsets };
}

/** A text with spans that were settled, to be changed. */
export function openSettled(text: string, spans: readonly Span[]): Opened {
  const offsets = new Offsets(text);
  const marks = spans.map((span) => asMark(span, offsets, "accepted"));
  return { reading: { text, tokens: segment(text) }, initial: begin(marks), offsets };
}

/** What the server gets: all that was not rejected is right, and the rest of what was asked about has nothing. */
export function submission(
  { offsets, reading }: Opened,
  editing: Editing,
  { guideline, seconds }: { guideline: number; seconds: number | null },
): AnnotationGiven {
  const said = (mark: Range & { label: string; kbId?: string | null }): Span => ({
    start: offsets.toCodePoints(mark.start),
    end: offsets.toCodePoints(mark.end),
    label: mark.label,
    text: reading.text.slice(mark.start, mark.end),
    ...(mark.kbId ? { kb_id: mark.kbId } : {}),
  });
  const given = (states: readonly Mark["state"][]) => editing.marks.filter((mark) => states.includes(mark.state));
  return {
    spans: unique(given(["open", "accepted"]).map(said)),
    negatives: unique(given(["rejected"]).map((mark) => said(mark.was ?? mark))),
    ignored: unique(given(["ignored"]).map(said)),
    complete: true,
    flag: editing.flag,
    active_seconds: seconds,
    guideline,
  };
}

function asMark(span: Span, offsets: Offsets, state: Mark["state"]): Omit<Mark, "id"> {
  const start = offsets.toUnits(span.start);
  const end = offsets.toUnits(span.end);
  const { label, score = null, source = null, kb_id: kbId = null } = span;
  return { start, end, label, score, source, kbId, state, was: { start, end, label } };
}

/** Two spans that were stretched into one are one. */
function unique(spans: Span[]): Span[] {
  return [...new Map(spans.map((span) => [`${span.start} ${span.end} ${span.label}`, span])).values()];
}
