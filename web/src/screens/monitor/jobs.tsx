/** Background work: what runs, how far it is, and what came of it. */
import { Button, Group, Progress, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Job, JobNote } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import type { Page } from "@/api/types";
import { useMay, useProject } from "@/session/session";
import { Card, Loaded, Nothing, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { duration, moment, named } from "@/shell/words";

const COLOURS = { queued: "gray", running: "blue", done: "teal", failed: "red", cancelled: "orange" } as const;
const WATCH = 2000; // milliseconds, while something runs

export function Jobs() {
  const project = useProject();
  const queries = useQueryClient();
  const lead = useMay("lead");
  const [open, setOpen] = useState<number | null>(null);
  const query = useQuery({
    queryKey: ["jobs", project],
    queryFn: () => request<Page<Job>>("GET", inProject(project, "/jobs?limit=30")),
    refetchInterval: ({ state }) =>
      state.data?.items.some((job) => job.state === "running" || job.state === "queued") ? WATCH : false,
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ["jobs", project] });
  const failed = (error: unknown) => notifications.show({ color: "red", message: explain(error) });
  const learn = useMutation({
    mutationFn: () => request<Job>("POST", inProject(project, "/jobs"), { body: { kind: "learn" } }),
    onSuccess: refresh,
    onError: failed,
  });
  const cancel = useMutation({
    mutationFn: (id: number) => request<Job>("POST", inProject(project, `/jobs/${id}/cancel`)),
    onSuccess: refresh,
    onError: failed,
  });
  return (
    <Card
      title="Jobs"
      aside={
        lead && (
          <Button size="compact-sm" variant="default" loading={learn.isPending} onClick={() => learn.mutate()}>
            Learn from what was settled
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {({ items }) =>
          items.length ? (
            <Wide name="Jobs">
              <Table fz="sm">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Job</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Why</Table.Th>
                    <Table.Th>Begun</Table.Th>
                    <Table.Th ta="right">Took</Table.Th>
                    <Table.Th aria-label="What one can do" />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((job) => (
                    <Row
                      key={job.id}
                      job={job}
                      open={open === job.id}
                      toggle={() => setOpen(open === job.id ? null : job.id)}
                      cancel={lead ? () => cancel.mutate(job.id) : undefined}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Wide>
          ) : (
            <Nothing>
              No job yet. A lead begins one here; triggers, in the settings, begin them by themselves.
            </Nothing>
          )
        }
      </Loaded>
    </Card>
  );
}

function Row({ job, open, toggle, cancel }: { job: Job; open: boolean; toggle: () => void; cancel?: () => void }) {
  const under = job.state === "running" || job.state === "queued";
  const share = progressOf(job);
  return (
    <>
      <Table.Tr>
        <Table.Td style={{ whiteSpace: "nowrap" }}>
          <b>{named(job.kind)}</b> {job.id}
        </Table.Td>
        <Table.Td miw={120}>
          <Tag color={COLOURS[job.state]}>{named(job.state)}</Tag>
          {job.state === "running" && share !== null && (
            <Progress value={share * 100} size="sm" mt={6} aria-label={`Progress of job ${job.id}`} />
          )}
        </Table.Td>
        <Table.Td style={{ overflowWrap: "anywhere", minWidth: 160 }}>
          {job.reason}
          {job.problem && (
            <Text fz="sm" c="light-dark(#b42318, #ff9b93)">
              {job.problem}
            </Text>
          )}
        </Table.Td>
        <Table.Td style={{ whiteSpace: "nowrap" }}>{moment(job.created_at)}</Table.Td>
        <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
          {job.started_at ? duration(job.seconds) : "–"}
        </Table.Td>
        <Table.Td>
          <Group gap={6} wrap="nowrap" justify="flex-end">
            <Button size="compact-xs" variant="default" aria-expanded={open} onClick={toggle}>
              Log
            </Button>
            {under && cancel && (
              <Button size="compact-xs" variant="default" onClick={cancel} disabled={job.cancel}>
                End
              </Button>
            )}
          </Group>
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={6}>
            <Notes job={job} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function Notes({ job }: { job: Job }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["jobs", project, job.id, job.state],
    queryFn: () => request<Page<JobNote>>("GET", inProject(project, `/jobs/${job.id}/log?limit=200`)),
  });
  return (
    <Loaded query={query}>
      {({ items }) => (
        <Stack gap={2}>
          {items.length === 0 && <Nothing>Nothing was written yet.</Nothing>}
          {items.map(({ id, at, message }) => (
            <Text key={id} fz="xs" style={{ overflowWrap: "anywhere" }}>
              <Text span fz="xs" c="var(--ink-soft)">
                {new Date(at).toLocaleTimeString()}
              </Text>{" "}
              {message}
            </Text>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

/** How far a job is, from 0 to 1, where it says so. */
function progressOf({ progress }: Job): number | null {
  const { done, total, share } = progress as { done?: number; total?: number; share?: number };
  if (typeof share === "number") return share;
  return typeof done === "number" && typeof total === "number" && total > 0 ? done / total : null;
}
