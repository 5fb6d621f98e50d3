import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { COMMANDS, type Command, PRESETS, shown } from "@/keys/keymap";

const page = readFileSync(new URL("../../../docs/how-to/review.md", import.meta.url), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| `"));

it.each(Object.keys(COMMANDS) as Command[])("the page on keys tells how to %s", (command) => {
  const row = rows.find((line) => line.includes(COMMANDS[command].name));
  expect(row).toBeDefined();
  for (const key of shown(PRESETS.livener[command][0]!)) expect(row).toContain(key);
});
