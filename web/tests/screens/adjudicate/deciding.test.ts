import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Adjudication, Position } from "@/api/answers";
import type { Span } from "@/api/types";
import { add, begin, decide, finalSpans, marksOf, nextOpen, redo, sideOf, undo } from "@/screens/adjudicate/deciding";
import { Offsets } from "@/text/offsets";

const TEXT = "👩‍👩‍👧 Jordan met Shell in Köln.";
const offsets = new Offsets(TEXT);
/** Words as the server counts them. */
function span(words: string, label: string, score?: number): Span {
  const start = [...TEXT.slice(0, TEXT.indexOf(words))].length;
  return { start, end: start + [...words].length, label, score };
}
function position(state: Position["state"], variants: [Span, string[]][], missing: string[] = []): Position {
  const spans = variants.map(([one]) => one);
  return {
    state,
    start: Math.min(...spans.map(({ start }) => start)),
    end: Math.max(...spans.map(({ end }) => end)),
    variants: variants.map(([one, authors]) => ({ ...one, authors })),
    missing,
    undecided: [],
  };
}
const person = span("Jordan", "PERSON");
const country = span("Jordan", "GPE");
const company = span("Shell", "ORG");
const town = span("Köln", "GPE");
const found: Adjudication = {
  task_id: 1,
  strategy: "weighted",
  annotations: ["ann", "bob"].map((author) => ({ author }) as Adjudication["annotations"][number]),
  positions: [
    position("label", [
      [person, ["ann"]],
      [country, ["bob"]],
    ]),
    position("only_some", [[company, ["ann"]]], ["bob"]),
    position("agreed", [[town, ["ann", "bob"]]]),
  ],
  merged: [
    { ...country, score: 0.7 },
    { ...town, score: 0.99 },
  ],
  reliabilities: {},
};
const start = begin(found, [], offsets);
const words = (deciding: typeof start) =>
  finalSpans(deciding, offsets, TEXT).map(({ text, label }) => `${text} ${label}`);

describe("deciding", () => {
  test("begins with the first merge; what is agreed is decided", () => {
    expect(words(start)).toEqual(["Jordan GPE", "Köln GPE"]);
    expect(start.places.map(({ decided }) => decided)).toEqual([false, false, true]);
    expect([nextOpen(start, -1), nextOpen(start, 0), nextOpen(start, 1)]).toEqual([0, 1, 0]);
  });

  test("what nobody annotated begins with what was predicted", () => {
    const alone = begin({ ...found, annotations: [], positions: [], merged: [] }, [company], offsets);
    expect(words(alone)).toEqual(["Shell ORG"]);
  });

  test("takes a side, also that nothing is there, with offsets as the server counts them", () => {
    const taken = decide(start, 0, sideOf(start.places[0]!, "ann")!);
    const whole = decide(taken, 1, sideOf(taken.places[1]!, "bob")!);
    expect(nextOpen(whole, -1)).toBeNull();
    expect(finalSpans(whole, offsets, TEXT)).toMatchObject([person, town].map(({ score: _, ...rest }) => rest));
    expect(marksOf(whole).map(({ state }) => state)).toEqual(["accepted", "rejected", "open"]);
    expect(sideOf(start.places[0]!, "cyd")).toBeUndefined();
  });

  test("what is added and taken back is gone, and two alike are one", () => {
    const choice = { start: TEXT.indexOf("met"), end: TEXT.indexOf("met") + 3, label: "ORG", kbId: null };
    const more = add(add(start, choice), choice);
    expect(words(more)).toEqual(["Jordan GPE", "Köln GPE", "met ORG"]);
    expect(decide(decide(more, 4, null), 3, null).places).toEqual(start.places);
  });

  test("undo and redo go every way back and forth", () => {
    const step = fc.record({ at: fc.nat(2), side: fc.constantFrom("ann", "bob") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let now = start;
        for (const { at, side } of steps) now = decide(now, at, sideOf(now.places[at]!, side) ?? null);
        let back = now;
        for (const _ of steps) back = undo(back);
        expect(back.places).toBe(start.places);
        for (const _ of steps) back = redo(back);
        expect(back.places).toBe(now.places);
      }),
    );
  });
});
