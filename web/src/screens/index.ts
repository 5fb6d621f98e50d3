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
  {
    path: "adjudicate",
    name: "Adjudicate",
    Icon: IconArrowsSplit,
    role: "reviewer",
    Screen: lazy(() => import("@/screens/adjudicate")),
  },
  {
    path: "guidelines",
    name: "Guidelines",
    Icon: IconBook2,
    role: "annotator",
    Screen: lazy(() => import("@/screens/guidelines")),
  },
  { path: "data", name: "Data", Icon: IconDatabase, role: "reviewer", Screen: lazy(() => import("@/screens/data")) },
  { path: "models", name: "Models", Icon: IconBox, role: "reviewer", Screen: lazy(() => import("@/screens/models")) },
  {
    path: "monitor",
    name: "Monitor",
    Icon: IconActivity,
    role: "lead",
    Screen: lazy(() => import("@/screens/monitor")),
  },
  { path: "team", name: "Team", Icon: IconUsers, role: "lead", Screen: lazy(() => import("@/screens/team")) },
  {
    path: "playground",
    name: "Playground",
    Icon: IconFlask,
    role: "annotator",
    Screen: lazy(() => import("@/screens/playground")),
  },
  {
    path: "settings",
    name: "Settings",
    Icon: IconSettings,
    role: "lead",
    Screen: lazy(() => import("@/screens/settings")),
  },
];
