/** Yes/no: single spans in a stream, one key or one swipe each. */
import { Button, Skeleton, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Asking } from "@/screens/questions/asking";
import { Empty } from "@/shell/empty";
import { Failure } from "@/shell/failure";
import { useGuidelines } from "@/tasks/guidelines";
import { useHeldTasks } from "@/tasks/use-held";

export default function Questions() {
  const guidelines = useGuidelines();
  const { manager, tasks, status, empty, error } = useHeldTasks("question");
  const task = tasks[0];
  const failure = guidelines.data ? !task && error : guidelines.error;

  if (failure)
    return <Failure error={failure} again={() => (guidelines.data ? manager.fill() : guidelines.refetch())} />;
  if (!guidelines.data || (!task && status === "loading")) {
    return (
      <Stack maw={560} mx="auto" p="xl" mt="15vh" aria-busy="true" aria-label="Loading">
        <Skeleton h={180} radius="lg" />
      </Stack>
    );
  }
  if (!task) {
    return (
      <Empty
        title="No questions"
        icon={<IconCircleCheck size={40} stroke={1.4} />}
        action={
          <Button variant="default" mt="sm" onClick={() => manager.fill()}>
            Look again
          </Button>
        }
      >
        {empty === "no task was ever opened" || !empty
          ? "Single spans that a model is unsure of come here."
          : `${empty[0]!.toUpperCase()}${empty.slice(1)}.`}
      </Empty>
    );
  }
  return <Asking key={task.id} task={task} guidelines={guidelines.data} manager={manager} />;
}
