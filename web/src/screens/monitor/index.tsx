/** Monitor: what happened, how right and how sure what serves is, what it finds, what moved, and what runs and was done. */
import { SegmentedControl, Stack, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useSearch } from "wouter";
import type { Move, Trends } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import type { Guidelines } from "@/api/types";
import { Alerts, AskedAlert } from "@/screens/monitor/alerts";
import { Golden } from "@/screens/monitor/golden";
import { Happened } from "@/screens/monitor/happened";
import { Jobs } from "@/screens/monitor/jobs";
import { Log } from "@/screens/monitor/log";
import { NewLabels } from "@/screens/monitor/new-labels";
import { Quality } from "@/screens/monitor/quality";
import { Sampled } from "@/screens/monitor/sampled";
import { Served } from "@/screens/monitor/served";
import { useProject } from "@/session/session";
import { Loaded, Screen } from "@/shell/screen";

const DAY = 86_400_000;

export default function Monitor() {
  const project = useProject();
  const alert = Number(new URLSearchParams(useSearch()).get("alert"));
  const [days, setDays] = useState("30");
  const { since, until } = useMemo(() => {
    const end = Math.ceil(Date.now() / DAY) * DAY;
    return { since: new Date(end - Number(days) * DAY).toISOString(), until: new Date(end).toISOString() };
  }, [days]);
  const parts = Number(days) > 30 ? 30 : Number(days);
  const asked = `since=${encodeURIComponent(since)}&until=${encodeURIComponent(until)}&parts=${parts}`;
  const trends = useQuery({
    queryKey: ["trends", project, asked],
    queryFn: () => request<Trends>("GET", inProject(project, `/trends?${asked}`)),
  });
  const moves = useList<Move>(inProject(project, "/models/moves"), { limit: 50 }).items;
  const guidelines = useList<Guidelines>(inProject(project, "/guidelines/versions"), { limit: 50 }).items;
  const marks = useMemo(() => ({ moves: moves ?? [], guidelines: guidelines ?? [] }), [moves, guidelines]);
  return (
    <Screen
      title="Monitor"
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
      <Tabs defaultValue="happened" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="happened">What happened</Tabs.Tab>
          <Tabs.Tab value="quality">Quality</Tabs.Tab>
          <Tabs.Tab value="served">What it finds</Tabs.Tab>
          <Tabs.Tab value="alerts">Alerts</Tabs.Tab>
          <Tabs.Tab value="jobs">Jobs</Tabs.Tab>
          <Tabs.Tab value="log">Log</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="happened">
          <Stack gap={20}>
            {alert > 0 && <AskedAlert id={alert} />}
            <Happened days={Number(days)} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="quality">
          <Stack gap={20}>
            <Sampled days={Number(days)} />
            <Golden days={Number(days)} marks={marks} />
            <NewLabels />
            <Loaded query={trends}>{(found) => <Quality found={found.settled} marks={marks} />}</Loaded>
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="served">
          <Stack gap={20}>
            <Loaded query={trends}>{(found) => <Served parts={found.served} marks={marks} />}</Loaded>
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="alerts">
          <Alerts />
        </Tabs.Panel>
        <Tabs.Panel value="jobs">
          <Jobs />
        </Tabs.Panel>
        <Tabs.Panel value="log">
          <Log />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}
