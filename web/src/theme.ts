/** The look: one accent, calm greys, text first. Colours of labels are in spans/palette.ts. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const teal: MantineColorsTuple = [
  "#effcf9", "#d8f5ee", "#aee9dc", "#7fdcc8", "#52ccb3", "#2bb49b", "#14917d", "#0f766e", "#0f5f59", "#0d4a46",
]; // biome-ignore format: ten shades
const gray: MantineColorsTuple = [
  "#f7f8f9",
  "#eff1f3",
  "#e3e6ea",
  "#d2d7dd",
  "#b8bfc8",
  "#8d96a2",
  "#666f7b",
  "#49515c",
  "#2d333b",
  "#1a1e23",
];
const dark: MantineColorsTuple = [
  "#d5d9de",
  "#b4bac2",
  "#9099a4",
  "#6c7580",
  "#3b424b",
  "#2c3239",
  "#22262c",
  "#1a1d22",
  "#15181c",
  "#101215",
];

const LAYER = {
  closeButtonProps: { "aria-label": "Close" },
  overlayProps: { backgroundOpacity: 0.35 },
  transitionProps: { duration: 100 },
};

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: 7,
  colors: { teal, gray, dark },
  fontFamily: 'InterVariable, Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "JetBrains Mono", "SF Mono", Menlo, Consolas, "Noto Sans Mono", monospace',
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
    Modal: { defaultProps: { centered: true, ...LAYER } },
    Drawer: { defaultProps: LAYER },
  },
});
