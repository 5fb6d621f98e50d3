/** What was answered: how much, of which labels, and how surely. */
import { useCallback, useMemo, useState } from "react";
import type { Trends } from "@/api/answers";
import { Chart, type Plot, SERIES } from "@/charts/chart";
import { type Bar, Behind } from "@/screens/monitor/behind";
import { type Marks, OverTime, type Point } from "@/screens/monitor/over-time";
import { Card, Figures, Nothing } from "@/shell/screen";
import { count, figure, percent } from "@/shell/words";

const MOST = 7; // labels with a colour of their own

export function Served({ parts, marks }: { parts: Trends["served"]; marks: Marks }) {
  const [bar, setBar] = useState<Bar | null>(null);
  const newest = parts.findLastIndex((part) => part.documents > 0);
  const documents = parts.reduce((sum, part) => sum + part.documents, 0);
  const sums = useMemo(() => {
    const found = new Map<string, number>();
    for (const { labels } of parts)
      for (const [label, { spans }] of Object.entries(labels)) found.set(label, (found.get(label) ?? 0) + spans);
    return [...found].sort(([, one], [, other]) => other - one);
  }, [parts]);
  const spans = sums.reduce((sum, [, number]) => sum + number, 0);
  const surely = useMemo(
    () =>
      parts.flatMap(({ since, entropy, labels }): Point[] => {
        const scored = Object.values(labels).filter(({ score }) => score !== null);
        const total = scored.reduce((sum, one) => sum + one.spans, 0);
        const score = total ? scored.reduce((sum, one) => sum + one.spans * one.score!, 0) / total : null;
        return [
          { at: since, value: score, series: "mean score" },
          { at: since, value: entropy, series: "entropy (bits)" },
        ];
      }),
    [parts],
  );
  if (!documents)
    return (
      <Nothing>
        Nothing was answered in this time. When a program asks a model of this project (POST …/recognize), what it
        found and how sure it was comes here.
      </Nothing>
    );
  return (
    <>
      <Figures
        figures={[
          { name: "Documents answered", value: count(documents) },
          { name: "Spans", value: count(spans), note: `${figure(spans / documents)} in a document` },
          { name: "Labels", value: count(sums.length), note: sums[0] && `most: ${sums[0][0]}` },
        ]}
      />
      <Card title="Labels over time" aside="Shares of all spans found; a click on a bar shows its documents">
        <Shares
          parts={parts}
          names={sums.map(([label]) => label)}
          onPick={(part, label) => setBar({ part, label, low: false })}
        />
      </Card>
      <Behind
        parts={parts}
        labels={sums.map(([label]) => label)}
        bar={bar && bar.part < parts.length ? bar : { part: newest, label: null, low: false }}
        onBar={setBar}
      />
      <Card title="How sure over time" aside="Dashed: promotions and rollbacks; dotted: new guidelines">
        <OverTime
          name="Mean score and entropy of spans over time"
          points={surely}
          marks={marks}
          label="score, bits"
        />
      </Card>
      <ul hidden>
        {sums.map(([label, number]) => (
          <li key={label}>
            {label}: {percent(number / spans)}
          </li>
        ))}
      </ul>
    </>
  );
}

function Shares({
  parts,
  names,
  onPick,
}: {
  parts: Trends["served"];
  names: readonly string[];
  onPick: (part: number, label: string | null) => void;
}) {
  const options = useCallback(
    (plot: Plot) => {
      const own = names.slice(0, MOST);
      const bars = parts.flatMap(({ since, labels }) =>
        Object.entries(labels).map(([label, { spans }]) => ({
          ...{ at: new Date(since), spans, label: own.includes(label) ? label : "others" },
        })),
      );
      const step = parts.length > 1 ? Date.parse(parts[1]!.since) - Date.parse(parts[0]!.since) : 86_400_000;
      return {
        marginLeft: 44,
        marginBottom: 38,
        x: { type: "utc" as const, label: null },
        y: { percent: true, label: "% of spans", labelArrow: "none" as const, grid: true },
        color: { legend: true, range: SERIES, domain: names.length > MOST ? [...own, "others"] : own },
        marks: [
          plot.rectY(
            bars,
            plot.stackY(
              { offset: "normalize", order: [...own, "others"] },
              {
                x1: (bar: { at: Date }) => bar.at,
                x2: (bar: { at: Date }) => new Date(bar.at.getTime() + step),
                y: "spans",
                fill: "label",
                insetLeft: 1,
                insetRight: 1,
                tip: true,
                title: (bar: { at: Date; spans: number; label: string }) =>
                  `${bar.label}: ${count(bar.spans)}\n${bar.at.toLocaleDateString()}`,
              },
            ),
          ),
          plot.ruleY([0]),
        ],
      };
    },
    [parts, names],
  );
  const picked = useCallback(
    (bar: { at: Date; label: string }) => {
      const part = parts.findIndex(({ since }) => Date.parse(since) === bar.at.getTime());
      if (part >= 0) onPick(part, bar.label === "others" ? null : bar.label);
    },
    [parts, onPick],
  );
  return (
    <Chart
      name="Shares of labels over time"
      height={260}
      options={options}
      onPick={picked as (bar: unknown) => void}
    />
  );
}
