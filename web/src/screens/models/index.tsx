/** Models: the versions of a project, what each gets right and wrong, and which of them serves. */
import { Group, Select, Tabs } from "@mantine/core";
import { IconBox } from "@tabler/icons-react";
import { useState } from "react";
import type { Model } from "@/api/answers";
import { inProject } from "@/api/client";
import { useList } from "@/api/lists";
import { Beside } from "@/screens/models/beside";
import { Diagnosis } from "@/screens/models/diagnosis";
import { ModelFigures } from "@/screens/models/figures";
import { Gates } from "@/screens/models/gates";
import { History } from "@/screens/models/history";
import { MistakeBrowser } from "@/screens/models/mistakes";
import { TransitionMap } from "@/screens/models/transitions";
import { Versions } from "@/screens/models/versions";
import { useProject } from "@/session/session";
import { Empty } from "@/shell/empty";
import { Failure } from "@/shell/failure";
import { Screen } from "@/shell/screen";

export default function Models() {
  const project = useProject();
  const list = useList<Model>(inProject(project, "/models"), { limit: 200 });
  const [chosen, setChosen] = useState<number | null>(null);
  const [against, setAgainst] = useState<number | null>(null);
  const [tab, setTab] = useState<string | null>("figures");
  const models = list.items;
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  if (!models) return null;
  const model = models.find(({ number }) => number === chosen) ?? models[0];
  if (!model) {
    return (
      <Empty title="No model yet" icon={<IconBox size={40} stroke={1.4} />}>
        A model version comes here when one was trained on a dataset version: with its figures for each label, its
        mistakes, what its gate said, and the names that point at it, such as production.
      </Empty>
    );
  }
  const other = models.find(({ number }) => number === against && number !== model.number) ?? null;
  return (
    <Screen
      title="Models"
      actions={
        <Group gap="xs">
          <Pick name="Version" models={models} value={model.number} onPick={setChosen} />
          {models.length > 1 && (
            <Pick
              name="Compare with"
              models={models.filter(({ number }) => number !== model.number)}
              value={other?.number ?? null}
              onPick={setAgainst}
              clearable
            />
          )}
        </Group>
      }
    >
      <Versions models={models} model={model} onChoose={setChosen} />
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="figures">Figures</Tabs.Tab>
          {other && <Tabs.Tab value="beside">Beside version {other.number}</Tabs.Tab>}
          <Tabs.Tab value="mistakes">Mistakes</Tabs.Tab>
          <Tabs.Tab value="diagnosis">Diagnosis</Tabs.Tab>
          <Tabs.Tab value="gate">Gate</Tabs.Tab>
          {model.lineage.recognizer?.startsWith("crf") && <Tabs.Tab value="transitions">Transitions</Tabs.Tab>}
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="figures" pt="lg">
          <ModelFigures model={model} models={models} />
        </Tabs.Panel>
        {other && (
          <Tabs.Panel value="beside" pt="lg">
            <Beside key={`${model.number} ${other.number}`} model={model} other={other} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="mistakes" pt="lg">
          <MistakeBrowser key={model.number} model={model.number} />
        </Tabs.Panel>
        <Tabs.Panel value="diagnosis" pt="lg">
          <Diagnosis key={model.number} model={model.number} />
        </Tabs.Panel>
        <Tabs.Panel value="gate" pt="lg">
          <Gates key={model.number} model={model} />
        </Tabs.Panel>
        <Tabs.Panel value="transitions" pt="lg">
          <TransitionMap key={model.number} model={model.number} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="lg">
          <History />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}

function Pick({
  name,
  models,
  value,
  onPick,
  clearable = false,
}: {
  name: string;
  models: readonly Model[];
  value: number | null;
  onPick: (value: number | null) => void;
  clearable?: boolean;
}) {
  return (
    <Select
      size="xs"
      w={190}
      aria-label={name}
      placeholder={name}
      clearable={clearable}
      allowDeselect={clearable}
      value={value === null ? null : String(value)}
      onChange={(now) => onPick(now === null ? null : Number(now))}
      data={models.map(({ number, aliases }) => ({
        value: String(number),
        label: [`Version ${number}`, ...aliases].join(" · "),
      }))}
    />
  );
}
