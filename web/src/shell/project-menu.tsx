import { Button, Menu, Text } from "@mantine/core";
import { IconCheck, IconSelector } from "@tabler/icons-react";
import { useLocation } from "wouter";
import { useProject, useSession } from "@/session/session";

/** The project, and the way to another one. */
export function ProjectMenu() {
  const project = useProject();
  const { projects } = useSession();
  const [, go] = useLocation();
  if (projects.length < 2) {
    return (
      <Text fw={600} fz="sm" truncate>
        {project}
      </Text>
    );
  }
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          c="var(--ink)"
          rightSection={<IconSelector size={14} />}
        >
          {project}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {projects.map(({ name, role }) => (
          <Menu.Item
            key={name}
            onClick={() => go(`/p/${encodeURIComponent(name)}/review`)}
            rightSection={name === project ? <IconCheck size={14} /> : null}
          >
            {name}{" "}
            <Text span fz="xs" c="dimmed">
              {role}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
