import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Unread } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { useProject } from "@/session/session";
import { Loaded, Nothing, Wide } from "@/shell/screen";

/** Who has to read the version in force. */
export function Readers() {
  const project = useProject();
  const query = useQuery({
    queryKey: ["unread", project],
    queryFn: () => request<Unread[]>("GET", inProject(project, "/guidelines/unread")),
    staleTime: 0,
  });
  return (
    <Loaded query={query}>
      {(unread) =>
        unread.length ? (
          <Wide name="Who has to read">
            <Table fz="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Has to read</Table.Th>
                  <Table.Th>Last read</Table.Th>
                  <Table.Th>Sections that changed since</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {unread.map(({ user, read, labels }) => (
                  <Table.Tr key={user}>
                    <Table.Td>{user}</Table.Td>
                    <Table.Td>{read === null ? "never" : `version ${read}`}</Table.Td>
                    <Table.Td>
                      {read === null ? "all" : labels.map((one) => one || "introduction").join(", ")}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Wide>
        ) : (
          <Nothing>Everybody has read the version in force.</Nothing>
        )
      }
    </Loaded>
  );
}
