import { useCallback } from "react";
import type { Move } from "@/api/answers";
import type { Guidelines } from "@/api/types";
import { Chart, type Plot, SERIES } from "@/charts/chart";

export interface Point {
  at: string;
  value: number | null;
  series: string;
}

/** What is marked on lines over time. */
export interface Marks {
  moves: readonly Move[];
  guidelines: readonly Guidelines[];
}

/** Lines over time, with a mark where another version began to serve, and where other guidelines came into force. */
export function OverTime({
  name,
  points,
  marks,
  share = false,
  label,
}: {
  name: string;
  points: readonly Point[];
  marks: Marks;
  /** Values are shares of one. */
  share?: boolean;
  label: string;
}) {
  const options = useCallback(
    (plot: Plot) => {
      const drawn = points.filter(({ value }) => value !== null).map((one) => ({ ...one, at: new Date(one.at) }));
      const from = points[0] ? new Date(points[0].at) : new Date();
      const served = marks.moves
        .filter(({ alias, at }) => alias === "production" && new Date(at) >= from)
        .map((move) => ({ at: new Date(move.at), text: `${move.rollback ? "↩" : "↑"} ${move.number}` }));
      const ruled = marks.guidelines
        .filter(({ created_at }) => new Date(created_at) >= from)
        .map(({ created_at, number }) => ({ at: new Date(created_at), text: `§ ${number}` }));
      return {
        marginLeft: 44,
        marginTop: 26,
        marginBottom: 38,
        marginRight: 40,
        x: { type: "utc" as const, domain: [from, new Date(points.at(-1)?.at ?? Date.now())], label: null },
        y: {
          label,
          grid: true,
          labelArrow: "none" as const,
          ...(share ? { domain: [0, 1], tickFormat: "%" } : { zero: true, nice: true }),
        },
        color: { legend: true, range: SERIES },
        marks: [
          plot.ruleX(served, { x: "at", stroke: "var(--ink-soft)", strokeDasharray: "3 3" }),
          plot.text(served, { x: "at", text: "text", frameAnchor: "top", dy: -12, fill: "var(--ink)" }),
          plot.ruleX(ruled, { x: "at", stroke: "var(--ink-soft)", strokeDasharray: "1 4" }),
          plot.text(ruled, {
            ...{ x: "at", text: "text", frameAnchor: "top" as const, textAnchor: "start" as const },
            ...{ dx: 4, dy: 4, fill: "var(--ink)" },
          }),
          plot.line(drawn, { x: "at", y: "value", stroke: "series", strokeWidth: 2 }),
          plot.dot(drawn, { x: "at", y: "value", fill: "series", r: 3, tip: true, title: told(share) }),
        ],
      };
    },
    [points, marks, share, label],
  );
  return <Chart name={name} height={240} options={options} />;
}

function told(share: boolean) {
  return ({ series, value, at }: { series: string; value: number | null; at: Date }) =>
    `${series}: ${share ? `${((value ?? 0) * 100).toFixed(1)}%` : (value ?? 0).toFixed(2)}\n${at.toLocaleDateString()}`;
}
