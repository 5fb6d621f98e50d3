import { Button, Stack, Text, Textarea } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { inProject, request } from "@/api/client";
import type { Comment, Page, Task } from "@/api/types";
import { useJournal } from "@/journal/context";
import { useProject, useSession } from "@/session/session";

/** What people said about a task. */
export default function CommentsPanel({ task }: { task: Task }) {
  const project = useProject();
  const { user } = useSession();
  const journal = useJournal();
  const queries = useQueryClient();
  const [body, setBody] = useState("");
  const path = inProject(project, `/tasks/${task.id}/comments`);
  const key = ["comments", project, task.id];
  const comments = useQuery({ queryKey: key, queryFn: () => request<Page<Comment>>("GET", `${path}?limit=100`) });

  async function write() {
    if (!body.trim()) return;
    await journal.add({
      project,
      task: task.id,
      method: "POST",
      path,
      body: { body: body.trim() },
      what: `Comment on task ${task.id}`,
    });
    const written = { id: Date.now(), author: user.name, body: body.trim(), created_at: new Date().toISOString() };
    queries.setQueryData<Page<Comment>>(key, (page) => ({ items: [...(page?.items ?? []), written], next: null }));
    setBody("");
  }

  return (
    <Stack gap="md" p="md">
      {comments.data?.items.length === 0 && (
        <Text fz="sm" c="var(--ink-soft)">
          Nobody has said anything yet.
        </Text>
      )}
      {comments.data?.items.map((comment) => (
        <article key={comment.id}>
          <Text fz="xs" c="var(--ink-soft)">
            <b>{comment.author}</b> ·{" "}
            {new Date(comment.created_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
          </Text>
          <Text fz="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }} dir="auto">
            {comment.body}
          </Text>
        </article>
      ))}
      {comments.error && (
        <Text fz="sm" c="var(--ink-soft)">
          The comments cannot be loaded now.
        </Text>
      )}
      <Textarea
        aria-label="Comment"
        placeholder="Write a comment"
        autosize
        minRows={2}
        autoFocus
        maxLength={10_000}
        value={body}
        onChange={(event) => setBody(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void write();
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <Button variant="default" size="xs" onClick={write} disabled={!body.trim()} style={{ alignSelf: "end" }}>
        Comment
      </Button>
    </Stack>
  );
}
