/** Channels: where alerts are told, each with a message that tries it. */
import { Alert, Button, Group, Select, Stack, Table, TagsInput, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Channel, Told } from "@/api/answers";
import { explain, inProject, Problem, request } from "@/api/client";
import type { Project } from "@/api/types";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing, Wide } from "@/shell/screen";
import { count } from "@/shell/words";

const KINDS = [
  { value: "webhook", label: "Webhook" },
  { value: "slack", label: "Chat like Slack" },
  { value: "email", label: "E-mail" },
];

/** Those that are told by the server itself; others may be written. */
const ALERTS = ["drift", "overconfidence", "reliability", "new_label", "audit", "failure"];

type Given = Record<string, object>;

export function Channels() {
  const project = useProject();
  const query = useQuery({
    queryKey: ["channels", project],
    queryFn: () => request<Channel[]>("GET", inProject(project, "/channels")),
    staleTime: 0,
  });
  return (
    <Stack gap={20}>
      <Card title="Channels" aside="Only to hosts that the server allows">
        <Loaded query={query}>
          {(channels) =>
            channels.length ? (
              <Wide name="Channels">
                <Table fz="sm">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>By</Table.Th>
                      <Table.Th>To</Table.Th>
                      <Table.Th>Alerts</Table.Th>
                      <Table.Th aria-label="What one can do" />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {channels.map((channel) => (
                      <Row key={channel.name} channel={channel} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Wide>
            ) : (
              <Nothing>None yet: alerts are seen on the page alone.</Nothing>
            )
          }
        </Loaded>
      </Card>
      <NewChannel taken={query.data?.map(({ name }) => name) ?? []} />
    </Stack>
  );
}

/** Change the channels as they are now; what somebody else changes in between is not lost. */
function useChange(change: (channels: Given) => Given, done?: () => void) {
  const project = useProject();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const { settings, etag } = await request<Project>("GET", inProject(project));
      const channels = change({ ...(settings.channels as Given | undefined) });
      const body = { settings: { ...settings, channels } };
      return request<Project>("PATCH", inProject(project), { body, etag: `"${etag}"` });
    },
    onSuccess: (changed) => {
      done?.();
      queries.setQueryData(["project", project], changed);
      return queries.invalidateQueries({ queryKey: ["channels", project] });
    },
  });
}

function Row({ channel }: { channel: Channel }) {
  const project = useProject();
  const test = useMutation({
    mutationFn: () => request<Told>("POST", inProject(project, `/channels/${encodeURIComponent(channel.name)}/test`)),
  });
  const remove = useChange(({ [channel.name]: _, ...others }) => others);
  return (
    <Table.Tr>
      <Table.Td fw={600}>{channel.name}</Table.Td>
      <Table.Td>{KINDS.find(({ value }) => value === channel.kind)?.label}</Table.Td>
      <Table.Td>
        {channel.host ?? `${count(channel.people)} ${channel.people === 1 ? "address" : "addresses"}`}
      </Table.Td>
      <Table.Td>{channel.kinds.join(", ") || "all"}</Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Test ${channel.name}`}
            loading={test.isPending}
            onClick={() => test.mutate()}
          >
            Test
          </Button>
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Remove ${channel.name}`}
            loading={remove.isPending}
            onClick={() => remove.mutate()}
          >
            Remove
          </Button>
        </Group>
        {test.data && (
          <Text fz="xs" role="status">
            Sent
          </Text>
        )}
        <Failed title="Not sent" error={test.error} />
        <Failed title="Not removed" error={remove.error} />
      </Table.Td>
    </Table.Tr>
  );
}

function NewChannel({ taken }: { taken: readonly string[] }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState("webhook");
  const [url, setUrl] = useState("");
  const [to, setTo] = useState<string[]>([]);
  const [kinds, setKinds] = useState<string[]>([]);
  const place = kind === "email" ? { to } : { url: url.trim() };
  const add = useChange(
    (channels) => ({ ...channels, [name.trim()]: { kind, ...place, kinds } }),
    () => {
      setName("");
      setUrl("");
      setTo([]);
      setKinds([]);
    },
  );
  const twice = taken.includes(name.trim());
  const complete = name.trim() && !name.includes("/") && !twice && (kind === "email" ? to.length > 0 : url.trim());
  return (
    <Card title="Add one">
      <Group align="start" gap="xs">
        <TextInput
          label="Name"
          maxLength={100}
          error={twice && "There is one of this name"}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="By"
          allowDeselect={false}
          data={KINDS}
          value={kind}
          onChange={(now) => setKind(now ?? "webhook")}
        />
        {kind === "email" ? (
          <TagsInput label="Addresses" miw={240} value={to} onChange={setTo} />
        ) : (
          <TextInput
            label="Address (URL)"
            type="url"
            autoComplete="off"
            miw={240}
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
        )}
        <TagsInput
          label="Only these kinds of alerts"
          placeholder={kinds.length ? undefined : "all"}
          miw={200}
          data={ALERTS}
          value={kinds}
          onChange={setKinds}
        />
        <Button mt={25} disabled={!complete} loading={add.isPending} onClick={() => add.mutate()}>
          Add
        </Button>
      </Group>
      <Failed title="Not added" error={add.error} />
    </Card>
  );
}

function Failed({ title, error }: { title: string; error: Error | null }) {
  if (!error) return null;
  return (
    <Alert color="red" variant="light" role="alert" mt="sm" title={title}>
      {explain(error)} {error instanceof Problem && error.fix}
    </Alert>
  );
}
