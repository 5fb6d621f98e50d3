/** What happened to what serves, in one line of time: what moved, since when, in which documents, and what was done. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Happening } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Chart, type Plot } from "@/charts/chart";
import { AlertDetails } from "@/screens/monitor/alerts";
import classes from "@/screens/monitor/monitor.module.css";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { moment, named } from "@/shell/words";

const COLOURS = {
  alert: "red",
  promotion: "teal",
  rollback: "orange",
  guidelines: "blue",
  gate: "gray",
} as const;
const HIDDEN = ["seen again", "told", "not told"]; // each look at production says so again
const CLOSED = /: closed$|^closed: /;
const STEP = 25;

interface Life {
  id: number;
  subject: string;
  from: Date;
  to: Date;
  open: boolean;
}

export function Happened({ days }: { days: number }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["timeline", project, days],
    queryFn: () => request<{ events: Happening[] }>("GET", inProject(project, `/monitoring/timeline?days=${days}`)),
  });
  return <Loaded query={query}>{({ events }) => <Line events={events} days={days} />}</Loaded>;
}

function Line({ events, days }: { events: readonly Happening[]; days: number }) {
  const [limit, setLimit] = useState(STEP);
  const [open, setOpen] = useState<number | null>(null);
  const told = useMemo(
    () => events.filter(({ kind, what }) => kind !== "alert" || !HIDDEN.some((one) => what.endsWith(`: ${one}`))),
    [events],
  );
  const lives = useMemo(() => livesOf(events), [events]);
  if (!told.length)
    return <Nothing>Nothing happened in this time: no alert, no promotion, no new guidelines.</Nothing>;
  const newest = together([...told].reverse());
  // An alert shows its documents where it was opened, or else at the last that is told of it.
  const opened = new Set(told.filter(({ what }) => what.endsWith(": opened")).map(({ id }) => id));
  return (
    <Stack gap={20}>
      <Card title="In one line of time" aside="Bars are alerts, from when they were raised until they were closed">
        <Strip events={told} lives={lives} days={days} />
      </Card>
      <Card title="What moved, and what was done" aside="The newest first">
        <ol className={classes.happened}>
          {newest.slice(0, limit).map((event) => {
            const last = !opened.has(event.id) && newest.find(({ kind, id }) => kind === "alert" && id === event.id);
            const first = event.kind === "alert" && (event.what.endsWith(": opened") || last === event);
            return (
              <li key={`${event.at} ${event.kind} ${event.what} ${event.id ?? event.number}`}>
                <Group gap="xs" align="baseline" wrap="nowrap" className={classes.happening}>
                  <time dateTime={event.at}>{moment(event.at)}</time>
                  <Tag color={COLOURS[event.kind as keyof typeof COLOURS] ?? "gray"}>{named(event.kind)}</Tag>
                  <div className={classes.words}>
                    <Text fz="sm" fw={600} span>
                      {event.what}
                    </Text>
                    {event.note && (
                      <Text fz="sm" c="var(--ink-soft)">
                        {event.note}
                      </Text>
                    )}
                  </div>
                  {first && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-expanded={open === event.id}
                      aria-label={`${open === event.id ? "Less" : "Documents"} of alert ${event.id}`}
                      onClick={() => setOpen(open === event.id ? null : event.id!)}
                    >
                      {open === event.id ? "Less" : "Documents"}
                    </Button>
                  )}
                </Group>
                {first && open === event.id && <AlertDetails id={event.id!} />}
              </li>
            );
          })}
        </ol>
        {newest.length > limit && (
          <Button variant="default" size="xs" mt="sm" onClick={() => setLimit(limit + STEP)}>
            More
          </Button>
        )}
      </Card>
    </Stack>
  );
}

/** Alerts that were closed at one moment for one reason, in one line. */
function together(events: readonly Happening[]): Happening[] {
  const made: Happening[] = [];
  for (const event of events) {
    const last = made.at(-1);
    const same = last?.kind === "alert" && event.kind === "alert" && last.at === event.at && last.note === event.note;
    if (same && CLOSED.test(event.what) && CLOSED.test(last.what)) {
      const subjects = last.what.startsWith("closed: ") ? last.what.slice(8) : last.what.replace(CLOSED, "");
      made[made.length - 1] = { ...last, what: `closed: ${subjects}, ${event.what.replace(CLOSED, "")}` };
    } else made.push(event);
  }
  return made;
}

function livesOf(events: readonly Happening[]): Life[] {
  const lives = new Map<number, Life>();
  for (const { kind, id, what, at } of events) {
    if (kind !== "alert" || id == null) continue;
    const cut = what.lastIndexOf(": ");
    const life = lives.get(id) ?? { id, subject: what.slice(0, cut), from: new Date(at), to: new Date(), open: true };
    if (what.slice(cut + 2) === "closed") Object.assign(life, { to: new Date(at), open: false });
    lives.set(id, life);
  }
  return [...lives.values()];
}

function Strip({ events, lives, days }: { events: readonly Happening[]; lives: readonly Life[]; days: number }) {
  const rows = useMemo(() => [...new Set(lives.map(({ subject }) => subject))], [lives]);
  const marks = useMemo(() => events.filter(({ kind }) => kind === "promotion" || kind === "rollback"), [events]);
  const rules = useMemo(() => events.filter(({ kind }) => kind === "guidelines"), [events]);
  const options = useCallback(
    (plot: Plot) => {
      const now = new Date();
      const at = (event: Happening) => new Date(event.at);
      const number = (event: Happening) => `${event.number}`;
      return {
        marginLeft: 130,
        marginBottom: 38,
        marginTop: 6,
        x: {
          type: "utc" as const,
          domain: [new Date(now.getTime() - days * 86_400_000), now],
          label: null,
          grid: true,
        },
        y: { domain: [...rows, "models", "guidelines"], label: null },
        marks: [
          plot.ruleX(marks, { x: at, stroke: "var(--ink-soft)", strokeDasharray: "3 3" }),
          plot.ruleX(rules, { x: at, stroke: "var(--ink-soft)", strokeDasharray: "1 4" }),
          plot.ruleY(lives, {
            ...{ y: "subject", x1: "from", x2: "to", strokeWidth: 9, strokeLinecap: "round" as const },
            stroke: (life: Life) => (life.open ? "var(--mantine-color-red-6)" : "var(--ink-soft)"),
            strokeOpacity: (life: Life) => (life.open ? 1 : 0.55),
          }),
          plot.dot(marks, { x: at, y: () => "models", r: 9, fill: "var(--accent)" }),
          plot.text(marks, { x: at, y: () => "models", text: number, fill: "var(--paper)", fontWeight: 700 }),
          plot.dot(rules, { x: at, y: () => "guidelines", r: 9, fill: "var(--ink-soft)" }),
          plot.text(rules, { x: at, y: () => "guidelines", text: number, fill: "var(--paper)", fontWeight: 700 }),
        ],
      };
    },
    [rows, lives, marks, rules, days],
  );
  return (
    <Chart
      name="Alerts, promotions and guidelines over time, which stand in the list below"
      height={70 + (rows.length + 2) * 30}
      options={options}
    />
  );
}
