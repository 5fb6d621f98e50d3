/** What the server answers; written from its contract, and checked against its OpenAPI document by `npm run api`. */

export type Role = "annotator" | "reviewer" | "expert" | "lead" | "admin";
export type Tier = "annotator" | "reviewer" | "expert";
export type TaskKind = "document" | "question";
export type TaskState =
  | "open"
  | "leased"
  | "submitted"
  | "in_review"
  | "disputed"
  | "escalated"
  | "resolved"
  | "rejected";

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface Session {
  user: { id: number; name: string; administrator: boolean };
  csrf: string | null;
  projects: { name: string; role: Role; skills: string[] }[];
}

/** A span in code points of the document's text. */
export interface Span {
  start: number;
  end: number;
  label: string;
  score?: number | null;
  source?: string | null;
  kb_id?: string | null;
  text?: string | null;
}

export interface Document {
  id: string;
  text: string;
  meta: Record<string, unknown>;
  tokens: [number, number][] | null;
  sentences: [number, number][] | null;
}

export interface Annotation {
  revision: number;
  author: string;
  tier: Tier;
  complete: boolean;
  spans: Span[];
  ignored: Span[];
  negatives: Span[];
  flag: string | null;
  guideline: number;
  created_at: string;
  active_seconds: number | null;
  /** False when the task was opened again after it. */
  counts: boolean;
}

export interface Task {
  id: number;
  kind: TaskKind;
  state: TaskState;
  tier: Tier;
  priority: number;
  reason: string;
  overlap: number;
  given: number;
  batch: string | null;
  skill: string;
  etag: string;
  document: Document;
  prediction: { spans: Span[]; model: number | null; pipeline: string } | null;
  question: Span[] | null;
  annotations: Annotation[];
  lease: { user: string; expires_at: string } | null;
  comments: number;
}

export interface NextTasks {
  tasks: Task[];
  empty: { reason: string; counts: Record<string, number> } | null;
}

export interface AnnotationGiven {
  spans: Span[];
  negatives: Span[];
  ignored: Span[];
  complete: boolean;
  flag: string | null;
  active_seconds: number | null;
  guideline: number;
}

export interface Comment {
  id: number;
  author: string;
  body: string;
  created_at: string;
}

export interface Guidelines {
  number: number;
  markdown: string;
  labels: Record<string, string>;
  /** Labels without a section. */
  missing: string[];
  author: string;
  created_at: string;
}

export interface Project {
  name: string;
  settings: Record<string, unknown>;
  role: Role;
  etag: string;
  created_at: string;
}
