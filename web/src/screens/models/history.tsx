/** How aliases moved: promotions and rollbacks, by whom and why. */
import { Button, Table } from "@mantine/core";
import type { Move } from "@/api/answers";
import { inProject } from "@/api/client";
import { useList } from "@/api/lists";
import { useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Card, Nothing, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { moment } from "@/shell/words";

export function History() {
  const project = useProject();
  const list = useList<Move>(inProject(project, "/models/moves"));
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  return (
    <Card title="Promotions and rollbacks">
      {list.items?.length === 0 && <Nothing>No name points at a version yet.</Nothing>}
      {Boolean(list.items?.length) && (
        <Wide name="Promotions and rollbacks">
          <Table fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>From</Table.Th>
                <Table.Th>To</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items!.map((move) => (
                <Table.Tr key={move.id}>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{moment(move.at)}</Table.Td>
                  <Table.Td>
                    <Tag color={move.rollback ? "orange" : "teal"}>
                      {move.rollback ? "↩ rollback" : "↑ promotion"}
                    </Tag>
                    {move.alias !== "production" && ` ${move.alias}`}
                  </Table.Td>
                  <Table.Td>{move.before ?? "–"}</Table.Td>
                  <Table.Td fw={600}>{move.number}</Table.Td>
                  <Table.Td>{move.user ?? "livener"}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere", minWidth: 160 }}>{move.reason}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      {list.hasNextPage && (
        <Button variant="default" size="xs" mt="sm" onClick={() => list.fetchNextPage()}>
          More
        </Button>
      )}
    </Card>
  );
}
