/** What moved: every alert with its life, the documents behind it, and one click that has people look at them. */
import { Button, Group, SegmentedControl, Stack, Text, Timeline } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Alert } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import { ReasonDialog } from "@/dialogs/reason";
import { Moved, type MovedDocument } from "@/screens/monitor/moved";
import { useMay, useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Card, Loaded, Nothing } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { moment, named } from "@/shell/words";

const COLOURS = { open: "red", acknowledged: "orange", closed: "gray" } as const;
const VERDICTS = {
  text: "The texts have changed, not the model.",
  model: "The model has changed, not the texts.",
  both: "Both the texts and the model have changed.",
  neither: "Neither the texts nor the model have surely changed.",
} as const;

export function Alerts() {
  const project = useProject();
  const [state, setState] = useState("");
  const list = useList<Alert>(inProject(project, `/alerts${state && `?state=${state}`}`), { limit: 30 });
  const [open, setOpen] = useState<number | null>(null);
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  return (
    <Stack gap={20}>
      <SegmentedControl
        size="xs"
        aria-label="State"
        value={state}
        onChange={setState}
        style={{ alignSelf: "start" }}
        data={[
          { label: "All", value: "" },
          { label: "Open", value: "open" },
          { label: "Taken", value: "acknowledged" },
          { label: "Closed", value: "closed" },
        ]}
      />
      {list.items?.length === 0 && <Nothing>No alert: nothing has moved more than chance explains.</Nothing>}
      {list.items?.map((alert) => (
        <Card
          key={alert.id}
          title={alert.summary}
          aside={
            <Group gap="xs">
              <Tag color={COLOURS[alert.state]}>{alert.state === "acknowledged" ? "Taken" : named(alert.state)}</Tag>
              <span>
                since {moment(alert.opened_at)}
                {alert.seen_at !== alert.opened_at && `, last seen ${moment(alert.seen_at)}`}
              </span>
              <Button
                size="compact-xs"
                variant="default"
                aria-expanded={open === alert.id}
                aria-label={`${open === alert.id ? "Less" : "Details"} of alert ${alert.id}`}
                onClick={() => setOpen(open === alert.id ? null : alert.id)}
              >
                {open === alert.id ? "Less" : "Details"}
              </Button>
            </Group>
          }
        >
          <Text fz="sm" c="var(--ink-soft)">
            {named(alert.kind)} of {alert.subject}
          </Text>
          {open === alert.id && <AlertDetails id={alert.id} />}
        </Card>
      ))}
      {list.hasNextPage && (
        <Button variant="default" size="xs" onClick={() => list.fetchNextPage()}>
          More
        </Button>
      )}
    </Stack>
  );
}

/** The alert that an address names, as a channel tells it. */
export function AskedAlert({ id }: { id: number }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["alert", project, id],
    queryFn: () => request<Alert>("GET", inProject(project, `/alerts/${id}`)),
  });
  return (
    <Loaded query={query}>
      {(alert) => (
        <Card title={alert.summary} aside={<Tag color={COLOURS[alert.state]}>{named(alert.state)}</Tag>}>
          <Life alert={alert} />
        </Card>
      )}
    </Loaded>
  );
}

/** One alert: whether text or model changed, what can be done, what was done, and the documents that moved most. */
export function AlertDetails({ id }: { id: number }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["alert", project, id],
    queryFn: () => request<Alert>("GET", inProject(project, `/alerts/${id}`)),
  });
  return <Loaded query={query}>{(alert) => <Life alert={alert} />}</Loaded>;
}

function Life({ alert }: { alert: Alert }) {
  const project = useProject();
  const queries = useQueryClient();
  const lead = useMay("lead");
  const [asking, setAsking] = useState(false);
  const change = useMutation({
    mutationFn: ({ what, body }: { what: string; body?: object }) =>
      request<{ tasks?: number; batch?: string }>("POST", inProject(project, `/alerts/${alert.id}/${what}`), {
        body,
      }),
    onSuccess: async (done, { what }) => {
      await Promise.all([
        queries.invalidateQueries({ queryKey: ["alert", project, alert.id] }),
        queries.invalidateQueries({ queryKey: ["list"] }),
      ]);
      if (what === "review")
        notifications.show({ message: `${done.tasks} tasks wait in Review, in the batch ${done.batch}.` });
    },
    onError: (error) => notifications.show({ color: "red", message: explain(error) }),
  });
  const verdict = (alert.found as { verdict?: { what: keyof typeof VERDICTS } | null } | null)?.verdict;
  return (
    <Stack gap="md" mt="sm">
      {verdict && <Text fz="sm">{VERDICTS[verdict.what]}</Text>}
      <Group gap="xs">
        {lead && Boolean(alert.documents?.length) && (
          <Button size="xs" loading={change.isPending} onClick={() => change.mutate({ what: "review" })}>
            Have people review {alert.documents!.length} documents
          </Button>
        )}
        {alert.state === "open" && (
          <Button
            size="xs"
            variant="default"
            onClick={() => change.mutate({ what: "acknowledge", body: { note: "" } })}
          >
            I take it
          </Button>
        )}
        {lead && alert.state !== "closed" && (
          <Button size="xs" variant="default" onClick={() => setAsking(true)}>
            Close
          </Button>
        )}
      </Group>
      <Timeline bulletSize={14} lineWidth={2} active={99}>
        {alert.events?.map((event) => (
          <Timeline.Item key={`${event.at} ${event.what}`} title={<Text fz="sm">{named(event.what)}</Text>}>
            <Text fz="xs" c="var(--ink-soft)">
              {moment(event.at)} · {event.user ?? "livener"}
              {event.note && ` · ${event.note}`}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
      {Boolean(alert.documents?.length) && <Moved documents={alert.documents as unknown as MovedDocument[]} />}
      {asking && (
        <ReasonDialog
          title="Close this alert: what moves again is a new one"
          verb="Close"
          onReason={(reason) => change.mutate({ what: "close", body: { reason } })}
          close={() => setAsking(false)}
        />
      )}
    </Stack>
  );
}
