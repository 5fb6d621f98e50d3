/** Which of several overlapping spans is drawn how far below the line. */
import type { Range } from "@/text/tokens";

/**
 * A lane for each range, in the order given: ranges that overlap get different lanes, and a shorter one lies nearer to
 * the text (lane 0) than a longer one around it. As few lanes as a first-fit from short to long takes.
 */
export function lanes(ranges: readonly Range[]): number[] {
  const byLength = ranges.map((_, index) => index).sort((a, b) => length(ranges[a]!) - length(ranges[b]!) || a - b);
  const placed: Range[][] = []; // per lane, what lies in it
  const found: number[] = new Array(ranges.length).fill(0);
  for (const index of byLength) {
    const range = ranges[index]!;
    // Above every shorter one that it overlaps, so that what is around another is never nearer to the text.
    let lane = 0;
    for (let below = placed.length - 1; below >= 0; below--) {
      if (placed[below]!.some((other) => other.start < range.end && range.start < other.end)) {
        lane = below + 1;
        break;
      }
    }
    placed[lane] ??= [];
    placed[lane]!.push(range);
    found[index] = lane;
  }
  return found;
}

function length(range: Range): number {
  return range.end - range.start;
}
