/** Single spans, asked one by one: what is shown around each, and what becomes of the answers. */
import type { AnnotationGiven, Span, Task } from "@/api/types";
import { Offsets } from "@/text/offsets";

export type Answer = "yes" | "no" | "unknown";

export interface Question {
  readonly label: string;
  readonly score: number | null;
  readonly before: string;
  readonly words: string;
  readonly after: string;
}

const AROUND = 240;

/** The questions of a task, each with some of the text around its span. */
export function questionsOf(task: Task): Question[] {
  const { text } = task.document;
  const offsets = new Offsets(text);
  return (task.question ?? []).map((span) => {
    const start = offsets.toUnits(span.start);
    const end = offsets.toUnits(span.end);
    const left = text.slice(0, start);
    const right = text.slice(end);
    const predicted = task.prediction?.spans.find(
      (one) => one.start === span.start && one.end === span.end && one.label === span.label,
    );
    return {
      label: span.label,
      score: span.score ?? predicted?.score ?? null,
      before: left.length > AROUND ? `… ${left.slice(-AROUND).replace(/^\S*\s/u, "")}` : left,
      words: text.slice(start, end),
      after: right.length > AROUND ? `${right.slice(0, AROUND).replace(/\s\S*$/u, "")} …` : right,
    };
  });
}

/** What the server gets: only these spans are known, right or wrong, and nothing of the rest of the text. */
export function partial(
  task: Task,
  answers: readonly Answer[],
  { guideline, seconds }: { guideline: number; seconds: number | null },
): AnnotationGiven {
  const points = [...task.document.text];
  const given = (answer: Answer): Span[] =>
    (task.question ?? [])
      .filter((_, index) => answers[index] === answer)
      .map(({ start, end, label }) => ({ start, end, label, text: points.slice(start, end).join("") }));
  return {
    spans: given("yes"),
    negatives: given("no"),
    ignored: given("unknown"),
    complete: false,
    flag: null,
    active_seconds: seconds,
    guideline,
  };
}
