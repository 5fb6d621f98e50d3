/** Types of errors, as people read them. */
export const KINDS = {
  false_negative: { name: "Missed", color: "orange" },
  false_positive: { name: "Found for nothing", color: "red" },
  boundary: { name: "Boundary", color: "blue" },
  label: { name: "Label", color: "yellow" },
  boundary_and_label: { name: "Boundary and label", color: "gray" },
} as const;
