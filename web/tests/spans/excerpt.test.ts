import { expect, it } from "vitest";
import { cut } from "@/spans/excerpt";

const span = (start: number, end: number, label = "ORG") => ({ start, end, label });
const drawn = (...given: Parameters<typeof cut>) =>
  cut(...given).map(({ words, label }) => (label ? [words] : words));

it("cuts a piece of a text at its spans, by code points", () => {
  expect(drawn("🎉 Acme 🚀 won", 10, [span(12, 16), span(17, 18)])).toEqual(["🎉 ", ["Acme"], " ", ["🚀"], " won"]);
});

it("draws the focus in any case, and of spans that overlap one", () => {
  const [outer, inner] = [span(0, 8), span(5, 8, "GPE")];
  expect(drawn("Bank of X", 0, [outer, inner])).toEqual(["", ["Bank of "], "X"]);
  expect(drawn("Bank of X", 0, [outer, inner], inner)).toEqual(["Bank ", ["of "], "X"]);
  expect(cut("Bank of X", 0, [outer], inner).find(({ focused }) => focused)?.label).toBe("GPE");
});

it("leaves out what is behind the cut", () => {
  expect(drawn("Acme", 0, [span(2, 9)])).toEqual(["Acme"]);
});
