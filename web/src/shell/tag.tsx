/** A word about a state: a soft badge whose text keeps the contrast of text. */
import { Badge } from "@mantine/core";
import type { ReactNode } from "react";

interface TagProps {
  color: "gray" | "teal" | "blue" | "yellow" | "orange" | "red";
  size?: "xs" | "sm" | "md";
  children: ReactNode;
}

export function Tag({ color, size, children }: TagProps) {
  const ink = `light-dark(var(--mantine-color-${color}-9), var(--mantine-color-${color}-2))`;
  return (
    <Badge
      variant="light"
      color={color}
      size={size}
      tt="none"
      fw={600}
      style={{ minWidth: "max-content" }}
      styles={{
        label: {
          color:
            color === "gray"
              ? "var(--ink)"
              : `color-mix(in srgb, ${ink} ${color === "yellow" ? 50 : 82}%, var(--ink))`,
        },
      }}
    >
      {children}
    </Badge>
  );
}
