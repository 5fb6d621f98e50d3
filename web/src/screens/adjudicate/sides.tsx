/** Everybody's spans beside each other, a row for each place in the text; a click on a cell takes that side. */
import { Table } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { type MouseEvent, useEffect, useRef } from "react";
import type { Opinion } from "@/api/answers";
import classes from "@/screens/adjudicate/adjudicate.module.css";
import { type Choice, type Deciding, type Place, same, sideOf } from "@/screens/adjudicate/deciding";
import { Tag } from "@/shell/tag";
import { percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import type { LabelStyle } from "@/spans/palette";

interface SidesProps {
  text: string;
  deciding: Deciding;
  order: readonly number[];
  opinions: readonly Opinion[];
  reliabilities: Readonly<Record<string, number>>;
  styles: ReadonlyMap<string, LabelStyle>;
  at: number | null;
  onAim: (index: number) => void;
  onTake: (index: number, choice: Choice | null) => void;
}

const STATES: Record<Place["state"], { name: string; color: "gray" | "yellow" | "orange" | "red" | "teal" }> = {
  agreed: { name: "agreed", color: "gray" },
  boundary: { name: "boundary", color: "yellow" },
  label: { name: "label", color: "orange" },
  only_some: { name: "only some", color: "red" },
  added: { name: "added", color: "teal" },
};

export function Sides({ text, deciding, order, opinions, reliabilities, styles, at, onAim, onTake }: SidesProps) {
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    root.current?.querySelector(`[data-place="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section ref={root} className={classes.sides} aria-label="Side by side" tabIndex={0}>
      <Table stickyHeader verticalSpacing={6} horizontalSpacing="xs" fz="sm" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Place</Table.Th>
            {opinions.map(({ author, tier, flag }, index) => (
              <Table.Th key={author} title={flag ?? tier}>
                {index < 9 && <kbd>{index + 1}</kbd>} {author}
                {reliabilities[author] !== undefined && (
                  <span className={classes.soft}> {percent(reliabilities[author])}</span>
                )}
              </Table.Th>
            ))}
            <Table.Th>Final</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {order.map((index) => {
            const place = deciding.places[index]!;
            const shown = place.choice ?? place.sides[0]!;
            const { name, color } = STATES[place.state];
            return (
              <Table.Tr
                key={index}
                data-place={index}
                data-at={index === at || undefined}
                data-agreed={place.state === "agreed" || undefined}
                className={classes.row}
              >
                <Table.Td>
                  <button type="button" className={classes.aim} onMouseDown={keepFocus} onClick={() => onAim(index)}>
                    <span className={classes.words} dir="auto">
                      {text.slice(shown.start, shown.end)}
                    </span>
                    <Tag size="xs" color={color}>
                      {name}
                    </Tag>
                  </button>
                </Table.Td>
                {opinions.map(({ author }) => {
                  const side = sideOf(place, author);
                  return (
                    <Table.Td key={author}>
                      {side === undefined ? (
                        <span className={classes.soft}>open</span>
                      ) : (
                        <button
                          type="button"
                          className={classes.side}
                          aria-pressed={place.decided && same(side, place.choice)}
                          aria-label={`Take ${author}’s: ${side ? `${text.slice(side.start, side.end)}, ${side.label}` : "nothing"}`}
                          onMouseDown={keepFocus}
                          onClick={() => onTake(index, side)}
                        >
                          <Said text={text} said={side} shown={shown} styles={styles} />
                        </button>
                      )}
                    </Table.Td>
                  );
                })}
                <Table.Td>
                  <Said text={text} said={place.choice} shown={shown} styles={styles} />
                  {place.decided && place.state !== "agreed" && <IconCheck size={13} aria-label="decided" />}
                  {!place.decided && place.score !== null && (
                    <span className={classes.soft}> {percent(place.score)}</span>
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** A click leaves the focus on the text, where the keys are. */
function keepFocus(event: MouseEvent): void {
  event.preventDefault();
}

function Said({
  text,
  said,
  shown,
  styles,
}: {
  text: string;
  said: Choice | null;
  shown: Choice;
  styles: ReadonlyMap<string, LabelStyle>;
}) {
  if (!said) return <span className={classes.soft}>nothing</span>;
  const elsewhere = said.start !== shown.start || said.end !== shown.end;
  return (
    <>
      <LabelChip label={said.label} styles={styles} />
      {elsewhere && (
        <span className={classes.other} dir="auto">
          {text.slice(said.start, said.end)}
        </span>
      )}
    </>
  );
}
