import { Badge } from "@mantine/core";
import type { ReactNode } from "react";
import { type Command, shown } from "@/keys/keymap";
import { keyOf } from "@/keys/keys";
import classes from "@/screens/adjudicate/adjudicate.module.css";

/** The key of a command, on its button. */
export function Key({ command }: { command: Command }): ReactNode {
  return (
    <Badge component="kbd" variant="transparent" color="gray" size="sm" className={classes.kbd}>
      {shown(keyOf(command)).join(" ")}
    </Badge>
  );
}
