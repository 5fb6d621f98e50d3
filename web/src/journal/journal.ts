/**
 * The journal: what a person said is written here first, and sent in the background until the server has it.
 *
 * An entry leaves the journal when the server took it, or when its author removes it after the server refused it.
 * Each carries an idempotency key, so that sending twice (a cut answer, two tabs) has its effect once.
 */
import { type Method, Problem, request } from "@/api/client";
import { database, taskKey } from "@/journal/database";

export interface Entry {
  id?: number;
  key: string;
  user: string;
  project: string;
  task: number;
  method: Method;
  path: string;
  body: unknown;
  /** For people: "Annotation of task 12". */
  what: string;
  madeAt: number;
  /** Why the server refused it; it is not sent again by itself. */
  refusal: { status: number; detail: string } | null;
}

export type NewEntry = Omit<Entry, "id" | "key" | "user" | "madeAt" | "refusal">;

export interface Unsent {
  waiting: number;
  refused: readonly Entry[];
  /** The server could not be reached at the last try. */
  cut: boolean;
  /** The server asks to sign in again. */
  signedOut: boolean;
}

const NOTHING: Unsent = { waiting: 0, refused: [], cut: false, signedOut: false };
const PAUSES = [1, 2, 5, 10, 30].map((seconds) => seconds * 1000);
const ACROSS_TABS = "livener-journal";

export class Journal {
  private unsent = NOTHING;
  private readonly listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private sending: Promise<void> | null = null;

  constructor(
    readonly user: string,
    private readonly send = request,
  ) {}

  /** Begin to send what waits, now and whenever the network comes back. Returns how to stop. */
  start(): () => void {
    const now = () => void this.flush();
    window.addEventListener("online", now);
    now();
    return () => {
      window.removeEventListener("online", now);
      clearTimeout(this.timer);
    };
  }

  /** Write an entry. With `finishes`, the task leaves the ones held ahead and its draft goes, all or nothing. */
  async add(entry: NewEntry, { finishes = false } = {}): Promise<void> {
    const full: Entry = { ...entry, key: crypto.randomUUID(), user: this.user, madeAt: Date.now(), refusal: null };
    const transaction = (await database()).transaction(["outbox", "drafts", "tasks"], "readwrite");
    const key = taskKey(this.user, entry.project, entry.task);
    const writes: Promise<unknown>[] = [transaction.objectStore("outbox").add(full)];
    if (finishes) {
      writes.push(transaction.objectStore("drafts").delete(key), transaction.objectStore("tasks").delete(key));
    }
    await Promise.all([...writes, transaction.done]);
    await this.recount();
    void this.flush();
  }

  /** Send what waits, in order. One tab at a time does so. */
  flush(): Promise<void> {
    this.sending ??= this.alone(() => this.sendAll()).finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  /** Try a refused entry once more. */
  async retry(id: number): Promise<void> {
    await this.change(id, (entry) => ({ ...entry, refusal: null }));
    await this.flush();
  }

  /** Give up a refused entry. */
  async remove(id: number): Promise<void> {
    await (await database()).delete("outbox", id);
    await this.recount();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): Unsent => this.unsent;

  private async sendAll(): Promise<void> {
    clearTimeout(this.timer);
    try {
      for (const entry of await this.entries()) {
        if (!entry.refusal) await this.sendOne(entry);
      }
      this.failures = 0;
      await this.recount({ cut: false, signedOut: false });
    } catch (error) {
      const signedOut = error instanceof Problem && error.status === 401;
      await this.recount({ cut: !signedOut, signedOut });
      const pause = PAUSES[Math.min(this.failures++, PAUSES.length - 1)]!;
      this.timer = setTimeout(() => void this.flush(), pause);
    }
    // What was added while we were sending and after we had read the list.
    if ((await this.entries()).some((entry) => !entry.refusal) && this.failures === 0) await this.sendAll();
  }

  private async sendOne(entry: Entry): Promise<void> {
    try {
      await this.send(entry.method, entry.path, { body: entry.body, key: entry.key });
    } catch (error) {
      if (!(error instanceof Problem) || isPassing(error)) throw error;
      const refusal = { status: error.status, detail: error.detail };
      await this.change(entry.id!, (now) => ({ ...now, refusal }));
      return;
    }
    await (await database()).delete("outbox", entry.id!);
    await this.recount();
  }

  private async entries(): Promise<Entry[]> {
    return (await (await database()).getAll("outbox")).filter((entry) => entry.user === this.user);
  }

  private async change(id: number, how: (entry: Entry) => Entry): Promise<void> {
    const transaction = (await database()).transaction("outbox", "readwrite");
    const entry = await transaction.store.get(id);
    if (entry) await transaction.store.put(how(entry));
    await transaction.done;
    await this.recount();
  }

  private async recount(state: Partial<Unsent> = {}): Promise<void> {
    const entries = await this.entries();
    const refused = entries.filter((entry) => entry.refusal);
    this.unsent = { ...this.unsent, waiting: entries.length - refused.length, refused, ...state };
    for (const listener of this.listeners) listener();
  }

  private async alone(work: () => Promise<void>): Promise<void> {
    if (typeof navigator !== "undefined" && navigator.locks) await navigator.locks.request(ACROSS_TABS, work);
    else await work();
  }
}

/** Whether the same request may succeed later without anybody's doing. */
function isPassing(problem: Problem): boolean {
  return [401, 408, 429].includes(problem.status) || problem.status >= 500;
}
