import { ActionIcon, Text, TextInput } from "@mantine/core";
import { IconSearch, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useMemo, useState } from "react";
import type { Reading } from "@/editing/editing";
import classes from "@/screens/review/review.module.css";
import type { Range } from "@/text/tokens";

const MOST = 2000;

interface SearchProps {
  reading: Reading;
  onHits: (hits: readonly Range[]) => void;
  onHit: (hit: Range) => void;
  close: () => void;
}

/** Find words in the text; Enter goes to the next place, which can then be labelled. */
export function Search({ reading, onHits, onHit, close }: SearchProps) {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(-1);
  const hits = useMemo(() => find(reading.text, words), [reading.text, words]);
  useEffect(() => onHits(hits), [hits, onHits]);

  function pressed(event: KeyboardEvent) {
    if (event.key === "Escape") close();
    if (event.key !== "Enter" || !hits.length) return;
    const next = (at + (event.shiftKey ? -1 : 1) + hits.length) % hits.length;
    setAt(next);
    onHit(hits[next]!);
    if (event.ctrlKey || event.metaKey) close();
  }

  return (
    <search className={classes.search}>
      <TextInput
        aria-label="Search in the text"
        placeholder="Search in the text"
        autoFocus
        size="sm"
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          setAt(-1);
        }}
        onKeyDown={pressed}
        leftSection={<IconSearch size={16} />}
        rightSectionWidth={110}
        rightSection={
          <div className={classes.found}>
            <Text fz="xs" c="var(--ink-soft)" component="output">
              {words &&
                (hits.length ? `${at + 1 || "–"} of ${hits.length}${hits.length === MOST ? "+" : ""}` : "nothing")}
            </Text>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label="End the search" onClick={close}>
              <IconX size={14} />
            </ActionIcon>
          </div>
        }
      />
    </search>
  );
}

/** Where the words are, in any case of letters, not overlapping. */
export function find(text: string, words: string): Range[] {
  if (!words.trim()) return [];
  const pattern = new RegExp(
    words
      .trim()
      .replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&")
      .replace(/\s+/g, "\\s+"),
    "giu",
  );
  const hits: Range[] = [];
  for (const match of text.matchAll(pattern)) {
    hits.push({ start: match.index, end: match.index + match[0].length });
    if (hits.length === MOST) break;
  }
  return hits;
}
