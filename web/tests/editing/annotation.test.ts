import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Span, Task } from "@/api/types";
import { open, submission } from "@/editing/annotation";
import { askedTokens, edit } from "@/editing/editing";

function task(text: string, spans: Span[], more: Partial<Task> = {}): Task {
  return {
    id: 1,
    kind: "document",
    state: "leased",
    tier: "annotator",
    priority: 0,
    reason: "",
    overlap: 1,
    given: 0,
    batch: null,
    skill: "",
    etag: "1",
    document: { id: "d", text, meta: {}, tokens: null, sentences: null },
    prediction: { spans, model: null, pipeline: "p" },
    question: null,
    parts: null,
    annotations: [],
    lease: null,
    comments: 0,
    ...more,
  };
}
const given = { guideline: 3, seconds: 1.5 };
const character = fc.constantFrom("a", " ", "é", "e\u0301", "😀", "👩‍👩‍👧", "שלום", "漢", "\n");

describe("a task, opened and submitted", () => {
  it("comes back as it was predicted, in code points, with the words that the server sees there", () => {
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 1 }), fc.nat(), fc.nat(), (text, one, other) => {
        const points = [...text];
        const start = one % points.length;
        const end = start + 1 + (other % (points.length - start));
        const opened = open(task(text, [{ start, end, label: "X" }]), "ann");
        const { spans, negatives, complete } = submission(opened, opened.initial, given);
        expect(spans).toEqual([{ start, end, label: "X", text: points.slice(start, end).join("") }]);
        expect([negatives, complete]).toEqual([[], true]);
      }),
    );
  });

  it("says what was rejected as it had been predicted, and what was ignored", () => {
    const opened = open(
      task("😀 Ann met Bob.", [
        { start: 2, end: 5, label: "PER", score: 0.4 },
        { start: 10, end: 13, label: "PER" },
      ]),
      "ann",
    );
    const edited = [
      { do: "stretch", at: { mark: 0 }, edge: "end", direction: 1, by: "token" } as const,
      { do: "decide", at: { mark: 0 }, state: "rejected" } as const,
      { do: "decide", at: { mark: 1 }, state: "ignored" } as const,
      { do: "flag", reason: "who?" } as const,
    ].reduce((now, action) => edit(opened.reading, now, action), opened.initial);
    expect(submission(opened, edited, given)).toEqual({
      spans: [],
      negatives: [{ start: 2, end: 5, label: "PER", text: "Ann" }],
      ignored: [{ start: 10, end: 13, label: "PER", text: "Bob" }],
      complete: true,
      flag: "who?",
      active_seconds: 1.5,
      guideline: 3,
    });
  });

  it("opens with one's own newest answer, not with another's and not with one from before it was opened again", () => {
    const said = (author: string, label: string, counts: boolean) => ({
      revision: 1,
      author,
      tier: "annotator" as const,
      complete: true,
      spans: [{ start: 0, end: 3, label }],
      negatives: [],
      ignored: [],
      known: [],
      flag: null,
      guideline: 1,
      created_at: "",
      active_seconds: null,
      counts,
    });
    const labels = (...annotations: ReturnType<typeof said>[]) =>
      open(task("Ann", [{ start: 0, end: 3, label: "PREDICTED" }], { annotations }), "ann").initial.marks.map(
        ({ label, state }) => [label, state],
      );
    expect(labels(said("ann", "MINE", true), said("bob", "HIS", true))).toEqual([["MINE", "accepted"]]);
    expect(labels(said("ann", "OLD", false))).toEqual([["PREDICTED", "open"]]);
  });

  it("is about its parts only: nothing outside is shown, and nothing there can be said", () => {
    const text = "😀 Ann met Bob in Rome.";
    const spans = [
      { start: 2, end: 5, label: "PER", score: 0.4 },
      { start: 10, end: 13, label: "PER" },
    ];
    const { reading, initial, offsets } = open(task(text, spans, { parts: [[6, 13]] }), "ann");
    expect(initial.marks.map(({ start, end }) => text.slice(start, end))).toEqual(["Bob"]);
    expect(askedTokens(reading).map(({ start, end }) => text.slice(start, end))).toEqual(["met", "Bob"]);
    const outside = { start: text.indexOf("Rome"), end: text.indexOf("Rome") + 4 };
    expect(edit(reading, initial, { do: "label", at: outside, label: "LOC" })).toBe(initial);
    const bob = initial.marks[0]!.id;
    const wide = edit(reading, initial, { do: "stretch", at: { mark: bob }, edge: "end", direction: 1, by: "token" });
    const said = submission({ reading, initial, offsets }, wide, given);
    expect(said.spans.map((span) => span.text)).toEqual(["Bob in"]);
    const away = ["met", "Bob", "in"].reduce(
      (now) => edit(reading, now, { do: "stretch", at: { mark: bob }, edge: "start", direction: 1, by: "token" }),
      wide,
    );
    expect(said.negatives).toEqual([]);
    expect(text.slice(away.marks[0]!.start, away.marks[0]!.end)).toBe("Bob in"); // not out of what is asked
  });
});
