import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neighbour, nudge, type Range, segment, snap, stretch, wholeCharacters } from "@/text/tokens";

const text = fc.string({
  unit: fc.constantFrom("a", "bc", " ", ".", "\u0301", "😀", "👩‍👩‍👧", "שלום", "漢字", "\n", "🇫🇷"),
});
const textAndRange = text.chain((value) =>
  fc.tuple(fc.constant(value), fc.nat(value.length), fc.nat(value.length)).map(([value, one, other]) => ({
    value,
    range: { start: Math.min(one, other), end: Math.max(one, other) },
  })),
);
const slice = (value: string, range: Range | null) => range && value.slice(range.start, range.end);

describe("snap", () => {
  const value = "Dr. Kim Novak, 東京";
  const tokens = segment(value);

  it("takes whole tokens, and nothing where there are none", () => {
    expect(slice(value, snap(tokens, { start: 5, end: 9 }))).toBe("Kim Novak");
    expect(slice(value, snap(tokens, { start: 3, end: 9 }))).toBe("Kim Novak");
    expect(snap(tokens, { start: 3, end: 4 })).toBeNull();
    expect(snap([], { start: 0, end: 4 })).toBeNull();
  });

  it("holds what was selected but space, and begins and ends at tokens", () => {
    fc.assert(
      fc.property(textAndRange, ({ value, range }) => {
        const tokens = segment(value);
        const snapped = snap(tokens, range);
        const touched = tokens.filter((token) => token.start < range.end && range.start < token.end);
        if (!snapped) {
          expect(touched).toEqual([]);
          return;
        }
        expect(snapped).toEqual({ start: touched[0]!.start, end: touched.at(-1)!.end });
      }),
    );
  });
});

describe("stretch and nudge", () => {
  const value = "the Acme Holdings Ltd of 👩‍👩‍👧 Oslo";
  const tokens = segment(value);
  const acme = { start: 4, end: 8 };

  it("moves one edge by a token", () => {
    expect(slice(value, stretch(tokens, acme, "end", 1))).toBe("Acme Holdings");
    expect(slice(value, stretch(tokens, acme, "start", -1))).toBe("the Acme");
    expect(stretch(tokens, acme, "end", -1)).toBe(acme);
    expect(stretch(tokens, acme, "start", 1)).toBe(acme);
    expect(slice(value, stretch(tokens, { start: 4, end: 6 }, "end", 1))).toBe("Acme");
    expect(slice(value, stretch(tokens, { start: 4, end: 12 }, "end", -1))).toBe("Acme");
    expect(slice(value, stretch(tokens, { start: 2, end: 8 }, "start", -1))).toBe("the Acme");
  });

  it("moves one edge by a character as people see it", () => {
    expect(slice(value, nudge(value, { start: 22, end: 25 }, "end", 1))).toBe("of 👩‍👩‍👧");
    expect(slice(value, nudge(value, acme, "start", 1))).toBe("cme");
    const one = { start: 0, end: 1 };
    expect(nudge(value, one, "end", -1)).toBe(one);
    expect(nudge(value, one, "start", -1)).toEqual(one);
  });

  it("keeps ranges inside the text, not empty, and undoes itself on token edges", () => {
    fc.assert(
      fc.property(textAndRange, fc.constantFrom("start", "end"), fc.constantFrom(-1, 1), (given, edge, direction) => {
        const tokens = segment(given.value);
        const range = snap(tokens, given.range);
        if (!range) return;
        for (const moved of [stretch(tokens, range, edge, direction), nudge(given.value, range, edge, direction)]) {
          expect(moved.start).toBeGreaterThanOrEqual(0);
          expect(moved.end).toBeGreaterThan(moved.start);
          expect(moved.end).toBeLessThanOrEqual(given.value.length);
        }
        const moved = stretch(tokens, range, edge, direction);
        if (moved !== range) {
          expect(stretch(tokens, moved, edge, direction === 1 ? -1 : 1)).toEqual(range);
        }
      }),
    );
  });
});

describe("wholeCharacters", () => {
  it("never cuts a character, and leaves whole ones", () => {
    expect(wholeCharacters("a😀b", { start: 2, end: 2 })).toEqual({ start: 1, end: 3 });
    expect(wholeCharacters("e\u0301x", { start: 0, end: 1 })).toEqual({ start: 0, end: 2 });
    expect(wholeCharacters("abc", { start: 1, end: 2 })).toEqual({ start: 1, end: 2 });
  });
});

describe("neighbour", () => {
  it("walks the tokens of a text from end to end and back", () => {
    fc.assert(
      fc.property(text, (value) => {
        const tokens = segment(value);
        const walked: Range[] = [];
        for (let at = neighbour(tokens, { start: 0, end: 0 }, 1); at; at = neighbour(tokens, at, 1)) walked.push(at);
        expect(walked).toEqual(tokens);
        const end = { start: value.length, end: value.length };
        const back: Range[] = [];
        for (let at = neighbour(tokens, end, -1); at; at = neighbour(tokens, at, -1)) back.push(at);
        expect(back.reverse()).toEqual(tokens);
      }),
    );
  });
});
