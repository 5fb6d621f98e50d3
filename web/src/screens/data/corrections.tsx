import { SegmentedControl, Stack, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import type { CorrectionGroup } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Chart, type Plot, SERIES } from "@/charts/chart";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing, Wide } from "@/shell/screen";
import { count, day, named } from "@/shell/words";

const GROUPS = [
  { label: "Surface form", value: "surface" },
  { label: "Label", value: "label" },
  { label: "Source", value: "source" },
  { label: "Model", value: "model" },
];

/** What people changed in predictions, the gravest first. */
export function Corrections() {
  const project = useProject();
  const [group, setGroup] = useState("surface");
  const query = useQuery({
    queryKey: ["corrections", project, group],
    queryFn: () => request<CorrectionGroup[]>("GET", inProject(project, `/corrections?group=${group}&limit=100`)),
  });
  return (
    <Stack>
      <SegmentedControl
        size="xs"
        aria-label="By"
        value={group}
        onChange={setGroup}
        data={GROUPS}
        style={{ alignSelf: "start" }}
      />
      <Loaded query={query}>
        {(groups) =>
          groups.length ? (
            <>
              <Card title="Most corrected">
                <Bars groups={groups} />
              </Card>
              <Rows groups={groups} />
            </>
          ) : (
            <Nothing>Nobody has corrected a prediction yet.</Nothing>
          )
        }
      </Loaded>
    </Stack>
  );
}

function Bars({ groups }: { groups: readonly CorrectionGroup[] }) {
  const shown = groups.slice(0, 12);
  const options = useCallback(
    (plot: Plot) => {
      const most = Math.max(...shown.map((one) => one.count));
      const bars = shown.flatMap(({ key, kinds }) =>
        found(kinds).map(([kind, number]) => ({ key: short(key), kind: named(kind), number })),
      );
      return {
        marginLeft: Math.min(170, 24 + 6.4 * Math.max(...shown.map(({ key }) => short(key).length))),
        marginBottom: 42,
        x: { label: "corrections", grid: true, ticks: Math.min(6, most), tickFormat: "d" },
        y: { label: null, domain: shown.map(({ key }) => short(key)) },
        color: { legend: true, range: SERIES },
        marks: [plot.barX(bars, { x: "number", y: "key", fill: "kind" }), plot.ruleX([0])],
      };
    },
    [shown],
  );
  return <Chart name="Corrections by error type" height={60 + shown.length * 24} options={options} />;
}

/** The kinds that there are, without those that nobody made. */
function found(kinds: Readonly<Record<string, number>>) {
  return Object.entries(kinds).filter(([, number]) => number > 0);
}

function short(key: string): string {
  return key.length > 24 ? `${key.slice(0, 23)}…` : key || "–";
}

function Rows({ groups }: { groups: readonly CorrectionGroup[] }) {
  return (
    <Wide name="Corrections">
      <Table fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>What</Table.Th>
            <Table.Th ta="right">Corrections</Table.Th>
            <Table.Th ta="right">Severity</Table.Th>
            <Table.Th>Kinds</Table.Th>
            <Table.Th>Latest</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {groups.map(({ key, count: number, severity, kinds, latest }) => (
            <Table.Tr key={key}>
              <Table.Td dir="auto" style={{ overflowWrap: "anywhere" }}>
                {key || "–"}
              </Table.Td>
              <Table.Td ta="right">{count(number)}</Table.Td>
              <Table.Td ta="right">{count(severity)}</Table.Td>
              <Table.Td>
                {found(kinds)
                  .map(([kind, times]) => `${named(kind).toLowerCase()} ${count(times)}`)
                  .join(", ")}
              </Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{day(latest)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}
