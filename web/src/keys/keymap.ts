/** Which key does what. Everything that a person can do by keyboard is in this table, and the help shows it. */

export const COMMANDS = {
  label: { group: "Span", name: "Label it" },
  labels: { group: "Span", name: "Find a label" },
  accept: { group: "Span", name: "Accept" },
  reject: { group: "Span", name: "Reject" },
  ignore: { group: "Span", name: "Ignore: not decided" },
  same: { group: "Span", name: "Mark all the same" },
  next: { group: "Move", name: "Next span" },
  previous: { group: "Move", name: "Previous span" },
  right: { group: "Move", name: "To the word on the right" },
  left: { group: "Move", name: "To the word on the left" },
  up: { group: "Move", name: "To the line above" },
  down: { group: "Move", name: "To the line below" },
  unselect: { group: "Move", name: "From the span to its text, then to nothing" },
  endRight: { group: "Boundaries", name: "End one word to the right" },
  endLeft: { group: "Boundaries", name: "End one word to the left" },
  startLeft: { group: "Boundaries", name: "Start one word to the left" },
  startRight: { group: "Boundaries", name: "Start one word to the right" },
  endRightCharacter: { group: "Boundaries", name: "End one character to the right" },
  endLeftCharacter: { group: "Boundaries", name: "End one character to the left" },
  startLeftCharacter: { group: "Boundaries", name: "Start one character to the left" },
  startRightCharacter: { group: "Boundaries", name: "Start one character to the right" },
  submit: { group: "Task", name: "Submit and next" },
  skip: { group: "Task", name: "Skip" },
  escalate: { group: "Task", name: "Escalate" },
  flag: { group: "Task", name: "Flag" },
  comment: { group: "Task", name: "Comments" },
  undo: { group: "Task", name: "Undo" },
  redo: { group: "Task", name: "Redo" },
  guidelines: { group: "Help", name: "Guidelines" },
  search: { group: "Help", name: "Search in the text" },
  help: { group: "Help", name: "All keys" },
} as const;

export type Command = keyof typeof COMMANDS;
export type Preset = "livener" | "label-studio";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

const LIVENER: Record<Command, readonly string[]> = {
  label: DIGITS,
  labels: ["0", "l"],
  accept: ["a"],
  reject: ["x"],
  ignore: ["space"],
  same: ["m"],
  next: ["tab"],
  previous: ["shift+tab"],
  right: ["right"],
  left: ["left"],
  up: ["up"],
  down: ["down"],
  unselect: ["escape"],
  endRight: ["shift+right"],
  endLeft: ["shift+left"],
  startLeft: ["alt+shift+left"],
  startRight: ["alt+shift+right"],
  endRightCharacter: ["mod+shift+right"],
  endLeftCharacter: ["mod+shift+left"],
  startLeftCharacter: ["mod+alt+shift+left"],
  startRightCharacter: ["mod+alt+shift+right"],
  submit: ["enter", "mod+enter"],
  skip: ["s"],
  escalate: ["e"],
  flag: ["f"],
  comment: ["c"],
  undo: ["backspace", "mod+z"],
  redo: ["mod+shift+z", "mod+y"],
  guidelines: ["g"],
  search: ["/"],
  help: ["?"],
};

/** Label Studio's own keys where it has one (its keymap.json), ours for the rest. */
const LABEL_STUDIO: Record<Command, readonly string[]> = {
  ...LIVENER,
  reject: ["backspace", "delete"],
  next: ["alt+.", "tab"],
  previous: ["alt+,", "shift+tab"],
  unselect: ["u", "escape"],
  submit: ["mod+enter"],
  skip: ["mod+space"],
  undo: ["mod+z"],
  redo: ["mod+shift+z"],
};

export const PRESETS: Record<Preset, Record<Command, readonly string[]>> = {
  livener: LIVENER,
  "label-studio": LABEL_STUDIO,
};

const NAMES: Record<string, string> = {
  " ": "space",
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Esc: "escape",
};

type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** A key press in the words of the table: `mod+shift+z`. `mod` is Ctrl, or Command on a Mac. */
export function chord(event: Press): string {
  const key = keyName(event);
  const modifiers = [
    (event.ctrlKey || event.metaKey) && "mod",
    event.altKey && "alt",
    // A sign that needs shift on some keyboards and not on others is the sign alone.
    event.shiftKey && !/^[^a-z\d]$/.test(key) && !isDigitByCode(event) && "shift",
  ];
  return [...modifiers, key].filter(Boolean).join("+");
}

function keyName(event: Press): string {
  if (isDigitByCode(event)) return event.code.slice(-1);
  if (NAMES[event.key]) return NAMES[event.key]!;
  // A keyboard of another script, or Option on a Mac: the place of the key says which one is meant.
  if (event.key.length === 1 && (event.key > "~" || event.altKey) && /^Key[A-Z]$/.test(event.code)) {
    return event.code.slice(-1).toLowerCase();
  }
  return event.key.toLowerCase();
}

/** The row of digits, also where a digit needs shift (French keyboards). */
function isDigitByCode({ key, code, ctrlKey, metaKey, altKey, shiftKey }: Press): boolean {
  if (!/^(Digit|Numpad)\d$/.test(code) || ctrlKey || metaKey || altKey) return false;
  return /^\d$/.test(key) || (!shiftKey && /^[&é"'(\-è_çà]$/.test(key));
}

/** The command of a key press, and which of its keys it was (the first label, the second …). */
export function commandOf(preset: Preset, event: Press): { command: Command; index: number } | null {
  const pressed = chord(event);
  for (const command of Object.keys(COMMANDS) as Command[]) {
    const index = PRESETS[preset][command].indexOf(pressed);
    if (index >= 0) return { command, index };
  }
  return null;
}

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
const SHOWN: Record<string, string> = {
  mod: MAC ? "⌘" : "Ctrl",
  alt: MAC ? "⌥" : "Alt",
  shift: "Shift",
  left: "←",
  right: "→",
  up: "↑",
  down: "↓",
  space: "Space",
  enter: "Enter",
  tab: "Tab",
  escape: "Esc",
  backspace: "Backspace",
  delete: "Delete",
};

/** A chord for people: Ctrl Shift Z. */
export function shown(chord: string): string[] {
  return chord.split("+").map((part) => SHOWN[part] ?? part.toUpperCase());
}
