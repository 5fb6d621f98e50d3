import { useEffect, useRef } from "react";

const IDLE = 60_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"] as const;

/** Seconds that a person was at work: from sign of life to sign of life, but for pauses. Begins anew with the key. */
export function useActiveTime(key: unknown, before = 0): () => number {
  const clock = useRef({ key, active: before * 1000, last: performance.now() });
  if (clock.current.key !== key) clock.current = { key, active: before * 1000, last: performance.now() };
  useEffect(() => {
    const alive = () => {
      const now = performance.now();
      if (now - clock.current.last < IDLE) clock.current.active += now - clock.current.last;
      clock.current.last = now;
    };
    for (const sign of SIGNS) window.addEventListener(sign, alive, { passive: true, capture: true });
    return () => {
      for (const sign of SIGNS) window.removeEventListener(sign, alive, { capture: true });
    };
  }, []);
  return () => Math.round(clock.current.active) / 1000;
}
