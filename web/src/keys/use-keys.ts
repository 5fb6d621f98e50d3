import { useEffect, useRef } from "react";
import { type Command, chord, commandOf } from "@/keys/keymap";
import { keyPreset } from "@/shell/preferences";

export interface LabelKeys {
  keys: ReadonlyMap<string, string>;
  press: (label: string) => unknown;
}

/**
 * Call `run` for every key press that is a command. What is typed into a field is text, what happens in a dialog is
 * the dialog's, and Enter and Space on a button are the button's. `run` says false for a key that it does not want.
 * `labels` are the keys that give labels, and what is done with one.
 */
export function useKeys(run: (command: Command, index: number) => unknown, labels?: LabelKeys): void {
  const latest = useRef({ run, labels });
  latest.current = { run, labels };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { run, labels } = latest.current;
      const label = labels?.keys.get(chord(event));
      const found = commandOf(keyPreset.read(), event);
      const place = event.target as Element;
      if (
        !(found || label) ||
        place.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]')
      )
        return;
      if (["Enter", " ", "Tab"].includes(event.key) && place.closest("button, a[href], summary")) return;
      const done = label === undefined ? run(found!.command, found!.index) : labels!.press(label);
      if (done !== false) event.preventDefault();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
