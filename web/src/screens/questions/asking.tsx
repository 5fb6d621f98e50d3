import { Text } from "@mantine/core";
import { IconCheck, IconQuestionMark, IconX } from "@tabler/icons-react";
import { type CSSProperties, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { inProject } from "@/api/client";
import type { Guidelines, Task } from "@/api/types";
import { useJournal } from "@/journal/context";
import { chord } from "@/keys/keymap";
import { type Answer, answered, partial, questionsOf, withoutLast } from "@/screens/questions/questions";
import classes from "@/screens/questions/questions.module.css";
import { useProject } from "@/session/session";
import { UNKNOWN } from "@/spans/palette";
import { useActiveTime } from "@/tasks/active-time";
import { useLabels } from "@/tasks/guidelines";
import { DRAFT_VERSION, type HeldTasks } from "@/tasks/held";

const KEYS: Record<string, Answer | "back"> = {
  y: "yes",
  right: "yes",
  n: "no",
  left: "no",
  space: "unknown",
  backspace: "back",
  "mod+z": "back",
};
const FAR = 90; // pixels that make a swipe

export function Asking({ task, guidelines, manager }: { task: Task; guidelines: Guidelines; manager: HeldTasks }) {
  const project = useProject();
  const journal = useJournal();
  const { styles } = useLabels(guidelines);
  const questions = useMemo(() => questionsOf(task), [task]);
  const draft = manager.draft<Answer>(task.id);
  const seconds = useActiveTime(task.id, draft?.seconds);
  const [answers, setAnswers] = useState<readonly Answer[]>(draft?.steps ?? []);
  const question = questions[answers.length];

  function say(answer: Answer | "back"): void {
    const next = answer === "back" ? withoutLast(answers) : answered(task, answers, answer);
    setAnswers(next);
    if (next.length < questions.length) {
      void manager.saveDraft(task.id, { version: DRAFT_VERSION, steps: next, seconds: seconds() });
      return;
    }
    const body = partial(task, next, { guideline: guidelines.number, seconds: seconds() });
    const path = inProject(project, `/tasks/${task.id}/annotation`);
    void journal.add(
      { project, task: task.id, method: "POST", path, body, what: `Answers to task ${task.id}` },
      { finishes: true },
    );
    manager.finish(task.id);
  }

  const latest = useRef(say);
  latest.current = say;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const answer = KEYS[chord(event)];
      const place = event.target as Element;
      if (!answer || place.closest('input, textarea, [role="dialog"], [role="menu"]')) return;
      if (event.key === " " && place.closest("button, a[href]")) return;
      event.preventDefault();
      latest.current(answer);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);

  if (!question) return null;
  const style = styles.get(question.label) ?? UNKNOWN;
  const colours = {
    "--bar": style.bar,
    "--ink-label": style.ink,
  } as CSSProperties;
  return (
    <div className={classes.screen} style={colours}>
      <Text component="h1" className={classes.why}>
        {task.reason}
        {questions.length > 1 && ` · ${answers.length + 1} of ${questions.length} in this text`}
      </Text>
      <Swipe key={answers.length} onSwipe={say}>
        <p className={classes.context} dir="auto">
          {question.before}
          <mark className={classes.words}>{question.words}</mark>
          {question.after}
        </p>
        <p className={classes.question} aria-live="polite">
          Is <bdi className={classes.quoted}>{question.words}</bdi>{" "}
          <strong className={classes.label}>{question.label}</strong>?
        </p>
        <p className={classes.definition}>
          {guidelines.labels[question.label]}
          {question.score !== null && <span> The model is {Math.round(question.score * 100)}% sure.</span>}
        </p>
      </Swipe>
      <div className={classes.answers}>
        <AnswerButton answer="no" name="No" keys="N" icon={<IconX size={20} />} say={say} />
        <AnswerButton
          answer="unknown"
          name="Don’t know"
          keys="Space"
          icon={<IconQuestionMark size={20} />}
          say={say}
        />
        <AnswerButton answer="yes" name="Yes" keys="Y" icon={<IconCheck size={20} />} say={say} />
      </div>
      <button type="button" className={classes.back} disabled={!answers.length} onClick={() => say("back")}>
        Back <kbd>Backspace</kbd>
      </button>
    </div>
  );
}

interface AnswerButtonProps {
  answer: Answer;
  name: string;
  keys: string;
  icon: React.ReactNode;
  say: (answer: Answer) => void;
}

function AnswerButton({ answer, name, keys, icon, say }: AnswerButtonProps) {
  return (
    <button type="button" className={classes.answer} data-answer={answer} onClick={() => say(answer)}>
      {icon}
      {name}
      <kbd>{keys}</kbd>
    </button>
  );
}

/** A card that follows the finger: to the right is yes, to the left is no. */
function Swipe({ onSwipe, children }: { onSwipe: (answer: Answer) => void; children: React.ReactNode }) {
  const [offset, setOffset] = useState(0);
  const from = useRef<number | null>(null);
  function end(event: PointerEvent) {
    if (from.current === null) return;
    const distance = event.clientX - from.current;
    from.current = null;
    setOffset(0);
    if (Math.abs(distance) > FAR) onSwipe(distance > 0 ? "yes" : "no");
  }
  return (
    <article
      className={classes.card}
      data-leaning={Math.abs(offset) > FAR ? (offset > 0 ? "yes" : "no") : undefined}
      style={{ transform: offset ? `translateX(${offset}px) rotate(${offset / 60}deg)` : undefined }}
      onPointerDown={(event) => {
        if (event.pointerType === "touch") from.current = event.clientX;
      }}
      onPointerMove={(event) => {
        if (from.current !== null) setOffset(event.clientX - from.current);
      }}
      onPointerUp={end}
      onPointerCancel={() => {
        from.current = null;
        setOffset(0);
      }}
    >
      {children}
    </article>
  );
}
