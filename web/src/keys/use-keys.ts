import { useEffect, useRef } from "react";
import { type Command, commandOf } from "@/keys/keymap";
import { keyPreset } from "@/shell/preferences";

/**
 * Call `run` for every key press that is a command. What is typed into a field is text, what happens in a dialog is
 * the dialog's, and Enter and Space on a button are the button's. `run` says false for a key that it does not want.
 */
export function useKeys(run: (command: Command, index: number) => unknown): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const found = commandOf(keyPreset.read(), event);
      const place = event.target as Element;
      if (!found || place.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]'))
        return;
      if (["Enter", " ", "Tab"].includes(event.key) && place.closest("button, a[href], summary")) return;
      if (latest.current(found.command, found.index) !== false) event.preventDefault();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
