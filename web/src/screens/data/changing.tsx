/** A piece of a settled document, to be changed by hand: boundaries, labels, spans that are missing or too many. */
import { Button, Group, Select } from "@mantine/core";
import {
  IconArrowBackUp,
  IconChevronLeft,
  IconChevronRight,
  IconChevronsLeft,
  IconChevronsRight,
  IconX,
} from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Change, QualityFinding } from "@/api/answers";
import { openSettled, submission } from "@/editing/annotation";
import { type Action, type Editing, edit, markOf, rangeOf, select, step, type Target } from "@/editing/editing";
import { BOUNDARIES } from "@/keys/boundaries";
import type { Command } from "@/keys/keymap";
import { withKey } from "@/keys/keys";
import { useKeys } from "@/keys/use-keys";
import { difference } from "@/screens/data/changes";
import classes from "@/screens/data/data.module.css";
import { IconButton } from "@/shell/layout";
import { Layer } from "@/spans/layer";
import type { LabelStyle } from "@/spans/palette";

interface ChangingProps {
  finding: QualityFinding;
  labels: readonly { label: string }[];
  byKey: ReadonlyMap<string, string>;
  styles: ReadonlyMap<string, LabelStyle>;
  saving: boolean;
  save: (change: Change) => void;
  close: () => void;
}

export function Changing({ finding, labels, byKey, styles, saving, save, close }: ChangingProps) {
  const { text, start, document } = finding;
  const opened = useMemo(() => openSettled(text, finding.spans.map(moved(-start))), [text, start, finding.spans]);
  const { reading, initial } = opened;
  const [editing, setEditing] = useState<Editing>(() => select(initial, aim(finding, initial, opened.offsets)));
  const range = rangeOf(editing);
  const mark = markOf(editing);
  const now = submission(opened, editing, { guideline: 0, seconds: null }).spans.map(moved(start));
  const change = difference(document, finding.spans, now);

  const act = (make: (at: Target) => Action) =>
    setEditing((before) => (before.target ? edit(reading, before, make(before.target)) : before));
  const label = (name: string) => act((at) => ({ do: "label", at, label: name }));
  function run(command: Command): unknown {
    const boundary = BOUNDARIES[command];
    if (boundary) return range ? act((at) => ({ do: "stretch", at, ...boundary })) : false;
    switch (command) {
      case "reject":
        return act((at) => ({ do: "decide", at, state: "rejected" }));
      case "accept":
        return act((at) => ({ do: "decide", at, state: "accepted" }));
      case "undo":
      case "redo":
        return setEditing(edit(reading, editing, { do: command }));
      case "next":
      case "previous":
        return setEditing(select(editing, step(editing, command === "next" ? 1 : -1)));
      case "unselect":
        return setEditing(select(editing, mark ? { start: mark.start, end: mark.end } : null));
      default:
        return false;
    }
  }
  useKeys(run, { keys: byKey, press: label });

  const edge = (name: string, command: Command, icon: React.ReactNode) => (
    <IconButton name={withKey(name, command)} size="md" disabled={!range} onClick={() => run(command)}>
      {icon}
    </IconButton>
  );
  return (
    <div className={classes.changing}>
      <Layer
        reading={reading}
        marks={editing.marks}
        target={editing.target}
        styles={styles}
        onTarget={(target) => setEditing((before) => select(before, target))}
      />
      <Group gap="xs" mt="md">
        <Group gap={0} wrap="nowrap">
          {edge("Start one word to the left", "startLeft", <IconChevronsLeft size={17} />)}
          {edge("Start one word to the right", "startRight", <IconChevronRight size={17} />)}
        </Group>
        <Group gap={0} wrap="nowrap">
          {edge("End one word to the left", "endLeft", <IconChevronLeft size={17} />)}
          {edge("End one word to the right", "endRight", <IconChevronsRight size={17} />)}
        </Group>
        <Select
          size="xs"
          w={190}
          aria-label="Label of the span"
          placeholder="Label"
          searchable
          allowDeselect={false}
          disabled={!range}
          value={mark?.label ?? null}
          onChange={(value) => value && label(value)}
          data={labels.map((one) => one.label)}
        />
        {edge("Not a span", "reject", <IconX size={17} />)}
        <IconButton
          name={withKey("Undo", "undo")}
          size="md"
          disabled={!editing.past.length}
          onClick={() => run("undo")}
        >
          <IconArrowBackUp size={17} />
        </IconButton>
        <span style={{ flex: 1 }} />
        <Button size="xs" variant="default" onClick={close}>
          Cancel
        </Button>
        <Button size="xs" disabled={!change} loading={saving} onClick={() => change && save(change)}>
          Save
        </Button>
      </Group>
    </div>
  );
}

/** The span that it is about; where it is not marked yet, its words. */
function aim({ span, start }: QualityFinding, { marks }: Editing, offsets: { toUnits: (n: number) => number }) {
  if (!span) return null;
  const words = { start: offsets.toUnits(span.start - start), end: offsets.toUnits(span.end - start) };
  const there = marks.find(
    (mark) => mark.start === words.start && mark.end === words.end && mark.label === span.label,
  );
  return there ? { mark: there.id } : words;
}

function moved(by: number) {
  return <Span extends { start: number; end: number }>(span: Span): Span => ({
    ...span,
    start: span.start + by,
    end: span.end + by,
  });
}
