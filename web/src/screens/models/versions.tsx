/** The table of versions, and what can be done with the chosen one. */
import { Button, Code, Group, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Gate, Model } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import { ReasonDialog } from "@/dialogs/reason";
import classes from "@/screens/models/models.module.css";
import { useMay, useProject } from "@/session/session";
import { Card, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { count, moment, percent } from "@/shell/words";

export const PRODUCTION = "production";

export function Versions({
  models,
  model,
  onChoose,
}: {
  models: readonly Model[];
  model: Model;
  onChoose: (number: number) => void;
}) {
  return (
    <Card title="Versions" aside={<Actions model={model} models={models} />}>
      <Wide name="Versions">
        <Table fz="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Version</Table.Th>
              <Table.Th>Made</Table.Th>
              <Table.Th ta="right">Documents</Table.Th>
              <Table.Th ta="right">F1</Table.Th>
              <Table.Th ta="right">Precision</Table.Th>
              <Table.Th ta="right">Recall</Table.Th>
              <Table.Th>Gate</Table.Th>
              <Table.Th ta="right">Guidelines</Table.Th>
              <Table.Th>Pipeline</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {models.map((one) => (
              <Table.Tr
                key={one.number}
                className={classes.version}
                data-chosen={one.number === model.number || undefined}
                onClick={() => onChoose(one.number)}
              >
                <Table.Td>
                  <Group gap={6} wrap="nowrap">
                    <button
                      type="button"
                      className={classes.choose}
                      aria-pressed={one.number === model.number}
                      aria-label={`Version ${one.number}`}
                    >
                      {one.number}
                    </button>
                    {one.aliases.map((alias) => (
                      <Tag key={alias} color={alias === PRODUCTION ? "teal" : "gray"}>
                        {alias}
                      </Tag>
                    ))}
                  </Group>
                </Table.Td>
                <Table.Td style={{ whiteSpace: "nowrap" }}>{moment(one.created_at)}</Table.Td>
                <Table.Td ta="right">
                  {one.lineage.data?.train ? count(one.lineage.data.train.documents) : "–"}
                </Table.Td>
                <Table.Td ta="right">{percent(one.metrics.strict?.f1, 1)}</Table.Td>
                <Table.Td ta="right">{percent(one.metrics.strict?.precision, 1)}</Table.Td>
                <Table.Td ta="right">{percent(one.metrics.strict?.recall, 1)}</Table.Td>
                <Table.Td>
                  <GateTag gate={one.gate} />
                </Table.Td>
                <Table.Td ta="right">{one.guideline ?? "–"}</Table.Td>
                <Table.Td>
                  <Code>{one.pipeline.slice(0, 16)}</Code>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Card>
  );
}

export function GateTag({ gate }: { gate: Model["gate"] | Pick<Gate, "passed"> }) {
  if (!gate) return <span>–</span>;
  return <Tag color={gate.passed ? "teal" : "red"}>{gate.passed ? "✓ passed" : "✕ rejected"}</Tag>;
}

/** Judge, promote, roll back: leads may, each move with its reason. */
function Actions({ model, models }: { model: Model; models: readonly Model[] }) {
  const project = useProject();
  const queries = useQueryClient();
  const lead = useMay("lead");
  const [asking, setAsking] = useState<"promote" | "rollback" | null>(null);
  const serves = model.aliases.includes(PRODUCTION);
  const current = models.find(({ aliases }) => aliases.includes(PRODUCTION)) ?? null;
  const refresh = () => queries.invalidateQueries({ queryKey: ["list"] });
  const failed = (error: unknown) => notifications.show({ color: "red", message: explain(error) });

  const gate = useMutation({
    mutationFn: () => request<Gate>("POST", inProject(project, `/models/${model.number}/gate`)),
    onSuccess: async ({ passed }) => {
      await Promise.all([refresh(), queries.invalidateQueries({ queryKey: ["gate", project] })]);
      notifications.show({ message: `Version ${model.number} ${passed ? "passed the gate" : "was rejected"}.` });
    },
    onError: failed,
  });
  const move = useMutation({
    mutationFn: ({ path, reason }: { path: string; reason: string }) =>
      request("POST", inProject(project, `/models/${path}`), { body: { reason, alias: PRODUCTION } }),
    onSuccess: refresh,
    onError: failed,
  });
  if (!lead) return null;
  return (
    <Group gap="xs">
      <Button size="compact-sm" variant="default" loading={gate.isPending} onClick={() => gate.mutate()}>
        Run the gate on version {model.number}
      </Button>
      {serves ? (
        <Button size="compact-sm" variant="default" onClick={() => setAsking("rollback")}>
          Roll back
        </Button>
      ) : (
        <Button
          size="compact-sm"
          disabled={!model.gate?.passed || model.gate.against !== (current?.number ?? null)}
          onClick={() => setAsking("promote")}
        >
          Promote version {model.number}
        </Button>
      )}
      {!serves && !model.gate?.passed && (
        <Text fz="xs" c="var(--ink-soft)">
          Only a version that passed the gate serves.
        </Text>
      )}
      {asking === "promote" && (
        <ReasonDialog
          title={`Let version ${model.number} answer ${current ? `instead of version ${current.number}` : "from now on"}?`}
          verb="Promote"
          onReason={(reason) => move.mutate({ path: `${model.number}/promote`, reason })}
          close={() => setAsking(null)}
        />
      )}
      {asking === "rollback" && (
        <ReasonDialog
          title="Let the version before answer again?"
          verb="Roll back"
          onReason={(reason) => move.mutate({ path: "rollback", reason })}
          close={() => setAsking(null)}
        />
      )}
    </Group>
  );
}
