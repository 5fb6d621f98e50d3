import { useEffect, useState, useSyncExternalStore } from "react";
import type { TaskKind } from "@/api/types";
import { useProject, useSession } from "@/session/session";
import { HeldTasks } from "@/tasks/held";

/** The tasks of one kind that the person holds in the present project. */
export function useHeldTasks(kind: TaskKind) {
  const { user } = useSession();
  const project = useProject();
  const [manager] = useState(() => new HeldTasks(user.name, project, kind));
  useEffect(() => manager.start(), [manager]);
  return { manager, ...useSyncExternalStore(manager.subscribe, manager.snapshot) };
}
