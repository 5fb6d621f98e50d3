/** What the server answers to the screens about a project's work: adjudication, guidelines, data, figures, people. */
import type { components } from "@/api/schema";
import type { Document, Role, Span, TaskState, Tier } from "@/api/types";

type Schemas = components["schemas"];

export type PositionState = "agreed" | "boundary" | "label" | "only_some";

export interface Variant extends Span {
  authors: string[];
}

export interface Position {
  state: PositionState;
  start: number;
  end: number;
  variants: Variant[];
  missing: string[];
  undecided: string[];
}

export interface Opinion {
  annotation_id: number;
  revision: number;
  author: string;
  tier: Tier;
  guideline: number;
  complete: boolean;
  spans: Span[];
  flag: string | null;
  created_at: string;
}

export interface Adjudication {
  task_id: number;
  strategy: string;
  annotations: Opinion[];
  positions: Position[];
  merged: Span[];
  reliabilities: Record<string, number>;
}

export interface TaskEvent {
  number: number;
  before: TaskState;
  after: TaskState;
  by: string | null;
  reason: string;
  at: string;
  revision: number | null;
}

export interface SectionDiff {
  label: string;
  status: "added" | "removed" | "changed" | "same";
  lines: string[];
}

export interface Unread {
  user: string;
  read: number | null;
  latest: number;
  labels: string[];
}

export interface Example {
  id: number;
  label: string;
  counter: boolean;
  text: string;
  start: number;
  end: number;
  note: string;
  author: string;
  guideline: number;
  document: string;
  created_at: string;
}

export interface Doubts {
  tasks: number;
  labels: Record<string, number>;
}

export interface StoredDocument extends Document {
  created_at: string;
  prediction: { spans: Span[]; model: number | null; pipeline: string } | null;
  tasks: { id: number; state: TaskState; tier: Tier; batch: string | null }[];
}

export interface Statistics {
  documents: number;
  annotations: number;
  tasks: { state: TaskState; tier: Tier; count: number }[];
  corrections: Record<string, number>;
}

export interface CorrectionGroup {
  key: string;
  count: number;
  severity: number;
  latest: string;
  kinds: Record<string, number>;
}

export interface Dataset {
  name: string;
  address: string;
  splits: Record<string, number>;
  lineage: Record<string, unknown>;
  created: string;
}

export interface DatasetDiff {
  added: string[];
  removed: string[];
  changed: string[];
  moved: string[];
}

export interface Score {
  precision: number;
  recall: number;
  f1: number;
  support: number;
}

/** A part of what `livener evaluate --json` prints. */
export interface Metrics {
  strict?: Score;
  boundary?: Score;
  per_label?: Record<string, Score>;
  confusion?: Record<string, Record<string, number>>;
  error_types?: Record<string, number>;
  calibration?: { ece: number; brier: number; bins: Bin[] };
}

export interface Bin {
  low: number;
  high: number;
  count: number;
  mean_score: number;
  accuracy: number;
  accuracy_low: number;
  accuracy_high: number;
}

/** A version with the parts of its figures and its lineage that the page shows. */
export type Model = Omit<Schemas["Model"], "metrics" | "lineage"> & {
  metrics: Metrics;
  lineage: {
    recognizer?: string;
    created?: string;
    data?: Record<string, { documents: number; sentences: number; spans: number }>;
  };
};

export type Move = Schemas["Move"];
export type Mistakes = Schemas["Mistakes"];
export type Mistake = Schemas["Mistake"];
export type Compared = Schemas["Compared"];
export type Difference = Schemas["DifferenceAnswer"];
export type Steps = Schemas["Steps"];
export type Explained = Schemas["Explained"];
export type ExplainedSpan = Schemas["ExplainedSpan"];
export type WhatIf = Schemas["WhatIf"];
export type MovedSpan = Schemas["MovedSpan"];
export type Looked = Schemas["Looked"];

/** A change that a gate saw in a document: what became of a span, and what stands beside it. */
export interface ChangedSpan {
  what: "found" | "lost" | "added" | "removed";
  label: string;
  text: string;
  left: string;
  right: string;
}

export interface MustPass {
  id: number;
  text: string;
  note: string;
  missing: Span[];
  forbidden: Span[];
}

/** A gate; the report is there when one is asked for. */
export type Gate = Omit<Schemas["Gate"], "report"> & {
  report: {
    documents: number;
    checks: { name: string; passed: boolean; detail: string }[];
    per_label: Record<string, Difference>;
    must_pass: { examples: number; failed: MustPass[] };
    changed: { documents: number; shown: { id: string; spans: ChangedSpan[] }[] };
  } | null;
};

export interface Figures {
  strict: number | null;
  cohen: number | null;
  fleiss: number | null;
  fleiss_marked: number | null;
  cohen_marked: number | null;
  spans: number;
}

export interface Agreement extends Partial<Figures> {
  annotators: string[];
  documents: number;
  tokens: number;
  per_label: Record<string, Figures>;
  pairs: (Figures & { a: string; b: string; documents: number })[];
  weeks: (Partial<Figures> & { week: string; documents: number; per_label: Record<string, Figures> })[];
}

export interface Work {
  user: string;
  day: string | null;
  tasks: number;
  median_seconds: number | null;
}

export interface Indicators {
  people: Work[];
  days: Work[];
  tiers: { tier: Tier; tasks: number; median_seconds: number | null }[];
  resolved: number;
  disputed: number | null;
  escalated: number | null;
}

export interface Member {
  name: string;
  role: Role;
  skills: string[];
  disabled: boolean;
}

export interface Token {
  id: number;
  scopes: string[];
  created_at: string;
  expires_at: string;
  revoked: boolean;
}

export type Trends = Schemas["Trends"];
export type Alert = Schemas["Alert"];
export type Job = Schemas["Job"];
export type JobNote = Schemas["JobNote"];
export type Trigger = Schemas["Trigger"];
export type TriggerEvent = Schemas["TriggerEvent"];
export type TriggerFinding = Schemas["TriggerFinding"];
export type Happening = Schemas["Happening"];
export type Behind = Omit<Schemas["Behind"], "spans"> & { spans: Span[] };
export type Estimate = Schemas["EstimateAnswer"];
export type Quality = Schemas["Quality"];
export type SampledQuality = Schemas["QualityAnswer"];
export type Rolling = Schemas["Rolling"];
export type NewLabel = Schemas["NewLabel"];
export type Diagnosis = Schemas["DiagnosisAnswer"];
export type Cause = Schemas["CauseAnswer"];
export type Channel = Schemas["ChannelAnswer"];
export type Told = Schemas["Told"];
export type QualityFinding = Schemas["QualityFinding"];
export type QualityReport = Schemas["QualityReport"];
export type Change = Schemas["Change"];
export type Fixed = Schemas["Fixed"];
