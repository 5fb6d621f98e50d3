import { Button, Code } from "@mantine/core";
import { IconFolderPlus } from "@tabler/icons-react";
import { useSessionActions } from "@/session/session";
import { Empty } from "@/shell/empty";

/** A person who belongs to no project yet. */
export default function NoProject() {
  const { signOut } = useSessionActions();
  return (
    <Empty
      title="No project yet"
      icon={<IconFolderPlus size={36} stroke={1.5} />}
      action={
        <Button variant="default" mt="sm" onClick={signOut}>
          Sign out
        </Button>
      }
    >
      Ask the lead of a project to add you, or make one with <Code>livener init</Code> and <Code>livener import</Code>
      .
    </Empty>
  );
}
