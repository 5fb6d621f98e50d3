/**
 * What a person does to the spans of one task, as a pure function: state and action in, state out.
 *
 * Every action names what it acts on, so that a list of actions replays to the same state: that list is the draft that
 * the browser keeps. Nothing is destroyed: a rejected span stays, and every action can be undone. Offsets are UTF-16.
 */
import { type Direction, neighbour, nudge, type Range, stretch } from "@/text/tokens";

export type MarkState = "open" | "accepted" | "rejected" | "ignored";

/** A span on its way from prediction to annotation. */
export interface Mark extends Range {
  readonly id: number;
  readonly label: string;
  readonly score: number | null;
  readonly source: string | null;
  readonly kbId: string | null;
  readonly state: MarkState;
  /** What was predicted; null for a span that the person added. */
  readonly was: (Range & { readonly label: string }) | null;
}

/** What the keys act on: a span, or a piece of text without one. */
export type Target = { readonly mark: number } | Range;

export interface Reading {
  readonly text: string;
  readonly tokens: readonly Range[];
  /** The parts of the text that are asked about; nothing is said of the rest. Null: all of it is. */
  readonly parts?: readonly Range[] | null;
}

interface Content {
  /** By start, longer ones first. */
  readonly marks: readonly Mark[];
  readonly flag: string | null;
}

interface Step extends Content {
  readonly target: Target | null;
}

export interface Editing extends Step {
  readonly past: readonly Step[];
  readonly future: readonly Step[];
  readonly nextId: number;
}

export type Action =
  | { do: "label"; at: Target; label: string }
  | { do: "decide"; at: Target; state: MarkState }
  | { do: "stretch"; at: Target; edge: "start" | "end"; direction: Direction; by: "token" | "character" }
  | { do: "same"; at: Target }
  | { do: "flag"; reason: string | null }
  | { do: "undo" }
  | { do: "redo" };

export function begin(marks: readonly Omit<Mark, "id">[]): Editing {
  const numbered = marks.map((mark, id) => ({ ...mark, id })).sort(order);
  return { marks: numbered, flag: null, target: null, past: [], future: [], nextId: marks.length };
}

export function edit(reading: Reading, editing: Editing, action: Action): Editing {
  const range = "at" in action ? rangeOf(editing, action.at) : null;
  if (range && !isAsked(reading, range)) return editing;
  switch (action.do) {
    case "undo":
      return travel(editing, editing.past, editing.future, "past");
    case "redo":
      return travel(editing, editing.future, editing.past, "future");
    case "flag":
      return action.reason === editing.flag ? editing : stepped(editing, { flag: action.reason });
    case "label":
      return labelled(editing, action.at, action.label);
    case "decide":
      return decided(editing, action.at, action.state);
    case "stretch":
      return stretched(reading, editing, action);
    case "same":
      return same(reading, editing, action.at);
  }
}

/** Whether a range is in a part that is asked about; it may go on outside. */
export function isAsked({ parts }: Reading, range: Range): boolean {
  return !parts || parts.some((part) => range.start < part.end && part.start < range.end);
}

/** The tokens of what is asked about. */
export function askedTokens(reading: Reading): readonly Range[] {
  return reading.parts ? reading.tokens.filter((token) => isAsked(reading, token)) : reading.tokens;
}

export function select(editing: Editing, target: Target | null): Editing {
  return { ...editing, target };
}

export function markOf(editing: Editing, target: Target | null = editing.target): Mark | null {
  return target && "mark" in target ? (editing.marks.find((mark) => mark.id === target.mark) ?? null) : null;
}

/** The text that a target covers. */
export function rangeOf(editing: Editing, target: Target | null = editing.target): Range | null {
  return target && "start" in target ? target : markOf(editing, target);
}

/** The next or previous span, from the present target on, round the end of the text. */
export function step(editing: Editing, direction: Direction, wanted = (_: Mark) => true): Target | null {
  const { marks } = editing;
  const here = markOf(editing);
  const place = rangeOf(editing)?.start ?? (direction === 1 ? 0 : Number.POSITIVE_INFINITY);
  const index = here ? marks.indexOf(here) : marks.filter((mark) => mark.start < place).length;
  const first = direction === -1 ? index - 1 : here ? index + 1 : index;
  for (let distance = 0; distance < marks.length; distance++) {
    const mark = marks.at((first + direction * distance) % marks.length)!;
    if (wanted(mark)) return { mark: mark.id };
  }
  return null;
}

/** The token before or after the target; from nowhere, the first or last one. */
export function walk(reading: Reading, editing: Editing, direction: Direction): Target | null {
  const end = direction === 1 ? 0 : reading.text.length;
  return neighbour(askedTokens(reading), rangeOf(editing) ?? { start: end, end }, direction);
}

function labelled(editing: Editing, at: Target, label: string): Editing {
  const mark = markOf(editing, at);
  if (mark) return replaced(editing, { ...mark, label, state: "accepted" });
  if ("mark" in at) return editing;
  const { start, end } = at;
  const there = editing.marks.find((one) => one.start === start && one.end === end && one.label === label);
  if (there) return replaced(editing, { ...there, state: "accepted" });
  const added: Mark = { ...NEW, id: editing.nextId, start, end, label };
  return {
    ...stepped(editing, { marks: insert(editing.marks, [added]) }),
    target: { mark: added.id },
    nextId: added.id + 1,
  };
}

function decided(editing: Editing, at: Target, state: MarkState): Editing {
  const mark = markOf(editing, at);
  if (!mark) return editing;
  if (state === "rejected" && !mark.was) {
    const { start, end } = mark;
    return { ...stepped(editing, { marks: editing.marks.filter((one) => one !== mark) }), target: { start, end } };
  }
  return replaced(editing, { ...mark, state });
}

function stretched(reading: Reading, editing: Editing, action: Action & { do: "stretch" }): Editing {
  const range = rangeOf(editing, action.at);
  if (!range) return editing;
  const moved =
    action.by === "token"
      ? stretch(reading.tokens, range, action.edge, action.direction)
      : nudge(reading.text, range, action.edge, action.direction);
  if ((moved.start === range.start && moved.end === range.end) || !isAsked(reading, moved)) return editing;
  const { start, end } = moved;
  const mark = markOf(editing, action.at);
  // A piece of text without a span is only what the eye rests on: there is nothing to undo.
  return mark ? replaced(editing, { ...mark, start, end, state: "accepted" }) : select(editing, { start, end });
}

/** Give every other place with the same words the same label, where whole tokens say so. */
function same(reading: Reading, editing: Editing, at: Target): Editing {
  const mark = markOf(editing, at);
  if (!mark) return editing;
  const words = reading.text.slice(mark.start, mark.end);
  const starts = new Set(reading.tokens.map((token) => token.start));
  const ends = new Set(reading.tokens.map((token) => token.end));
  const whole = starts.has(mark.start) && ends.has(mark.end);
  const known = new Map(editing.marks.map((one) => [`${one.start} ${one.end} ${one.label}`, one]));
  const added: Mark[] = [];
  const accepted = new Set<Mark>(mark.state === "open" ? [mark] : []);
  for (
    let start = reading.text.indexOf(words);
    start >= 0;
    start = reading.text.indexOf(words, start + words.length)
  ) {
    const end = start + words.length;
    if (!isAsked(reading, { start, end })) continue;
    if (whole && !(starts.has(start) && ends.has(end))) continue;
    const there = known.get(`${start} ${end} ${mark.label}`);
    if (!there) added.push({ ...NEW, id: editing.nextId + added.length, start, end, label: mark.label });
    else if (there.state === "open") accepted.add(there);
  }
  if (!added.length && !accepted.size) return editing;
  const marks = editing.marks.map((one) => (accepted.has(one) ? { ...one, state: "accepted" as const } : one));
  return { ...stepped(editing, { marks: insert(marks, added) }), nextId: editing.nextId + added.length };
}

const NEW = { score: null, source: null, kbId: null, state: "accepted", was: null } as const;

function order(one: Mark, other: Mark): number {
  return one.start - other.start || other.end - one.end || one.id - other.id;
}

function insert(marks: readonly Mark[], added: readonly Mark[]): Mark[] {
  return [...marks, ...added].sort(order);
}

function replaced(editing: Editing, mark: Mark): Editing {
  const next = { ...editing, target: { mark: mark.id } };
  const now = markOf(editing, next.target)!;
  const changed =
    now.label !== mark.label || now.state !== mark.state || now.start !== mark.start || now.end !== mark.end;
  if (!changed) return next;
  const marks = editing.marks.map((one) => (one.id === mark.id ? mark : one));
  return stepped(
    next,
    { marks: mark.start === now.start && mark.end === now.end ? marks : marks.sort(order) },
    editing,
  );
}

function stepped(editing: Editing, change: Partial<Content>, before: Editing = editing): Editing {
  const { marks, flag, target } = before;
  return { ...editing, ...change, past: [...before.past, { marks, flag, target }], future: [] };
}

function travel(editing: Editing, from: readonly Step[], to: readonly Step[], back: "past" | "future"): Editing {
  const found = from.at(-1);
  if (!found) return editing;
  const { marks, flag, target } = editing;
  const left = from.slice(0, -1);
  const other = [...to, { marks, flag, target }];
  const stacks = back === "past" ? { past: left, future: other } : { past: other, future: left };
  // What was changed is what the eye should rest on, whichever way one travels.
  const rest = changedMark(found.marks, marks) ?? found.target;
  return { ...editing, marks: found.marks, flag: found.flag, target: rest, ...stacks };
}

function changedMark(now: readonly Mark[], before: readonly Mark[]): Target | null {
  const known = new Set(before);
  const changed = now.filter((mark) => !known.has(mark));
  return changed.length === 1 ? { mark: changed[0]!.id } : null;
}
