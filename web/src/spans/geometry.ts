/** Between places on the screen and offsets in the text. */
import type { Range } from "@/text/tokens";

/** A box of one line, in pixels from the block's corner. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The boxes of a range of a text node, one per line (more where the direction of writing turns). */
export function boxesOf(node: Text, range: Range, origin: DOMRect): Box[] {
  const measured = document.createRange();
  measured.setStart(node, range.start);
  measured.setEnd(node, range.end);
  const boxes: Box[] = [];
  for (const rect of measured.getClientRects()) {
    if (rect.width === 0) continue;
    const last = boxes.at(-1);
    const left = rect.left - origin.left;
    const top = rect.top - origin.top;
    if (last && Math.abs(last.top - top) < 2 && left - (last.left + last.width) < 1 && left >= last.left) {
      last.width = left + rect.width - last.left;
    } else {
      boxes.push({ left, top, width: rect.width, height: rect.height });
    }
  }
  return boxes;
}

/** The offset in the whole text of a place in the DOM; null outside of the blocks. */
export function offsetOf(node: Node, offset: number): number | null {
  const element = node instanceof Element ? node : node.parentElement;
  const block = element?.closest<HTMLElement>("[data-start]");
  if (!block) return null;
  const start = Number(block.dataset.start);
  if (node instanceof Text && node.parentElement?.dataset.text !== undefined) return start + offset;
  return offset === 0 ? start : start + (block.querySelector("[data-text]")?.textContent?.length ?? 0);
}

/** The offset of the character at a point of the window; null beside the text. */
export function offsetAt(x: number, y: number): number | null {
  const [node, offset] = caretAt(x, y);
  if (!(node instanceof Text)) return null;
  // The caret is between two characters: the point must be on one of them.
  for (const from of [offset, offset - 1]) {
    if (from < 0 || from >= node.length) continue;
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, from + 1);
    const hit = [...range.getClientRects()].some(
      (r) => x >= r.left - 1 && x <= r.right + 1 && y >= r.top - 6 && y <= r.bottom + 6,
    );
    if (hit) return offsetOf(node, from);
  }
  return null;
}

/** The offset nearest to a point, wherever on its line. */
export function nearestOffset(x: number, y: number): number | null {
  const [node, offset] = caretAt(x, y);
  return node && offsetOf(node, offset);
}

function caretAt(x: number, y: number): [Node | null, number] {
  if (document.caretPositionFromPoint) {
    const found = document.caretPositionFromPoint(x, y);
    return [found?.offsetNode ?? null, found?.offset ?? 0];
  }
  const found = document.caretRangeFromPoint(x, y);
  return [found?.startContainer ?? null, found?.startOffset ?? 0];
}

/** What the person selected with mouse or finger, in the whole text. */
export function nativeSelection(): Range | null {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const start = offsetOf(range.startContainer, range.startOffset);
  const end = offsetOf(range.endContainer, range.endOffset);
  return start !== null && end !== null && start < end ? { start, end } : null;
}

/** Whether a text is read from right to left: its first letter with a direction decides. */
export function isRightToLeft(text: string): boolean {
  const letter = /\p{L}/u.exec(text)?.[0];
  return (
    letter !== undefined &&
    /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(letter)
  );
}
