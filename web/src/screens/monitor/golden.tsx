/** How good what serves is on the golden set, by what the gate found: by label, and over time. */
import { Select, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Quality } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { type Marks, OverTime, type Point } from "@/screens/monitor/over-time";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing, Wide } from "@/shell/screen";
import { count, percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

const EVERY = "*"; // as the server calls all labels
const ALL = "All labels";

export function Golden({ days, marks }: { days: number; marks: Marks }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["quality", project, days],
    queryFn: () => request<Quality>("GET", inProject(project, `/monitoring/quality?days=${days}`)),
  });
  return (
    <Loaded query={query}>
      {({ served }) =>
        served.length ? (
          <Judged served={served} marks={marks} />
        ) : (
          <Card title="On the golden set">
            <Nothing>No version that served in this time was judged by a gate.</Nothing>
          </Card>
        )
      }
    </Loaded>
  );
}

function Judged({ served, marks }: { served: Quality["served"]; marks: Marks }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const [label, setLabel] = useState(ALL);
  const last = served.at(-1)!;
  const names = Object.keys(last.labels).filter((name) => name !== EVERY);
  const points = useMemo(() => {
    const until = new Date().toISOString();
    return served.flatMap(({ at, labels }, index): Point[] => {
      const value = labels[label === ALL ? EVERY : label]?.f1 ?? null;
      const end = served[index + 1]?.at ?? until;
      return [at, end].map((when) => ({ at: when, value, series: label })); // a step: it holds until another serves
    });
  }, [served, label]);
  return (
    <Card
      title="On the golden set"
      aside={
        <Select
          size="xs"
          w={170}
          aria-label="Label on the golden set"
          allowDeselect={false}
          value={label}
          onChange={(value) => setLabel(value ?? ALL)}
          data={[ALL, ...names]}
        />
      }
    >
      <OverTime
        name={`F1 on the golden set of what served: ${label}`}
        points={points}
        marks={marks}
        share
        label="F1"
      />
      <Wide name="Precision and recall on the golden set">
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Version {last.number}</Table.Th>
              <Table.Th ta="right">Precision</Table.Th>
              <Table.Th ta="right">Recall</Table.Th>
              <Table.Th ta="right">F1</Table.Th>
              <Table.Th ta="right">Spans</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {[EVERY, ...names].map((name) => {
              const one = last.labels[name]!;
              return (
                <Table.Tr key={name}>
                  <Table.Td>{name === EVERY ? <b>{ALL}</b> : <LabelChip label={name} styles={styles} />}</Table.Td>
                  <Table.Td ta="right">{percent(one.precision)}</Table.Td>
                  <Table.Td ta="right">{percent(one.recall)}</Table.Td>
                  <Table.Td ta="right">{percent(one.f1)}</Table.Td>
                  <Table.Td ta="right">{count(one.support ?? 0)}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Wide>
    </Card>
  );
}
