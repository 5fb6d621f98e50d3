import { describe, expect, it } from "vitest";
import { COMMANDS, type Command, chord, commandOf, PRESETS } from "@/keys/keymap";

function press(key: string, more: Partial<KeyboardEvent> = {}) {
  return { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
}

describe.each(["livener", "label-studio"] as const)("the keys of %s", (preset) => {
  it("mean one thing each", () => {
    const chords = Object.values(PRESETS[preset]).flat();
    expect(chords.length).toBe(new Set(chords).size);
  });

  it("reach every command", () => {
    for (const command of Object.keys(COMMANDS) as Command[])
      expect(PRESETS[preset][command].length).toBeGreaterThan(0);
  });
});

describe("chord", () => {
  it.each([
    ["a", press("a"), "a"],
    ["Caps Lock", press("A"), "a"],
    ["Ctrl Shift Z", press("Z", { ctrlKey: true, shiftKey: true }), "mod+shift+z"],
    ["Command Z", press("z", { metaKey: true }), "mod+z"],
    ["?, which needs shift", press("?", { shiftKey: true }), "?"],
    ["/, where it needs shift", press("/", { shiftKey: true, code: "Digit7" }), "/"],
    ["Shift Tab", press("Tab", { shiftKey: true }), "shift+tab"],
    ["space", press(" ", { code: "Space" }), "space"],
    ["3 on a French keyboard", press('"', { code: "Digit3" }), "3"],
    ["3 with shift on a French keyboard", press("3", { code: "Digit3", shiftKey: true }), "3"],
    ["3 of the number pad", press("3", { code: "Numpad3" }), "3"],
    ["the key of a on a Russian keyboard", press("ф", { code: "KeyA" }), "a"],
    ["Alt Shift left", press("ArrowLeft", { altKey: true, shiftKey: true }), "alt+shift+left"],
  ])("%s", (_, event, expected) => {
    expect(chord(event)).toBe(expected);
  });
});

it("says which label", () => {
  expect(commandOf("livener", press("4", { code: "Digit4" }))).toEqual({ command: "label", index: 3 });
  expect(commandOf("livener", press("q"))).toBeNull();
  expect(commandOf("label-studio", press("Backspace"))?.command).toBe("reject");
  expect(commandOf("livener", press("Backspace"))?.command).toBe("undo");
});
