/** What the server answers and takes, named for the page; made from its description by `python web/api.py`. */
import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Task = Schemas["Task"];
export type TaskKind = Task["kind"];
export type TaskState = Task["state"];
export type Tier = Task["tier"];
export type NextTasks = Schemas["Tasks"];
export type Document = Schemas["Text"];
/** A span in code points of the document's text. */
export type Span = Schemas["SpanAnswer"];
export type Annotation = Schemas["Annotation"];
/** Nothing that may be left out is left out. */
export type AnnotationGiven = Required<Schemas["AnnotationGiven"]>;
export type Comment = Schemas["Comment"];
export type Guidelines = Schemas["Guidelines"];
export type Project = Schemas["Project"];
export type Role = Project["role"];
export type Session = Schemas["SessionAnswer"];
export type Invitation = Schemas["InvitationAnswer"];
export type SignInMethods = Schemas["SignInMethods"];

export interface Page<Item> {
  items: Item[];
  next: string | null;
}
