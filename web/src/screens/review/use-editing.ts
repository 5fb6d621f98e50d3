import { useCallback, useEffect, useMemo, useState } from "react";
import type { Task } from "@/api/types";
import { type Opened, open } from "@/editing/annotation";
import { type Action, type Editing, edit, type Mark, select, step, type Target } from "@/editing/editing";
import { DRAFT_VERSION, type HeldTasks } from "@/tasks/held";

interface State {
  readonly editing: Editing;
  readonly steps: readonly Action[];
}

/** What is being done to a task; every step is in the browser's keeping before the next key. */
export function useEditing(task: Task, user: string, manager: HeldTasks, unsure: number, seconds: () => number) {
  const opened = useMemo(() => open(task, user), [task, user]);
  const [state, setState] = useState<State>(() => begin(opened, manager.draft<Action>(task.id)?.steps ?? [], unsure));

  const act = useCallback(
    (make: (editing: Editing) => Action | null) =>
      setState((now) => {
        const action = make(now.editing);
        const next = action ? edit(opened.reading, now.editing, action) : now.editing;
        return action && next !== now.editing ? { editing: next, steps: [...now.steps, action] } : now;
      }),
    [opened],
  );
  const aim = useCallback(
    (target: Target | null | ((editing: Editing) => Target | null)) =>
      setState((now) => {
        const next = typeof target === "function" ? target(now.editing) : target;
        return { ...now, editing: select(now.editing, next) };
      }),
    [],
  );

  const { steps } = state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a draft is saved for a step, not for a second
  useEffect(() => {
    if (steps.length) void manager.saveDraft(task.id, { version: DRAFT_VERSION, steps, seconds: seconds() });
  }, [steps, manager, task.id]);

  return { opened, editing: state.editing, act, aim };
}

function begin(opened: Opened, steps: readonly Action[], unsure: number): State {
  const editing = steps.reduce((now, action) => edit(opened.reading, now, action), opened.initial);
  const first = step(select(editing, null), 1, isUnsure(unsure)) ?? opened.reading.parts?.[0] ?? null;
  return { steps, editing: select(editing, first) };
}

/** Not decided, and not sure enough to be left alone. */
export function isUnsure(limit: number): (mark: Mark) => boolean {
  return (mark) => mark.state === "open" && mark.score !== null && mark.score < limit;
}
