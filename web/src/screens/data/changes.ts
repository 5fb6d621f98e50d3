/** What becomes of spans when a finding is put right: pure functions, offsets in code points as the server has them. */
import type { Change, QualityFinding } from "@/api/answers";
import type { Span } from "@/api/types";

/** What is done about a finding, and about all that are the same. */
export type Way = { do: "fix" } | { do: "label"; label: string } | { do: "remove" };

const AT_ONCE = 100; // changes that the server takes in one request

/** The change that a way makes of a finding; null where it makes none. */
export function changeFor(finding: QualityFinding, way: Way): Change | null {
  const { document, span, marked, fix } = finding;
  if (way.do === "fix") return fix;
  if (!span) return null;
  const gone = marked ? [given(span)] : [];
  if (way.do === "remove") return marked ? { document, remove: gone, add: [] } : null;
  if (marked && way.label === span.label) return null;
  return { document, remove: gone, add: [given({ ...span, label: way.label })] };
}

/** The change from what a piece of the document had to what it has now. */
export function difference(document: string, before: readonly Span[], now: readonly Span[]): Change | null {
  const had = new Set(before.map(key));
  const has = new Set(now.map(key));
  const remove = before.filter((span) => !has.has(key(span))).map(given);
  const add = now.filter((span) => !had.has(key(span))).map(given);
  return remove.length || add.length ? { document, remove, add } : null;
}

/** Changes in parts of what one request takes, with one for each document. */
export function inParts(changes: readonly Change[], atOnce = AT_ONCE): Change[][] {
  const byDocument = new Map<string, Change>();
  for (const { document, remove, add } of changes) {
    const known = byDocument.get(document) ?? { document, remove: [], add: [] };
    byDocument.set(document, {
      document,
      remove: unique([...known.remove, ...remove]),
      add: unique([...known.add, ...add]),
    });
  }
  const every = [...byDocument.values()];
  return Array.from({ length: Math.ceil(every.length / atOnce) }, (_, part) =>
    every.slice(part * atOnce, (part + 1) * atOnce),
  );
}

/** In words, what puts a finding right; null where nobody can tell without reading. */
export function fixName({ fix, span, other }: QualityFinding): string | null {
  if (!fix) return null;
  if (!span) return `Take the spans of ${other}`;
  const [better] = fix.add;
  if (!better) return "Remove it";
  if (!fix.remove.length) return `Mark it ${better.label}`;
  if (better.label !== span.label) return `Make it ${better.label}`;
  return `Make it “${better.text}”`;
}

function given({ start, end, label, kb_id, text }: Span): Change["add"][number] {
  return { start, end, label, kb_id: kb_id ?? null, text: text ?? null };
}

function key({ start, end, label }: Pick<Span, "start" | "end" | "label">): string {
  return `${start} ${end} ${label}`;
}

function unique(spans: Change["add"]): Change["add"] {
  return [...new Map(spans.map((span) => [key(span), span])).values()];
}
