/** A piece of a text with its spans, to be read: each in its colour, with its label behind it. */
import { useMemo } from "react";
import type { Span } from "@/api/types";
import { LabelChip, labelColours } from "@/spans/chip";
import classes from "@/spans/excerpt.module.css";
import { type LabelStyle, UNKNOWN } from "@/spans/palette";

interface ExcerptProps {
  text: string;
  /** Where the text begins, in the offsets of the spans. */
  start?: number;
  spans: readonly Pick<Span, "start" | "end" | "label">[];
  /** The one that all is about: it is drawn in any case, and others that overlap it are not. */
  focus?: Pick<Span, "start" | "end" | "label"> | null;
  /** The focus is a place that nobody marked. */
  missing?: boolean;
  styles: ReadonlyMap<string, LabelStyle>;
}

export function Excerpt({ text, start = 0, spans, focus = null, missing = false, styles }: ExcerptProps) {
  const parts = useMemo(() => cut(text, start, spans, focus), [text, start, spans, focus]);
  return parts.map(({ at, words, label, focused }) =>
    label === null ? (
      words
    ) : (
      <span key={at}>
        <mark
          className={classes.mark}
          data-focus={focused || undefined}
          data-missing={(focused && missing) || undefined}
          style={labelColours(styles.get(label) ?? UNKNOWN)}
        >
          {words}
        </mark>{" "}
        {!(focused && missing) && (
          <>
            <LabelChip label={label} styles={styles} />{" "}
          </>
        )}
      </span>
    ),
  );
}

interface Part {
  at: number;
  words: string;
  label: string | null;
  focused: boolean;
}

/** The text in pieces, with a label where a span is; of spans that overlap the focus, else the first, is one. */
export function cut(
  text: string,
  start: number,
  spans: ExcerptProps["spans"],
  focus: ExcerptProps["focus"] = null,
): Part[] {
  const points = [...text];
  const around = focus ? spans.filter((one) => one.end <= focus.start || focus.end <= one.start) : spans;
  const drawn = focus ? [...around, focus] : [...around];
  const parts: Part[] = [];
  let reach = 0;
  for (const span of drawn.sort((one, other) => one.start - other.start || other.end - one.end)) {
    const [from, to] = [span.start - start, span.end - start];
    if (from < reach || to > points.length) continue; // inside another, or behind the cut
    parts.push({ at: -1 - from, words: points.slice(reach, from).join(""), label: null, focused: false });
    parts.push({ at: from, words: points.slice(from, to).join(""), label: span.label, focused: span === focus });
    reach = to;
  }
  parts.push({ at: reach, words: points.slice(reach).join(""), label: null, focused: false });
  return parts;
}
