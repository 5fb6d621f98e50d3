import { Alert, Button, Group, MultiSelect, NumberInput, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Token } from "@/api/answers";
import { explain, request } from "@/api/client";
import { useList } from "@/api/lists";
import { Secret } from "@/screens/settings/secret";
import { Failure } from "@/shell/failure";
import { Nothing, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { day } from "@/shell/words";

/** One's own tokens: for programs that use the server in one's name. */
export function Tokens() {
  const list = useList<Token>("/tokens");
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState(["read"]);
  const [days, setDays] = useState<number | string>(90);
  const create = useMutation({
    mutationFn: () =>
      request<Token & { token: string }>("POST", "/tokens", {
        body: { name: name.trim(), scopes, days: Number(days) },
      }),
    onSuccess: () => {
      setName("");
      void list.refetch();
    },
  });
  const revoke = useMutation({
    mutationFn: (id: number) => request("DELETE", `/tokens/${id}`),
    onSuccess: () => list.refetch(),
  });
  const error = create.error ?? revoke.error;
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  return (
    <Stack>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Group gap="xs" align="end">
          <TextInput
            label="What it is for"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <MultiSelect
            label="What it may do"
            miw={220}
            value={scopes}
            onChange={setScopes}
            data={["read", "annotate", "review", "manage", "recognize"]}
          />
          <NumberInput label="Days" w={90} min={1} allowDecimal={false} value={days} onChange={setDays} />
          <Button type="submit" loading={create.isPending} disabled={!name.trim() || !scopes.length || !days}>
            Make a token
          </Button>
        </Group>
      </form>
      {error && (
        <Alert color="red" variant="light" role="alert">
          {explain(error)}
        </Alert>
      )}
      {create.data && <Secret title="Keep it now: it is not shown again" secret={create.data.token} />}
      {list.items?.length === 0 && <Nothing>You have no tokens.</Nothing>}
      {Boolean(list.items?.length) && (
        <Wide name="Tokens">
          <Table fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Number</Table.Th>
                <Table.Th>May</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th>Ends</Table.Th>
                <Table.Th aria-label="Revoke" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items!.map((token) => (
                <Table.Tr key={token.id}>
                  <Table.Td>{token.id}</Table.Td>
                  <Table.Td>{token.scopes.join(", ")}</Table.Td>
                  <Table.Td>{day(token.created_at)}</Table.Td>
                  <Table.Td>{day(token.expires_at)}</Table.Td>
                  <Table.Td ta="right">
                    {token.revoked ? (
                      <Tag color="gray">revoked</Tag>
                    ) : (
                      <Button variant="default" size="compact-xs" onClick={() => revoke.mutate(token.id)}>
                        Revoke
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      <Text fz="xs" c="var(--ink-soft)">
        A program sends it as: Authorization: Bearer lvn_…
      </Text>
    </Stack>
  );
}
