/** Numbers and times for people, in the language of their browser. */

/** A share as a percentage; a dash where there is none. */
export function percent(share: number | null | undefined, digits = 0): string {
  return share == null ? "–" : `${(share * 100).toFixed(digits)}%`;
}

/** A figure such as κ or F1. */
export function figure(value: number | null | undefined): string {
  return value == null ? "–" : value.toFixed(2).replace(/^-0\.00$/, "0.00");
}

/** A whole number with separators. */
export function count(value: number): string {
  return value.toLocaleString();
}

/** How long something took. */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null) return "–";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export function day(moment: string): string {
  return new Date(moment).toLocaleDateString(undefined, { dateStyle: "medium" });
}

export function moment(when: string): string {
  return new Date(when).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** `in_review` as words: In review. */
export function named(state: string): string {
  const words = state.replaceAll("_", " ");
  return `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}`;
}
