import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contrast, mix, PAPER, parse, readable } from "@/spans/contrast";
import { HIGHLIGHT, labelStyles, SWATCHES } from "@/spans/palette";

type Colour = readonly [number, number, number];
const linear = (colour: Colour) =>
  colour.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)) as unknown as Colour;

// Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
const EYES: Record<string, number[][]> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** CIE L*a*b* of a colour as an eye sees it. */
function lab(colour: Colour, eye: number[][]): Colour {
  const seen = linear(colour);
  const [r, g, b] = eye.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, weight, at) => sum + weight * seen[at]!, 0),
      ),
    ),
  ) as unknown as Colour;
  const xyz = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((one) => (one > 0.008856 ? Math.cbrt(one) : 7.787 * one + 16 / 116)) as unknown as Colour;
  return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])];
}

describe.each(["light", "dark"] as const)("colours of labels, %s", (scheme) => {
  const paper = parse(PAPER[scheme]);

  it("write a label's name readably on paper, and the text on every highlight (WCAG AA)", () => {
    const text = parse(scheme === "light" ? "#1d2126" : "#dfe3e8");
    for (const { name, bar, ink } of SWATCHES) {
      expect(contrast(parse(ink[scheme]), paper), name).toBeGreaterThanOrEqual(4.5);
      expect(contrast(text, mix(parse(bar[scheme]), paper, HIGHLIGHT.unsure)), name).toBeGreaterThanOrEqual(4.5);
      // The palette's buttons lay the name on a highlight.
      expect(contrast(parse(ink[scheme]), mix(parse(bar[scheme]), paper, 0.22)), name).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(Object.keys(EYES))("stay apart for %s eyes", (eye) => {
    for (const [index, one] of SWATCHES.entries()) {
      for (const other of SWATCHES.slice(index + 1)) {
        const [a, b] = [one, other].map(({ bar }) => lab(parse(bar[scheme]), EYES[eye]!)) as [Colour, Colour];
        expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), `${one.name} and ${other.name}`).toBeGreaterThan(
          10,
        );
      }
    }
  });
});

it("makes any colour readable, on paper and highlight, in both schemes", () => {
  expect(contrast([0, 0, 0], [1, 1, 1])).toBeCloseTo(21);
  const hex = fc
    .tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 255 })))
    .map((parts) => `#${parts.map((one) => one.toString(16).padStart(2, "0")).join("")}`);
  fc.assert(
    fc.property(hex, fc.constantFrom("light", "dark"), (colour, scheme) => {
      const [bar, ink] = [readable(colour).bar[scheme], readable(colour).ink[scheme]].map(parse) as [Colour, Colour];
      const paper = parse(PAPER[scheme]);
      const text = parse(scheme === "light" ? "#1d2126" : "#dfe3e8");
      expect(contrast(bar, paper)).toBeGreaterThanOrEqual(3);
      expect(contrast(ink, paper)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(ink, mix(bar, paper, HIGHLIGHT.unsure))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(text, mix(bar, paper, HIGHLIGHT.unsure))).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

it("gives forty labels forty looks, also where some chose theirs", () => {
  const labels = Array.from({ length: 40 }, (_, index) => ({
    label: `L${index}`,
    colour: index < 3 ? "blue" : index === 3 ? "#123456" : null,
  }));
  const plain = [...labelStyles(labels.map(({ label }) => ({ label }))).values()];
  expect(new Set(plain.map(({ bar, pattern }) => `${bar} ${pattern}`)).size).toBe(40);
  expect(labelStyles(labels).get("L3")!.bar).toMatch(/^light-dark\(#123456, #/);
});
