/** The tour: a ring around what it is about and a card beside it; the page below goes on working. */
import { Button, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { STEPS } from "@/tour/steps";
import classes from "@/tour/tour.module.css";

const GAP = 10;
const CARD = { width: 340, height: 190 }; // about

export default function Tour({ close }: { close: () => void }) {
  const [at, setAt] = useState(0);
  const step = STEPS[at]!;
  const box = useBox(step.at);
  const last = at === STEPS.length - 1;
  return (
    <>
      {box && (
        <div
          className={classes.ring}
          style={{ left: box.left - 5, top: box.top - 5, width: box.width + 10, height: box.height + 10 }}
        />
      )}
      <section className={classes.card} style={place(box)} role="dialog" aria-label="Tour">
        <div aria-live="polite">
          <h2>{step.title}</h2>
          <p>{step.text}</p>
        </div>
        <Group justify="space-between" wrap="nowrap">
          <Text fz="xs" c="var(--ink-soft)">
            {at + 1} of {STEPS.length}
          </Text>
          <Group gap={6} wrap="nowrap">
            {!last && (
              <Button size="compact-sm" variant="subtle" color="gray" c="var(--ink)" onClick={close}>
                Skip the tour
              </Button>
            )}
            <Button size="compact-sm" onClick={() => (last ? close() : setAt(at + 1))}>
              {last ? "Begin" : "Next"}
            </Button>
          </Group>
        </Group>
      </section>
    </>
  );
}

/** Where the thing is on the screen now. */
function useBox(selector: string): DOMRect | null {
  const [box, setBox] = useState<DOMRect | null>(null);
  useEffect(() => {
    const look = () => {
      const found = document.querySelector(selector)?.getBoundingClientRect() ?? null;
      setBox(found?.width ? found : null);
    };
    look();
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, [selector]);
  return box;
}

/** Below the thing where there is room, else above it, else at its end; never out of the window. */
function place(box: DOMRect | null): { left: number; top: number } {
  const width = Math.min(CARD.width, window.innerWidth - 24);
  const middle = box ? box.left + box.width / 2 - width / 2 : (window.innerWidth - width) / 2;
  const left = Math.max(12, Math.min(middle, window.innerWidth - width - 12));
  if (!box) return { left, top: window.innerHeight / 3 };
  const below = box.bottom + GAP;
  const above = box.top - GAP - CARD.height;
  const top = below + CARD.height < window.innerHeight ? below : above >= 60 ? above : box.bottom - GAP - CARD.height;
  return { left, top: Math.max(60, Math.min(top, window.innerHeight - CARD.height - 12)) };
}
