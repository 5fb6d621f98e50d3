/** Playground: a text to try a model on; here as soon as the server has one to answer with. */
import { Code } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { Empty } from "@/shell/empty";

export default function Playground() {
  return (
    <Empty title="No model to play with yet" icon={<IconFlask size={40} stroke={1.4} />}>
      When the server answers with a model, you paste a text here and see its spans, how sure each is, and why. Until
      then, <Code>livener predict</Code> and <Code>livener explain</Code> do the same in a terminal.
    </Empty>
  );
}
