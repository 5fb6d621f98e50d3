/** Monitor: what must not be trained on, what people correct, and what was done; drift and alerts come with serving. */
import { Alert, Button, Table } from "@mantine/core";
import { IconActivity } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import { useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Card, Loaded, Nothing, Screen, Wide } from "@/shell/screen";
import { moment } from "@/shell/words";

interface Blocked {
  label: string;
  reason: string;
}

interface Entry {
  id: number;
  at: string;
  user: string | null;
  action: string;
  subject: string;
}

export default function Monitor() {
  const project = useProject();
  const blocked = useQuery({
    queryKey: ["training-block", project],
    queryFn: () => request<Blocked[]>("GET", inProject(project, "/training-block")),
  });
  const log = useList<Entry>(inProject(project, "/audit"), { limit: 30 });
  return (
    <Screen title="Monitor">
      <Alert
        role="note"
        variant="light"
        color="gray"
        icon={<IconActivity size={20} />}
        title="Nothing is served yet"
        styles={{ message: { color: "var(--ink)" } }}
      >
        When a model of this project answers requests, this screen shows what it found, how sure it was, what drifted,
        and the alerts.
      </Alert>
      <Card title="Labels that must not be trained on">
        <Loaded query={blocked}>
          {(labels) =>
            labels.length ? (
              <ul>
                {labels.map(({ label, reason }) => (
                  <li key={label}>{reason}</li>
                ))}
              </ul>
            ) : (
              <Nothing>None: people agree on every label as far as the settings ask for it.</Nothing>
            )
          }
        </Loaded>
      </Card>
      <Card title="What was done">
        {log.error && <Failure error={log.error} again={log.refetch} />}
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
    </Screen>
  );
}
