import { Badge, Group, Text } from "@mantine/core";
import { IconBook2, IconFlag3, IconKeyboard, IconMessage, IconSearch } from "@tabler/icons-react";
import { memo } from "react";
import type { Task } from "@/api/types";
import type { Command } from "@/keys/keymap";
import { withKey } from "@/keys/keys";
import type { Panel } from "@/screens/review/editor";
import classes from "@/screens/review/review.module.css";
import { IconButton } from "@/shell/layout";

interface HeaderProps {
  task: Task;
  unsure: number;
  ahead: number;
  flag: string | null;
  panel: Panel;
  press: (command: Command) => void;
}

/** Why this task is here, in one line, and the ways to what is beside the text. */
export const Header = memo(function Header({ task, unsure, ahead, flag, panel, press }: HeaderProps) {
  return (
    <header className={classes.header}>
      <div className={classes.why}>
        <Text component="h1" fz="sm" fw={550} truncate title={task.reason}>
          {task.reason}
        </Text>
        <Group gap={8} fz="xs" c="var(--ink-soft)" wrap="nowrap" className={classes.facts}>
          <span className={classes.key} title={task.document.id}>
            {task.document.id}
          </span>
          {task.parts && (
            <span className={classes.asked}>
              only {task.parts.length > 1 ? "these parts are" : "this part is"} asked
            </span>
          )}
          {unsure > 0 && <span>{unsure.toLocaleString()} unsure</span>}
          {task.overlap > 1 && (
            <span>
              person {task.given + 1} of {task.overlap}
            </span>
          )}
          {ahead === 0 && <span>the last one</span>}
        </Group>
      </div>
      {flag !== null && (
        <Badge
          color="orange"
          variant="light"
          tt="none"
          leftSection={<IconFlag3 size={12} />}
          maw={200}
          visibleFrom="sm"
          title={flag}
        >
          {flag}
        </Badge>
      )}
      <Group gap={2} wrap="nowrap" data-tour="help">
        <IconButton
          name={withKey(flag === null ? "Flag" : "Flagged", "flag")}
          onClick={() => press("flag")}
          color={flag === null ? "gray" : "orange"}
        >
          <IconFlag3 size={19} stroke={1.7} />
        </IconButton>
        <IconButton name={withKey("Search", "search")} onClick={() => press("search")}>
          <IconSearch size={19} stroke={1.7} />
        </IconButton>
        <IconButton
          name={withKey(task.comments ? `Comments (${task.comments})` : "Comments", "comment")}
          aria-pressed={panel === "comments"}
          variant={panel === "comments" ? "light" : "subtle"}
          onClick={() => press("comment")}
        >
          <IconMessage size={19} stroke={1.7} fill={task.comments ? "currentColor" : "none"} fillOpacity={0.25} />
        </IconButton>
        <IconButton
          name={withKey("Guidelines", "guidelines")}
          aria-pressed={panel === "guidelines"}
          variant={panel === "guidelines" ? "light" : "subtle"}
          onClick={() => press("guidelines")}
        >
          <IconBook2 size={19} stroke={1.7} />
        </IconButton>
        <IconButton name={withKey("Keys", "help")} onClick={() => press("help")} visibleFrom="sm">
          <IconKeyboard size={19} stroke={1.7} />
        </IconButton>
      </Group>
    </header>
  );
});
