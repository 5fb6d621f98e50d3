/**
 * Colours of labels: eight hues that stay apart for colour-blind eyes (after Okabe and Ito, "Color Universal Design",
 * 2008), each with five line patterns, so that forty labels differ; and the name of the label is always written.
 */

import { readable } from "@/spans/contrast";

export interface Swatch {
  readonly name: string;
  /** The bar under a span; behind it, thinned, the highlight. */
  readonly bar: { readonly light: string; readonly dark: string };
  /** The label's name: at least 4.5 : 1 against paper and highlight. */
  readonly ink: { readonly light: string; readonly dark: string };
}

export const SWATCHES: readonly Swatch[] = [
  { name: "blue", bar: { light: "#0072b2", dark: "#4ba3dd" }, ink: { light: "#00578a", dark: "#7cc0ee" } },
  { name: "orange", bar: { light: "#e69f00", dark: "#e8a723" }, ink: { light: "#7a5200", dark: "#f3bf55" } },
  { name: "green", bar: { light: "#009e73", dark: "#1fb98c" }, ink: { light: "#00654a", dark: "#5ed6b0" } },
  { name: "pink", bar: { light: "#cc79a7", dark: "#d98fb8" }, ink: { light: "#8f2f66", dark: "#efb0d1" } },
  { name: "vermilion", bar: { light: "#d55e00", dark: "#e8742a" }, ink: { light: "#9a3f00", dark: "#ff9f66" } },
  { name: "sky", bar: { light: "#56b4e9", dark: "#6fc6f5" }, ink: { light: "#125e88", dark: "#9bd8fa" } },
  { name: "violet", bar: { light: "#5b3fa8", dark: "#9479e6" }, ink: { light: "#4a2f94", dark: "#b8a4f5" } },
  { name: "stone", bar: { light: "#4c4c43", dark: "#d6d6c8" }, ink: { light: "#44443b", dark: "#d6d6c8" } },
];

export const PATTERNS = ["solid", "dashed", "dotted", "double", "ridge"] as const;

/** How much of the bar's colour the highlight takes. */
export const HIGHLIGHT = { sure: 0.09, decided: 0.18, unsure: 0.3 } as const;

export interface LabelStyle {
  /** CSS colours that follow the scheme. */
  readonly bar: string;
  readonly ink: string;
  readonly pattern: (typeof PATTERNS)[number];
  /** For people: the name in the palette, or the value that was chosen. */
  readonly name: string;
}

/** Styles for a label set, in its order; a label may ask for a colour of the palette by name, or for any (`#rrggbb`). */
export function labelStyles(labels: readonly { label: string; colour?: string | null }[]): Map<string, LabelStyle> {
  const used = new Map<string, number>();
  return new Map(
    labels.map(({ label, colour }, index) => {
      const chosen = colour ?? SWATCHES[index % SWATCHES.length]!.name;
      const times = used.get(chosen) ?? 0;
      used.set(chosen, times + 1);
      return [label, { ...coloursOf(chosen), name: chosen, pattern: PATTERNS[times % PATTERNS.length]! }];
    }),
  );
}

/** The style of a label that is not in the set any more. */
export const UNKNOWN: LabelStyle = { ...coloursOf("stone"), name: "stone", pattern: "dotted" };

/** Give the page the colours, as `--bar-0`, `--ink-0` …, which follow the scheme. */
export function installPalette(style: CSSStyleDeclaration): void {
  SWATCHES.forEach(({ bar, ink }, index) => {
    style.setProperty(`--bar-${index}`, `light-dark(${bar.light}, ${bar.dark})`);
    style.setProperty(`--ink-${index}`, `light-dark(${ink.light}, ${ink.dark})`);
  });
}

function coloursOf(colour: string): Pick<LabelStyle, "bar" | "ink"> {
  const swatch = SWATCHES.findIndex(({ name }) => name === colour);
  if (swatch >= 0) return { bar: `var(--bar-${swatch})`, ink: `var(--ink-${swatch})` };
  const { bar, ink } = readable(colour);
  return { bar: `light-dark(${bar.light}, ${bar.dark})`, ink: `light-dark(${ink.light}, ${ink.dark})` };
}
