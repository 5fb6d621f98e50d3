/** Tokens, and how a selection snaps to them. All offsets are UTF-16 units. */
import { countBelow } from "@/text/offsets";

export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Direction = -1 | 1;

/** Words and signs of a text that came without tokens. */
export function segment(text: string): Range[] {
  const words = new Intl.Segmenter(undefined, { granularity: "word" });
  const tokens: Range[] = [];
  for (const { segment, index } of words.segment(text)) {
    if (segment.trim()) tokens.push({ start: index, end: index + segment.length });
  }
  return tokens;
}

/** The smallest run of tokens that holds all of the range that is not space; null where there is none. */
export function snap(tokens: readonly Range[], range: Range): Range | null {
  const first = countBelow(tokens.length, (i) => tokens[i]!.end <= range.start);
  const after = countBelow(tokens.length, (i) => tokens[i]!.start < range.end);
  if (first >= after) return null;
  return { start: tokens[first]!.start, end: tokens[after - 1]!.end };
}

/** The token before or after the range. */
export function neighbour(tokens: readonly Range[], range: Range, direction: Direction): Range | null {
  const index =
    direction === 1
      ? countBelow(tokens.length, (i) => tokens[i]!.start < range.end)
      : countBelow(tokens.length, (i) => tokens[i]!.end <= range.start) - 1;
  return tokens[index] ?? null;
}

/** The range with one edge moved by a token; the range itself where it would become empty or leave the text. */
export function stretch(tokens: readonly Range[], range: Range, edge: "start" | "end", direction: Direction): Range {
  const { start, end } = range;
  if (edge === "end") {
    const last = countBelow(tokens.length, (i) => tokens[i]!.end <= end) - 1;
    const next = direction === 1 ? last + 1 : tokens[last]?.end === end ? last - 1 : last;
    const moved = tokens[next]?.end;
    return moved !== undefined && moved > start ? { start, end: moved } : range;
  }
  const first = countBelow(tokens.length, (i) => tokens[i]!.start < start);
  const next = direction === -1 ? first - 1 : tokens[first]?.start === start ? first + 1 : first;
  const moved = tokens[next]?.start;
  return moved !== undefined && moved < end ? { start: moved, end } : range;
}

/** The range with one edge moved by one character as people see it (a letter with its marks, an emoji). */
export function nudge(text: string, range: Range, edge: "start" | "end", direction: Direction): Range {
  const from = range[edge];
  const moved = direction === 1 ? characterEnd(text, from) : characterStart(text, from);
  const next = { ...range, [edge]: moved };
  return next.start < next.end ? next : range;
}

/** The range, widened so that no character as people see it is cut. */
export function wholeCharacters(text: string, { start, end }: Range): Range {
  return {
    start: isBoundary(text, start) ? start : characterStart(text, start),
    end: isBoundary(text, end) ? end : characterEnd(text, end),
  };
}

const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const WINDOW = 64; // far longer than any character, and cheap to segment

function isBoundary(text: string, offset: number): boolean {
  return offset <= 0 || offset >= text.length || characterEnd(text, characterStart(text, offset)) === offset;
}

function characterEnd(text: string, offset: number): number {
  if (offset >= text.length) return text.length;
  const from = Math.max(0, offset - WINDOW);
  const found = characters.segment(text.slice(from, offset + WINDOW)).containing(offset - from);
  return found ? from + found.index + found.segment.length : offset;
}

function characterStart(text: string, offset: number): number {
  if (offset <= 0) return 0;
  const from = Math.max(0, offset - WINDOW);
  const found = characters.segment(text.slice(from, offset + WINDOW)).containing(offset - 1 - from);
  return found ? from + found.index : offset;
}
