import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { NewLabel } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Share } from "@/screens/monitor/sampled";
import { useProject } from "@/session/session";
import { Card, Loaded, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { count, day } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

const COLOURS = { waits: "gray", silent: "red", falls: "red", well: "teal" } as const;
const STATES = { waits: "waits for a model", silent: "never fires", falls: "falls", well: "found" } as const;

/** Labels in their first thirty days, each in a line of its own; nothing where there is none. */
export function NewLabels() {
  const project = useProject();
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const query = useQuery({
    queryKey: ["new-labels", project],
    queryFn: () => request<NewLabel[]>("GET", inProject(project, "/monitoring/new-labels")),
  });
  return (
    <Loaded query={query}>
      {(found) =>
        found.length > 0 && (
          <Card title="New labels" aside="Each is watched on its own for its first thirty days">
            <Wide name="New labels">
              <Table fz="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Label</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Since</Table.Th>
                    <Table.Th ta="right">Spans</Table.Th>
                    <Table.Th ta="right">Precision</Table.Th>
                    <Table.Th ta="right">Recall</Table.Th>
                    <Table.Th>What is seen</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {found.map((one) => (
                    <Table.Tr key={one.label}>
                      <Table.Td>
                        <LabelChip label={one.label} styles={styles} />
                      </Table.Td>
                      <Table.Td>
                        <Tag color={COLOURS[one.state]}>{STATES[one.state]}</Tag>
                      </Table.Td>
                      <Table.Td style={{ whiteSpace: "nowrap" }}>{day(one.since)}</Table.Td>
                      <Table.Td ta="right">{count(one.spans)}</Table.Td>
                      <Share of={one.quality.precision} />
                      <Share of={one.quality.recall} />
                      <Table.Td style={{ minWidth: 160 }}>{one.why}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Wide>
          </Card>
        )
      }
    </Loaded>
  );
}
