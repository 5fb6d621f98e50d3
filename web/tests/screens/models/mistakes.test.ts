import { expect, test } from "vitest";
import { pieces } from "@/screens/models/mistakes";

const mistake = {
  ...{
    document: "d",
    kind: "boundary",
    start: 10,
    text: "👩 in New York City 🎉",
    cut: [true, false] as [boolean, boolean],
  },
  gold: { start: 15, end: 28, label: "GPE" },
  predicted: { start: 15, end: 23, label: "GPE" },
};

test("an excerpt is cut in code points where the two spans begin and end", () => {
  const found = pieces(mistake as never);
  expect(found.map(({ text }) => text)).toEqual(["👩 in ", "New York", " City", " 🎉"]);
  expect(found.map(({ gold, found }) => [gold, found])).toEqual([
    [false, false],
    [true, true],
    [true, false],
    [false, false],
  ]);
});

test("a span that is not there marks nothing", () => {
  const found = pieces({ ...mistake, gold: null } as never);
  expect(found.map(({ text, gold, found }) => [text, gold, found])).toEqual([
    ["👩 in ", false, false],
    ["New York", false, true],
    [" City 🎉", false, false],
  ]);
});
