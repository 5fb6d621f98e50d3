import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Problem, Unreachable } from "@/api/client";
import { database } from "@/journal/database";
import { DRAFT_VERSION, HeldTasks } from "@/tasks/held";

vi.stubGlobal("window", new EventTarget());

const EXPIRES = new Date(Date.now() + 1_800_000).toISOString();
const task = (id: number) => ({
  id,
  kind: "document",
  document: { text: `text ${id}` },
  lease: { user: "ann", expires_at: EXPIRES },
});

/** A server with a queue of tasks; `fail` says what goes wrong at a path. */
function server(tasks: number[]) {
  const queue = [...tasks];
  const answered = new Map<string, unknown>();
  const fail = new Map<string, unknown>();
  const ask = async (method: string, path: string, { body, key }: { body?: { n: number }; key?: string } = {}) => {
    const failure = [...fail].find(([part]) => path.includes(part));
    if (failure) throw failure[1];
    if (method === "GET") return { items: [], next: null };
    if (path.endsWith("/lease")) return {};
    if (!answered.has(key!)) {
      const found = queue.splice(0, body!.n).map(task);
      answered.set(key!, { tasks: found, empty: found.length ? null : { reason: "all done", counts: {} } });
    }
    return answered.get(key!);
  };
  return { queue, fail, ask: ask as never };
}

async function started(ask: never): Promise<HeldTasks> {
  const held = new HeldTasks("ann", "p", "document", ask);
  held.start();
  await vi.waitFor(() => expect(held.snapshot().status).toBe("ready"));
  await held.fill();
  return held;
}
const ids = (held: HeldTasks) => held.snapshot().tasks.map(({ id }) => id);

beforeEach(async () => {
  const db = await database();
  for (const store of ["drafts", "tasks"] as const) await db.clear(store);
});

describe("held tasks", () => {
  it("are the present one and five ahead, filled up as they are finished", async () => {
    const { ask, queue } = server([1, 2, 3, 4, 5, 6, 7]);
    const held = await started(ask);
    expect(ids(held)).toEqual([1, 2, 3, 4, 5, 6]);
    held.finish(1);
    expect(ids(held)).toEqual([2, 3, 4, 5, 6]); // at once
    await held.fill();
    expect(ids(held)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(queue).toEqual([]);
  });

  it("say why there is nothing more", async () => {
    const held = await started(server([]).ask);
    expect(held.snapshot()).toMatchObject({ tasks: [], empty: "all done" });
  });

  it("are there again, with their drafts, when the page is opened without a network", async () => {
    const { ask } = server([1, 2]);
    const before = await started(ask);
    await before.saveDraft(1, { version: DRAFT_VERSION, steps: ["step"], seconds: 3 });
    const cut = (async () => Promise.reject(new Unreachable())) as never;
    const after = await started(cut);
    expect(ids(after)).toEqual([1, 2]);
    expect(after.draft(1)).toEqual({ version: DRAFT_VERSION, steps: ["step"], seconds: 3 });
    expect(after.draft(2)).toBeUndefined();
    expect(after.snapshot().error).toBeInstanceOf(Unreachable);
  });

  it("ask again with the same key after a lost answer, so that nothing is leased twice", async () => {
    const { ask, queue, fail } = server([1, 2]);
    const lossy = (async (...given: [never, never, never]) => {
      const answer = await (ask as (...all: unknown[]) => Promise<unknown>)(...given);
      if (fail.delete("lost")) throw new Unreachable();
      return answer;
    }) as never;
    const held = await started(server([]).ask);
    const other = new HeldTasks("ann", "p", "document", lossy);
    fail.set("lost", null);
    await other.fill();
    expect(queue).toEqual([]);
    expect(ids(other)).toEqual([]);
    await other.fill();
    expect(ids(other)).toEqual([1, 2]);
    expect(ids(held)).toEqual([]);
  });

  it("go when somebody else has them, but for the one on the screen, which says so", async () => {
    const { ask, fail } = server([1, 2, 3]);
    await started(ask);
    const conflict = new Problem(409, "conflict", "somebody else works on this task");
    fail.set("/tasks/1/", conflict).set("/tasks/3/", conflict);
    const again = new HeldTasks("ann", "p", "document", ask);
    again.start();
    await vi.waitFor(() => expect(again.snapshot().lost).toEqual([1]));
    await vi.waitFor(() => expect(ids(again)).toEqual([1, 2]));
  });
});
