import {
  Avatar,
  Menu,
  SegmentedControl,
  Text,
  UnstyledButton,
  useMantineColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import { IconLogout, IconRoute } from "@tabler/icons-react";
import { useUnsent } from "@/journal/context";
import { useProject, useSession, useSessionActions } from "@/session/session";
import { tour } from "@/shell/preferences";

/** Who is signed in; light or dark; sign out. */
export function AccountMenu() {
  const { user, projects } = useSession();
  const project = useProject();
  const { signOut } = useSessionActions();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { waiting } = useUnsent();
  const role = projects.find((one) => one.name === project)?.role ?? "administrator";
  return (
    <Menu position="bottom-end" shadow="md" width={230}>
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>Account of {user.name}</VisuallyHidden>
          <Avatar size={28} name={user.name} color="teal" aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text fz="sm" fw={600} c="var(--ink)" truncate>
            {user.name}
          </Text>
          {role}
        </Menu.Label>
        <SegmentedControl
          m={6}
          size="xs"
          fullWidth
          w="calc(100% - 12px)"
          aria-label="Colours"
          value={colorScheme}
          onChange={(value) => setColorScheme(value as "light" | "dark" | "auto")}
          data={[
            { label: "Light", value: "light" },
            { label: "Dark", value: "dark" },
            { label: "System", value: "auto" },
          ]}
        />
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconRoute size={16} />}
          component="a"
          href={`/p/${encodeURIComponent(project)}/review`}
          onClick={() => tour.write("")}
        >
          The tour again
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
          Sign out
          {waiting > 0 && (
            <Text fz="xs" c="var(--ink-soft)">
              {waiting} unsent stay here until you sign in again
            </Text>
          )}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
