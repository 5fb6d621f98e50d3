/** Team: how much people do, how long it takes, and how far they agree. */
import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Agreement, Indicators } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Agreeing } from "@/screens/team/agreeing";
import { People } from "@/screens/team/people";
import { Throughput } from "@/screens/team/throughput";
import { useProject } from "@/session/session";
import { Card, Figures, Loaded, Nothing, Screen } from "@/shell/screen";
import { count, duration, figure, named, percent } from "@/shell/words";

const DAY = 86_400_000;

export default function Team() {
  const project = useProject();
  const [days, setDays] = useState("30");
  const { since, until } = useMemo(() => {
    const end = Math.ceil(Date.now() / DAY) * DAY;
    return { since: new Date(end - Number(days) * DAY).toISOString(), until: new Date(end).toISOString() };
  }, [days]);
  const span = `since=${encodeURIComponent(since)}&until=${encodeURIComponent(until)}`;
  const indicators = useQuery({
    queryKey: ["indicators", project, since, until],
    queryFn: () => request<Indicators>("GET", inProject(project, `/indicators?${span}`)),
  });
  const agreement = useQuery({
    queryKey: ["agreement", project, since, until],
    queryFn: () => request<Agreement>("GET", inProject(project, `/agreement?${span}`)),
  });
  return (
    <Screen
      title="Team"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="How far back"
          value={days}
          onChange={setDays}
          data={[
            { label: "7 days", value: "7" },
            { label: "30 days", value: "30" },
            { label: "90 days", value: "90" },
          ]}
        />
      }
    >
      <Loaded query={indicators}>
        {(found) => (
          <>
            <Figures
              figures={[
                { name: "Decided", value: count(found.resolved) },
                { name: "Disputed", value: percent(found.disputed), note: "of the decided" },
                { name: "Went to an expert", value: percent(found.escalated), note: "of the decided" },
                ...found.tiers.map(({ tier, tasks, median_seconds }) => ({
                  name: `Until ${tier === "expert" ? "an expert" : `${tier}s`} decided`,
                  value: duration(median_seconds),
                  note: `median of ${count(tasks)}`,
                })),
                { name: "Agreement (κ)", value: figure(agreement.data?.fleiss), note: agreed(agreement.data) },
              ]}
            />
            <Card title="Tasks a day">
              {found.days.length ? (
                <Throughput days={found.days} since={since} until={until} />
              ) : (
                <Nothing>Nobody has worked in this time.</Nothing>
              )}
            </Card>
          </>
        )}
      </Loaded>
      <People people={indicators.data?.people ?? []} />
      <Loaded query={agreement}>
        {(found) =>
          found.documents ? (
            <Agreeing found={found} />
          ) : (
            <Card title="Agreement">
              <Nothing>
                No two people have annotated the same document in this time. An overlap of two in the settings, or a
                calibration session, makes that measurable.
              </Nothing>
            </Card>
          )
        }
      </Loaded>
    </Screen>
  );
}

function agreed(found: Agreement | undefined): string {
  return found?.documents ? named(`${count(found.documents)} documents`) : "not measured";
}
