import { Empty } from "@/shell/empty";

export default function Review() {
  return <Empty title="Review" />;
}
