import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { FREE_KEYS, keyProblem, labelKeys } from "@/keys/label-keys";

it("has the free keys that the server lets through", () => {
  const source = readFileSync(new URL("../../../src/livener/review/looks.py", import.meta.url), "utf8");
  expect(FREE_KEYS.join("")).toBe(/^KEYS = "(\w+)"/m.exec(source)?.[1]);
});

it("gives the chosen keys, and the digits that are left to the others in their order", () => {
  const labels = Array.from({ length: 40 }, (_, index) => ({ label: `L${index}`, key: null as string | null }));
  labels[1]!.key = "o";
  labels[30]!.key = "1";
  const keys = labelKeys(labels);
  expect([keys.get("L0"), keys.get("L1"), keys.get("L2"), keys.get("L30")]).toEqual(["2", "o", "3", "1"]);
  expect(keys.get("L8")).toBe("9");
  expect(keys.get("L9")).toBeUndefined();
  expect(new Set(keys.values()).size).toBe(keys.size);
});

it("tells why a label cannot have a key", () => {
  const labels = [{ label: "ORG", key: "o" }, { label: "GPE" }];
  expect(keyProblem({ label: "GPE", key: "o" }, labels)).toBe("O is the key of ORG");
  expect(keyProblem({ label: "GPE", key: "a" }, labels)).toBe("A is “Accept”");
  expect(keyProblem({ label: "GPE", key: "!" }, labels)).toBe("1–9 or a letter");
  for (const key of ["p", "4", null]) expect(keyProblem({ label: "GPE", key }, labels)).toBeNull();
});
