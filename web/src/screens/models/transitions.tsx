/** What a CRF has learned of the steps from tag to tag, and which legal steps no example supports. */
import { Anchor, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Steps } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Chart, type Plot } from "@/charts/chart";
import { useProject } from "@/session/session";
import { Card, Loaded, Wide } from "@/shell/screen";
import { count } from "@/shell/words";

interface Step {
  from: string;
  to: string;
  weight: number;
  times: number;
}

export function TransitionMap({ model }: { model: number }) {
  const project = useProject();
  const query = useQuery({
    queryKey: ["transitions", project, model],
    queryFn: () => request<Steps>("GET", inProject(project, `/models/${model}/transitions`)),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return <Loaded query={query}>{(steps) => <Drawn steps={steps} />}</Loaded>;
}

function Drawn({ steps }: { steps: Steps }) {
  const [all, setAll] = useState(false);
  const legal = useMemo(
    () =>
      steps.tags.flatMap((from, i) =>
        steps.tags.flatMap((to, j): Step[] => {
          const weight = steps.weights[i]![j];
          return weight == null ? [] : [{ from, to, weight, times: steps.counts[i]![j]! }];
        }),
      ),
    [steps],
  );
  const options = useCallback(
    (plot: Plot) => {
      const most = Math.max(1e-9, ...legal.map(({ weight }) => Math.abs(weight)));
      const unseen = legal.filter(({ times }) => times === 0);
      const seen = legal.filter(({ times }) => times > 0);
      const place = { x: "to", y: "from" } as const;
      return {
        marginLeft: 130,
        marginTop: 118,
        marginBottom: 6,
        x: { domain: [...steps.tags], axis: "top" as const, label: null, tickRotate: -55, tickSize: 0 },
        y: { domain: [...steps.tags], label: null, tickSize: 0 },
        marks: [
          plot.cell(seen, {
            ...place,
            inset: 0.75,
            rx: 2,
            fill: (step: Step) => (step.weight < 0 ? "var(--bar-1)" : "var(--bar-0)"),
            fillOpacity: (step: Step) => 0.12 + 0.88 * (Math.abs(step.weight) / most),
          }),
          plot.cell(unseen, {
            ...place,
            inset: 1.5,
            rx: 2,
            fill: "none",
            stroke: "var(--ink-soft)",
            strokeOpacity: 0.6,
            strokeDasharray: "2 2",
          }),
          plot.tip(
            legal,
            plot.pointer({
              ...place,
              title: (step: Step) =>
                `${step.from} → ${step.to}\n${step.times ? `${step.weight.toFixed(2)} nats, seen ${count(step.times)} times` : "legal, never seen in training"}`,
              fill: "var(--paper)",
              stroke: "var(--rule)",
            }),
          ),
        ],
      };
    },
    [legal, steps.tags],
  );
  const shown = all ? steps.unseen : steps.unseen.slice(0, 24);
  return (
    <Stack gap={20}>
      <Card
        title="Steps from tag to tag"
        aside="Rows go to columns: blue is likely, orange unlikely, dashed is legal but was never seen, empty is forbidden"
      >
        <Wide name="Steps from tag to tag">
          <div style={{ minWidth: 200 + steps.tags.length * 20 }}>
            <Chart
              name={`Transitions of ${steps.tags.length} tags; ${steps.unseen.length} legal ones were never seen in training`}
              height={130 + steps.tags.length * 20}
              options={options}
            />
          </div>
        </Wide>
      </Card>
      {steps.unseen.length > 0 && (
        <Card title={`${count(steps.unseen.length)} legal steps without an example`}>
          <Text fz="sm" c="var(--ink-soft)" mb={6}>
            Nothing was learned of them: where such entities stand beside each other in your texts, annotate some.
          </Text>
          <Text fz="sm" style={{ overflowWrap: "anywhere" }}>
            {shown.map(([from, to]) => `${from} → ${to}`).join(", ")}
            {shown.length < steps.unseen.length && (
              <>
                {" … "}
                <Anchor component="button" type="button" fz="sm" c="var(--accent)" onClick={() => setAll(true)}>
                  all {count(steps.unseen.length)}
                </Anchor>
              </>
            )}
          </Text>
        </Card>
      )}
    </Stack>
  );
}
