/**
 * The text of a task with its spans: nested and overlapping, in any script, with mouse, finger and keys.
 *
 * Only what is near the eye is laid out (content-visibility) and has spans drawn; the text is all in the document, so
 * that searching in the page and screen readers see it.
 */
import {
  type PointerEvent,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { askedTokens, isAsked, type Mark, type Reading, type Target } from "@/editing/editing";
import { Block } from "@/spans/block";
import { blockAt, blocksOf, distribute } from "@/spans/blocks";
import { boxesOf, nativeSelection, nearestOffset, offsetAt } from "@/spans/geometry";
import classes from "@/spans/layer.module.css";
import type { LabelStyle } from "@/spans/palette";
import { type Direction, type Range, snap, wholeCharacters } from "@/text/tokens";

export interface LayerHandle {
  focus: () => void;
  /** Bring a range into view. */
  reveal: (range: Range) => void;
  /** The token above or below. */
  line: (range: Range, direction: Direction) => Range | null;
}

export interface LayerProps {
  ref?: Ref<LayerHandle>;
  reading: Reading;
  marks: readonly Mark[];
  target: Target | null;
  styles: ReadonlyMap<string, LabelStyle>;
  unsure?: number;
  /** Where a search found something. */
  hits?: readonly Range[];
  onTarget: (target: Target | null) => void;
}

const NONE: readonly Range[] = [];
const FIRST = 6000; // characters that are drawn before anybody knows what is in view

export function Layer({ ref, reading, marks, target, styles, unsure = 0.8, hits = NONE, onTarget }: LayerProps) {
  const { text, parts: asked } = reading;
  const tokens = useMemo(() => askedTokens(reading), [reading]);
  const root = useRef<HTMLDivElement>(null);
  const blocks = useMemo(() => blocksOf(text), [text]);
  const near = useNear(root, blocks);
  const layout = useLayoutVersion(root);
  const parts = useParts(blocks, marks);
  const hitParts = useMemo(() => blocks.map((block) => within(hits, block)), [blocks, hits]);
  const rest = useMemo(() => blocks.map((block) => (asked ? gaps(asked, block) : NONE)), [blocks, asked]);
  const pick = useCallback((mark: number) => onTarget({ mark }), [onTarget]);

  useImperativeHandle(ref, () => {
    const boxOf = (range: Range) => windowBox(root.current!, blocks, range);
    return {
      focus: () => root.current?.focus({ preventScroll: true }),
      reveal: (range) => {
        reveal(root.current!, () => boxOf(range));
        // What came into view may have been higher than estimated: look once more.
        requestAnimationFrame(() => root.current && reveal(root.current, () => boxOf(range)));
      },
      line: (range, direction) => lineNeighbour(tokens, boxOf(range), range, direction),
    };
  }, [blocks, tokens]);

  const selected = useRef(onTarget);
  selected.current = onTarget;
  useTouchSelection(root, (range) => {
    const snapped = snap(tokens, range);
    if (snapped) selected.current(snapped);
  });

  function point(x: number, y: number): void {
    const offset = offsetAt(x, y);
    if (offset === null) {
      onTarget(null);
      return;
    }
    const under = marks
      .filter((mark) => mark.start <= offset && offset < mark.end)
      .sort((one, other) => one.end - one.start - (other.end - other.start));
    // A second click on the same place goes to the span around.
    const again = under.findIndex((mark) => target && "mark" in target && mark.id === target.mark);
    const mark = under[(again + 1) % under.length];
    onTarget(mark ? { mark: mark.id } : snap(tokens, { start: offset, end: offset + 1 }));
  }

  function down(event: PointerEvent): void {
    if (event.pointerType === "touch" || event.button !== 0 || (event.target as Element).closest("button")) return;
    window.addEventListener("pointerup", (up) => setTimeout(() => released(up)), { once: true });
  }

  function released(event: globalThis.PointerEvent): void {
    const range = nativeSelection();
    if (!range) {
      point(event.clientX, event.clientY);
      return;
    }
    getSelection()?.removeAllRanges();
    const wanted = event.shiftKey ? wholeCharacters(text, range) : snap(tokens, range);
    onTarget(wanted && isAsked(reading, wanted) ? wanted : null);
  }

  const range = target && "start" in target ? target : null;
  const current = target && "mark" in target ? target.mark : null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the screen
    <section
      ref={root}
      className={classes.layer}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the text is what the keys act on
      tabIndex={0}
      aria-label="Text"
      onPointerDown={down}
      onClick={(event) => {
        if ((event.nativeEvent as globalThis.PointerEvent).pointerType === "touch" && !nativeSelection()) {
          if (!(event.target as Element).closest("button")) point(event.clientX, event.clientY);
        }
      }}
    >
      {blocks.map((block, index) => {
        const overlaps = range && range.start < block.end && block.start < range.end;
        return (
          <Block
            key={block.start}
            text={text.slice(block.start, block.end)}
            start={block.start}
            marks={parts[index]!}
            styles={styles}
            unsure={unsure}
            near={near.has(index)}
            current={parts[index]!.some((mark) => mark.id === current) ? current : null}
            selectedStart={overlaps ? range.start : 0}
            selectedEnd={overlaps ? range.end : 0}
            hits={hitParts[index]!}
            rest={rest[index]!}
            layout={layout}
            onPick={pick}
          />
        );
      })}
    </section>
  );
}

function useParts(blocks: readonly Range[], marks: readonly Mark[]): (readonly Mark[])[] {
  const before = useRef<{ blocks: readonly Range[]; parts: (readonly Mark[])[] }>(undefined);
  return useMemo(() => {
    const parts = distribute(blocks, marks, before.current?.blocks === blocks ? before.current.parts : []);
    before.current = { blocks, parts };
    return parts;
  }, [blocks, marks]);
}

/** Which blocks are in view or a screen away from it. */
function useNear(root: React.RefObject<HTMLElement | null>, blocks: readonly Range[]): ReadonlySet<number> {
  const initial = useMemo(
    () => new Set(blocks.map((_, index) => index).filter((index) => blocks[index]!.start < FIRST)),
    [blocks],
  );
  const [seen, setSeen] = useState<{ blocks: readonly Range[]; near: ReadonlySet<number> }>();
  useEffect(() => {
    const elements = [...root.current!.querySelectorAll("[data-start]")];
    const indexes = new Map(elements.map((element, index) => [element, index]));
    const near = new Set<number>();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) near.add(indexes.get(target)!);
          else near.delete(indexes.get(target)!);
        }
        setSeen({ blocks, near: new Set(near) });
      },
      { root: scrollerOf(root.current!), rootMargin: "400px 0px" },
    );
    for (const element of elements) observer.observe(element);
    return () => observer.disconnect();
  }, [blocks, root]);
  return seen?.blocks === blocks ? seen.near : initial;
}

/** A number that grows when the width of the text or its fonts change. */
function useLayoutVersion(root: React.RefObject<HTMLElement | null>): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const changed = () => setVersion((now) => now + 1);
    let width = root.current!.clientWidth;
    const observer = new ResizeObserver(() => {
      if (root.current && root.current.clientWidth !== width) {
        width = root.current.clientWidth;
        changed();
      }
    });
    observer.observe(root.current!);
    document.fonts.addEventListener("loadingdone", changed);
    return () => {
      observer.disconnect();
      document.fonts.removeEventListener("loadingdone", changed);
    };
  }, [root]);
  return version;
}

/** A finger selects with the handles of the system, which stay while it does. */
function useTouchSelection(root: React.RefObject<HTMLElement | null>, select: (range: Range) => void): void {
  const selected = useRef(select);
  selected.current = select;
  useEffect(() => {
    let touching = false;
    let timer: ReturnType<typeof setTimeout>;
    const start = (event: Event) => {
      touching = (event as globalThis.PointerEvent).pointerType === "touch";
    };
    const changed = () => {
      clearTimeout(timer);
      if (!touching) return;
      timer = setTimeout(() => {
        const range = nativeSelection();
        if (range && root.current?.contains(getSelection()!.anchorNode)) selected.current(range);
      }, 200);
    };
    document.addEventListener("pointerdown", start, true);
    document.addEventListener("selectionchange", changed);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerdown", start, true);
      document.removeEventListener("selectionchange", changed);
    };
  }, [root]);
}

function within(ranges: readonly Range[], block: Range): readonly Range[] {
  const found = ranges.filter((range) => range.start < block.end && block.start < range.end);
  return found.length ? found : NONE;
}

/** What of a block is in no part. */
function gaps(parts: readonly Range[], block: Range): readonly Range[] {
  const found: Range[] = [];
  let from = block.start;
  for (const { start, end } of within(parts, block)) {
    if (from < start) found.push({ start: from, end: start });
    from = Math.max(from, end);
  }
  return from < block.end ? [...found, { start: from, end: block.end }] : found;
}

function windowBox(root: HTMLElement, blocks: readonly Range[], range: Range): DOMRect | null {
  const block = blocks[blockAt(blocks, range.start)];
  const node = root.querySelector(`[data-start="${block?.start}"] [data-text]`)?.firstChild;
  if (!block || !(node instanceof Text)) return null;
  const start = range.start - block.start;
  const box = boxesOf(node, { start, end: Math.min(node.length, range.end - block.start) }, new DOMRect())[0];
  return box ? new DOMRect(box.left, box.top, box.width, box.height) : null;
}

function scrollerOf(element: HTMLElement): HTMLElement | null {
  return element.closest<HTMLElement>("[data-scroller]");
}

function reveal(root: HTMLElement, box: () => DOMRect | null): void {
  const scroller = scrollerOf(root);
  const found = box();
  if (!scroller || !found) return;
  const view = scroller.getBoundingClientRect();
  const margin = Math.min(110, view.height / 5); // the search lies over the first lines
  if (found.top >= view.top + margin && found.bottom <= view.bottom - margin) return;
  scroller.scrollTop += found.top - (view.top + view.height * 0.4);
}

function lineNeighbour(
  tokens: readonly Range[],
  box: DOMRect | null,
  range: Range,
  direction: Direction,
): Range | null {
  if (!box) return null;
  const x = box.left + Math.min(box.width / 2, 40);
  for (let distance = 12; distance < 200; distance += 8) {
    const y = direction === 1 ? box.bottom + distance : box.top - distance;
    const offset = nearestOffset(x, y);
    if (offset === null) continue;
    const token = snap(tokens, { start: Math.max(0, offset - 1), end: offset + 1 });
    if (token && (direction === 1 ? token.start >= range.end : token.end <= range.start)) {
      return snap(tokens, { start: token.start, end: token.start + 1 });
    }
  }
  return null;
}
