import { Button, Table } from "@mantine/core";
import { inProject } from "@/api/client";
import { useList } from "@/api/lists";
import { useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Card, Nothing, Wide } from "@/shell/screen";
import { moment } from "@/shell/words";

interface Entry {
  id: number;
  at: string;
  user: string | null;
  action: string;
  subject: string;
}

/** What was done in the project, by whom. */
export function Log() {
  const project = useProject();
  const log = useList<Entry>(inProject(project, "/audit"), { limit: 30 });
  if (log.error) return <Failure error={log.error} again={log.refetch} />;
  return (
    <Card title="What was done">
      {log.items?.length === 0 && <Nothing>Nothing yet.</Nothing>}
      {Boolean(log.items?.length) && (
        <Wide name="What was done">
          <Table fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>On</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {log.items!.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{moment(entry.at)}</Table.Td>
                  <Table.Td>{entry.user ?? "livener"}</Table.Td>
                  <Table.Td>{entry.action}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{entry.subject}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      {log.hasNextPage && (
        <Button variant="default" size="xs" mt="sm" onClick={() => log.fetchNextPage()}>
          More
        </Button>
      )}
    </Card>
  );
}
