/** Playground: a text as a model reads it: spans and how sure, why, the tokens, and what each stage did. */
import { Alert, Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import type { Explained, Model } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import { Reading } from "@/screens/playground/reading";
import { useProject } from "@/session/session";
import { Empty } from "@/shell/empty";
import { Failure } from "@/shell/failure";
import { Card, Screen } from "@/shell/screen";

const LONGEST = 20_000;

export default function Playground() {
  const project = useProject();
  const list = useList<Model>(inProject(project, "/models"), { limit: 200 });
  const models = list.items;
  const [chosen, setChosen] = useState<string | null>(null);
  const [text, setText] = useState("");
  const read = useMutation({
    mutationFn: (body: { text: string; model: number }) =>
      request<Explained>("POST", inProject(project, "/explain"), { body }),
  });
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  if (!models) return null;
  const model =
    models.find(({ number }) => String(number) === chosen) ??
    models.find(({ aliases }) => aliases.includes("production")) ??
    models[0];
  if (!model) {
    return (
      <Empty title="No model to play with yet" icon={<IconFlask size={40} stroke={1.4} />}>
        When the project has a model version, you paste a text here and see its spans, how sure each is, and why.
      </Empty>
    );
  }
  const ask = () => text.trim() && read.mutate({ text, model: model.number });
  return (
    <Screen
      title="Playground"
      actions={
        <Select
          size="xs"
          w={200}
          aria-label="Model"
          allowDeselect={false}
          value={String(model.number)}
          onChange={setChosen}
          data={models.map(({ number, aliases }) => ({
            value: String(number),
            label: [`Version ${number}`, ...aliases].join(" · "),
          }))}
        />
      }
    >
      <Card title="Text" aside="Nothing is kept">
        <Stack gap="xs">
          <Textarea
            aria-label="Text to read"
            placeholder="Paste a text…"
            dir="auto"
            autosize
            minRows={3}
            maxRows={12}
            maxLength={LONGEST}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event: KeyboardEvent) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask();
            }}
          />
          <Group justify="space-between">
            <Text fz="xs" c="var(--ink-soft)">
              <kbd>Ctrl</kbd> <kbd>Enter</kbd> reads it
            </Text>
            <Button onClick={ask} disabled={!text.trim()} loading={read.isPending}>
              Read
            </Button>
          </Group>
        </Stack>
      </Card>
      {read.error && (
        <Alert color="red" role="alert" variant="light" styles={{ message: { color: "var(--ink)" } }}>
          {explain(read.error)}
        </Alert>
      )}
      {read.data && <Reading key={read.submittedAt} read={read.data} />}
    </Screen>
  );
}
