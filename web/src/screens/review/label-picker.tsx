import { Modal, ScrollArea, TextInput } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import classes from "@/screens/review/review.module.css";
import { labelColours } from "@/spans/chip";
import { type LabelStyle, UNKNOWN } from "@/spans/palette";

interface LabelPickerProps {
  labels: readonly { label: string; definition: string }[];
  styles: ReadonlyMap<string, LabelStyle>;
  words: string;
  onLabel: (label: string) => void;
  close: () => void;
}

/** Find a label by typing a part of its name or definition. */
export default function LabelPicker({ labels, styles, words, onLabel, close }: LabelPickerProps) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const wanted = query.toLowerCase();
  const named = labels.filter(({ label }) => label.toLowerCase().includes(wanted));
  const defined = labels.filter((one) => !named.includes(one) && one.definition.toLowerCase().includes(wanted));
  const found = [...named, ...defined];
  const index = Math.min(at, found.length - 1);

  function choose(label: string | undefined) {
    if (!label) return;
    onLabel(label);
    close();
  }
  function pressed(event: KeyboardEvent) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setAt((index + move + found.length) % found.length);
    else if (event.key === "Enter") choose(found[index]?.label);
    else return;
    event.preventDefault();
  }

  return (
    <Modal
      opened
      onClose={close}
      title={words ? `“${words.slice(0, 60)}” is …` : "Labels"}
      yOffset="15vh"
      centered={false}
    >
      <TextInput
        data-autofocus
        placeholder="Part of a label"
        aria-label="Label"
        role="combobox"
        aria-expanded
        aria-controls="labels-found"
        aria-activedescendant={found[index] && `label-${index}`}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <ScrollArea.Autosize mah="50vh" mt="xs">
        <div id="labels-found" role="listbox" aria-label="Labels found">
          {found.map(({ label, definition }, place) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above
            <div
              key={label}
              id={`label-${place}`}
              role="option"
              tabIndex={-1}
              aria-selected={place === index}
              className={classes.option}
              style={labelColours(styles.get(label) ?? UNKNOWN)}
              onClick={() => choose(label)}
            >
              <span className={classes.sample} />
              <span className={classes.optionName}>{label}</span>
              <span className={classes.definition}>{definition}</span>
            </div>
          ))}
        </div>
      </ScrollArea.Autosize>
    </Modal>
  );
}
