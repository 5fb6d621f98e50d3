/** The colour and the key of a label: chosen, or by its place. */
import { Button, Popover, TextInput } from "@mantine/core";
import { useState } from "react";
import classes from "@/screens/settings/settings.module.css";
import { labelColours } from "@/spans/chip";
import { type LabelStyle, labelStyles, SWATCHES } from "@/spans/palette";

interface ColourProps {
  label: string;
  colour: string | null;
  style: LabelStyle;
  onChange: (colour: string | null) => void;
}

/** The colour: one of the palette, any other, or that of the label's place. */
export function Colour({ label, colour, style, onChange }: ColourProps) {
  const [opened, setOpened] = useState(false);
  const own = colour?.startsWith("#") ? colour : null;
  const choose = (value: string | null) => {
    onChange(value);
    setOpened(false);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={classes.colour}
          style={labelColours(style)}
          aria-label={`Colour of ${label}: ${style.name}`}
          onClick={() => setOpened(!opened)}
        >
          {style.name}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid */}
        <div className={classes.colours} role="group" aria-label="Colours">
          {SWATCHES.map(({ name }) => (
            <button
              key={name}
              type="button"
              className={classes.colour}
              style={labelColours(labelStyles([{ label: name, colour: name }]).get(name)!)}
              aria-pressed={colour === name}
              onClick={() => choose(name)}
            >
              {name}
            </button>
          ))}
        </div>
        <label className={classes.own}>
          Another colour
          <input
            type="color"
            value={own ?? "#808080"}
            onChange={(event) => onChange(event.currentTarget.value.toLowerCase())}
          />
        </label>
        <Button size="compact-xs" variant="default" disabled={colour === null} onClick={() => choose(null)}>
          By its place
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}

interface KeyProps {
  label: string;
  chosen: string | null;
  /** What it has without a choice. */
  usual: string | undefined;
  problem: string | null;
  onChange: (key: string | null) => void;
}

export function Key({ label, chosen, usual, problem, onChange }: KeyProps) {
  return (
    <TextInput
      size="xs"
      w={problem ? 150 : 52}
      aria-label={`Key of ${label}`}
      maxLength={1}
      value={chosen?.toUpperCase() ?? ""}
      placeholder={usual ?? "–"}
      error={problem}
      onChange={(event) => onChange(event.currentTarget.value.trim().toLowerCase() || null)}
    />
  );
}
