import { expect, it } from "vitest";
import type { Task } from "@/api/types";
import { answered, partial, questionsOf, withoutLast } from "@/screens/questions/questions";

const text = `${"long before ".repeat(40)}😀 Ann met Bob.${" long after".repeat(40)}`;
const start = [...text].indexOf("😀") + 2;
const task = {
  document: { text },
  prediction: { spans: [{ start, end: start + 3, label: "PER", score: 0.6 }] },
  question: [
    { start, end: start + 3, label: "PER" },
    { start: start + 8, end: start + 11, label: "PER" },
    { start: 0, end: 4, label: "ORG" },
  ],
} as Task;

it("shows the words with whole words around, and how sure the model was", () => {
  const [ann, bob, first] = questionsOf(task);
  expect(ann).toMatchObject({ label: "PER", words: "Ann", score: 0.6 });
  expect(ann!.before).toMatch(/^… (long|before) .*😀 $/u);
  expect(ann!.after).toMatch(/^ met Bob\..*(long|after) …$/u);
  expect(bob).toMatchObject({ words: "Bob", score: null });
  expect(first).toMatchObject({ before: "", words: "long" });
});

it("submits only what was asked", () => {
  const said = partial(task, ["yes", "no", "unknown"], { guideline: 2, seconds: 4 });
  expect(said).toMatchObject({
    spans: [{ start, end: start + 3, label: "PER", text: "Ann" }],
    negatives: [{ start: start + 8, text: "Bob" }],
    ignored: [{ start: 0, end: 4, label: "ORG", text: "long" }],
    complete: false,
    guideline: 2,
  });
});

it("does not ask what a yes leaves no room for, unless the model found both", () => {
  const spans = [
    { start: 0, end: 7, label: "PER" },
    { start: 0, end: 3, label: "PER" },
    { start: 0, end: 7, label: "ORG" },
    { start: 8, end: 12, label: "GPE" },
  ];
  const asked = { document: { text: "Ann Lee Rome" }, prediction: { spans: [] as unknown }, question: spans } as Task;
  expect(answered(asked, [], "yes")).toEqual(["yes", "skipped", "skipped"]);
  expect(withoutLast(["yes", "skipped", "skipped"])).toEqual([]);
  expect(answered(asked, [], "no")).toEqual(["no"]);
  expect(answered(asked, ["no"], "yes")).toEqual(["no", "yes", "skipped"]);
  expect(partial(asked, ["yes", "skipped", "skipped", "no"], { guideline: 1, seconds: null })).toMatchObject({
    spans: [{ end: 7, label: "PER" }],
    negatives: [{ label: "GPE" }],
    ignored: [],
  });
  const nested = { ...asked, prediction: { spans: spans.slice(0, 2), model: null, pipeline: "p" } };
  expect(answered(nested, [], "yes")).toEqual(["yes"]);
});
