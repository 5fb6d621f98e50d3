/** How right what people were shown was, by what they made of it. */
import { Select } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Trends } from "@/api/answers";
import { Reliability } from "@/screens/models/reliability";
import { Blocked } from "@/screens/monitor/blocked";
import { type Marks, OverTime, type Point } from "@/screens/monitor/over-time";
import { Card, Figures, Nothing } from "@/shell/screen";
import { count, figure, percent } from "@/shell/words";

const ALL = "All labels";

export function Quality({ found, marks }: { found: Trends["settled"]; marks: Marks }) {
  const names = useMemo(
    () => [...new Set(found.parts.flatMap(({ labels }) => Object.keys(labels)))].sort(),
    [found.parts],
  );
  const [label, setLabel] = useState(ALL);
  const points = useMemo(
    () =>
      found.parts.flatMap(({ since, f1, labels }): Point[] => [
        { at: since, value: f1, series: ALL },
        ...(label === ALL ? [] : [{ at: since, value: labels[label] ?? null, series: label }]),
      ]),
    [found.parts, label],
  );
  return (
    <>
      <Figures
        figures={[
          { name: "F1", value: percent(found.f1, 1), note: "of what people were shown" },
          { name: "Documents", value: count(found.documents), note: "settled in this time" },
          { name: "Calibration error", value: figure(found.reliability?.ece), note: "0 is perfect" },
        ]}
      />
      <Card
        title="F1 of what people were shown"
        aside={
          <Select
            size="xs"
            w={170}
            aria-label="Label"
            allowDeselect={false}
            value={label}
            onChange={(value) => setLabel(value ?? ALL)}
            data={[ALL, ...names]}
          />
        }
      >
        {found.documents ? (
          <OverTime
            name={`F1 over time, ${label}; dashed lines are promotions and rollbacks, dotted ones new guidelines`}
            points={points}
            marks={marks}
            share
            label="F1"
          />
        ) : (
          <Nothing>Nobody settled what a model had read in this time.</Nothing>
        )}
      </Card>
      {found.reliability && (
        <Card title="How sure, how right" aside="A point on the line keeps its word">
          <Reliability bins={found.reliability.bins} />
        </Card>
      )}
      <Blocked />
    </>
  );
}
