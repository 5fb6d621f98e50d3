import { Alert, Button, Group, Stack, Switch, Table, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { explain, request } from "@/api/client";
import { useList } from "@/api/lists";
import { Secret } from "@/screens/settings/secret";
import { useSession } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { day } from "@/shell/words";

interface User {
  name: string;
  administrator: boolean;
  disabled: boolean;
  signs_in: boolean;
  created_at: string;
}

/** Everybody who may sign in to the server; a link lets somebody set their password, once. */
export function Users() {
  const { user: me } = useSession();
  const list = useList<User>("/users");
  const [name, setName] = useState("");
  const invite = useMutation({
    mutationFn: ({ name, known }: { name: string; known: boolean }) =>
      request<{ user: User; link: string }>(
        "POST",
        known ? `/users/${encodeURIComponent(name)}/invitation` : "/users",
        {
          body: known ? undefined : { name },
        },
      ),
    onSuccess: () => {
      setName("");
      void list.refetch();
    },
  });
  const change = useMutation({
    mutationFn: ({ name, disabled }: { name: string; disabled: boolean }) =>
      request("PATCH", `/users/${encodeURIComponent(name)}`, { body: { disabled } }),
    onSuccess: () => list.refetch(),
  });
  const error = invite.error ?? change.error;
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate({ name: name.trim(), known: false });
        }}
      >
        <Group gap="xs" align="end">
          <TextInput
            label="Name of a new user"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" disabled={!name.trim()} loading={invite.isPending}>
            Invite
          </Button>
        </Group>
      </form>
      {error && (
        <Alert color="red" variant="light" role="alert">
          {explain(error)}
        </Alert>
      )}
      {invite.data && (
        <Secret title={`Send this link to ${invite.data.user.name}: it works once`} secret={invite.data.link} />
      )}
      <Wide name="Users">
        <Table fz="sm" miw={520}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Since</Table.Th>
              <Table.Th>May sign in</Table.Th>
              <Table.Th aria-label="Invite" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.items?.map((user) => (
              <Table.Tr key={user.name}>
                <Table.Td fw={550}>
                  {user.name} {user.administrator && <Tag color="gray">administrator</Tag>}
                </Table.Td>
                <Table.Td>{day(user.created_at)}</Table.Td>
                <Table.Td>
                  <Switch
                    aria-label={`${user.name} may sign in`}
                    checked={!user.disabled}
                    disabled={user.name === me.name}
                    onChange={(event) => change.mutate({ name: user.name, disabled: !event.currentTarget.checked })}
                  />
                </Table.Td>
                <Table.Td ta="right">
                  <Button
                    variant="default"
                    size="compact-xs"
                    onClick={() => invite.mutate({ name: user.name, known: true })}
                  >
                    {user.signs_in ? "New password link" : "Invitation link"}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Stack>
  );
}
