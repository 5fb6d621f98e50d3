import { useCallback, useMemo } from "react";
import { Chart, type Plot } from "@/charts/chart";
import { Wide } from "@/shell/screen";
import { count } from "@/shell/words";

/** Which labels are taken for which, as a heat map of shares of each true label. */
export function Confusion({ confusion }: { confusion: Readonly<Record<string, Readonly<Record<string, number>>>> }) {
  const { rows, columns } = useMemo(() => {
    const rows = Object.keys(confusion).sort(lastMissed);
    const labels = rows.filter((row) => !row.startsWith("("));
    const columns = [...new Set([...labels, ...Object.values(confusion).flatMap((row) => Object.keys(row))])].sort(
      lastMissed,
    );
    return { rows, columns };
  }, [confusion]);
  const options = useCallback(
    (plot: Plot) => {
      const cells = rows.flatMap((row) => {
        const total = Object.values(confusion[row]!).reduce((sum, number) => sum + number, 0);
        return Object.entries(confusion[row]!).map(([column, number]) => ({
          ...{ row, column, number, share: total ? number / total : 0 },
        }));
      });
      return {
        marginLeft: 118,
        marginTop: 10,
        marginBottom: 84,
        x: { domain: columns, label: null, tickRotate: -40 },
        y: { domain: rows, label: null },
        marks: [
          plot.cell(cells, {
            x: "column",
            y: "row",
            fill: "var(--accent)",
            fillOpacity: (cell) => 0.08 + cell.share * 0.5,
            inset: 1,
            rx: 4,
          }),
          plot.text(cells, { x: "column", y: "row", text: (cell) => count(cell.number), fill: "var(--ink)" }),
        ],
      };
    },
    [rows, columns, confusion],
  );
  const wrong = rows.flatMap((row) =>
    Object.entries(confusion[row]!)
      .filter(([column]) => column !== row)
      .map(([column, number]) => `${row} as ${column} ${number}`),
  );
  return (
    <Wide name="Confusion">
      <div style={{ minWidth: 560 }}>
        <Chart
          name={`Confusion matrix. ${wrong.join(", ") || "No errors"}`}
          height={110 + rows.length * 32}
          options={options}
        />
      </div>
    </Wide>
  );
}

/** By name, with "(missed)" and its like after the labels. */
function lastMissed(one: string, other: string): number {
  return Number(one.startsWith("(")) - Number(other.startsWith("(")) || one.localeCompare(other);
}
