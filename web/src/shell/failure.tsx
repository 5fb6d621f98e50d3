import { Button } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { explain } from "@/api/client";
import { Empty } from "@/shell/empty";

/** Something could not be loaded. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <Empty
      title="That did not work"
      icon={<IconCloudOff size={36} stroke={1.5} />}
      action={
        again && (
          <Button variant="default" mt="sm" onClick={() => again()}>
            Try again
          </Button>
        )
      }
    >
      <span role="alert">{explain(error)}</span>
    </Empty>
  );
}
