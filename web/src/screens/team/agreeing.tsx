import { Group, Select, Table } from "@mantine/core";
import { useCallback, useState } from "react";
import type { Agreement, Figures } from "@/api/answers";
import { Chart, type Plot, SERIES } from "@/charts/chart";
import { Card, Wide } from "@/shell/screen";
import { count, figure, percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

/** How far people agree: by label, by pair, and over time. */
export function Agreeing({ found }: { found: Agreement }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const [label, setLabel] = useState("");
  const names = Object.keys(found.per_label);
  const labels = Object.entries(found.per_label).sort(
    ([, one], [, other]) => (one.fleiss ?? 2) - (other.fleiss ?? 2),
  );
  return (
    <>
      <Card
        title="Agreement over time"
        aside={
          <Select
            size="xs"
            w={170}
            aria-label="Label"
            allowDeselect={false}
            value={label}
            onChange={(value) => setLabel(value ?? "")}
            data={[{ value: "", label: "All labels" }, ...names]}
          />
        }
      >
        <Weeks found={found} label={label} />
      </Card>
      <Group align="start" grow preventGrowOverflow={false} wrap="wrap">
        <Card title="By label" aside="The least agreed first">
          <Wide name="Agreement by label">
            <Rows
              rows={labels.map(([name, figures]) => ({
                key: name,
                name: <LabelChip label={name} styles={styles} />,
                figures,
                kappa: figures.fleiss,
              }))}
            />
          </Wide>
        </Card>
        <Card title="By pair">
          <Wide name="Agreement by pair">
            <Rows
              rows={found.pairs.map((pair) => ({
                key: `${pair.a} ${pair.b}`,
                name: `${pair.a} and ${pair.b}`,
                figures: pair,
                kappa: pair.cohen,
              }))}
            />
          </Wide>
        </Card>
      </Group>
    </>
  );
}

interface Row {
  key: string;
  name: React.ReactNode;
  figures: Figures;
  kappa: number | null;
}

function Rows({ rows }: { rows: readonly Row[] }) {
  return (
    <Table fz="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Who or what</Table.Th>
          <Table.Th ta="right">κ</Table.Th>
          <Table.Th ta="right">Same spans</Table.Th>
          <Table.Th ta="right">Spans</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ key, name, figures, kappa }) => (
          <Table.Tr key={key}>
            <Table.Td>{name}</Table.Td>
            <Table.Td ta="right">{figure(kappa)}</Table.Td>
            <Table.Td ta="right">{percent(figures.strict)}</Table.Td>
            <Table.Td ta="right">{count(figures.spans)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Weeks({ found, label }: { found: Agreement; label: string }) {
  const options = useCallback(
    (plot: Plot) => {
      const points = found.weeks.flatMap((week) => {
        const figures = label ? week.per_label[label] : week;
        return figures?.fleiss == null ? [] : [{ week: new Date(week.week), kappa: figures.fleiss }];
      });
      const text = (point: { kappa: number }) => point.kappa.toFixed(2);
      return {
        marginLeft: 34,
        marginRight: 24,
        x: {
          type: "utc" as const,
          label: null,
          inset: 24,
          ticks: points.map(({ week }) => week),
          tickFormat: "%-d %b",
        },
        y: { label: "κ", domain: [Math.min(0, ...points.map(({ kappa }) => kappa)), 1], grid: true, ticks: 5 },
        marks: [
          plot.ruleY([0]),
          plot.lineY(points, { x: "week", y: "kappa", stroke: SERIES[0], strokeWidth: 2 }),
          plot.dot(points, { x: "week", y: "kappa", fill: SERIES[0], r: 4 }),
          plot.text(points, { x: "week", y: "kappa", text, dy: -12, fill: "var(--ink)" }),
        ],
      };
    },
    [found, label],
  );
  const said = found.weeks.map(({ week, fleiss }) => `${week} ${figure(fleiss)}`).join(", ");
  return <Chart name={`Fleiss’ κ by week: ${said}`} height={210} options={options} />;
}
