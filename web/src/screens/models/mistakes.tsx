/** The single mistakes of a version, by kind and label, each in its context. */
import { Button, Group, Select, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Mistake, Mistakes } from "@/api/answers";
import { inProject, request } from "@/api/client";
import type { Span } from "@/api/types";
import { KINDS } from "@/screens/models/kinds";
import classes from "@/screens/models/models.module.css";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { count, named, percent } from "@/shell/words";
import { LabelChip, labelColours } from "@/spans/chip";
import { type LabelStyle, UNKNOWN } from "@/spans/palette";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

const STEP = 25;

export function MistakeBrowser({ model }: { model: number }) {
  const project = useProject();
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const [kind, setKind] = useState<string | null>(null);
  const [label, setLabel] = useState<string | null>(null);
  const [limit, setLimit] = useState(STEP);
  const asked = new URLSearchParams({ limit: String(limit) });
  if (kind) asked.set("kind", kind);
  if (label) asked.set("label", label);
  const query = useQuery({
    queryKey: ["mistakes", project, model, asked.toString()],
    queryFn: () => request<Mistakes>("GET", inProject(project, `/models/${model}/mistakes?${asked}`)),
    placeholderData: keepPreviousData,
  });
  const choose = (set: (value: string | null) => void) => (value: string | null) => {
    set(value);
    setLimit(STEP);
  };
  return (
    <Loaded query={query}>
      {(found) => (
        <Card
          title={`${count(found.count)} ${found.count === 1 ? "mistake" : "mistakes"}`}
          aside={`in ${count(found.documents)} documents ${found.golden ? "of the golden set" : "that it stopped on"}`}
        >
          <Group gap="xs" mb="xs">
            <Select
              size="xs"
              w={210}
              aria-label="Kind"
              placeholder="Every kind"
              clearable
              value={kind}
              onChange={choose(setKind)}
              data={Object.entries(KINDS).map(([value, { name }]) => ({
                value,
                label: `${name} · ${count(found.kinds[value] ?? 0)}`,
              }))}
            />
            <Select
              size="xs"
              w={210}
              aria-label="Label"
              placeholder="Every label"
              clearable
              searchable
              value={label}
              onChange={choose(setLabel)}
              data={[...new Set([...(label ? [label] : []), ...Object.keys(found.labels).sort()])].map((value) => ({
                value,
                label: `${value} · ${count(found.labels[value] ?? 0)}`,
              }))}
            />
            <Text fz="xs" c="var(--ink-soft)">
              <span className={classes.gold}>underlined</span> is right, <span className={classes.found}>dashed</span>{" "}
              was found
            </Text>
          </Group>
          {found.items.length === 0 && <Nothing>None of this kind.</Nothing>}
          {found.items.map((one) => (
            <Row key={`${one.document} ${place(one.gold)} ${place(one.predicted)}`} mistake={one} styles={styles} />
          ))}
          {found.count > found.items.length && (
            <Button variant="default" size="xs" mt="sm" onClick={() => setLimit(limit + STEP)}>
              More
            </Button>
          )}
        </Card>
      )}
    </Loaded>
  );
}

function Row({ mistake, styles }: { mistake: Mistake; styles: ReadonlyMap<string, LabelStyle> }) {
  const { gold, predicted, kind, document } = mistake;
  const shown = KINDS[kind as keyof typeof KINDS] ?? { name: named(kind), color: "gray" };
  return (
    <article className={classes.mistake} aria-label={`${shown.name} in ${document}`}>
      <div className={classes.mistakeHead}>
        <Tag color={shown.color} size="sm">
          {shown.name}
        </Tag>
        <Text fz="xs" c="var(--ink-soft)" title={document} style={{ overflowWrap: "anywhere" }}>
          {document}
        </Text>
      </div>
      <div>
        <p className={classes.excerpt} dir="auto">
          {mistake.cut[0] && "…"}
          {pieces(mistake).map((piece) => (
            <Piece key={piece.at} {...piece} mistake={mistake} styles={styles} />
          ))}
          {mistake.cut[1] && "…"}
        </p>
        <div className={classes.sides}>
          <span>Right: {gold ? <LabelChip label={gold.label} styles={styles} /> : "nothing"}</span>
          <span>
            Found: {predicted ? <LabelChip label={predicted.label} styles={styles} /> : "nothing"}
            {predicted?.score != null && ` ${percent(predicted.score)} sure`}
          </span>
        </div>
      </div>
    </article>
  );
}

interface PieceOf {
  /** Where it begins, in code points of the excerpt. */
  at: number;
  text: string;
  gold: boolean;
  found: boolean;
}

function Piece({
  text,
  gold,
  found,
  mistake,
  styles,
}: PieceOf & { mistake: Mistake; styles: ReadonlyMap<string, LabelStyle> }) {
  if (!gold && !found) return text;
  const label = (gold ? mistake.gold : mistake.predicted)!.label;
  return (
    <mark
      className={[gold ? classes.gold : "", found ? classes.found : ""].join(" ")}
      style={labelColours(styles.get(label) ?? UNKNOWN)}
    >
      {text}
    </mark>
  );
}

/** The excerpt cut where one of the two spans begins or ends. */
export function pieces({ text, start, gold, predicted }: Mistake): PieceOf[] {
  const points = [...text];
  const cuts = new Set([0, points.length]);
  for (const span of [gold, predicted]) if (span) cuts.add(span.start - start).add(span.end - start);
  const at = [...cuts].filter((cut) => cut >= 0 && cut <= points.length).sort((one, other) => one - other);
  return at.slice(0, -1).map((from, index) => ({
    at: from,
    text: points.slice(from, at[index + 1]).join(""),
    gold: covers(gold, from + start),
    found: covers(predicted, from + start),
  }));
}

function covers(span: Span | null, at: number): boolean {
  return span !== null && span.start <= at && at < span.end;
}

function place(span: Span | null): string {
  return span ? `${span.start}-${span.end} ${span.label}` : "";
}
