/** The frame of every screen: where one is, where one can go, what is unsent, who one is. */
import { ActionIcon, AppShell, Burger, Group, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { type ReactNode, useEffect } from "react";
import { Link, useRoute } from "wouter";
import { SCREENS, type ScreenEntry } from "@/screens";
import { useMay, useProject } from "@/session/session";
import { AccountMenu } from "@/shell/account-menu";
import classes from "@/shell/layout.module.css";
import { lastProject } from "@/shell/preferences";
import { ProjectMenu } from "@/shell/project-menu";
import { UnsentBadge } from "@/shell/unsent-badge";

export function Layout({ children }: { children: ReactNode }) {
  const project = useProject();
  const [, parameters] = useRoute("/p/:project/:screen?");
  const current = SCREENS.find((screen) => screen.path === parameters?.screen);
  const [open, { toggle, close }] = useDisclosure();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });

  useEffect(() => lastProject.write(project), [project]);
  useEffect(() => {
    document.title = `${current?.name ?? ""} · ${project} · livener`;
    close();
  }, [current?.name, project, close]);

  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: narrow ? 240 : 76, breakpoint: "sm", collapsed: { mobile: !open } }}
      padding={0}
      transitionDuration={0}
    >
      <a className={classes.skip} href="#content">
        To the content
      </a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="sm" gap="xs" wrap="nowrap">
          <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
          <Link href="/" className={classes.brand} aria-label="livener, start">
            <img src="/mark.svg" width={24} height={24} alt="" />
          </Link>
          <ProjectMenu />
          <Text fz="sm" c="var(--ink-soft)" visibleFrom="sm" truncate>
            {current?.name}
          </Text>
          <Group ml="auto" gap={6} wrap="nowrap">
            <UnsentBadge />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} component="nav" aria-label="Screens">
        {SCREENS.map((screen) => (
          <Entry key={screen.path} screen={screen} active={screen === current} />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function Entry({ screen, active }: { screen: ScreenEntry; active: boolean }) {
  const project = useProject();
  if (!useMay(screen.role)) return null;
  return (
    <UnstyledButton
      component={Link}
      href={`/p/${encodeURIComponent(project)}/${screen.path}`}
      className={classes.entry}
      data-active={active || undefined}
      aria-current={active ? "page" : undefined}
    >
      <screen.Icon size={21} stroke={1.6} />
      <span>{screen.name}</span>
    </UnstyledButton>
  );
}

/** A button of one icon with its name as a tooltip and for screen readers. */
export function IconButton({
  name,
  children,
  ...rest
}: { name: string; children: ReactNode } & Parameters<typeof ActionIcon<"button">>[0]) {
  return (
    <Tooltip label={name}>
      <ActionIcon variant="subtle" color="gray" size="lg" className={classes.iconButton} aria-label={name} {...rest}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
