/** What each word of a sentence looks at, layer by layer. */
import { Alert, Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Explained, Looked } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import classes from "@/screens/playground/playground.module.css";
import { useProject } from "@/session/session";
import { Wide } from "@/shell/screen";
import { percent } from "@/shell/words";

export function Attention({ read }: { read: Explained }) {
  const project = useProject();
  const { model, text, sentences } = read;
  const [sentence, setSentence] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  const query = useQuery({
    queryKey: ["attention", project, model, text, sentence],
    queryFn: () => request<Looked>("POST", inProject(project, "/attention"), { body: { text, model, sentence } }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const layers = query.data?.layers ?? [];
  const layer = chosen === null ? layers.length - 1 : Number(chosen);
  return (
    <>
      <Group mb="sm" align="end">
        <Select
          size="xs"
          label="Sentence"
          allowDeselect={false}
          value={String(sentence)}
          onChange={(value) => setSentence(Number(value))}
          data={sentences.map(({ tokens }, index) => ({
            value: String(index),
            label: `${index + 1}: ${tokens.slice(0, 6).join(" ")}`,
          }))}
        />
        <Select
          size="xs"
          label="Layer"
          allowDeselect={false}
          value={String(layer)}
          onChange={setChosen}
          data={layers.map((_, index) => ({ value: String(index), label: `${index + 1} of ${layers.length}` }))}
        />
        <Text fz="sm" c="var(--ink-soft)">
          Rows look at columns. It shows what a layer reads, not why the answer is what it is.
        </Text>
      </Group>
      {query.error && (
        <Alert color="red" role="alert" variant="light" styles={{ message: { color: "var(--ink)" } }}>
          {explain(query.error)}
        </Alert>
      )}
      {query.data && layers[layer] && <Grid words={query.data.words} rows={layers[layer]} />}
    </>
  );
}

function Grid({ words, rows }: { words: readonly string[]; rows: readonly (readonly number[])[] }) {
  return (
    <Wide name="What each word looks at">
      <table className={classes.attention}>
        <thead>
          <tr>
            <td />
            {words.map((word, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice
              <th key={index} scope="col">
                <bdi>{word}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, from) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice
            <tr key={from}>
              <th scope="row">
                <bdi>{words[from]}</bdi>
              </th>
              {row.map((weight, to) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice
                  key={to}
                  title={`${words[from]} → ${words[to]}: ${percent(weight, 1)}`}
                  style={{
                    background: `color-mix(in srgb, var(--bar-0) ${Math.min(100, weight * 200)}%, transparent)`,
                  }}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
