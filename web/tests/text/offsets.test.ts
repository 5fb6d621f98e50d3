import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Offsets } from "@/text/offsets";

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", " ", "é", "é", "😀", "👩‍👩‍👧", "𝒳", "שלום", "漢", "\n"),
    fc.string({ unit: "binary" }),
  ),
});

describe("Offsets", () => {
  it("agrees with counting code points one by one, both ways", () => {
    fc.assert(
      fc.property(text, (value) => {
        const offsets = new Offsets(value);
        const points = [...value];
        expect(offsets.codePoints).toBe(points.length);
        let units = 0;
        for (let at = 0; at <= points.length; at++) {
          expect(offsets.toUnits(at)).toBe(units);
          expect(offsets.toCodePoints(units)).toBe(at);
          units += points[at]?.length ?? 0;
        }
      }),
    );
  });

  it("gives the same slice as the server's", () => {
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (value, one, other) => {
        const points = [...value];
        const [start, end] = [one % (points.length + 1), other % (points.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const offsets = new Offsets(value);
        expect(value.slice(offsets.toUnits(start), offsets.toUnits(end))).toBe(points.slice(start, end).join(""));
      }),
    );
  });

  it("refuses what lies outside the text or inside a character", () => {
    const offsets = new Offsets("a😀b");
    expect(() => offsets.toCodePoints(2)).toThrow("cuts a character");
    expect(() => offsets.toCodePoints(5)).toThrow(RangeError);
    expect(() => offsets.toUnits(4)).toThrow(RangeError);
    expect(() => offsets.toUnits(-1)).toThrow(RangeError);
    expect(() => offsets.toUnits(0.5)).toThrow(RangeError);
  });
});
