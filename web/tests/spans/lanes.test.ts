import fc from "fast-check";
import { expect, it } from "vitest";
import { lanes } from "@/spans/lanes";

const range = fc
  .tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }))
  .map(([start, length]) => ({ start, end: start + length }));

it("keeps overlapping spans apart, and shorter ones nearer to the text", () => {
  fc.assert(
    fc.property(fc.array(range), (ranges) => {
      const found = lanes(ranges);
      for (const [one, a] of ranges.entries()) {
        for (const [other, b] of ranges.entries()) {
          if (one >= other || a.end <= b.start || b.end <= a.start) continue;
          expect(found[one]).not.toBe(found[other]);
          if (a.end - a.start < b.end - b.start) expect(found[one]).toBeLessThan(found[other]!);
        }
      }
    }),
  );
});

it("uses the first lane where nothing overlaps", () => {
  expect(
    lanes([
      { start: 0, end: 4 },
      { start: 4, end: 9 },
      { start: 2, end: 20 },
    ]),
  ).toEqual([0, 0, 1]);
});
