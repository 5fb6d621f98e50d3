import { useCallback } from "react";
import type { Bin } from "@/api/answers";
import { Chart, type Plot } from "@/charts/chart";
import { count, percent } from "@/shell/words";

/** The reliability diagram: of the spans that a model was so sure of, how many were right, with 95 % intervals. */
export function Reliability({ bins }: { bins: readonly Bin[] }) {
  const options = useCallback(
    (plot: Plot) => ({
      marginLeft: 44,
      marginBottom: 38,
      x: { domain: [0, 1], label: "how sure", tickFormat: "%", labelArrow: "none" as const },
      y: { domain: [0, 1], label: "how often right", tickFormat: "%", grid: true, labelArrow: "none" as const },
      r: { range: [3, 9] },
      marks: [
        plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: "var(--ink-soft)", strokeDasharray: "4 4" },
        ),
        plot.ruleX(bins, { x: "mean_score", y1: "accuracy_low", y2: "accuracy_high", stroke: "var(--accent)" }),
        plot.dot(bins, {
          x: "mean_score",
          y: "accuracy",
          r: "count",
          fill: "var(--accent)",
          stroke: "var(--paper)",
          tip: true,
          title: (bin: Bin) =>
            `${percent(bin.mean_score)} sure, ${percent(bin.accuracy)} right of ${count(bin.count)} spans`,
        }),
      ],
    }),
    [bins],
  );
  const said = bins.map((bin) => `${percent(bin.mean_score)} sure: ${percent(bin.accuracy)} right of ${bin.count}`);
  return <Chart name={`Reliability diagram. ${said.join("; ")}`} height={280} options={options} />;
}
