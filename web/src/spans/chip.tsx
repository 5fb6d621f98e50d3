/** The name of a label, in its colour and with its line. */
import type { CSSProperties } from "react";
import classes from "@/spans/chip.module.css";
import { type LabelStyle, UNKNOWN } from "@/spans/palette";

export function LabelChip({ label, styles }: { label: string; styles: ReadonlyMap<string, LabelStyle> }) {
  return (
    <span className={classes.chip} style={labelColours(styles.get(label) ?? UNKNOWN)}>
      <span className={classes.sample} />
      <span title={label}>{label}</span>
    </span>
  );
}

/** The custom properties that a label's colours are drawn with. */
export function labelColours(style: LabelStyle): CSSProperties {
  return {
    "--bar": style.bar,
    "--ink-label": style.ink,
    "--pattern": style.pattern,
  } as CSSProperties;
}
