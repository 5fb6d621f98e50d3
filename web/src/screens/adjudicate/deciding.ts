/** What a reviewer decides of each place in a text, as pure functions. Offsets are UTF-16, as everywhere in the page. */
import type { Adjudication, PositionState, Variant } from "@/api/answers";
import type { Span } from "@/api/types";
import type { Mark } from "@/editing/editing";
import type { Offsets } from "@/text/offsets";
import type { Direction, Range } from "@/text/tokens";

export interface Choice extends Range {
  readonly label: string;
  readonly kbId: string | null;
}

/** One thing in the text: what people made of it, and what is final; a choice of null is that nothing is there. */
export interface Place {
  readonly state: PositionState | "added";
  readonly sides: readonly (Choice & { readonly authors: readonly string[] })[];
  readonly missing: readonly string[];
  readonly undecided: readonly string[];
  /** How sure the first merge is of its choice. */
  readonly score: number | null;
  readonly choice: Choice | null;
  readonly decided: boolean;
}

export interface Deciding {
  readonly places: readonly Place[];
  readonly past: readonly (readonly Place[])[];
  readonly future: readonly (readonly Place[])[];
}

/** The places as people left them; where nobody said anything, `predicted` is what one starts from. */
export function begin(found: Adjudication, predicted: readonly Span[], offsets: Offsets): Deciding {
  const choice = (span: Span): Choice => ({
    start: offsets.toUnits(span.start),
    end: offsets.toUnits(span.end),
    label: span.label,
    kbId: span.kb_id ?? null,
  });
  const merged = new Map(found.merged.map((span) => [nameOf(span), span]));
  const places = found.positions.map((position): Place => {
    const best = position.variants.find((variant) => merged.has(nameOf(variant)));
    return {
      state: position.state,
      sides: position.variants.map((variant: Variant) => ({ ...choice(variant), authors: variant.authors })),
      missing: position.missing,
      undecided: position.undecided,
      score: best ? (merged.get(nameOf(best))!.score ?? null) : null,
      choice: best ? choice(best) : null,
      decided: position.state === "agreed",
    };
  });
  const alone = found.annotations.length ? [] : predicted.map((span) => added(choice(span)));
  return { places: [...places, ...alone], past: [], future: [] };
}

/** Say what is final at a place. */
export function decide(deciding: Deciding, index: number, choice: Choice | null): Deciding {
  const place = deciding.places[index];
  if (!place) return deciding;
  const rest = deciding.places.map((one, at) => (at === index ? { ...one, choice, decided: true } : one));
  // What the reviewer added and takes back is not there at all.
  return stepped(deciding, place.state === "added" && !choice ? rest.filter((_, at) => at !== index) : rest);
}

/** Mark what nobody had marked. */
export function add(deciding: Deciding, choice: Choice): Deciding {
  return stepped(deciding, [...deciding.places, added(choice)]);
}

/** What somebody has at a place: a choice, null for nothing, undefined when they did not decide. */
export function sideOf(place: Place, author: string): Choice | null | undefined {
  return (
    place.sides.find(({ authors }) => authors.includes(author)) ?? (place.missing.includes(author) ? null : undefined)
  );
}

export function undo({ places, past, future }: Deciding): Deciding {
  const last = past.at(-1);
  return last ? { places: last, past: past.slice(0, -1), future: [...future, places] } : { places, past, future };
}

export function redo({ places, past, future }: Deciding): Deciding {
  const last = future.at(-1);
  return last ? { places: last, past: [...past, places], future: future.slice(0, -1) } : { places, past, future };
}

/** The next place that is not decided, round the end; null when all are. */
export function nextOpen({ places }: Deciding, from: number): number | null {
  return step(places.length, from, 1, (index) => !places[index]!.decided);
}

/** The next or previous of so many places that is wanted, round the end. */
export function step(
  length: number,
  from: number,
  direction: Direction,
  wanted: (index: number) => boolean = () => true,
): number | null {
  for (let distance = 1; distance <= length; distance++) {
    const index = (((from + direction * distance) % length) + length) % length;
    if (wanted(index)) return index;
  }
  return null;
}

/** The final spans, in code points. */
export function finalSpans({ places }: Deciding, offsets: Offsets, text: string): Span[] {
  const spans = places.flatMap(({ choice }): Span[] =>
    choice
      ? [
          {
            start: offsets.toCodePoints(choice.start),
            end: offsets.toCodePoints(choice.end),
            label: choice.label,
            text: text.slice(choice.start, choice.end),
            ...(choice.kbId ? { kb_id: choice.kbId } : {}),
          },
        ]
      : [],
  );
  return [...new Map(spans.map((span) => [nameOf(span), span])).values()];
}

/** The places as spans to draw: what is open stands out, what is not there is crossed out. */
export function marksOf({ places }: Deciding): Mark[] {
  const marks = places.flatMap((place, id): Mark[] => {
    const shown = place.choice ?? place.sides[0];
    if (!shown) return [];
    const { start, end, label, kbId } = shown;
    const agreed = place.state === "agreed" && same(place.choice, place.sides[0]);
    const state = !place.choice && place.decided ? "rejected" : place.decided && !agreed ? "accepted" : "open";
    const score = place.decided ? null : (place.score ?? 0);
    return [{ id, start, end, label, kbId, state, score, source: null, was: null }];
  });
  return marks.sort((one, other) => one.start - other.start || other.end - one.end || one.id - other.id);
}

export function same(one: Choice | null | undefined, other: Choice | null | undefined): boolean {
  return one && other ? nameOf(one) === nameOf(other) : one === other;
}

function nameOf({ start, end, label }: { start: number; end: number; label: string }): string {
  return `${start} ${end} ${label}`;
}

function added(choice: Choice): Place {
  return { state: "added", sides: [], missing: [], undecided: [], score: null, choice, decided: true };
}

function stepped(before: Deciding, places: readonly Place[]): Deciding {
  return { places, past: [...before.past, before.places], future: [] };
}
