import { Text } from "@mantine/core";
import { useMemo } from "react";
import classes from "@/screens/models/models.module.css";
import { LabelChip, labelColours } from "@/spans/chip";
import { UNKNOWN } from "@/spans/palette";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

export interface MovedDocument {
  key: string;
  text: string;
  why: string;
  spans: { start: number; end: number; label: string }[];
}

const SHOWN = 8;
const LONGEST = 600; // code points of a text

/** The documents that moved most, each with why and what was found in it. */
export function Moved({ documents }: { documents: readonly MovedDocument[] }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  return (
    <ul className={classes.changed}>
      {documents.slice(0, SHOWN).map((document) => (
        <li key={document.key}>
          <Text fz="sm" fw={600}>
            {document.key}{" "}
            <Text span fz="xs" c="var(--ink-soft)">
              {document.why}
            </Text>
          </Text>
          <p className={classes.excerpt} dir="auto" style={{ fontSize: 14 }}>
            <Marked document={document} styles={styles} />
          </p>
        </li>
      ))}
    </ul>
  );
}

function Marked({
  document: { text, spans },
  styles,
}: {
  document: MovedDocument;
  styles: ReturnType<typeof useLabels>["styles"];
}) {
  const parts = useMemo(() => {
    const points = [...text].slice(0, LONGEST);
    const found: { at: number; words: string; label: string | null }[] = [];
    let reach = 0;
    for (const { start, end, label } of [...spans].sort((one, other) => one.start - other.start)) {
      if (start < reach || end > points.length) continue; // inside another, or behind the cut
      found.push({ at: reach, words: points.slice(reach, start).join(""), label: null });
      found.push({ at: start, words: points.slice(start, end).join(""), label });
      reach = end;
    }
    found.push({
      at: reach,
      words: points.slice(reach).join("") + (text.length > points.length ? " …" : ""),
      label: null,
    });
    return found;
  }, [text, spans]);
  return parts.map(({ at, words, label }) =>
    label === null ? (
      words
    ) : (
      <span key={at}>
        <mark style={labelColours(styles.get(label) ?? UNKNOWN)}>{words}</mark>{" "}
        <LabelChip label={label} styles={styles} />
      </span>
    ),
  );
}
