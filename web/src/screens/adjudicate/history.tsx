import { Text, Timeline } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { TaskEvent } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { useProject } from "@/session/session";
import { Loaded } from "@/shell/screen";
import { moment, named } from "@/shell/words";

/** Everything that happened to a task, newest first. */
export function History({ task }: { task: number }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["history", project, task],
    queryFn: () => request<TaskEvent[]>("GET", inProject(project, `/tasks/${task}/history`)),
    staleTime: 0,
  });
  return (
    <Loaded query={query}>
      {(events) => (
        <Timeline bulletSize={12} lineWidth={2} px="md" active={events.length}>
          {events.toReversed().map((event) => (
            <Timeline.Item key={event.number} title={<Text fz="sm">{named(event.after)}</Text>}>
              <Text fz="xs" c="var(--ink-soft)">
                {event.by ?? "livener"} · {moment(event.at)}
              </Text>
              {event.reason && (
                <Text fz="sm" style={{ overflowWrap: "anywhere" }}>
                  {event.reason}
                </Text>
              )}
            </Timeline.Item>
          ))}
        </Timeline>
      )}
    </Loaded>
  );
}
