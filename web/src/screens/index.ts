/** The screens: one folder each, each its own chunk. Review is the one that people wait for. */
import {
  IconActivity,
  IconArrowsSplit,
  IconBook2,
  IconBox,
  IconDatabase,
  IconFlask,
  IconHighlight,
  IconSettings,
  IconThumbUp,
  IconUsers,
} from "@tabler/icons-react";
import { type ComponentType, lazy } from "react";
import type { Role } from "@/api/types";

export interface ScreenEntry {
  /** The last part of the address. */
  path: string;
  name: string;
  Icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Who sees it in the navigation. */
  role: Role;
  Screen: ComponentType;
}

const later = lazy(() => import("@/screens/later"));

export const SCREENS: readonly ScreenEntry[] = [
  {
    path: "review",
    name: "Review",
    Icon: IconHighlight,
    role: "annotator",
    Screen: lazy(() => import("@/screens/review")),
  },
  {
    path: "questions",
    name: "Yes/no",
    Icon: IconThumbUp,
    role: "annotator",
    Screen: lazy(() => import("@/screens/questions")),
  },
  { path: "adjudicate", name: "Adjudicate", Icon: IconArrowsSplit, role: "reviewer", Screen: later },
  { path: "guidelines", name: "Guidelines", Icon: IconBook2, role: "annotator", Screen: later },
  { path: "data", name: "Data", Icon: IconDatabase, role: "reviewer", Screen: later },
  { path: "models", name: "Models", Icon: IconBox, role: "reviewer", Screen: later },
  { path: "monitor", name: "Monitor", Icon: IconActivity, role: "lead", Screen: later },
  { path: "team", name: "Team", Icon: IconUsers, role: "lead", Screen: later },
  { path: "playground", name: "Playground", Icon: IconFlask, role: "annotator", Screen: later },
  { path: "settings", name: "Settings", Icon: IconSettings, role: "lead", Screen: later },
];
