/** A text in blocks, one for each line of it: what is far from the eye is not drawn, and what changes redraws only its block. */
import type { Mark } from "@/editing/editing";
import { countBelow } from "@/text/offsets";
import type { Range } from "@/text/tokens";

const LONG = 1500; // a line longer than this is cut

/** The lines of the text, without their breaks, in order; a very long line is cut at the end of a sentence or a word. */
export function blocksOf(text: string): Range[] {
  const blocks: Range[] = [];
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf("\n", start);
    const line = found === -1 ? text.length : found;
    const end = line - start > LONG ? cut(text, start) : line;
    blocks.push({ start, end });
    start = end === line ? end + 1 : end;
  }
  return blocks;
}

/** The end of a sentence, else a space, else anything that is no half of a character. */
function cut(text: string, start: number): number {
  const part = text.slice(start, start + LONG);
  const sentence = /^.*[.!?。！？]\s/su.exec(part)?.[0].length ?? 0;
  if (sentence > LONG / 3) return start + sentence;
  const space = part.lastIndexOf(" ");
  if (space > LONG / 3) return start + space + 1;
  const end = start + part.length;
  return /[\uDC00-\uDFFF\p{M}\u200D]/u.test(text[end] ?? "") ? end - 1 : end;
}

/** The block that holds an offset. */
export function blockAt(blocks: readonly Range[], offset: number): number {
  return Math.max(0, countBelow(blocks.length, (i) => blocks[i]!.start <= offset) - 1);
}

/**
 * For each block the marks that touch it. A block whose marks are as before gets the very same array, so that it is
 * not drawn again.
 */
export function distribute(
  blocks: readonly Range[],
  marks: readonly Mark[],
  before: readonly (readonly Mark[])[] = [],
): (readonly Mark[])[] {
  const parts: Mark[][] = blocks.map(() => []);
  for (const mark of marks) {
    for (let index = blockAt(blocks, mark.start); index < blocks.length && blocks[index]!.start < mark.end; index++) {
      if (mark.start < blocks[index]!.end) parts[index]!.push(mark);
    }
  }
  return parts.map((part, index) => {
    const old = before[index];
    return old && old.length === part.length && part.every((mark, at) => mark === old[at]) ? old : part;
  });
}
