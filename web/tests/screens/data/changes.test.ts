import { describe, expect, it } from "vitest";
import type { QualityFinding } from "@/api/answers";
import { changeFor, difference, fixName, inParts } from "@/screens/data/changes";

const SPAN = { start: 3, end: 7, label: "ORG", text: "Acme", score: null, source: null, kb_id: "Q1" };
const FINDING = {
  ...{ id: "1", kind: "other label", fault: false, message: "", document: "d", other: null, tier: "annotator" },
  ...{ span: SPAN, marked: true, start: 0, text: "At Acme", spans: [SPAN], fix: null, group: "g", same: 1 },
} as QualityFinding;
const given = (label: string) => ({ start: 3, end: 7, label, kb_id: "Q1", text: "Acme" });

describe("the change that puts a finding right", () => {
  it("gives a marked span another label, and only what the server takes", () => {
    const change = changeFor(FINDING, { do: "label", label: "PER" });
    expect(change).toEqual({ document: "d", remove: [given("ORG")], add: [given("PER")] });
    expect(changeFor(FINDING, { do: "label", label: "ORG" })).toBeNull();
  });

  it("marks what is not marked, and removes only what is", () => {
    const free = { ...FINDING, marked: false };
    expect(changeFor(free, { do: "label", label: "ORG" })).toEqual({
      document: "d",
      remove: [],
      add: [given("ORG")],
    });
    expect(changeFor(free, { do: "remove" })).toBeNull();
    expect(changeFor(FINDING, { do: "remove" })).toEqual({ document: "d", remove: [given("ORG")], add: [] });
  });

  it("is none where a whole document is meant and nobody can tell", () => {
    const whole = { ...FINDING, span: null };
    for (const way of [{ do: "fix" }, { do: "remove" }, { do: "label", label: "PER" }] as const)
      expect(changeFor(whole, way)).toBeNull();
  });
});

it("tells what a piece of a document has now and had not", () => {
  const longer = { ...SPAN, end: 12, text: "Acme Corp" };
  expect(difference("d", [SPAN], [longer])).toEqual({
    document: "d",
    remove: [given("ORG")],
    add: [{ ...given("ORG"), end: 12, text: "Acme Corp" }],
  });
  expect(difference("d", [SPAN], [{ ...SPAN, score: 0.5 }])).toBeNull();
});

it("sends one change for a document, in parts that the server takes", () => {
  const change = (document: string, label: string) => ({ document, remove: [given("ORG")], add: [given(label)] });
  const parts = inParts([change("a", "PER"), change("b", "PER"), change("a", "LOC"), change("c", "PER")], 2);
  expect(parts.map((part) => part.map(({ document }) => document))).toEqual([["a", "b"], ["c"]]);
  expect(parts[0]![0]).toEqual({ document: "a", remove: [given("ORG")], add: [given("PER"), given("LOC")] });
  expect(inParts([])).toEqual([]);
});

it("says what a fix does", () => {
  const named = (remove: string[], add: { label: string; text?: string }[], more: Partial<QualityFinding> = {}) =>
    fixName({
      ...FINDING,
      fix: { document: "d", remove: remove.map(given), add: add.map((one) => ({ ...given(one.label), ...one })) },
      ...more,
    });
  expect(fixName(FINDING)).toBeNull();
  expect(named(["ORG"], [{ label: "PER" }])).toBe("Make it PER");
  expect(named(["ORG"], [{ label: "ORG", text: "Acme Corp" }])).toBe("Make it “Acme Corp”");
  expect(named([], [{ label: "ORG" }], { marked: false })).toBe("Mark it ORG");
  expect(named(["ORG"], [])).toBe("Remove it");
  expect(named(["ORG"], [{ label: "PER" }], { span: null, other: "c" })).toBe("Take the spans of c");
});
