import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem, Unreachable } from "@/api/client";
import { database, taskKey } from "@/journal/database";
import { Journal } from "@/journal/journal";

type Sent = { path: string; key: string };
const entry = (task: number) => ({
  project: "p",
  task,
  method: "POST" as const,
  path: `/tasks/${task}`,
  body: { task },
  what: `Task ${task}`,
});

/** A server that takes each key once; `fail` says what goes wrong with the next requests. */
function server() {
  const taken: Sent[] = [];
  const asked: Sent[] = [];
  const fail: unknown[] = [];
  const send = async (_: string, path: string, { key }: { key?: string } = {}) => {
    asked.push({ path, key: key! });
    const failure = fail.shift();
    if (failure instanceof Problem) throw failure;
    if (!taken.some((one) => one.key === key)) taken.push({ path, key: key! });
    if (failure) throw failure; // it was taken, and the answer was lost
    return undefined;
  };
  return { taken, asked, fail, send: send as never, paths: () => taken.map(({ path }) => path) };
}

beforeEach(async () => {
  const db = await database();
  for (const store of ["outbox", "drafts", "tasks"] as const) await db.clear(store);
});
afterEach(() => vi.useRealTimers());

describe("the journal", () => {
  it("sends what is added, in order, and forgets it when the server has it", async () => {
    const { paths, send } = server();
    const journal = new Journal("ann", send);
    await Promise.all([1, 2, 3].map((task) => journal.add(entry(task))));
    await vi.waitFor(() => expect(journal.snapshot().waiting).toBe(0));
    expect(paths()).toEqual(["/tasks/1", "/tasks/2", "/tasks/3"]);
    expect(await (await database()).count("outbox")).toBe(0);
  });

  it("loses nothing to a cut network or a closed tab, and has its effect once", async () => {
    const { taken, fail, paths, send } = server();
    fail.push(new Unreachable(), new Unreachable());
    const closed = new Journal("ann", send);
    await closed.add(entry(1));
    await vi.waitFor(() => expect(closed.snapshot()).toMatchObject({ waiting: 1, cut: true }));
    await closed.add(entry(2)); // tries again, and is cut off again
    await vi.waitFor(() => expect(fail).toHaveLength(0));
    await closed.flush();

    const reopened = new Journal("ann", send);
    await reopened.flush();
    expect(reopened.snapshot()).toMatchObject({ waiting: 0, cut: false });
    expect(paths()).toEqual(["/tasks/1", "/tasks/2"]);
    expect(new Set(taken.map(({ key }) => key)).size).toBe(2);
  });

  it("keeps what the server refuses, goes on with the rest, and leaves it to the person", async () => {
    const { fail, paths, send } = server();
    fail.push(new Problem(409, "conflict", "somebody else works on this task"));
    const journal = new Journal("ann", send);
    await journal.add(entry(1));
    await journal.add(entry(2));
    await vi.waitFor(() => expect(journal.snapshot().waiting).toBe(0));
    const [refused] = journal.snapshot().refused;
    expect(refused).toMatchObject({ task: 1, refusal: { status: 409, detail: "somebody else works on this task" } });
    expect(paths()).toEqual(["/tasks/2"]);
    await journal.retry(refused!.id!);
    expect(paths()).toEqual(["/tasks/2", "/tasks/1"]);
    expect(journal.snapshot().refused).toEqual([]);
  });

  it("asks to sign in again and keeps everything until then", async () => {
    const { fail, paths, send } = server();
    fail.push(new Problem(401, "unauthorized", "sign in"));
    const journal = new Journal("ann", send);
    await journal.add(entry(1));
    await vi.waitFor(() => expect(journal.snapshot()).toMatchObject({ waiting: 1, signedOut: true, cut: false }));
    await journal.flush();
    expect(journal.snapshot().signedOut).toBe(false);
    expect(paths()).toEqual(["/tasks/1"]);
  });

  it("tries again by itself, later and later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { asked, fail, send } = server();
    fail.push(new Unreachable(), new Problem(503, "down", "down"));
    const journal = new Journal("ann", send);
    await journal.add(entry(1));
    await vi.waitFor(() => expect(journal.snapshot().cut).toBe(true));
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await vi.waitFor(async () => expect(journal.snapshot().waiting).toBe(1));
    await vi.advanceTimersByTimeAsync(1900);
    expect(asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(200);
    await vi.waitFor(() => expect(journal.snapshot()).toMatchObject({ waiting: 0, cut: false }));
    expect(asked).toHaveLength(3);
  });

  it("sends nobody else's answers", async () => {
    const { paths, send } = server();
    const cut = new Journal("ann", (async () => Promise.reject(new Unreachable())) as never);
    await cut.add(entry(1));
    const other = new Journal("bob", send);
    await other.flush();
    expect(paths()).toEqual([]);
    expect(other.snapshot().waiting).toBe(0);
    expect(await (await database()).count("outbox")).toBe(1);
  });

  it("takes task and draft away in the same step as the answer is written", async () => {
    const db = await database();
    const key = taskKey("ann", "p", 1);
    await db.put("drafts", { version: 1 }, key);
    await db.put("tasks", {} as never, key);
    const journal = new Journal("ann", server().send);
    await journal.add(entry(1), { finishes: true });
    expect(await db.get("drafts", key)).toBeUndefined();
    expect(await db.get("tasks", key)).toBeUndefined();
  });
});
