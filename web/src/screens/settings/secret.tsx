import { Alert, Button, Code, CopyButton, Group } from "@mantine/core";

/** Something that is shown once, and how to take it along. */
export function Secret({ title, secret }: { title: string; secret: string }) {
  return (
    <Alert variant="light" color="teal" title={title} role="status">
      <Group gap="xs">
        <Code style={{ overflowWrap: "anywhere", whiteSpace: "normal" }}>{secret}</Code>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-xs" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}
