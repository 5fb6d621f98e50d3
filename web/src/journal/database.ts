/** What this browser keeps: answers not yet sent, drafts, tasks held ahead, and what was last read. */
import type { PersistedClient, Persister } from "@tanstack/react-query-persist-client";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Task } from "@/api/types";
import type { Entry } from "@/journal/journal";

export interface HeldTask {
  user: string;
  project: string;
  /** When it was handed out, so that the order stays. */
  order: number;
  task: Task;
}

interface Stores extends DBSchema {
  outbox: { key: number; value: Entry };
  drafts: { key: string; value: unknown };
  tasks: { key: string; value: HeldTask };
  cache: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Stores>> | null = null;

export function database(): Promise<IDBPDatabase<Stores>> {
  opened ??= openDB<Stores>("livener", 1, {
    upgrade(db) {
      db.createObjectStore("outbox", { keyPath: "id", autoIncrement: true });
      db.createObjectStore("drafts");
      db.createObjectStore("tasks");
      db.createObjectStore("cache");
    },
    terminated() {
      opened = null;
    },
  });
  return opened;
}

/** The key of a task's draft and of the task itself. */
export function taskKey(user: string, project: string, task: number | ""): string {
  return `${user}/${project}/${task}`;
}

/** The queries that stay readable offline. */
export const queryCache: Persister = {
  persistClient: async (client) => void (await (await database()).put("cache", client, "queries")),
  restoreClient: async () => (await (await database()).get("cache", "queries")) as PersistedClient | undefined,
  removeClient: async () => (await database()).delete("cache", "queries"),
};
