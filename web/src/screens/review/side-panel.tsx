import { CloseButton, Drawer, Loader, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import type { Guidelines, Task } from "@/api/types";
import type { Panel } from "@/screens/review/editor";
import classes from "@/screens/review/review.module.css";

const GuidelinesPanel = lazy(() => import("@/screens/review/guidelines-panel"));
const CommentsPanel = lazy(() => import("@/screens/review/comments-panel"));

interface SidePanelProps {
  panel: Panel;
  task: Task;
  guidelines: Guidelines;
  /** The label that one is at. */
  label: string | undefined;
  close: () => void;
}

/** What is read beside the text; over it where there is no room. */
export function SidePanel({ panel, task, guidelines, label, close }: SidePanelProps) {
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  if (!panel) return null;
  const title = panel === "comments" ? "Comments" : `Guidelines ${guidelines.number}`;
  const content = (
    <Suspense fallback={<Loader type="dots" size="sm" color="gray" m="md" />}>
      {panel === "comments" ? (
        <CommentsPanel task={task} />
      ) : (
        <GuidelinesPanel guidelines={guidelines} label={label} />
      )}
    </Suspense>
  );
  if (narrow) {
    return (
      <Drawer opened onClose={close} title={title} position="bottom" size="75%" radius="lg">
        {content}
      </Drawer>
    );
  }
  return (
    <aside className={classes.panel} aria-label={title}>
      <div className={classes.panelTitle}>
        <Text fw={600} fz="sm">
          {title}
        </Text>
        <CloseButton size="sm" aria-label={`Close ${title.toLowerCase()}`} onClick={close} />
      </div>
      {content}
    </aside>
  );
}
