/** What the keys of boundaries do, wherever a span can be stretched. */
import type { Action } from "@/editing/editing";
import type { Command } from "@/keys/keymap";

export type Boundary = Pick<Action & { do: "stretch" }, "edge" | "direction" | "by">;

export const BOUNDARIES: Partial<Record<Command, Boundary>> = {
  endRight: { edge: "end", direction: 1, by: "token" },
  endLeft: { edge: "end", direction: -1, by: "token" },
  startLeft: { edge: "start", direction: -1, by: "token" },
  startRight: { edge: "start", direction: 1, by: "token" },
  endRightCharacter: { edge: "end", direction: 1, by: "character" },
  endLeftCharacter: { edge: "end", direction: -1, by: "character" },
  startLeftCharacter: { edge: "start", direction: -1, by: "character" },
  startRightCharacter: { edge: "start", direction: 1, by: "character" },
};
