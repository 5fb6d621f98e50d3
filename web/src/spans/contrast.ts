/** Any colour, made readable: as dark or as light as it must be on the page's paper (WCAG 2, relative luminance). */

type Colour = readonly [number, number, number];

export const PAPER = { light: "#ffffff", dark: "#1a1d22" } as const;

const STRONGEST = 0.3; // of a bar's colour in a highlight
const STEP = 0.04;

/** The colour as a line and as ink of a name: 3 : 1 against paper, and 4.5 : 1 against paper and highlight. */
export function readable(hex: string): Record<"bar" | "ink", { light: string; dark: string }> {
  const wanted = parse(hex);
  const made = (scheme: "light" | "dark") => {
    const paper = parse(PAPER[scheme]);
    const far: Colour = scheme === "light" ? [0, 0, 0] : [1, 1, 1];
    const bar = towards(wanted, far, (one) => contrast(one, paper) >= 3);
    const highlight = mix(bar, paper, STRONGEST);
    const ink = towards(bar, far, (one) => Math.min(contrast(one, paper), contrast(one, highlight)) >= 4.5);
    return { bar: hexOf(bar), ink: hexOf(ink) };
  };
  const [light, dark] = [made("light"), made("dark")];
  return { bar: { light: light.bar, dark: dark.bar }, ink: { light: light.ink, dark: dark.ink } };
}

/** How far two colours stand apart, from 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

export function parse(hex: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Colour;
}

export function mix(over: Colour, under: Colour, share: number): Colour {
  return over.map((one, at) => one * share + under[at]! * (1 - share)) as unknown as Colour;
}

function towards(from: Colour, to: Colour, enough: (colour: Colour) => boolean): Colour {
  for (let share = 0; share < 1; share += STEP) {
    const colour = parse(hexOf(mix(to, from, share))); // as it is drawn, in whole steps
    if (enough(colour)) return colour;
  }
  return to;
}

function luminance(colour: Colour): number {
  const [r, g, b] = colour.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function hexOf(colour: Colour): string {
  return `#${colour
    .map((one) =>
      Math.round(one * 255)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}
