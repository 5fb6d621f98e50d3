import { Text } from "@mantine/core";
import classes from "@/screens/models/models.module.css";
import { Excerpt } from "@/spans/excerpt";
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
            <Excerpt
              {...short(document)}
              spans={document.spans.filter(({ end }) => end <= LONGEST)}
              styles={styles}
            />
          </p>
        </li>
      ))}
    </ul>
  );
}

function short({ text }: MovedDocument): { text: string } {
  const points = [...text];
  return { text: points.length > LONGEST ? `${points.slice(0, LONGEST).join("")} …` : text };
}
