import { type Command, PRESETS, shown } from "@/keys/keymap";
import { keyPreset } from "@/shell/preferences";

/** The keys of a chord, as on a keyboard. */
export function Chord({ chord }: { chord: string }) {
  return (
    <span style={{ display: "inline-flex", gap: 3 }}>
      {shown(chord).map((part) => (
        <kbd key={part}>{part}</kbd>
      ))}
    </span>
  );
}

/** The first key of a command in the preset of this person. */
export function keyOf(command: Command): string {
  return PRESETS[keyPreset.read()][command][0]!;
}

/** Its key as one word, for a tooltip: "Accept · A". */
export function withKey(name: string, command: Command): string {
  return `${name} · ${shown(keyOf(command)).join(" ")}`;
}
