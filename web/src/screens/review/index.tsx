/** Review: one task in the middle, keyboard first, the next one already there. */
import { Button, Skeleton, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Editor } from "@/screens/review/editor";
import { useSession } from "@/session/session";
import { Empty } from "@/shell/empty";
import { Failure } from "@/shell/failure";
import { tour } from "@/shell/preferences";
import { useGuidelines } from "@/tasks/guidelines";
import { useHeldTasks } from "@/tasks/use-held";

const Tour = lazy(() => import("@/tour/tour"));

export default function Review() {
  const [touring, setTouring] = useState(() => tour.read() !== "seen");
  const { user } = useSession();
  const guidelines = useGuidelines();
  const { manager, tasks, status, empty, error, lost } = useHeldTasks("document");
  const task = tasks[0];
  const failure = guidelines.data ? !task && error : guidelines.error;

  if (failure)
    return <Failure error={failure} again={() => (guidelines.data ? manager.fill() : guidelines.refetch())} />;
  if (!guidelines.data || (!task && status === "loading")) return <Loading />;
  if (!task) {
    return (
      <Empty
        title="Nothing waits for you"
        icon={<IconCircleCheck size={40} stroke={1.4} />}
        action={
          <Button variant="default" mt="sm" onClick={() => manager.fill()}>
            Look again
          </Button>
        }
      >
        {sentence(empty)}
      </Empty>
    );
  }
  return (
    <>
      <Editor
        key={task.id}
        task={task}
        user={user.name}
        guidelines={guidelines.data}
        manager={manager}
        lost={lost.includes(task.id)}
        ahead={tasks.length - 1}
      />
      {touring && (
        <Suspense fallback={null}>
          <Tour
            close={() => {
              tour.write("seen");
              setTouring(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function sentence(reason: string | null): string {
  if (!reason) return "All tasks are done.";
  return `${reason[0]!.toUpperCase()}${reason.slice(1)}.`;
}

function Loading() {
  return (
    <Stack maw={760} mx="auto" p="xl" gap="md" mt={60} aria-busy="true" aria-label="Loading">
      {[100, 94, 97, 60].map((width) => (
        <Skeleton key={width} h={16} w={`${width}%`} radius="xl" />
      ))}
    </Stack>
  );
}
