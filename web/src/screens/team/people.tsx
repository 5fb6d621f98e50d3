import { Progress, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Unread, Work } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { useProject } from "@/session/session";
import { Card, Nothing, Wide } from "@/shell/screen";
import { count, duration, percent } from "@/shell/words";

/** What each person did, how long it took them, how far one can rely on it, and whether they know the guidelines. */
export function People({ people }: { people: readonly Work[] }) {
  const project = useProject();
  const reliabilities = useQuery({
    queryKey: ["reliabilities", project],
    queryFn: () => request<{ user: string; reliability: number }[]>("GET", inProject(project, "/reliabilities")),
  });
  const unread = useQuery({
    queryKey: ["unread", project],
    queryFn: () => request<Unread[]>("GET", inProject(project, "/guidelines/unread")),
  });
  if (!people.length) return null;
  const known = new Map(reliabilities.data?.map(({ user, reliability }) => [user, reliability]));
  const behind = new Set(unread.data?.map(({ user }) => user));
  return (
    <Card title="People" aside="Reliability: the estimated F1 of somebody’s spans">
      <Wide name="People">
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th ta="right">Tasks</Table.Th>
              <Table.Th ta="right">Time per task (median)</Table.Th>
              <Table.Th>Reliability</Table.Th>
              <Table.Th>Guidelines</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {people.map(({ user, tasks, median_seconds }) => {
              const reliability = known.get(user);
              return (
                <Table.Tr key={user}>
                  <Table.Td fw={550}>{user}</Table.Td>
                  <Table.Td ta="right">{count(tasks)}</Table.Td>
                  <Table.Td ta="right">{duration(median_seconds)}</Table.Td>
                  <Table.Td miw={150}>
                    {percent(reliability)}
                    {reliability !== undefined && (
                      <Progress value={reliability * 100} size="xs" aria-label={`Reliability of ${user}`} />
                    )}
                  </Table.Td>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>
                    {!unread.data ? "–" : behind.has(user) ? "has to read the latest" : "read"}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Wide>
      {reliabilities.data?.length === 0 && <Nothing>Reliability is known once several people saw one text.</Nothing>}
    </Card>
  );
}
