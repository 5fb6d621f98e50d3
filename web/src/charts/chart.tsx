/** A chart by Observable Plot, which comes when the first one is drawn; as wide as its place. */
import { Skeleton } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import type * as Plots from "@observablehq/plot";
import { useEffect, useRef, useState } from "react";
import classes from "@/charts/chart.module.css";

export type Plot = typeof Plots;

interface ChartProps {
  /** What the chart shows, for those who do not see it; the figures stand in a table beside it. */
  name: string;
  height: number;
  options: (plot: Plot) => Plots.PlotOptions;
  /** Somebody clicked on what a mark with a pointer shows; what is chosen so can be chosen by keyboard beside it. */
  onPick?: (datum: unknown) => void;
}

export function Chart({ name, height, options, onPick }: ChartProps) {
  const { ref: measured, width } = useElementSize();
  const place = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot>();
  useEffect(() => {
    void import("@observablehq/plot").then(setPlot);
  }, []);
  useEffect(() => {
    if (!plot || !width) return;
    const drawn = plot.plot({ width, height, style: { background: "none" }, ...options(plot) });
    place.current!.replaceChildren(drawn);
    if (!onPick) return;
    const pick = () => drawn.value && onPick(drawn.value);
    drawn.addEventListener("click", pick);
    drawn.style.cursor = "pointer";
    return () => drawn.removeEventListener("click", pick);
  }, [plot, width, height, options, onPick]);
  return (
    <div ref={measured} className={classes.chart} style={{ minHeight: height }} role="img" aria-label={name}>
      {!plot && <Skeleton h={height} radius="md" />}
      <div ref={place} aria-hidden />
    </div>
  );
}

/** Colours of lines and bars beside each other: those of the labels. */
export const SERIES = Array.from({ length: 8 }, (_, index) => `var(--bar-${index})`);
