/** A screen that is read from top to bottom: its title, what one can do, cards, and figures. */
import { Skeleton, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "@/shell/failure";
import classes from "@/shell/screen.module.css";

export function Screen({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.screen}>
      <header className={classes.head}>
        <Title order={1}>{title}</Title>
        {actions}
      </header>
      {children}
    </div>
  );
}

export function Card({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <Title order={2}>{title}</Title>
        {aside && (
          <Text component="div" fz="xs" c="var(--ink-soft)">
            {aside}
          </Text>
        )}
      </div>
      {children}
    </section>
  );
}

export function Figures({ figures }: { figures: readonly { name: string; value: ReactNode; note?: ReactNode }[] }) {
  return (
    <dl className={classes.figures} style={{ margin: 0 }}>
      {figures.map(({ name, value, note }) => (
        <div key={name} className={classes.figure}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A wide table, which scrolls by itself where there is no room. */
export function Wide({ name, children }: { name: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.scroll} aria-label={name} tabIndex={0}>
      {children}
    </section>
  );
}

/** Words where there is nothing yet. */
export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text fz="sm" c="var(--ink-soft)" py="xs" component="div">
      {children}
    </Text>
  );
}

/** What a query found, or that it is on its way, or why not. */
export function Loaded<Data>({
  query,
  children,
}: {
  query: Pick<UseQueryResult<Data>, "data" | "error"> & { refetch: () => unknown };
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failure error={query.error} again={query.refetch} />;
  return <Skeleton h={120} radius="lg" role="status" aria-label="Loading" aria-busy="true" />;
}
