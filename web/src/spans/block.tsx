/** A line of the text and, laid over them, their spans. The text itself never changes, so nothing jumps. */
import { type CSSProperties, Fragment, memo, useLayoutEffect, useRef, useState } from "react";
import type { Mark } from "@/editing/editing";
import { type Box, boxesOf, isRightToLeft } from "@/spans/geometry";
import { lanes } from "@/spans/lanes";
import classes from "@/spans/layer.module.css";
import { HIGHLIGHT, type LabelStyle, UNKNOWN } from "@/spans/palette";
import type { Range } from "@/text/tokens";

const LANE = 13; // a bar and a label under it
const LINE = 25; // text without any lane

export interface BlockProps {
  text: string;
  start: number;
  marks: readonly Mark[];
  styles: ReadonlyMap<string, LabelStyle>;
  /** Scores below are drawn as unsure. */
  unsure: number;
  /** Near enough to the eye to be drawn. */
  near: boolean;
  /** The span that the keys act on, when it touches this block. */
  current: number | null;
  /** The piece of text that the keys act on; in offsets of the whole text, empty for none. */
  selectedStart: number;
  selectedEnd: number;
  hits: readonly Range[];
  /** What is not asked about. */
  rest: readonly Range[];
  /** Grows whenever the width or the font changes: everything is measured again. */
  layout: number;
  onPick: (mark: number) => void;
}

interface Drawn {
  mark: Mark;
  lane: number;
  boxes: Box[];
  /** The label hangs on the right end: it is read from there, or would run out of the column. */
  fromRight: boolean;
}

export const Block = memo(function Block(props: BlockProps) {
  const { text, start, marks } = props;
  const depth = Math.max(1, ...lanes(marks).map((lane) => lane + 1));
  const height = LINE + LANE * depth;
  const style = {
    lineHeight: `${height}px`,
    // Half of the room for labels is above the next line; what more lanes need comes on top.
    paddingBottom: 20 + (depth - 1) * (LANE / 2),
    containIntrinsicSize: `auto ${Math.max(1, Math.ceil(text.length / 85)) * height + 36}px`,
  };
  return (
    <div className={classes.block} data-start={start} style={style}>
      <div className={classes.text} data-text="">
        {text}
      </div>
      {props.near && <Overlay {...props} />}
    </div>
  );
});

function Overlay(props: BlockProps) {
  const { text, start, marks, hits, rest, selectedStart, selectedEnd, layout } = props;
  const root = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<readonly Drawn[]>([]);
  const [found, setFound] = useState<Box[]>([]);
  const [selected, setSelected] = useState<Box[]>([]);
  const [veils, setVeils] = useState<Box[]>([]);

  const known = useRef<{ place: string; drawn: readonly Drawn[] }>({ place: "", drawn: [] });
  useLayoutEffect(() => {
    const lane = lanes(marks);
    const place = `${layout} ${start} ${Math.max(0, ...lane)}`; // which, with more lanes, has higher lines
    const before = known.current.place === place ? new Map(known.current.drawn.map((one) => [one.mark, one])) : null;
    const measure = measureIn(root.current, start, text);
    const drawn = marks.map((mark, index) => {
      const same = before?.get(mark);
      return same && same.lane === lane[index] ? same : draw(mark, lane[index]!, measure, start, text);
    });
    known.current = { place, drawn };
    setDrawn(drawn);
  }, [marks, start, text, layout]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: layout says when what was measured is out of date
  useLayoutEffect(() => {
    setFound(hits.flatMap(measureIn(root.current, start, text).boxes));
  }, [hits, start, text, layout]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: layout says when what was measured is out of date
  useLayoutEffect(() => {
    setVeils(rest.flatMap(measureIn(root.current, start, text).boxes));
  }, [rest, start, text, layout]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: layout says when what was measured is out of date
  useLayoutEffect(() => {
    const range = { start: selectedStart, end: selectedEnd };
    setSelected(selectedStart < selectedEnd ? measureIn(root.current, start, text).boxes(range) : []);
  }, [selectedStart, selectedEnd, start, text, layout]);

  const room = tagRoom(drawn);
  return (
    <div ref={root} className={classes.overlay}>
      {found.map((box) => (
        <div key={`${box.left} ${box.top}`} className={classes.hit} style={box} />
      ))}
      {veils.map((box) => (
        <div key={`${box.left} ${box.top}`} className={classes.veil} style={box} data-veil="" />
      ))}
      {selected.map((box) => (
        <div key={`${box.left} ${box.top}`} className={classes.selected} style={box} data-selected="" />
      ))}
      {drawn.map((one) => (
        <DrawnMark
          key={one.mark.id}
          drawn={one}
          room={room.get(one)}
          style={props.styles.get(one.mark.label) ?? UNKNOWN}
          unsure={props.unsure}
          current={props.current === one.mark.id}
          onPick={props.onPick}
        />
      ))}
    </div>
  );
}

interface DrawnMarkProps {
  drawn: Drawn;
  room: number | undefined;
  style: LabelStyle;
  unsure: number;
  current: boolean;
  onPick: (mark: number) => void;
}

const DrawnMark = memo(function DrawnMark({ drawn, room, style, unsure, current, onPick }: DrawnMarkProps) {
  const { mark, lane, boxes, fromRight } = drawn;
  const open = mark.state === "open";
  const heavy = open && mark.score !== null && mark.score < unsure;
  const sure = open && !heavy && mark.score !== null;
  const amount = heavy ? HIGHLIGHT.unsure : sure ? HIGHLIGHT.sure : HIGHLIGHT.decided;
  const colours = {
    "--bar": style.bar,
    "--ink-label": style.ink,
    "--pattern": style.pattern,
    "--amount": `${amount * 100}%`,
  } as CSSProperties;
  const data = {
    "data-state": mark.state,
    "data-current": current || undefined,
    "data-heavy": heavy || undefined,
    "data-sure": sure || undefined,
  };
  const first = boxes[0];
  return (
    <div className={classes.mark} style={colours} data-mark={mark.id}>
      {boxes.map((box) => (
        <Fragment key={`${box.left} ${box.top}`}>
          <div className={classes.fill} style={box} {...data} />
          <div
            className={classes.bar}
            style={{ left: box.left, width: box.width, top: box.top + box.height + 1 + lane * LANE }}
            {...data}
          />
        </Fragment>
      ))}
      {first && room !== 0 && (
        <button
          type="button"
          tabIndex={-1}
          className={classes.tag}
          title={spoken(mark)}
          style={{
            ...roomFor(room),
            ...(fromRight ? { right: `calc(100% - ${first.left + first.width}px)` } : { left: first.left }),
            top: first.top + first.height + 4 + lane * LANE,
          }}
          onClick={() => onPick(mark.id)}
          {...data}
        >
          <span>{mark.label}</span> {mark.state === "accepted" && <small>✓</small>}
          {mark.state === "ignored" && <small>?</small>}
          {open && mark.score !== null && <small>{percent(mark.score)}</small>}
        </button>
      )}
    </div>
  );
});

/** A span, measured. */
function draw(mark: Mark, lane: number, measure: Measure, start: number, text: string): Drawn {
  const boxes = measure.boxes(mark);
  const words = text.slice(Math.max(0, mark.start - start), mark.end - start);
  const roomToTheRight = measure.width - (boxes[0]?.left ?? 0);
  return { mark, lane, boxes, fromRight: roomToTheRight < tagWidth(mark) || isRightToLeft(words) };
}

/** About how wide a label is drawn, in pixels. */
function tagWidth(mark: Mark): number {
  return mark.label.length * 7.4 + (mark.score === null ? 6 : 32);
}

function roomFor(room: number | undefined): CSSProperties {
  return room === undefined ? {} : ({ "--room": `${room}px` } as CSSProperties);
}

/** A span for screen readers. */
export function spoken(mark: Mark, words = ""): string {
  const score = mark.score === null ? "" : `, ${percent(mark.score)} sure`;
  const state = mark.state === "open" ? "" : `, ${mark.state}`;
  return `${words ? `${words}, ` : ""}${mark.label}${score}${state}`;
}

function percent(score: number): string {
  return `${Math.min(99, Math.round(score * 100))}%`;
}

interface Measure {
  width: number;
  boxes: (range: Range) => Box[];
}

/** Measures ranges in the block of an overlay; looks at the screen only when there is something to measure. */
function measureIn(overlay: HTMLElement | null, start: number, text: string): Measure {
  const block = overlay?.parentElement;
  const node = block?.querySelector("[data-text]")?.firstChild;
  if (!block || !(node instanceof Text)) return { width: 0, boxes: () => [] };
  let origin: DOMRect | undefined;
  const corner = () => {
    origin ??= block.getBoundingClientRect();
    return origin;
  };
  return {
    get width() {
      return corner().width;
    },
    boxes: (range) => {
      const within = { start: Math.max(0, range.start - start), end: Math.min(text.length, range.end - start) };
      return within.start < within.end ? boxesOf(node, within, corner()) : [];
    },
  };
}

/** How wide each label may be before it would run into the next one of its lane and line; 0 for no room at all. */
function tagRoom(drawn: readonly Drawn[]): Map<Drawn, number> {
  const rows = new Map<string, Drawn[]>();
  for (const one of drawn) {
    if (!one.boxes[0]) continue;
    const row = `${Math.round(one.boxes[0].top)} ${one.lane} ${one.fromRight}`;
    rows.set(row, [...(rows.get(row) ?? []), one]);
  }
  const room = new Map<Drawn, number>();
  for (const row of rows.values()) {
    const edge = ({ boxes, fromRight }: Drawn) => (fromRight ? -(boxes[0]!.left + boxes[0]!.width) : boxes[0]!.left);
    row.sort((one, other) => edge(one) - edge(other));
    row.forEach((one, index) => {
      const next = row[index + 1];
      if (!next) return;
      const width = edge(next) - edge(one) - 5;
      room.set(one, width < 9 ? 0 : width);
    });
  }
  return room;
}
