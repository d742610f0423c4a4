/** The part of an anywidget model that the front ends use. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(name: string, callback: () => void): void;
  off(name: string, callback: () => void): void;
}

/** What Python says about an answer: `seq` names the change that it speaks of. */
export interface Status {
  seq: number;
  state: "saved" | "refused" | "";
  text: string;
}

/** An answer as it travels: `{}` means that nothing is answered. */
export type Wire<A> = A | Record<string, never>;

export interface Option {
  id: string;
  text: string;
}

export type Confidence = "guess" | "fairly" | "sure";

export interface ChoicePrompt {
  text: string;
  multiple: boolean;
  confidence: boolean;
  options: Option[];
}
export interface ChoiceAnswer {
  choices: string[];
  confidence: Confidence | null;
}

/** The least and the most words. */
export type Limits = [least: number, most: number];
export interface EssayPrompt {
  text: string;
  parts: (Option & { help: string; words: Limits })[];
  /** Of all parts together, if that is asked. */
  words: Limits | null;
  /** So many different sources are to be cited. */
  sources: number;
  /** The ids of what can be cited; empty if no sources are asked for. */
  passages: string[];
  /** How a person marks it: each criterion has levels worth 0, 1, 2, … points. */
  rubric: (Option & { levels: string[] })[];
}
export interface EssayAnswer {
  parts: Record<string, string>;
}

export interface LabelPrompt {
  text: string;
  labels: (Option & { help: string })[];
  segments: (Option & { note: string })[];
}
export interface LabelAnswer {
  labels: Record<string, string>;
}

export interface OrderPrompt {
  text: string;
  first: string;
  last: string;
  entries: Option[];
}
export interface OrderAnswer {
  order: string[];
}

export interface DebatePrompt {
  text: string;
  claims: (Option & { note: string })[];
  main: string | null;
}
export interface DebateAnswer {
  rejected: string[];
}
/** What becomes of a claim, and why; `changed` compares with rejecting nothing. */
export interface Standing {
  status: "stands" | "falls" | "undecided";
  reason: string;
  changed: boolean;
}

export interface Segment extends Option {
  note: string;
}
export type RelationKind = "support" | "rebut" | "undermine" | "undercut";
export interface MapRelation {
  id: string;
  kind: RelationKind;
  sources: string[];
  /** A claim; for an undercut, a relation. */
  target: string;
}
export interface MapPrompt {
  item: string;
  text: string;
  claims: (Segment & { implicit: boolean })[];
  given: MapRelation[];
  /** Learners may add claims of their own, typed or picked from `segments`. */
  free: boolean;
  segments: Segment[];
  /** A main claim is asked for. */
  main: boolean;
}
export interface MapAnswer {
  /** Only the learner's own: what is given is on the board anyway. */
  claims: (Option & { segments: string[]; implicit: boolean })[];
  relations: MapRelation[];
  main: string | null;
}
