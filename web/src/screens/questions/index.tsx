import { Empty } from "@/shell/empty";

export default function Questions() {
  return <Empty title="Questions" />;
}
