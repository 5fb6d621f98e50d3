import { useCallback } from "react";
import type { Model } from "@/api/answers";
import { Chart, type Plot } from "@/charts/chart";
import { percent } from "@/shell/words";

/** F1 of the versions by the number of documents that each learned from. */
export function LearningCurve({ models, chosen }: { models: readonly Model[]; chosen: number }) {
  const options = useCallback(
    (plot: Plot) => {
      const points = models
        .map(({ number, metrics, lineage }) => ({
          number,
          documents: lineage.data!.train!.documents,
          f1: metrics.strict!.f1,
        }))
        .sort((one, other) => one.documents - other.documents);
      const place = { x: "documents", y: "f1" } as const;
      return {
        marginLeft: 44,
        marginRight: 28,
        marginBottom: 38,
        x: { label: "documents", labelArrow: "none" as const, zero: true, nice: true },
        y: { label: "F1", tickFormat: "%", grid: true, domain: [0, 1], labelArrow: "none" as const },
        marks: [
          plot.line(points, { ...place, stroke: "var(--ink-soft)", strokeOpacity: 0.5 }),
          plot.dot(points, {
            ...place,
            r: 5,
            fill: (one) => (one.number === chosen ? "var(--accent)" : "var(--paper)"),
            stroke: "var(--accent)",
            strokeWidth: 2,
          }),
          plot.text(points, {
            ...place,
            text: (one) => `${one.number}`,
            dy: -14,
            fill: "var(--ink)",
            fontWeight: 600,
          }),
        ],
      };
    },
    [models, chosen],
  );
  const said = models.map(
    ({ number, metrics, lineage }) =>
      `version ${number} learned from ${lineage.data!.train!.documents} documents, ${percent(metrics.strict!.f1)}`,
  );
  return <Chart name={`Learning curve: ${said.join("; ")}`} height={280} options={options} />;
}
