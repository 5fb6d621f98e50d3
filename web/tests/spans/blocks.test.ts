import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { begin } from "@/editing/editing";
import { blockAt, blocksOf, distribute } from "@/spans/blocks";

const long = fc
  .array(fc.constantFrom("word ", "A sentence. ", "\n", "😀", "漢字かな", "e\u0301", "x".repeat(400), " "), {
    maxLength: 400,
  })
  .map((parts) => parts.join(""));

describe("blocksOf", () => {
  it("covers the text but for its line breaks, in order, and cuts no character", () => {
    fc.assert(
      fc.property(long, (text) => {
        const blocks = blocksOf(text);
        let at = 0;
        for (const { start, end } of blocks) {
          expect(text.slice(at, start)).toBe(start === at ? "" : "\n");
          expect(text.slice(start, end)).not.toContain("\n");
          expect(end - start).toBeLessThanOrEqual(1500);
          expect(/[\uDC00-\uDFFF]|\u0301/.test(text[end] ?? "")).toBe(false);
          at = end;
        }
        expect(at).toBe(text.length);
      }),
    );
  });

  it("has a block for an empty text and for each empty line", () => {
    expect(blocksOf("")).toEqual([{ start: 0, end: 0 }]);
    expect(blocksOf("a\n\nb\n")).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 2 },
      { start: 3, end: 4 },
      { start: 5, end: 5 },
    ]);
  });

  it("finds the block of an offset", () => {
    const blocks = blocksOf("ab\ncd");
    expect([0, 1, 2, 3, 5].map((offset) => blockAt(blocks, offset))).toEqual([0, 0, 0, 1, 1]);
  });
});

describe("distribute", () => {
  const mark = (start: number, end: number) => ({
    start,
    end,
    label: "X",
    score: null,
    source: null,
    kbId: null,
    state: "open" as const,
    was: null,
  });

  it("gives a block the marks that touch it, and the same array while they are the same", () => {
    const blocks = blocksOf("ab\ncd\nef");
    const { marks } = begin([mark(0, 2), mark(1, 4), mark(6, 8)]);
    const parts = distribute(blocks, marks);
    expect(parts.map((part) => part.map(({ start }) => start))).toEqual([[0, 1], [1], [6]]);
    const next = distribute(blocks, [marks[0]!, marks[1]!, { ...marks[2]!, label: "Y" }], parts);
    expect(next.map((part, index) => part === parts[index])).toEqual([true, true, false]);
  });
});
