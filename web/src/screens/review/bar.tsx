import { Button, Group } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconCheck,
  IconCopyCheck,
  IconQuestionMark,
  IconX,
} from "@tabler/icons-react";
import { type MouseEvent, memo, type ReactNode } from "react";
import type { Mark } from "@/editing/editing";
import { type Command, shown } from "@/keys/keymap";
import { keyOf, withKey } from "@/keys/keys";
import classes from "@/screens/review/review.module.css";
import { IconButton } from "@/shell/layout";
import { labelColours } from "@/spans/chip";
import { type LabelStyle, UNKNOWN } from "@/spans/palette";
import type { ProjectLabel } from "@/tasks/guidelines";

interface BarProps {
  labels: readonly ProjectLabel[];
  styles: ReadonlyMap<string, LabelStyle>;
  /** The span that the keys act on. */
  mark: Mark | null;
  /** There is a span or a piece of text to label. */
  ready: boolean;
  undo: boolean;
  redo: boolean;
  onLabel: (label: string) => void;
  press: (command: Command) => void;
}

/** The labels and the decisions, at hand for mouse and finger; always in the same place. */
export function Bar({ labels, styles, mark, ready, undo, redo, onLabel, press }: BarProps) {
  return (
    <footer className={classes.bar}>
      <Palette labels={labels} styles={styles} at={mark?.label} ready={ready} onLabel={onLabel} />
      <Group gap={4} wrap="nowrap" className={classes.actions}>
        <Decisions disabled={!mark} press={press} />
        <span className={classes.gap} />
        <Steps undo={undo} redo={redo} press={press} />
        <Endings press={press} />
      </Group>
    </footer>
  );
}

interface PaletteProps extends Pick<BarProps, "labels" | "styles" | "ready" | "onLabel"> {
  at: string | undefined;
}

// Each part is drawn again only when it changes: there is a key press every second.
const Palette = memo(function Palette({ labels, styles, at, ready, onLabel }: PaletteProps) {
  if (!labels.length) return <div className={classes.palette}>The project has no labels yet.</div>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a scrolling flex line
    <div className={classes.palette} role="group" aria-label="Labels" data-tour="labels">
      {labels.map(({ label, definition, key }) => (
        <button
          key={label}
          type="button"
          className={classes.label}
          style={labelColours(styles.get(label) ?? UNKNOWN)}
          aria-pressed={at === label}
          aria-disabled={!ready || undefined}
          title={definition}
          onMouseDown={keepFocus}
          onClick={() => onLabel(label)}
        >
          {key && <kbd>{key.toUpperCase()}</kbd>}
          <span className={classes.sample} />
          {label}
        </button>
      ))}
    </div>
  );
});

interface PartProps {
  press: (command: Command) => void;
}

const Decisions = memo(function Decisions({ disabled, press }: PartProps & { disabled: boolean }) {
  const given = { disabled, press };
  return (
    <>
      <Decision command="accept" name="Accept" icon={<IconCheck size={17} />} {...given} />
      <Decision command="reject" name="Reject" icon={<IconX size={17} />} {...given} />
      <Decision command="ignore" name="Ignore" icon={<IconQuestionMark size={17} />} {...given} />
      <Decision command="same" name="All the same" icon={<IconCopyCheck size={17} />} {...given} />
    </>
  );
});

const Steps = memo(function Steps({ undo, redo, press }: PartProps & { undo: boolean; redo: boolean }) {
  return (
    <>
      <IconButton
        name={withKey("Undo", "undo")}
        onClick={() => press("undo")}
        disabled={!undo}
        onMouseDown={keepFocus}
      >
        <IconArrowBackUp size={19} stroke={1.7} />
      </IconButton>
      <IconButton
        name={withKey("Redo", "redo")}
        onClick={() => press("redo")}
        disabled={!redo}
        onMouseDown={keepFocus}
        visibleFrom="sm"
      >
        <IconArrowForwardUp size={19} stroke={1.7} />
      </IconButton>
    </>
  );
});

const Endings = memo(function Endings({ press }: PartProps) {
  const quiet = { variant: "subtle", color: "gray", size: "sm", px: "xs", fw: 500, c: "var(--ink)" } as const;
  return (
    <>
      <Button {...quiet} onClick={() => press("escalate")} visibleFrom="sm">
        Escalate
      </Button>
      <Button {...quiet} onClick={() => press("skip")}>
        Skip
      </Button>
      <Button
        size="sm"
        data-tour="submit"
        onClick={() => press("submit")}
        onMouseDown={keepFocus}
        rightSection={<kbd className={classes.onAccent}>{shown(keyOf("submit")).join(" ")}</kbd>}
      >
        Submit
      </Button>
    </>
  );
});

interface DecisionProps {
  command: Command;
  name: string;
  icon: ReactNode;
  disabled: boolean;
  press: (command: Command) => void;
}

function Decision({ command, name, icon, disabled, press }: DecisionProps) {
  return (
    <button
      type="button"
      className={classes.decision}
      data-tour={command === "accept" ? "decide" : undefined}
      aria-disabled={disabled || undefined}
      onMouseDown={keepFocus}
      onClick={disabled ? undefined : () => press(command)}
    >
      {icon}
      <span className={classes.decisionName}>{name}</span>
      <kbd>{shown(keyOf(command)).join(" ")}</kbd>
    </button>
  );
}

/** A click leaves the focus on the text, where the keys are. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault();
}
