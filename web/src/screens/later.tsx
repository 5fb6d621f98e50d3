import { Empty } from "@/shell/empty";

/** A screen that is not built yet. */
export default function Later() {
  return <Empty title="Not here yet">This screen comes with one of the next changes.</Empty>;
}
