/** How good production is, by the random sample of it that people settled: with intervals, by label, domain and day. */
import { Group, Select, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { Estimate, Rolling, SampledQuality } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Chart, type Plot, SERIES } from "@/charts/chart";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing, Wide } from "@/shell/screen";
import { count, percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

const ALL = "All";

export function Sampled({ days }: { days: number }) {
  const project = useProject();
  const [label, setLabel] = useState(ALL);
  const [domain, setDomain] = useState(ALL);
  const asked = new URLSearchParams({ days: `${days}` });
  if (label !== ALL) asked.set("label", label);
  if (domain !== ALL) asked.set("domain", domain);
  const query = useQuery({
    queryKey: ["rolling", project, `${asked}`],
    queryFn: () => request<Rolling>("GET", inProject(project, `/monitoring/rolling?${asked}`)),
    placeholderData: (before) => before,
  });
  return (
    <Card
      title="By a random sample of production"
      aside="With 95 % intervals; documents without a prediction count, too"
    >
      <Loaded query={query}>
        {(found) => {
          const domains = [...new Set(found.whole.map((one) => one.domain ?? ALL))].filter(Boolean);
          const labels = [...new Set(found.whole.map((one) => one.label ?? ALL))];
          const shown = found.whole.filter((one) => (one.domain ?? ALL) === domain);
          if (!found.whole[0]?.documents)
            return (
              <Nothing>
                No document of a sample was settled in this time. The job “sample” draws one each day where the
                settings say so.
              </Nothing>
            );
          return (
            <>
              <Group gap="xs" mb="sm">
                <Pick name="Domain" value={domain} onPick={setDomain} data={domains} />
                <Pick name="Label of the sample" value={label} onPick={setLabel} data={labels} />
              </Group>
              <Days days={found.days} name={`${label}, ${domain}`} />
              <Wide name="Precision and recall of the sample">
                <Rows rows={shown} />
              </Wide>
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Pick({
  name,
  value,
  onPick,
  data,
}: {
  name: string;
  value: string;
  onPick: (value: string) => void;
  data: string[];
}) {
  return (
    <Select
      size="xs"
      w={170}
      aria-label={name}
      allowDeselect={false}
      value={value}
      onChange={(now) => onPick(now ?? ALL)}
      data={data.map((one) => ({
        value: one,
        label: one === ALL ? `${ALL} ${name.split(" ")[0]!.toLowerCase()}s` : one,
      }))}
    />
  );
}

function Rows({ rows }: { rows: readonly SampledQuality[] }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  return (
    <Table fz="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Label</Table.Th>
          <Table.Th ta="right">Precision</Table.Th>
          <Table.Th ta="right">Recall</Table.Th>
          <Table.Th ta="right">F1</Table.Th>
          <Table.Th ta="right">Documents</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((one) => (
          <Table.Tr key={one.label ?? ALL}>
            <Table.Td>{one.label ? <LabelChip label={one.label} styles={styles} /> : <b>All labels</b>}</Table.Td>
            <Share of={one.precision} />
            <Share of={one.recall} />
            <Share of={one.f1} />
            <Table.Td ta="right">{count(one.documents)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

export function Share({ of }: { of: Estimate | null }) {
  return (
    <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
      {of ? (
        <>
          {percent(of.value)}{" "}
          <small style={{ color: "var(--ink-soft)" }}>
            {percent(of.low)} … {percent(of.high)}
          </small>
        </>
      ) : (
        "–"
      )}
    </Table.Td>
  );
}

function Days({ days, name }: { days: readonly SampledQuality[]; name: string }) {
  const options = useCallback(
    (plot: Plot) => {
      const drawn = days.flatMap(({ day, f1 }) => (f1 && day ? [{ at: new Date(day), ...f1 }] : []));
      return {
        marginLeft: 44,
        marginBottom: 38,
        x: { type: "utc" as const, label: null },
        y: { domain: [0, 1], tickFormat: "%", label: "F1", grid: true, labelArrow: "none" as const },
        marks: [
          plot.areaY(drawn, { x: "at", y1: "low", y2: "high", fill: SERIES[0]!, fillOpacity: 0.16 }),
          plot.line(drawn, { x: "at", y: "value", stroke: SERIES[0]!, strokeWidth: 2 }),
          plot.dot(drawn, {
            ...{ x: "at", y: "value", fill: SERIES[0]!, r: 3, tip: true },
            title: (one: Estimate & { at: Date }) =>
              `${one.at.toLocaleDateString()}: ${percent(one.value)}, ${percent(one.low)} to ${percent(one.high)}`,
          }),
        ],
      };
    },
    [days],
  );
  if (days.length < 2) return null;
  return <Chart name={`F1 of the sample by day with its interval: ${name}`} height={200} options={options} />;
}
