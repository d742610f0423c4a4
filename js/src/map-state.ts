import type { MapAnswer, MapPrompt, MapRelation, RelationKind, Wire } from "./model";

/** What the widget draws at most; larger maps are answered by typing. */
export const MOST_NODES = 1000;
export const MOST_CLAIMS = 200;
export const MOST_RELATIONS = 300;

export const KINDS: RelationKind[] = ["support", "rebut", "undermine", "undercut"];

export interface Claim {
  id: string;
  /** What the learner calls it: its place on the board. */
  number: number;
  text: string;
  note: string;
  segments: string[];
  implicit: boolean;
  own: boolean;
}

export interface Relation extends MapRelation {
  own: boolean;
}

/** The parts of prompt and answer that can be drawn. */
export interface Board {
  claims: Map<string, Claim>;
  relations: Map<string, Relation>;
  main: string | null;
  /** The relations that lead to a claim or a relation, and those that start from a claim. */
  into: Map<string, Relation[]>;
  from: Map<string, Relation[]>;
}

type Answer = Wire<MapAnswer>;
type Loose = Record<string, unknown>;

/** An answer may hold anything: it can be typed, restored, or come from a later version. */
const entries = (list: unknown): unknown[] => (Array.isArray(list) ? list : []);
const strings = (list: unknown): string[] => entries(list).filter((entry) => typeof entry === "string");
const loose = (entry: unknown): Loose => (typeof entry === "object" && entry !== null ? (entry as Loose) : {});

export function sizeOf(prompt: MapPrompt, answer: Answer): number {
  const { claims, relations } = answer as Partial<MapAnswer>;
  return prompt.claims.length + prompt.given.length + entries(claims).length + entries(relations).length;
}

export function emptyBoard(): Board {
  return { claims: new Map(), relations: new Map(), main: null, into: new Map(), from: new Map() };
}

export function boardOf(prompt: MapPrompt, answer: Answer): Board {
  const board = emptyBoard();
  const { claims, relations } = board;
  const addClaim = (entry: unknown, own: boolean) => {
    const { id, text, note, segments, implicit } = loose(entry);
    if (typeof id !== "string" || typeof text !== "string" || claims.has(id)) return;
    claims.set(id, {
      id,
      number: claims.size + 1,
      text,
      note: typeof note === "string" ? note : "",
      segments: strings(segments),
      implicit: implicit === true,
      own,
    });
  };
  const addRelation = (entry: unknown, own: boolean) => {
    const { id, kind, sources, target } = loose(entry);
    if (typeof id !== "string" || typeof target !== "string" || claims.has(id) || relations.has(id)) return;
    if (!KINDS.includes(kind as RelationKind)) return;
    const known = new Set(strings(sources).filter((source) => claims.has(source)));
    relations.set(id, { id, kind: kind as RelationKind, sources: [...known], target, own });
  };
  const { claims: ownClaims, relations: ownRelations, main } = answer as Partial<MapAnswer>;
  prompt.claims.forEach((entry) => addClaim(entry, false));
  entries(ownClaims).forEach((entry) => addClaim(entry, true));
  prompt.given.forEach((entry) => addRelation(entry, false));
  entries(ownRelations).forEach((entry) => addRelation(entry, true));
  if (typeof main === "string" && claims.has(main)) board.main = main;

  for (const relation of relations.values()) {
    collect(board.into, relation.target, relation);
    for (const source of relation.sources) collect(board.from, source, relation);
  }
  return board;
}

function collect<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** The part of the board that a search leaves: claims with the text, and what is joined to them. */
export function filtered(board: Board, search: string): Board {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return board;
  const hits = new Set(
    [...board.claims.values()]
      .filter(({ text, note, number }) => {
        const hay = `${number} ${text} ${note}`.toLocaleLowerCase();
        return words.every((word) => hay.includes(word));
      })
      .map((claim) => claim.id),
  );
  const relations = new Map<string, Relation>();
  const keep = (relation: Relation | undefined) => {
    if (!relation || relations.has(relation.id)) return;
    relations.set(relation.id, relation);
    keep(board.relations.get(relation.target));
  };
  for (const relation of board.relations.values()) {
    if ([relation.target, ...relation.sources].some((id) => hits.has(id))) keep(relation);
  }
  const shown = new Set([...hits, ...[...relations.values()].flatMap(({ sources, target }) => [...sources, target])]);
  return {
    ...board,
    claims: new Map([...board.claims].filter(([id]) => shown.has(id))),
    relations: new Map([...board.relations].filter(([id]) => relations.has(id))),
  };
}

/** The answer with its lists, ready to be changed. What the widget does not understand stays in it. */
function whole(answer: Answer): MapAnswer & Loose {
  const { claims, relations, main } = answer as Partial<MapAnswer>;
  return {
    ...answer,
    claims: entries(claims) as MapAnswer["claims"],
    relations: entries(relations) as MapRelation[],
    main: main ?? null,
  };
}

function packed(answer: MapAnswer & Loose): Answer {
  const empty = !answer.claims.length && !answer.relations.length && answer.main === null;
  return empty && Object.keys(answer).length === 3 ? {} : answer;
}

/** The first unused of c1, c2, … or r1, r2, …; entries that cannot be drawn keep their names too. */
export function freshId(prompt: MapPrompt, answer: Answer, letter: "c" | "r"): string {
  const { claims, relations } = whole(answer);
  const used = new Set([...prompt.claims, ...prompt.given, ...claims, ...relations].map((entry) => loose(entry)["id"]));
  let n = 1;
  while (used.has(`${letter}${n}`)) n += 1;
  return `${letter}${n}`;
}

export function withClaim(answer: Answer, claim: MapAnswer["claims"][number]): Answer {
  const next = whole(answer);
  return { ...next, claims: [...next.claims, claim] };
}

export function withText(answer: Answer, id: string, text: string): Answer {
  const next = whole(answer);
  return { ...next, claims: next.claims.map((claim) => (loose(claim)["id"] === id ? { ...claim, text } : claim)) };
}

export function withRelation(answer: Answer, relation: MapRelation): Answer {
  const next = whole(answer);
  return { ...next, relations: [...next.relations, relation] };
}

export function withKind(answer: Answer, id: string, kind: RelationKind): Answer {
  return changed(answer, id, (relation) => ({ ...relation, kind }));
}

/** Adds co-premises to a relation, or takes them out. */
export function withSources(answer: Answer, board: Board, id: string, add: string[], drop: string[]): Answer {
  return changed(answer, id, (relation) => ({
    ...relation,
    sources: inOrder(board, [...strings(relation.sources).filter((source) => !drop.includes(source)), ...add]),
  }));
}

export function withMain(answer: Answer, main: string | null): Answer {
  return packed({ ...whole(answer), main });
}

/** Takes a claim or a relation away, and the relations that are left without a reason or a target. */
export function without(answer: Answer, id: string): Answer {
  const next = whole(answer);
  const gone = new Set([id]);
  const claims = next.claims.filter((claim) => loose(claim)["id"] !== id);
  let relations = next.relations;
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    relations = relations.filter((relation) => {
      const { id: name, sources, target } = loose(relation);
      const reasons = strings(sources);
      const hangs = gone.has(target as string) || (reasons.length > 0 && reasons.every((source) => gone.has(source)));
      if (hangs || gone.has(name as string)) gone.add(name as string);
      return !hangs && !gone.has(name as string);
    });
  }
  relations = relations.map((relation) =>
    strings(loose(relation)["sources"]).includes(id)
      ? { ...relation, sources: relation.sources.filter((source) => source !== id) }
      : relation,
  );
  return packed({ ...next, claims, relations, main: next.main === id ? null : next.main });
}

/** In the order of the board, so that the order in which reasons were marked leaves no trace. */
export function inOrder(board: Board, ids: string[]): string[] {
  const place = (id: string) => board.claims.get(id)?.number ?? Infinity;
  // Two unknown names are Infinity apart from themselves, which is not a number: they stay as they are.
  return [...new Set(ids)].sort((a, b) => place(a) - place(b) || 0);
}

function changed(answer: Answer, id: string, change: (relation: MapRelation) => MapRelation): Answer {
  const next = whole(answer);
  return {
    ...next,
    relations: next.relations.map((relation) => (loose(relation)["id"] === id ? change(relation) : relation)),
  };
}
