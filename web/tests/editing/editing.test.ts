import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Action,
  begin,
  type Editing,
  edit,
  type Mark,
  markOf,
  type Reading,
  rangeOf,
  select,
  step,
  type Target,
  walk,
} from "@/editing/editing";
import { segment } from "@/text/tokens";

const text = "Kim Novak met Kim Novak of Acme Holdings Ltd in Oslo.";
const reading: Reading = { text, tokens: segment(text) };

function predicted(words: string, label: string, score = 0.5): Omit<Mark, "id"> {
  const start = text.indexOf(words);
  const end = start + words.length;
  return { start, end, label, score, source: "crf", kbId: null, state: "open", was: { start, end, label } };
}

const initial = begin([
  predicted("Acme Holdings", "ORG"),
  predicted("Kim Novak", "PER"),
  predicted("Oslo", "GPE", 0.99),
]);
const words = (editing: Editing) =>
  editing.marks.map((mark) => `${text.slice(mark.start, mark.end)} ${mark.label} ${mark.state}`);
const at = (editing: Editing, part: string): Target => {
  const mark = editing.marks.find((one) => text.slice(one.start, one.end) === part)!;
  return { mark: mark.id };
};
const run = (editing: Editing, ...actions: Action[]) =>
  actions.reduce((now, action) => edit(reading, now, action), editing);

describe("edit", () => {
  it("keeps marks in the order of the text", () => {
    expect(words(initial)).toEqual(["Kim Novak PER open", "Acme Holdings ORG open", "Oslo GPE open"]);
  });

  it("labels a piece of text, also inside, around and exactly on another span", () => {
    const acme = { start: 27, end: 31 };
    const whole = { start: 27, end: 44 };
    const done = run(
      initial,
      { do: "label", at: acme, label: "BRAND" },
      { do: "label", at: whole, label: "ORG" },
      { do: "label", at: { start: 27, end: 40 }, label: "GPE" },
    );
    expect(words(done)).toEqual([
      "Kim Novak PER open",
      "Acme Holdings Ltd ORG accepted",
      "Acme Holdings ORG open",
      "Acme Holdings GPE accepted",
      "Acme BRAND accepted",
      "Oslo GPE open",
    ]);
    expect(rangeOf(done)).toMatchObject({ start: 27, end: 40 });
  });

  it("does not make the same span twice", () => {
    const range = { start: 0, end: 9 };
    const done = run(initial, { do: "label", at: range, label: "PER" }, { do: "label", at: range, label: "PER" });
    expect(words(done)[0]).toBe("Kim Novak PER accepted");
    expect(done.marks).toHaveLength(3);
  });

  it("relabels a span, which is then decided", () => {
    const done = run(initial, { do: "label", at: at(initial, "Oslo"), label: "ORG" });
    expect(words(done)[2]).toBe("Oslo ORG accepted");
    expect(markOf(done)?.was).toMatchObject({ label: "GPE" });
  });

  it("stretches by words and by characters, and keeps the order", () => {
    const target = at(initial, "Acme Holdings");
    const done = run(
      initial,
      { do: "stretch", at: target, edge: "end", direction: 1, by: "token" },
      { do: "stretch", at: target, edge: "start", direction: -1, by: "token" },
      { do: "stretch", at: target, edge: "end", direction: -1, by: "character" },
    );
    expect(words(done)[1]).toBe("of Acme Holdings Lt ORG accepted");
  });

  it("keeps what was rejected, and lets go of what the person had added", () => {
    const rejected = run(initial, { do: "decide", at: at(initial, "Oslo"), state: "rejected" });
    expect(words(rejected)[2]).toBe("Oslo GPE rejected");
    const added = run(initial, { do: "label", at: { start: 10, end: 13 }, label: "ORG" });
    const gone = run(added, { do: "decide", at: added.target!, state: "rejected" });
    expect(words(gone)).toEqual(words(initial));
    expect(words(run(gone, { do: "undo" }))).toEqual(words(added));
  });

  it("marks all the same words, whole ones only, in one step", () => {
    const target = at(initial, "Kim Novak");
    const done = run(initial, { do: "same", at: target });
    expect(words(done).filter((one) => one.startsWith("Kim"))).toEqual([
      "Kim Novak PER accepted",
      "Kim Novak PER accepted",
    ]);
    expect(words(run(done, { do: "undo" }))).toEqual(words(initial));
    const none = run(initial, { do: "label", at: { start: 48, end: 52 }, label: "GPE" });
    expect(run(none, { do: "same", at: none.target! })).toBe(none);
  });

  it("flags, and takes it back", () => {
    const flagged = run(initial, { do: "flag", reason: "unclear" });
    expect(flagged.flag).toBe("unclear");
    expect(run(flagged, { do: "undo" }).flag).toBeNull();
  });
});

const label = fc.constantFrom("PER", "ORG", "GPE");
const target = fc.oneof(
  fc.record({ mark: fc.nat(6) }),
  fc.tuple(fc.nat(reading.tokens.length - 1), fc.nat(2)).map(([first, more]) => ({
    start: reading.tokens[first]!.start,
    end: reading.tokens[Math.min(first + more, reading.tokens.length - 1)]!.end,
  })),
);
const change: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant("label" as const), at: target, label }),
  fc.record({
    do: fc.constant("decide" as const),
    at: target,
    state: fc.constantFrom("accepted" as const, "rejected" as const, "ignored" as const),
  }),
  fc.record({
    do: fc.constant("stretch" as const),
    at: target,
    edge: fc.constantFrom("start" as const, "end" as const),
    direction: fc.constantFrom(1 as const, -1 as const),
    by: fc.constantFrom("token" as const, "character" as const),
  }),
  fc.record({ do: fc.constant("same" as const), at: target }),
  fc.record({ do: fc.constant("flag" as const), reason: fc.option(fc.constant("why")) }),
);
const anything = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ do: "undo" }, { do: "redo" }) },
);

describe("whatever is done", () => {
  it("keeps marks valid, numbered once and in order", () => {
    fc.assert(
      fc.property(fc.array(anything), (actions) => {
        const { marks } = run(initial, ...actions);
        expect(new Set(marks.map((mark) => mark.id)).size).toBe(marks.length);
        for (const [index, mark] of marks.entries()) {
          expect(mark.start).toBeGreaterThanOrEqual(0);
          expect(mark.end).toBeGreaterThan(mark.start);
          expect(mark.end).toBeLessThanOrEqual(text.length);
          expect(marks[index - 1]?.start ?? 0).toBeLessThanOrEqual(mark.start);
        }
      }),
    );
  });

  it("can be undone to the beginning and redone to the end", () => {
    fc.assert(
      fc.property(fc.array(anything), (actions) => {
        const done = run(initial, ...actions);
        let back = done;
        let steps = 0;
        for (; back.past.length; steps++) back = run(back, { do: "undo" });
        expect([back.marks, back.flag]).toEqual([initial.marks, initial.flag]);
        for (; steps; steps--) back = run(back, { do: "redo" });
        expect([back.marks, back.flag]).toEqual([done.marks, done.flag]);
      }),
    );
  });

  it("never loses a predicted span", () => {
    fc.assert(
      fc.property(fc.array(change), (actions) => {
        const kept = run(initial, ...actions)
          .marks.map((mark) => mark.was)
          .filter(Boolean);
        expect(kept).toHaveLength(3);
      }),
    );
  });
});

describe("step and walk", () => {
  it("goes through the spans and round", () => {
    const visited: string[] = [];
    let now = initial;
    for (let count = 0; count < 4; count++) {
      now = select(now, step(now, 1));
      visited.push(text.slice(rangeOf(now)!.start, rangeOf(now)!.end));
    }
    expect(visited).toEqual(["Kim Novak", "Acme Holdings", "Oslo", "Kim Novak"]);
    expect(step(select(initial, null), -1)).toEqual(at(initial, "Oslo"));
    expect(step(select(initial, { start: 14, end: 17 }), 1)).toEqual(at(initial, "Acme Holdings"));
    expect(step(select(initial, { start: 14, end: 17 }), -1)).toEqual(at(initial, "Kim Novak"));
    expect(step(initial, 1, (mark) => mark.score! > 0.9)).toEqual(at(initial, "Oslo"));
    expect(step(begin([]), 1)).toBeNull();
  });

  it("walks from word to word, from a span too", () => {
    expect(walk(reading, initial, 1)).toEqual({ start: 0, end: 3 });
    expect(walk(reading, select(initial, at(initial, "Kim Novak")), 1)).toEqual({ start: 10, end: 13 });
    expect(walk(reading, select(initial, { start: 0, end: 3 }), -1)).toBeNull();
  });
});
