/** The first-run tour: what one needs for the first task, in five steps. */
import type { ReactNode } from "react";
import type { Command } from "@/keys/keymap";
import { Chord, keyOf } from "@/keys/keys";

export interface TourStep {
  /** What the step is about: a CSS selector. */
  at: string;
  title: string;
  text: ReactNode;
}

export const STEPS: readonly TourStep[] = [
  {
    at: '[data-tour="text"]',
    title: "A model has read this before you",
    text: (
      <>
        Strong colours are what it is not sure of: these need you. <Key of="next" /> goes from one to the next.
      </>
    ),
  },
  {
    at: '[data-tour="decide"]',
    title: "One key for each decision",
    text: (
      <>
        <Key of="accept" /> accepts and goes on, <Key of="reject" /> rejects, <Key of="ignore" /> leaves it open.
      </>
    ),
  },
  {
    at: '[data-tour="labels"]',
    title: "What is missing, you add",
    text: (
      <>
        Select words, with the mouse, a finger or the arrows, and press the number of a label. <Key of="endRight" />{" "}
        stretches a span.
      </>
    ),
  },
  {
    at: '[data-tour="submit"]',
    title: "The next text is already there",
    text: (
      <>
        <Key of="submit" /> sends, <Key of="undo" /> takes back a step. All is kept in this browser first: without a
        network you work on, and a badge at the top counts what is unsent.
      </>
    ),
  },
  {
    at: '[data-tour="help"]',
    title: "When in doubt",
    text: (
      <>
        <Key of="guidelines" /> opens the guidelines at the label, <Key of="flag" /> asks a reviewer,{" "}
        <Key of="help" /> shows all keys.
      </>
    ),
  },
];

function Key({ of }: { of: Command }) {
  return <Chord chord={keyOf(of)} />;
}
