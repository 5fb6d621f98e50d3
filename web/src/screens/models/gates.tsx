/** What the gate said of a version: every check with its figures, and what changed in which document. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ChangedSpan, Gate, Model, MustPass } from "@/api/answers";
import { inProject, request } from "@/api/client";
import classes from "@/screens/models/models.module.css";
import { GateTag } from "@/screens/models/versions";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing } from "@/shell/screen";
import { count, moment, named } from "@/shell/words";
import { LabelChip, labelColours } from "@/spans/chip";
import { type LabelStyle, UNKNOWN } from "@/spans/palette";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

const CHECKS: Record<string, string> = {
  f1: "F1",
  labels: "Labels",
  calibration: "Calibration",
  speed: "Speed",
  must_pass: "Must pass",
};
const CHANGES = {
  lost: { sign: "▼", name: "lost" },
  added: { sign: "▼", name: "added" },
  found: { sign: "▲", name: "found" },
  removed: { sign: "▲", name: "removed" },
} as const;
const STEP = 8; // documents that changed

export function Gates({ model }: { model: Model }) {
  const project = useProject();
  const id = model.gate?.id;
  const query = useQuery({
    queryKey: ["gate", project, id],
    queryFn: () => request<Gate>("GET", inProject(project, `/models/gates/${id}`)),
    enabled: id !== undefined,
  });
  if (!model.gate)
    return (
      <Nothing>
        The gate has not judged version {model.number} yet. It reads the golden set with this version and with the one
        in production, and says what became better or worse.
      </Nothing>
    );
  return <Loaded query={query}>{(gate) => <Report gate={gate} />}</Loaded>;
}

function Report({ gate }: { gate: Gate }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const { report } = gate;
  if (!report) return null;
  return (
    <Stack gap={20}>
      <Card
        title={gate.against ? `Beside version ${gate.against}, which served then` : "Nothing served then"}
        aside={
          <Group gap="xs">
            <GateTag gate={gate} />
            <span>
              {moment(gate.at)}
              {gate.user && ` · ${gate.user}`} · {count(report.documents)} documents
            </span>
          </Group>
        }
      >
        <ul className={classes.checks}>
          {report.checks.map(({ name, passed, detail }) => (
            <li key={name}>
              <span
                className={passed ? classes.passed : classes.failed}
                role="img"
                aria-label={passed ? "ok" : "failed"}
              >
                {passed ? "✓" : "✕"}
              </span>
              <b>{CHECKS[name] ?? named(name)}</b>
              <span>{detail}</span>
            </li>
          ))}
        </ul>
      </Card>
      {report.must_pass.failed.length > 0 && <Failed examples={report.must_pass.failed} styles={styles} />}
      {report.changed.shown.length > 0 && <Changed changed={report.changed} styles={styles} />}
    </Stack>
  );
}

function Changed({
  changed,
  styles,
}: {
  changed: NonNullable<Gate["report"]>["changed"];
  styles: ReadonlyMap<string, LabelStyle>;
}) {
  const [limit, setLimit] = useState(STEP);
  return (
    <Card title="What changed" aside={`${count(changed.documents)} documents are read differently`}>
      <ul className={classes.changed}>
        {changed.shown.slice(0, limit).map((document) => (
          <li key={document.id}>
            <b>{document.id}</b>
            <ul>
              {document.spans.map((span) => (
                <Change key={`${span.what} ${span.left}${span.text}${span.label}`} span={span} styles={styles} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {changed.shown.length > limit && (
        <Button variant="default" size="xs" mt="sm" onClick={() => setLimit(limit + STEP)}>
          More
        </Button>
      )}
    </Card>
  );
}

function Change({ span, styles }: { span: ChangedSpan; styles: ReadonlyMap<string, LabelStyle> }) {
  const { sign, name } = CHANGES[span.what];
  return (
    <li>
      <span className={sign === "▲" ? classes.passed : classes.failed}>
        {sign} {name}
      </span>
      <span dir="auto" className={classes.excerpt} style={{ fontSize: 14 }}>
        …{span.left}
        <mark style={labelColours(styles.get(span.label) ?? UNKNOWN)}>{span.text}</mark>
        {span.right}… <LabelChip label={span.label} styles={styles} />
      </span>
    </li>
  );
}

function Failed({ examples, styles }: { examples: readonly MustPass[]; styles: ReadonlyMap<string, LabelStyle> }) {
  return (
    <Card title="Examples that failed" aside="Every version must pass them">
      <ul className={classes.changed}>
        {examples.map(({ id, text, note, missing, forbidden }) => (
          <li key={id}>
            <Text fz="sm" dir="auto">
              {text}
            </Text>
            <div className={classes.sides}>
              {note && <span>{note}</span>}
              {missing.map((span) => (
                <span key={`m${span.start} ${span.label}`}>
                  missing: {span.text} <LabelChip label={span.label} styles={styles} />
                </span>
              ))}
              {forbidden.map((span) => (
                <span key={`f${span.start} ${span.label}`}>
                  must not be found: {span.text} <LabelChip label={span.label} styles={styles} />
                </span>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
