/**
 * The tasks that a person holds: the present one and a few ahead, so that the next text is there at once, offline too.
 *
 * They are kept in the browser together with their drafts, and their leases are renewed while the page is open.
 */
import { inProject, Problem, request } from "@/api/client";
import type { NextTasks, Page, Task, TaskKind } from "@/api/types";
import type { Action } from "@/editing/editing";
import { database, taskKey } from "@/journal/database";

/** What was done to a task and not yet submitted. */
export interface Draft<Step = Action> {
  version: typeof DRAFT_VERSION;
  steps: readonly Step[];
  seconds: number;
}

/** Grows when old steps would replay to something else. */
export const DRAFT_VERSION = 1;
const AHEAD = 5;
const RENEWAL = { least: 30_000, most: 300_000 };

export interface Held {
  readonly tasks: readonly Task[];
  readonly status: "loading" | "ready";
  /** Why there is nothing more. */
  readonly empty: string | null;
  readonly error: unknown;
  /** Tasks that were taken away while they were held. */
  readonly lost: readonly number[];
}

export class HeldTasks {
  private held: Held = { tasks: [], status: "loading", empty: null, error: null, lost: [] };
  private readonly drafts = new Map<number, Draft<unknown>>();
  private readonly finished = new Set<number>();
  private readonly listeners = new Set<() => void>();
  private filling: Promise<void> | null = null;
  private nextKey = crypto.randomUUID();
  private renewal: ReturnType<typeof setInterval> | undefined;
  private order = 0;

  constructor(
    readonly user: string,
    readonly project: string,
    readonly kind: TaskKind,
    private readonly ask = request,
  ) {}

  start(): () => void {
    const again = () => void this.fill();
    window.addEventListener("online", again);
    void this.load().then(again);
    return () => {
      window.removeEventListener("online", again);
      clearInterval(this.renewal);
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): Held => this.held;

  draft<Step>(task: number): Draft<Step> | undefined {
    const draft = this.drafts.get(task);
    return draft?.version === DRAFT_VERSION ? (draft as Draft<Step>) : undefined;
  }

  async saveDraft(task: number, draft: Draft<unknown>): Promise<void> {
    if (this.finished.has(task)) return;
    this.drafts.set(task, draft);
    await (await database()).put("drafts", draft, this.key(task));
  }

  /** The task was answered: on to the next one at once. What the browser keeps of it goes with the journal's entry. */
  finish(task: number): void {
    this.finished.add(task);
    this.drafts.delete(task);
    this.change({
      tasks: this.held.tasks.filter((one) => one.id !== task),
      lost: this.held.lost.filter((id) => id !== task),
    });
    void this.fill();
  }

  /** Get more until a few lie ahead. */
  fill(): Promise<void> {
    this.filling ??= this.fetchMore().finally(() => {
      this.filling = null;
    });
    return this.filling;
  }

  private async load(): Promise<void> {
    const db = await database();
    const prefix = this.key("");
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const kept = (await db.getAll("tasks", range)).filter(({ task }) => task.kind === this.kind);
    kept.sort((one, other) => one.order - other.order);
    for (const { task, order } of kept) {
      this.order = Math.max(this.order, order);
      const draft = (await db.get("drafts", this.key(task.id))) as Draft<unknown> | undefined;
      if (draft) this.drafts.set(task.id, draft);
    }
    this.change({ tasks: kept.map(({ task }) => task), status: kept.length ? "ready" : "loading" });
    this.renewal = setInterval(() => void this.renew(), this.pause());
    try {
      if (kept.length) await this.renew();
      else await this.recover();
    } catch {
      // Offline: what is kept is what there is.
    }
  }

  /** Tasks that the server thinks we hold and this browser does not know: it is another one, or it was emptied. */
  private async recover(): Promise<void> {
    const path = inProject(this.project, `/tasks?state=leased&tier=annotator&kind=${this.kind}&limit=50`);
    const { items } = await this.ask<Page<Task>>("GET", path);
    await this.take(items.filter((task) => task.lease?.user === this.user));
  }

  private async fetchMore(): Promise<void> {
    const n = AHEAD + 1 - this.held.tasks.length;
    if (n <= 0) return;
    try {
      const path = inProject(this.project, "/tasks/next");
      const body = { tier: "annotator", kind: this.kind, n };
      const { tasks, empty } = await this.ask<NextTasks>("POST", path, { body, key: this.nextKey });
      this.nextKey = crypto.randomUUID();
      await this.take(tasks);
      this.change({ status: "ready", empty: empty?.reason ?? null, error: null });
    } catch (error) {
      // Without an answer the same question may be asked again with the same key, and nothing is leased twice.
      if (error instanceof Problem) this.nextKey = crypto.randomUUID();
      this.change({ status: "ready", error });
    }
  }

  private async take(tasks: readonly Task[]): Promise<void> {
    const known = new Set(this.held.tasks.map((task) => task.id));
    const added = tasks.filter((task) => !known.has(task.id) && !this.finished.has(task.id));
    if (!added.length) return;
    this.change({ tasks: [...this.held.tasks, ...added], status: "ready" });
    const transaction = (await database()).transaction("tasks", "readwrite");
    for (const task of added) {
      const value = { user: this.user, project: this.project, order: ++this.order, task };
      void transaction.store.put(value, this.key(task.id));
    }
    await transaction.done;
  }

  private async renew(): Promise<void> {
    for (const task of this.held.tasks) {
      if (this.held.lost.includes(task.id)) continue;
      try {
        await this.ask("POST", inProject(this.project, `/tasks/${task.id}/lease`));
      } catch (error) {
        if (!(error instanceof Problem) || error.status === 401 || error.status >= 500) return;
        if (!this.finished.has(task.id)) await this.lose(task.id);
      }
    }
  }

  /** Somebody else has it now. The one on the screen stays, with a word about it; the others go. */
  private async lose(task: number): Promise<void> {
    if (this.held.tasks[0]?.id === task || this.drafts.has(task)) {
      this.change({ lost: [...this.held.lost, task] });
      return;
    }
    await (await database()).delete("tasks", this.key(task));
    this.change({ tasks: this.held.tasks.filter((one) => one.id !== task) });
  }

  /** Half of what a lease lasts. */
  private pause(): number {
    const expiry = Math.min(...this.held.tasks.map((task) => Date.parse(task.lease?.expires_at ?? "")));
    const half = (expiry - Date.now()) / 2;
    return Number.isFinite(half) ? Math.min(RENEWAL.most, Math.max(RENEWAL.least, half)) : RENEWAL.most;
  }

  private key(task: number | ""): string {
    return taskKey(this.user, this.project, task);
  }

  private change(change: Partial<Held>): void {
    this.held = { ...this.held, ...change };
    for (const listener of this.listeners) listener();
  }
}
