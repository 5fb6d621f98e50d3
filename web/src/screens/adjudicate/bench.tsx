import { Button, Drawer, Group, Loader, Menu, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp, IconArrowForwardUp, IconBook2, IconMessage } from "@tabler/icons-react";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { Adjudication } from "@/api/answers";
import { inProject, request } from "@/api/client";
import type { Guidelines, Span, Task } from "@/api/types";
import { ReasonDialog } from "@/dialogs/reason";
import { open } from "@/editing/annotation";
import type { Target } from "@/editing/editing";
import { useJournal } from "@/journal/context";
import { BOUNDARIES } from "@/keys/boundaries";
import { type Command, shown } from "@/keys/keymap";
import { keyOf, withKey } from "@/keys/keys";
import { useKeys } from "@/keys/use-keys";
import classes from "@/screens/adjudicate/adjudicate.module.css";
import {
  add,
  begin,
  type Choice,
  type Deciding,
  decide,
  finalSpans,
  marksOf,
  nextOpen,
  redo,
  sideOf,
  step,
  undo,
} from "@/screens/adjudicate/deciding";
import { History } from "@/screens/adjudicate/history";
import { Key } from "@/screens/adjudicate/key";
import { Sides } from "@/screens/adjudicate/sides";
import { useMay, useProject, useSession } from "@/session/session";
import { IconButton } from "@/shell/layout";
import { labelColours } from "@/spans/chip";
import { Layer, type LayerHandle } from "@/spans/layer";
import { UNKNOWN } from "@/spans/palette";
import { useActiveTime } from "@/tasks/active-time";
import { useLabels } from "@/tasks/guidelines";
import { nudge, type Range, stretch } from "@/text/tokens";

const CommentsPanel = lazy(() => import("@/screens/review/comments-panel"));
const GuidelinesPanel = lazy(() => import("@/screens/review/guidelines-panel"));
const LabelPicker = lazy(() => import("@/screens/review/label-picker"));

const RENEWAL = 300_000;
type Dialog = "escalate" | "reject" | "labels" | "comments" | "guidelines" | { sendBack: string } | null;

interface BenchProps {
  task: Task;
  found: Adjudication;
  guidelines: Guidelines;
  tiers: ReactNode;
  finish: () => void;
}

export function Bench({ task, found, guidelines, tiers, finish }: BenchProps) {
  const project = useProject();
  const { user } = useSession();
  const expert = useMay("expert");
  const journal = useJournal();
  const seconds = useActiveTime(task.id);
  const { labels, styles, byKey } = useLabels(guidelines);
  // The digits take sides here.
  const letters = useMemo(() => new Map([...byKey].filter(([key]) => !/\d/.test(key))), [byKey]);
  const { reading, offsets } = useMemo(() => open(task, user.name), [task, user.name]);
  const [deciding, setDeciding] = useState<Deciding>(() => begin(found, predictedIn(task), offsets));
  const [target, setTarget] = useState<Target | null>(() => aimAt(nextOpen(deciding, -1) ?? 0));
  const [dialog, setDialog] = useState<Dialog>(null);
  const [note, setNote] = useState("");
  const layer = useRef<LayerHandle>(null);
  const marks = useMemo(() => marksOf(deciding), [deciding]);
  const people = found.annotations.map(({ author }) => author);
  const annotators = found.annotations.filter(({ tier }) => tier === "annotator").map(({ author }) => author);
  const at = target && "mark" in target ? target.mark : null;
  const place = at === null ? undefined : deciding.places[at];
  const range = target && "start" in target ? target : (place?.choice ?? place?.sides[0] ?? null);
  const left = deciding.places.filter((one) => !one.decided).length;

  useEffect(() => layer.current?.focus(), []);
  useEffect(() => {
    if (range) layer.current?.reveal(range);
  }, [range]);
  useEffect(() => {
    const path = inProject(project, `/tasks/${task.id}/lease`);
    const timer = setInterval(() => void request("POST", path).catch(() => undefined), RENEWAL);
    return () => clearInterval(timer);
  }, [project, task.id]);

  function say(choice: Choice | null, { stay = false } = {}): void {
    if (at === null) return;
    const next = decide(deciding, at, choice);
    setDeciding(next);
    const to = stay ? at : nextOpen(next, at);
    setTarget(to === null ? (next.places[at] ? target : null) : aimAt(to));
  }

  function takeSide(author: string | undefined): void {
    const side = author === undefined || !place ? undefined : sideOf(place, author);
    if (side !== undefined) say(side);
  }

  function label(name: string): void {
    if (!range) return;
    const choice = { start: range.start, end: range.end, label: name, kbId: null };
    if (at !== null) {
      say(choice, { stay: true });
      return;
    }
    setDeciding(add(deciding, choice));
    setTarget(aimAt(deciding.places.length));
  }

  function move(command: Command): void {
    const boundary = BOUNDARIES[command];
    if (!boundary || !range) return;
    const { edge, direction, by } = boundary;
    const now: Range = { start: range.start, end: range.end };
    const moved =
      by === "token" ? stretch(reading.tokens, now, edge, direction) : nudge(reading.text, now, edge, direction);
    const known = place?.choice ?? place?.sides[0];
    if (known) say({ ...known, ...moved }, { stay: true });
    else setTarget(moved);
  }

  function end(path: string, body: unknown, what: string): void {
    void journal.add(
      {
        project,
        task: task.id,
        method: "POST",
        path: inProject(project, `/tasks/${task.id}/${path}`),
        body,
        what: `${what} task ${task.id}`,
      },
      { finishes: true },
    );
    finish();
  }

  function submit(): void {
    const undecided = nextOpen(deciding, -1);
    if (undecided !== null) {
      setTarget(aimAt(undecided));
      notifications.show({ message: `${left} not decided yet`, color: "orange", withBorder: true });
      return;
    }
    const spans = finalSpans(deciding, offsets, reading.text);
    const body = { spans, complete: true, guideline: guidelines.number, active_seconds: seconds(), note };
    end("resolve", body, "Decision on");
  }

  function run(command: Command, index: number): unknown {
    if (BOUNDARIES[command]) return move(command);
    switch (command) {
      case "label":
        return takeSide(people[index]);
      case "accept":
        return place && say(place.choice);
      case "reject":
        return place && say(null);
      case "labels":
        return range ? setDialog("labels") : false;
      case "next":
      case "previous":
      case "up":
      case "down": {
        const direction = command === "next" || command === "down" ? 1 : -1;
        const order = marks.map(({ id }) => id);
        const to = step(order.length, at === null ? (direction === 1 ? -1 : 0) : order.indexOf(at), direction);
        return to === null ? false : setTarget(aimAt(order[to]!));
      }
      case "unselect":
        return setTarget(null);
      case "undo":
        return setDeciding(undo(deciding));
      case "redo":
        return setDeciding(redo(deciding));
      case "submit":
        return submit();
      case "escalate":
        return task.tier === "reviewer" && setDialog("escalate");
      case "comment":
        return setDialog("comments");
      case "guidelines":
        return setDialog("guidelines");
      default:
        return false;
    }
  }
  useKeys(run, { keys: letters, press: label });
  const close = () => setDialog(null);
  const words = range ? reading.text.slice(range.start, range.end) : "";

  return (
    <div className={classes.screen}>
      <header className={classes.header}>
        <div className={classes.why}>
          <Text component="h1" fz="sm" fw={550} truncate title={task.reason}>
            {task.reason}
          </Text>
          <Text fz="xs" c="var(--ink-soft)" truncate>
            {task.document.id} · {left ? `${left} to decide` : "all decided"}
          </Text>
        </div>
        {tiers}
        <Group gap={2} wrap="nowrap">
          <IconButton name={withKey("Comments and history", "comment")} onClick={() => setDialog("comments")}>
            <IconMessage size={19} stroke={1.7} fill={task.comments ? "currentColor" : "none"} fillOpacity={0.25} />
          </IconButton>
          <IconButton name={withKey("Guidelines", "guidelines")} onClick={() => setDialog("guidelines")}>
            <IconBook2 size={19} stroke={1.7} />
          </IconButton>
        </Group>
      </header>
      <div className={classes.middle}>
        <div className={classes.scroller} data-scroller="">
          <div className={classes.column}>
            <Layer
              ref={layer}
              reading={reading}
              marks={marks}
              target={target}
              styles={styles}
              unsure={1.01}
              onTarget={setTarget}
            />
          </div>
        </div>
        <Sides
          text={reading.text}
          deciding={deciding}
          order={marks.map(({ id }) => id)}
          opinions={found.annotations}
          reliabilities={found.reliabilities}
          styles={styles}
          at={at}
          onAim={(index) => setTarget(aimAt(index))}
          onTake={(index, choice) => {
            const next = decide(deciding, index, choice);
            setDeciding(next);
            setTarget(aimAt(nextOpen(next, index) ?? index));
          }}
        />
      </div>
      <footer className={classes.bar}>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a scrolling flex line */}
        <div className={classes.palette} role="group" aria-label="Labels">
          {labels.map(({ label: name, definition, key }) => (
            <button
              key={name}
              type="button"
              className={classes.label}
              style={labelColours(styles.get(name) ?? UNKNOWN)}
              aria-pressed={place?.choice?.label === name}
              aria-disabled={!range || undefined}
              title={definition}
              onMouseDown={(event) => event.preventDefault()} // the focus stays on the text, where the keys are
              onClick={() => label(name)}
            >
              {key && letters.has(key) && <kbd>{key.toUpperCase()}</kbd>}
              <span className={classes.sample} />
              {name}
            </button>
          ))}
        </div>
        <Group gap={6} className={classes.actions}>
          <Button variant="default" size="xs" onClick={() => run("accept", 0)} disabled={!place}>
            As proposed <Key command="accept" />
          </Button>
          <Button variant="default" size="xs" onClick={() => run("reject", 0)} disabled={!place}>
            Nothing there <Key command="reject" />
          </Button>
          <IconButton name={withKey("Undo", "undo")} onClick={() => run("undo", 0)} disabled={!deciding.past.length}>
            <IconArrowBackUp size={19} stroke={1.7} />
          </IconButton>
          <IconButton
            name={withKey("Redo", "redo")}
            onClick={() => run("redo", 0)}
            disabled={!deciding.future.length}
          >
            <IconArrowForwardUp size={19} stroke={1.7} />
          </IconButton>
          <span className={classes.gap} />
          {expert && task.tier === "expert" && (
            <Textarea
              aria-label="Note: stands with the example in the guidelines"
              placeholder="A note for the guidelines"
              size="xs"
              rows={1}
              w={210}
              maxLength={10_000}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
          )}
          <Button variant="subtle" color="gray" c="var(--ink)" size="xs" onClick={() => setDialog("reject")}>
            Reject text
          </Button>
          {annotators.length > 0 && (
            <Menu position="top" shadow="md">
              <Menu.Target>
                <Button variant="subtle" color="gray" c="var(--ink)" size="xs">
                  Send back
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {annotators.map((author) => (
                  <Menu.Item key={author} onClick={() => setDialog({ sendBack: author })}>
                    to {author}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
          {task.tier === "reviewer" && (
            <Button variant="subtle" color="gray" c="var(--ink)" size="xs" onClick={() => setDialog("escalate")}>
              Escalate <Key command="escalate" />
            </Button>
          )}
          <Button size="xs" onClick={submit}>
            Decide <kbd className={classes.onAccent}>{shown(keyOf("submit")).join(" ")}</kbd>
          </Button>
        </Group>
      </footer>
      <output className={classes.spoken} aria-live="polite">
        {place
          ? `${words}, ${place.choice?.label ?? "nothing"}${place.decided ? ", decided" : ", to decide"}`
          : words}
      </output>
      <Drawer
        opened={dialog === "comments" || dialog === "guidelines"}
        onClose={close}
        position="right"
        title={dialog === "guidelines" ? `Guidelines ${guidelines.number}` : "Comments and history"}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Suspense fallback={<Loader type="dots" size="sm" color="gray" />}>
          {dialog === "guidelines" && <GuidelinesPanel guidelines={guidelines} label={place?.choice?.label} />}
          {dialog === "comments" && (
            <>
              <CommentsPanel task={task} />
              <History task={task.id} />
            </>
          )}
        </Suspense>
      </Drawer>
      <Suspense fallback={null}>
        {dialog === "labels" && (
          <LabelPicker labels={labels} styles={styles} words={words} onLabel={label} close={close} />
        )}
      </Suspense>
      {dialog === "escalate" && (
        <ReasonDialog
          title="Escalate: an expert decides"
          verb="Escalate"
          suggestions={["Needs an expert", "The guidelines do not say"]}
          onReason={(reason) => end("escalate", { reason }, "Escalation of")}
          close={close}
        />
      )}
      {dialog !== null && typeof dialog === "object" && (
        <ReasonDialog
          title={`Send back to ${dialog.sendBack}`}
          verb="Send back"
          suggestions={["Please read the guidelines again", "Only a part of the text is annotated"]}
          onReason={(comment) => end("send-back", { comment, to: dialog.sendBack }, "Sending back of")}
          close={close}
        />
      )}
      {dialog === "reject" && (
        <ReasonDialog
          title="Reject: the text is of no use"
          verb="Reject"
          suggestions={["The text is broken", "Another language", "Personal data"]}
          onReason={(reason) => end("reject", { reason }, "Rejection of")}
          close={close}
        />
      )}
    </div>
  );
}

function aimAt(mark: number): Target {
  return { mark };
}

/** What was predicted in what is asked about. */
function predictedIn({ prediction, parts }: Task): readonly Span[] {
  const spans = prediction?.spans ?? [];
  return parts ? spans.filter((span) => parts.some(([start, end]) => span.start < end! && start! < span.end)) : spans;
}
