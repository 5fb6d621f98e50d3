/** Which key gives which label: those that were chosen, and the digits that are left for the others, in their order. */
import { COMMANDS, type Command, PRESETS, type Preset } from "@/keys/keymap";

const DIGITS = [..."123456789"];
const TAKEN = new Map(
  (Object.keys(PRESETS) as Preset[]).flatMap((preset) =>
    (Object.keys(COMMANDS) as Command[])
      .filter((command) => command !== "label")
      .flatMap((command) => PRESETS[preset][command].map((key) => [key, command] as const)),
  ),
);

/** The keys that do nothing else, whichever set of keys somebody uses. */
export const FREE_KEYS: readonly string[] = [..."123456789abcdefghijklmnopqrstuvwxyz"].filter(
  (key) => !TAKEN.has(key),
);

interface Labelled {
  label: string;
  key?: string | null;
}

/** The key of each label that has one. */
export function labelKeys(labels: readonly Labelled[]): Map<string, string> {
  const chosen = new Set(labels.map(({ key }) => key).filter(Boolean));
  const left = DIGITS.filter((digit) => !chosen.has(digit));
  return new Map(
    labels.flatMap(({ label, key }) => {
      const own = key || left.shift();
      return own ? [[label, own] as const] : [];
    }),
  );
}

/** Why a label cannot have the key that was chosen for it, in a few words; null where it can. */
export function keyProblem({ label, key }: Labelled, labels: readonly Labelled[]): string | null {
  if (!key) return null;
  const command = TAKEN.get(key);
  if (command) return `${key.toUpperCase()} is “${COMMANDS[command].name}”`;
  if (!FREE_KEYS.includes(key)) return "1–9 or a letter";
  const other = labels.find((one) => one.label !== label && one.key === key);
  return other ? `${key.toUpperCase()} is the key of ${other.label || "another label"}` : null;
}
