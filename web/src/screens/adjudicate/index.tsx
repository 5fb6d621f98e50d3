/** Adjudicate: what people disagree on, side by side; one key takes a side. */
import { Button, SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Adjudication } from "@/api/answers";
import { inProject, request } from "@/api/client";
import type { NextTasks, Page, Task, Tier } from "@/api/types";
import { Bench } from "@/screens/adjudicate/bench";
import { useMay, useProject, useSession } from "@/session/session";
import { Empty } from "@/shell/empty";
import { Failure } from "@/shell/failure";
import { useGuidelines } from "@/tasks/guidelines";

type HigherTier = Exclude<Tier, "annotator">;

export default function Adjudicate() {
  const expert = useMay("expert");
  const [tier, setTier] = useState<HigherTier>("reviewer");
  const guidelines = useGuidelines();
  const finished = useRef(new Set<number>());
  const { query, next } = useCase(tier, finished.current);
  const tiers = expert ? (
    <SegmentedControl
      size="xs"
      aria-label="Whose cases"
      value={tier}
      onChange={(value) => setTier(value as HigherTier)}
      data={[
        { label: "Reviewers’", value: "reviewer" },
        { label: "Experts’", value: "expert" },
      ]}
    />
  ) : null;

  const error = query.error ?? guidelines.error;
  if (error) return <Failure error={error} again={() => (query.error ? query.refetch() : guidelines.refetch())} />;
  if (!query.data || !guidelines.data) {
    return (
      <Stack maw={760} mx="auto" p="xl" gap="md" mt={60} role="status" aria-busy="true" aria-label="Loading">
        {[100, 94, 97, 60].map((width) => (
          <Skeleton key={width} h={16} w={`${width}%`} radius="xl" />
        ))}
      </Stack>
    );
  }
  const { task, found, empty } = query.data;
  if (!task || !found) {
    return (
      <Empty
        title="Nothing to decide"
        icon={<IconCircleCheck size={40} stroke={1.4} />}
        action={
          <Stack align="center" mt="sm">
            {tiers}
            <Button variant="default" onClick={() => query.refetch()}>
              Look again
            </Button>
          </Stack>
        }
      >
        {empty ? `${empty[0]!.toUpperCase()}${empty.slice(1)}.` : "Nobody disagrees."}
      </Empty>
    );
  }
  return (
    <Bench
      key={task.id}
      task={task}
      found={found}
      guidelines={guidelines.data}
      tiers={tiers}
      finish={() => {
        finished.current.add(task.id);
        next();
      }}
    />
  );
}

/** The case that the person holds at a tier, else the next one of its queue. */
function useCase(tier: HigherTier, finished: ReadonlySet<number>) {
  const project = useProject();
  const { user } = useSession();
  const [turn, setTurn] = useState(0);
  const query = useQuery({
    queryKey: ["adjudicate", project, tier, turn],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    queryFn: async () => {
      const held = await request<Page<Task>>(
        "GET",
        inProject(project, `/tasks?state=in_review&tier=${tier}&limit=50`),
      );
      const own = held.items.find(({ id, lease }) => lease?.user === user.name && !finished.has(id));
      const { tasks, empty } = own
        ? { tasks: [own], empty: null }
        : await request<NextTasks>("POST", inProject(project, "/tasks/next"), {
            body: { tier, kind: "document", n: 1 },
          });
      const task = tasks[0];
      const found =
        task && (await request<Adjudication>("GET", inProject(project, `/tasks/${task.id}/adjudication`)));
      return { task, found, empty: empty?.reason ?? null };
    },
  });
  return { query, next: () => setTurn((now) => now + 1) };
}
