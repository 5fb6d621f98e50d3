/** Two versions on the golden set: how much better the one is, by label, and how surely. */
import { Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Compared, Difference, Model } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Chart, type Plot } from "@/charts/chart";
import { useProject } from "@/session/session";
import { Card, Figures, Loaded, Wide } from "@/shell/screen";
import { count, percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

const WORSE = "light-dark(#b42318, #ff9b93)";

export function Beside({ model, other }: { model: Model; other: Model }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["beside", project, model.number, other.number],
    queryFn: () => request<Compared>("GET", inProject(project, `/models/${model.number}/beside/${other.number}`)),
    staleTime: Number.POSITIVE_INFINITY, // versions do not change
  });
  return (
    <Loaded query={query}>
      {(found) => (
        <Stack gap={20}>
          <Figures
            figures={[
              {
                name: `F1 of version ${model.number}`,
                value: percent(found.overall.b, 1),
                note: "on the golden set",
              },
              {
                name: `F1 of version ${other.number}`,
                value: percent(found.overall.a, 1),
                note: "on the golden set",
              },
              {
                name: "Difference",
                value: <Points by={found.overall.difference} />,
                note: `95 % between ${points(found.overall.low)} and ${points(found.overall.high)}`,
              },
              {
                name: "Verdict",
                value: <Text fz="lg">{verdict(found.overall, model, other)}</Text>,
                note: `${count(found.documents)} documents`,
              },
            ]}
          />
          <Labels found={found} model={model} other={other} />
        </Stack>
      )}
    </Loaded>
  );
}

function Labels({ found, model, other }: { found: Compared; model: Model; other: Model }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const labels = Object.entries(found.per_label).sort(([, one], [, two]) => one.difference - two.difference);
  return (
    <Card title="By label" aside="Points of F1 with 95 % intervals; what got worse first">
      <Intervals labels={labels} />
      <Wide name="Differences by label">
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Label</Table.Th>
              <Table.Th ta="right">Version {other.number}</Table.Th>
              <Table.Th ta="right">Version {model.number}</Table.Th>
              <Table.Th ta="right">Difference</Table.Th>
              <Table.Th>Interval</Table.Th>
              <Table.Th>Verdict</Table.Th>
              <Table.Th ta="right">Spans</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {labels.map(([label, one]) => (
              <Table.Tr key={label}>
                <Table.Td>
                  <LabelChip label={label} styles={styles} />
                </Table.Td>
                <Table.Td ta="right">{percent(one.a, 1)}</Table.Td>
                <Table.Td ta="right">{percent(one.b, 1)}</Table.Td>
                <Table.Td ta="right">
                  <Points by={one.difference} />
                </Table.Td>
                <Table.Td style={{ whiteSpace: "nowrap" }}>
                  {points(one.low)} … {points(one.high)}
                </Table.Td>
                <Table.Td style={{ whiteSpace: "nowrap" }}>{verdict(one, model, other)}</Table.Td>
                <Table.Td ta="right">{count(one.support)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Card>
  );
}

function Intervals({ labels }: { labels: readonly (readonly [string, Difference])[] }) {
  const options = useCallback(
    (plot: Plot) => {
      const rows = labels.map(([label, one]) => ({
        ...{ label, low: one.low * 100, high: one.high * 100, middle: one.difference * 100 },
        colour: one.verdict === "a" ? WORSE : one.verdict === "b" ? "var(--accent)" : "var(--ink-soft)",
      }));
      return {
        marginLeft: 118,
        marginBottom: 34,
        x: { label: "points of F1", grid: true, nice: true, labelArrow: "none" as const },
        y: { domain: rows.map(({ label }) => label), label: null },
        marks: [
          plot.ruleX([0], { stroke: "var(--ink-soft)" }),
          plot.ruleY(rows, { y: "label", x1: "low", x2: "high", stroke: "colour", strokeWidth: 2.5 }),
          plot.dot(rows, { y: "label", x: "middle", r: 4.5, fill: "colour", stroke: "var(--paper)" }),
        ],
      };
    },
    [labels],
  );
  return (
    <Chart
      name="Differences by label with their intervals, which stand in the table"
      height={50 + labels.length * 26}
      options={options}
    />
  );
}

function verdict({ verdict: said }: Difference, model: Model, other: Model): string {
  return said === "no difference shown" ? said : `version ${said === "b" ? model.number : other.number} is better`;
}

function points(share: number): string {
  const value = (share * 100).toFixed(1);
  return Number(value) > 0 ? `+${value}` : value.replace("-", "−").replace("−0.0", "0.0");
}

function Points({ by }: { by: number }) {
  const zero = Math.abs(by) < 0.0005;
  return (
    <span style={{ whiteSpace: "nowrap", color: zero ? "inherit" : by > 0 ? "var(--accent)" : WORSE }}>
      {zero ? "" : by > 0 ? "▲ " : "▼ "}
      {points(by)}
    </span>
  );
}
