import { Text } from "@mantine/core";
import type { ExplainedSpan } from "@/api/answers";
import classes from "@/screens/playground/playground.module.css";
import { Nothing } from "@/shell/screen";

interface Reason {
  weight: number;
  word: string;
  about: string;
}

/** What speaks for a span and against it, the weightiest first. */
export function Reasons({ span, text }: { span: ExplainedSpan | null; text: string }) {
  if (!span) return <Nothing>A rule after the model made this span: see its stage.</Nothing>;
  const reasons: Reason[] = span.contributions
    ? span.contributions.map(({ weight, word, place, feature }) => ({
        ...{ weight, word: word || "(edge)", about: `${feature} · ${where(place)}` },
      }))
    : (span.words ?? []).map(({ weight, word }) => ({ weight, word, about: "" }));
  if (!reasons.length) return <Nothing>This engine does not say why.</Nothing>;
  const most = Math.max(...reasons.map(({ weight }) => Math.abs(weight)));
  return (
    <>
      <Text fz="sm" c="var(--ink-soft)" mb="xs">
        What made <bdi style={{ color: "var(--ink)", fontWeight: 600 }}>{text}</bdi> a {span.label}
        {span.contributions && ", in nats: each adds to the score, and nothing is approximated"}
      </Text>
      <ol className={classes.reasons}>
        {reasons.map(({ weight, word, about }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list does not change, and the same reason may come twice
          <li key={index}>
            <span className={classes.weight}>
              {weight < 0 ? "−" : "+"}
              {Math.abs(weight).toFixed(2)}
            </span>
            <span className={classes.bar} aria-hidden>
              <span data-against={weight < 0 || undefined} style={{ width: `${(Math.abs(weight) / most) * 100}%` }} />
            </span>
            <span className={classes.word}>
              <bdi>{word}</bdi> <small>{about}</small>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function where(place: number): string {
  if (place === 0) return "inside";
  return `${Math.abs(place)} ${Math.abs(place) === 1 ? "word" : "words"} ${place < 0 ? "before" : "after"}`;
}
