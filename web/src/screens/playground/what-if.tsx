/** What if the text were another: an edit, and how the scores of spans move, side by side. */
import { Alert, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { WhatIf as Answered, Explained, MovedSpan } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import classes from "@/screens/playground/playground.module.css";
import { useProject } from "@/session/session";
import { Nothing, Wide } from "@/shell/screen";
import { percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import type { LabelStyle } from "@/spans/palette";

const PAUSE = 350;

interface Props {
  read: Explained;
  styles: ReadonlyMap<string, LabelStyle>;
  /** The text with the edit, which outlives a look at another tab. */
  edited: string;
  onEdit: (edited: string) => void;
}

export function WhatIf({ read, styles, edited, onEdit }: Props) {
  const project = useProject();
  const { model, text } = read;
  const [settled] = useDebouncedValue(edited, PAUSE);
  const query = useQuery({
    queryKey: ["what-if", project, model, text, settled],
    queryFn: () =>
      request<Answered>("POST", inProject(project, "/what-if"), { body: { text, edited: settled, model } }),
    enabled: settled.trim() !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <>
      <Textarea
        label="Edit the text"
        description="The scores follow as you type."
        dir="auto"
        autosize
        minRows={2}
        maxRows={12}
        maxLength={20_000}
        mb="sm"
        value={edited}
        onChange={(event) => onEdit(event.currentTarget.value)}
      />
      {query.error && (
        <Alert color="red" role="alert" variant="light" styles={{ message: { color: "var(--ink)" } }}>
          {explain(query.error)}
        </Alert>
      )}
      {query.data && !query.error && <Moves moved={query.data.moved} styles={styles} />}
    </>
  );
}

function Moves({ moved, styles }: { moved: readonly MovedSpan[]; styles: ReadonlyMap<string, LabelStyle> }) {
  if (!moved.length) return <Nothing>Nothing is found in either text.</Nothing>;
  return (
    <Wide name="Scores before and after">
      <table className={classes.moves}>
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Before</th>
            <th scope="col">After the edit</th>
            <th scope="col">Moved by</th>
          </tr>
        </thead>
        <tbody>
          {moved.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same words may be found twice, with one label
            <tr key={index}>
              <td>
                <LabelChip label={one.label} styles={styles} />
              </td>
              <Side words={one.before} score={one.score_before} found={one.predicted[0]} />
              <Side words={one.after} score={one.score_after} found={one.predicted[1]} />
              <td className={classes.weight}>{difference(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Side({ words, score, found }: { words: string | null; score: number | null; found: boolean }) {
  if (words === null) return <td className={classes.score}>not there</td>;
  return (
    <td>
      <bdi>{words}</bdi> <span className={classes.score}>{percent(score)}</span>
      <span className={classes.bar} aria-hidden>
        <span style={{ width: `${(score ?? 0) * 100}%` }} />
      </span>
      {!found && (
        <Text span fz="xs" c="var(--ink-soft)">
          not found
        </Text>
      )}
    </td>
  );
}

/** By how many points a score moved. */
function difference({ score_before: before, score_after: after }: MovedSpan): string {
  if (before === null || after === null) return "–";
  const points = Math.round((after - before) * 100);
  return points > 0 ? `+${points}` : points < 0 ? `−${-points}` : "0";
}
