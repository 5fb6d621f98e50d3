import { useCallback } from "react";
import type { Work } from "@/api/answers";
import { Chart, type Plot, SERIES } from "@/charts/chart";

/** Tasks by day, a colour for each person. */
export function Throughput({ days, since, until }: { days: readonly Work[]; since: string; until: string }) {
  const options = useCallback(
    (plot: Plot) => ({
      marginLeft: 34,
      x: { type: "utc" as const, domain: [new Date(since), new Date(until)], label: null },
      y: { label: "tasks", grid: true, interval: 1, ticks: 5 },
      color: { legend: true, range: SERIES },
      marks: [
        plot.rectY(days, {
          x: (work: Work) => new Date(`${work.day}T00:00:00Z`),
          y: "tasks",
          fill: "user",
          interval: "day",
          insetLeft: 1,
          insetRight: 1,
        }),
        plot.ruleY([0]),
      ],
    }),
    [days, since, until],
  );
  return (
    <Chart name="Tasks by day and person; the totals stand in the table of people" height={220} options={options} />
  );
}
