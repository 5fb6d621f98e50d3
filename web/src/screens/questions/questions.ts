/** Single spans, asked one by one: what is shown around each, and what becomes of the answers. */
import type { AnnotationGiven, Span, Task } from "@/api/types";
import { Offsets } from "@/text/offsets";

/** "skipped" where another answer leaves nothing to ask. */
export type Answer = "yes" | "no" | "unknown" | "skipped";

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

/**
 * The answers with one more, and with those that follow from it: of spans that overlap only one can be right, unless
 * the model found them both.
 */
export function answered(task: Task, answers: readonly Answer[], answer: Answer): readonly Answer[] {
  const asked = task.question ?? [];
  const found = new Set(task.prediction?.spans.map(keyOf));
  const next = [...answers, answer];
  for (let span = asked[next.length]; span; span = asked[next.length]) {
    const excluded = asked.some(
      (one, index) =>
        next[index] === "yes" &&
        one.start < span!.end &&
        span!.start < one.end &&
        !(found.has(keyOf(one)) && found.has(keyOf(span!))),
    );
    if (!excluded) break;
    next.push("skipped");
  }
  return next;
}

/** The answers without the last one that was given. */
export function withoutLast(answers: readonly Answer[]): readonly Answer[] {
  return answers.slice(
    0,
    answers.findLastIndex((one) => one !== "skipped"),
  );
}

function keyOf({ start, end, label }: Span): string {
  return `${start} ${end} ${label}`;
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
