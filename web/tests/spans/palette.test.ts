import { describe, expect, it } from "vitest";
import { HIGHLIGHT, labelStyles, SWATCHES } from "@/spans/palette";

type Colour = [number, number, number];
const PAPER = { light: "#ffffff", dark: "#1a1d22" } as const;

const parse = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as Colour;
const linear = (colour: Colour) =>
  colour.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)) as Colour;
const luminance = (colour: Colour) => {
  const [r, g, b] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one: Colour, other: Colour) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
};
const mix = (over: Colour, under: Colour, share: number) =>
  over.map((one, at) => one * share + under[at]! * (1 - share)) as Colour;

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
  ) as Colour;
  const xyz = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((one) => (one > 0.008856 ? Math.cbrt(one) : 7.787 * one + 16 / 116)) as Colour;
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

it("gives forty labels forty looks", () => {
  const styles = labelStyles(Array.from({ length: 40 }, (_, index) => ({ label: `L${index}` })));
  expect(new Set([...styles.values()].map(({ swatch, pattern }) => `${swatch} ${pattern}`)).size).toBe(40);
});
