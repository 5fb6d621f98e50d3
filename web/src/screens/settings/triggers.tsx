/** Triggers: what begins a job by itself, in earnest or as a dry run; and when each went off and why. */
import {
  Alert, Button, Group, NumberInput, SegmentedControl, Select, Stack, Table, Text, TextInput,
} from "@mantine/core"; // biome-ignore format: one line
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Trigger, TriggerEvent, TriggerFinding } from "@/api/answers";
import { explain, inProject, Problem, request } from "@/api/client";
import { useList } from "@/api/lists";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { moment, named } from "@/shell/words";

/** The conditions, what is asked of each in its one setting, and what that begins with. */
const CONDITIONS = {
  corrections: { name: "So many corrections", setting: "count", ask: "Corrections", initial: "50" },
  error_cluster: { name: "The same error again", setting: "times", ask: "Times", initial: "3" },
  rolling_f1: { name: "F1 falls under", setting: "limit", ask: "F1, from 0 to 1", initial: "0.8" },
  schedule: { name: "At a time", setting: "cron", ask: "Crontab, in UTC", initial: "0 3 * * 1" },
  guidelines: { name: "New guidelines", setting: null, ask: "", initial: "" },
  alert: { name: "An alert opens", setting: null, ask: "", initial: "" },
} as const;
type ConditionName = keyof typeof CONDITIONS;

export function Triggers() {
  const project = useProject();
  const query = useQuery({
    queryKey: ["triggers", project],
    queryFn: () => request<Trigger[]>("GET", inProject(project, "/triggers")),
  });
  return (
    <Stack gap={20}>
      <Card title="Triggers" aside="A dry run notes what would have begun, and begins nothing">
        <Loaded query={query}>
          {(triggers) =>
            triggers.length ? (
              <Wide name="Triggers">
                <Table fz="sm">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>Name</Table.Th>
                      <Table.Th>When</Table.Th>
                      <Table.Th>Begins</Table.Th>
                      <Table.Th>Last</Table.Th>
                      <Table.Th>Mode</Table.Th>
                      <Table.Th aria-label="What one can do" />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {triggers.map((trigger) => (
                      <Row key={trigger.id} trigger={trigger} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Wide>
            ) : (
              <Nothing>None yet: a model is trained when somebody begins it.</Nothing>
            )
          }
        </Loaded>
      </Card>
      <NewTrigger />
      <Events />
    </Stack>
  );
}

function Row({ trigger }: { trigger: Trigger }) {
  const project = useProject();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (mode: string) =>
      request<Trigger>("PATCH", inProject(project, `/triggers/${trigger.id}`), { body: { mode } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["triggers", project] }),
  });
  const check = useMutation({
    mutationFn: () => request<TriggerFinding>("GET", inProject(project, `/triggers/${trigger.id}/check`)),
  });
  const settings = Object.entries(trigger.settings).map(([key, value]) => `${named(key).toLowerCase()} ${value}`);
  return (
    <Table.Tr>
      <Table.Td fw={600}>{trigger.name}</Table.Td>
      <Table.Td>
        {[CONDITIONS[trigger.condition as ConditionName]?.name ?? named(trigger.condition), ...settings].join(" · ")}
        {check.data && (
          <Text fz="xs" c="var(--ink-soft)" role="status">
            {check.data.holds ? "Would go off now: " : "Would not go off now: "}
            {check.data.detail}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{named(trigger.job)}</Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{trigger.last ? moment(trigger.last) : "never"}</Table.Td>
      <Table.Td>
        <SegmentedControl
          size="xs"
          aria-label={`Mode of ${trigger.name}`}
          value={trigger.mode}
          onChange={(mode) => change.mutate(mode)}
          data={[
            { label: "On", value: "on" },
            { label: "Dry run", value: "dry" },
            { label: "Off", value: "off" },
          ]}
        />
      </Table.Td>
      <Table.Td>
        <Button size="compact-xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
          Check now
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

function NewTrigger() {
  const project = useProject();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [condition, setCondition] = useState<ConditionName>("corrections");
  const [value, setValue] = useState<string>(CONDITIONS.corrections.initial);
  const { setting, ask } = CONDITIONS[condition];
  const add = useMutation({
    mutationFn: () =>
      request<Trigger>("POST", inProject(project, "/triggers"), {
        body: {
          ...{ name: name.trim(), condition, mode: "dry" },
          settings: setting ? { [setting]: setting === "cron" ? value : Number(value) } : {},
        },
      }),
    onSuccess: () => {
      setName("");
      return queries.invalidateQueries({ queryKey: ["triggers", project] });
    },
  });
  return (
    <Card title="Add one" aside="It begins as a dry run">
      <Group align="end" gap="xs">
        <TextInput
          label="Name"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="When"
          allowDeselect={false}
          value={condition}
          onChange={(now) => {
            const chosen = (now ?? "corrections") as ConditionName;
            setCondition(chosen);
            setValue(CONDITIONS[chosen].initial);
          }}
          data={Object.entries(CONDITIONS).map(([key, one]) => ({ value: key, label: one.name }))}
        />
        {setting === "cron" && (
          <TextInput label={ask} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
        )}
        {setting && setting !== "cron" && (
          <NumberInput label={ask} min={0} value={value} onChange={(now) => setValue(String(now))} w={150} />
        )}
        <Button disabled={!name.trim()} loading={add.isPending} onClick={() => add.mutate()}>
          Add
        </Button>
      </Group>
      {add.error && (
        <Alert color="red" variant="light" role="alert" mt="sm" title="Not added">
          {explain(add.error)} {add.error instanceof Problem && add.error.fix}
        </Alert>
      )}
    </Card>
  );
}

function Events() {
  const project = useProject();
  const list = useList<TriggerEvent>(inProject(project, "/triggers/log"), { limit: 30 });
  return (
    <Card title="When triggers went off">
      {list.items?.length === 0 && <Nothing>None has gone off yet.</Nothing>}
      {Boolean(list.items?.length) && (
        <Wide name="When triggers went off">
          <Table fz="sm">
            <Table.Tbody>
              {list.items!.map((event) => (
                <Table.Tr key={event.id}>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{moment(event.at)}</Table.Td>
                  <Table.Td fw={600}>{event.trigger}</Table.Td>
                  <Table.Td>{event.detail}</Table.Td>
                  <Table.Td>
                    {event.dry ? <Tag color="gray">dry run</Tag> : event.job !== null && `job ${event.job}`}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
    </Card>
  );
}
