import { Button, Group } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconCheck,
  IconCopyCheck,
  IconQuestionMark,
  IconX,
} from "@tabler/icons-react";
import type { CSSProperties, MouseEvent, ReactNode } from "react";
import type { Mark } from "@/editing/editing";
import { type Command, shown } from "@/keys/keymap";
import { keyOf, withKey } from "@/keys/keys";
import classes from "@/screens/review/review.module.css";
import { IconButton } from "@/shell/layout";
import { type LabelStyle, UNKNOWN } from "@/spans/palette";

interface BarProps {
  labels: readonly { label: string; definition: string }[];
  styles: ReadonlyMap<string, LabelStyle>;
  /** The span that the keys act on. */
  mark: Mark | null;
  /** There is a span or a piece of text to label. */
  ready: boolean;
  undo: boolean;
  redo: boolean;
  onLabel: (label: string) => void;
  run: (command: Command, index: number) => void;
}

/** The labels and the decisions, at hand for mouse and finger; always in the same place. */
export function Bar({ labels, styles, mark, ready, undo, redo, onLabel, run }: BarProps) {
  const press = (command: Command) => () => run(command, 0);
  return (
    <footer className={classes.bar}>
      {labels.length > 0 ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a scrolling flex line
        <div className={classes.palette} role="group" aria-label="Labels">
          {labels.map(({ label, definition }, index) => {
            const style = styles.get(label) ?? UNKNOWN;
            return (
              <button
                key={label}
                type="button"
                className={classes.label}
                style={labelColours(style)}
                aria-pressed={mark?.label === label}
                aria-disabled={!ready || undefined}
                title={definition}
                onMouseDown={keepFocus}
                onClick={() => onLabel(label)}
              >
                {index < 9 && <kbd>{index + 1}</kbd>}
                <span className={classes.sample} />
                {label}
              </button>
            );
          })}
        </div>
      ) : (
        <div className={classes.palette}>The project has no labels yet.</div>
      )}
      <Group gap={4} wrap="nowrap" className={classes.actions}>
        <Decision command="accept" name="Accept" icon={<IconCheck size={17} />} disabled={!mark} press={press} />
        <Decision command="reject" name="Reject" icon={<IconX size={17} />} disabled={!mark} press={press} />
        <Decision
          command="ignore"
          name="Ignore"
          icon={<IconQuestionMark size={17} />}
          disabled={!mark}
          press={press}
        />
        <Decision
          command="same"
          name="All the same"
          icon={<IconCopyCheck size={17} />}
          disabled={!mark}
          press={press}
        />
        <span className={classes.gap} />
        <IconButton name={withKey("Undo", "undo")} onClick={press("undo")} disabled={!undo} onMouseDown={keepFocus}>
          <IconArrowBackUp size={19} stroke={1.7} />
        </IconButton>
        <IconButton
          name={withKey("Redo", "redo")}
          onClick={press("redo")}
          disabled={!redo}
          onMouseDown={keepFocus}
          visibleFrom="sm"
        >
          <IconArrowForwardUp size={19} stroke={1.7} />
        </IconButton>
        <Button
          variant="subtle"
          color="gray"
          size="sm"
          px="xs"
          fw={500}
          c="var(--ink)"
          onClick={press("escalate")}
          visibleFrom="sm"
        >
          Escalate
        </Button>
        <Button variant="subtle" color="gray" size="sm" px="xs" fw={500} c="var(--ink)" onClick={press("skip")}>
          Skip
        </Button>
        <Button
          size="sm"
          onClick={press("submit")}
          onMouseDown={keepFocus}
          rightSection={<kbd className={classes.onAccent}>{shown(keyOf("submit")).join(" ")}</kbd>}
        >
          Submit
        </Button>
      </Group>
    </footer>
  );
}

export function labelColours(style: LabelStyle): CSSProperties {
  return {
    "--bar": `var(--bar-${style.swatch})`,
    "--ink-label": `var(--ink-${style.swatch})`,
    "--pattern": style.pattern,
  } as CSSProperties;
}

interface DecisionProps {
  command: Command;
  name: string;
  icon: ReactNode;
  disabled: boolean;
  press: (command: Command) => () => void;
}

function Decision({ command, name, icon, disabled, press }: DecisionProps) {
  return (
    <button
      type="button"
      className={classes.decision}
      aria-disabled={disabled || undefined}
      onMouseDown={keepFocus}
      onClick={disabled ? undefined : press(command)}
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
