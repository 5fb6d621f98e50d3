/**
 * Offsets at the edge: the server counts Unicode code points, JavaScript counts UTF-16 units.
 *
 * Inside the page every offset is in UTF-16 units; what comes from the server or goes to it passes here.
 */
export class Offsets {
  /** UTF-16 positions of the first halves of surrogate pairs, ascending. */
  private readonly pairs: number[] = [];
  readonly codePoints: number;

  constructor(private readonly text: string) {
    for (const match of text.matchAll(/[\u{10000}-\u{10FFFF}]/gu)) this.pairs.push(match.index);
    this.codePoints = text.length - this.pairs.length;
  }

  /** From code points to UTF-16 units. */
  toUnits(offset: number): number {
    this.within(offset, this.codePoints);
    // pairs[i] - i is the pair's offset in code points: count those that lie wholly before.
    return offset + countBelow(this.pairs.length, (i) => this.pairs[i]! - i < offset);
  }

  /** From UTF-16 units to code points; an offset inside a surrogate pair is a fault of the caller. */
  toCodePoints(offset: number): number {
    this.within(offset, this.text.length);
    const before = countBelow(this.pairs.length, (i) => this.pairs[i]! < offset);
    if (before > 0 && this.pairs[before - 1] === offset - 1)
      throw new RangeError(`${offset} cuts a character in two`);
    return offset - before;
  }

  private within(offset: number, length: number): void {
    if (!Number.isInteger(offset) || offset < 0 || offset > length) {
      throw new RangeError(`offset ${offset} is not in 0..${length}`);
    }
  }
}

/** How many of 0..length-1 satisfy a condition that, once false, stays false. */
export function countBelow(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
