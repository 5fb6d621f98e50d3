import { Anchor, Button, Code, Group, Modal, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Dataset, DatasetDiff } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import { useMay, useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Card, Figures, Loaded, Nothing, Wide } from "@/shell/screen";
import { count, moment } from "@/shell/words";

/** Dataset versions: what is decided, frozen under a name; and what changed between two. */
export function Datasets() {
  const project = useProject();
  const lead = useMay("lead");
  const [making, setMaking] = useState(false);
  const list = useList<Dataset>(inProject(project, "/datasets"));
  const versions = list.items?.toReversed();
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  return (
    <Stack>
      {lead && (
        <Group justify="flex-end">
          <Button onClick={() => setMaking(true)}>New version</Button>
        </Group>
      )}
      {versions?.length === 0 && <Nothing>No version yet: one is made of what was decided until then.</Nothing>}
      {Boolean(versions?.length) && (
        <Wide name="Dataset versions">
          <Table fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th>Documents</Table.Th>
                <Table.Th>Address</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {versions!.map(({ name, address, created, splits }) => (
                <Table.Tr key={address}>
                  <Table.Td fw={550}>{name}</Table.Td>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{moment(created)}</Table.Td>
                  <Table.Td>
                    <Group gap="xs">
                      {Object.entries(splits).map(([split, documents]) =>
                        lead ? (
                          <Anchor
                            key={split}
                            fz="sm"
                            c="var(--accent)"
                            underline="always"
                            download
                            href={`/v1${inProject(project, `/datasets/${encodeURIComponent(address)}/export/${encodeURIComponent(split)}`)}`}
                          >
                            {split} {count(documents)}
                          </Anchor>
                        ) : (
                          <span key={split}>
                            {split} {count(documents)}
                          </span>
                        ),
                      )}
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    <Code title={address}>{address.replace(/^.*[:-]/, "").slice(0, 12)}</Code>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      {versions && versions.length > 1 && <Diff versions={versions} />}
      {making && (
        <NewVersion
          parent={versions?.[0]}
          close={() => setMaking(false)}
          made={() => {
            setMaking(false);
            void list.refetch();
          }}
        />
      )}
    </Stack>
  );
}

function Diff({ versions }: { versions: readonly Dataset[] }) {
  const project = useProject();
  const [old, setOld] = useState(versions[1]!.address);
  const [now, setNow] = useState(versions[0]!.address);
  const between = `old=${encodeURIComponent(old)}&new=${encodeURIComponent(now)}`;
  const query = useQuery({
    queryKey: ["dataset-diff", project, old, now],
    queryFn: () => request<DatasetDiff>("GET", inProject(project, `/datasets/diff?${between}`)),
  });
  const pick = (name: string, value: string, set: (value: string) => void) => (
    <Select
      size="xs"
      w={170}
      aria-label={name}
      allowDeselect={false}
      value={value}
      onChange={(chosen) => set(chosen!)}
      data={versions.map((one) => ({ value: one.address, label: `${one.name} · ${one.address.slice(-6)}` }))}
    />
  );
  return (
    <Card title="What changed">
      <Group gap="xs" mb="sm">
        {pick("From", old, setOld)} <Text fz="sm">to</Text> {pick("To", now, setNow)}
      </Group>
      <Loaded query={query}>
        {(diff) => (
          <>
            <Figures
              figures={[
                { name: "Added", value: count(diff.added.length) },
                { name: "Removed", value: count(diff.removed.length) },
                { name: "Other spans", value: count(diff.changed.length) },
                { name: "Another split", value: count(diff.moved.length) },
              ]}
            />
            <Text fz="xs" c="var(--ink-soft)" mt="sm" style={{ overflowWrap: "anywhere" }} lineClamp={3}>
              {[...diff.added, ...diff.removed, ...diff.changed, ...diff.moved].slice(0, 60).join(", ")}
            </Text>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function NewVersion({ parent, close, made }: { parent?: Dataset; close: () => void; made: () => void }) {
  const project = useProject();
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () =>
      request<Dataset>("POST", inProject(project, "/datasets"), {
        body: { name: name.trim(), parents: parent ? [parent.address] : [] },
      }),
    onSuccess: made,
  });
  return (
    <Modal opened onClose={close} title="New dataset version" closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <TextInput
            data-autofocus
            label="Name"
            description="All that is decided now, in three parts: train 80%, dev 10%, test 10%"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={create.error && explain(create.error)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
              Make it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
