import type { RelationKind } from "./model";
import type { Board, Claim, Relation } from "./map-state";
import { same } from "./session";

const PASSIVE: Record<RelationKind, string> = {
  support: "supported",
  rebut: "rebutted",
  undermine: "undermined",
  undercut: "undercut",
};

export const ACTIVE: Record<RelationKind, string> = {
  support: "supports",
  rebut: "rebuts",
  undermine: "undermines",
  undercut: "undercuts",
};

export function excerpt(text: string, most = 60): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= most) return line;
  const cut = line.slice(0, most);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), most / 2)).replace(/[\s,;:–-]+$/, "")} …`;
}

export function listed(parts: string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** "claim 4", "claims 4 and 5" */
export function claims(board: Board, ids: string[]): string {
  const numbers = ids.map((id) => String(board.claims.get(id)?.number ?? id));
  if (!numbers.length) return "nothing";
  return `${numbers.length > 1 ? "claims" : "claim"} ${listed(numbers)}`;
}

function together(board: Board, ids: string[]): string {
  return `${claims(board, ids)}${ids.length > 1 ? " together" : ""}`;
}

export function quoted(claim: Claim): string {
  return `claim ${claim.number}, “${excerpt(claim.text)}”`;
}

/** "claim 3", or "relation r1, the step from claims 4 and 5 to claim 3" */
export function target(board: Board, id: string): string {
  const relation = board.relations.get(id);
  if (relation) return `relation ${id}, ${step(board, relation)}`;
  return board.claims.has(id) ? claims(board, [id]) : "something that is not on the board";
}

function step(board: Board, relation: Relation): string {
  const to = board.relations.has(relation.target) ? `relation ${relation.target}` : target(board, relation.target);
  return `the step from ${claims(board, relation.sources)} to ${to}`;
}

/** "claims 4 and 5 together support claim 3" */
export function sentence(board: Board, relation: Pick<Relation, "kind" | "sources" | "target">): string {
  const verb = relation.sources.length > 1 ? relation.kind : ACTIVE[relation.kind];
  return `${together(board, relation.sources)} ${verb} ${target(board, relation.target)}`;
}

/** What leads to a claim or a relation: "supported by claims 4 and 5 together, rebutted by claim 7" */
function received(board: Board, id: string): string[] {
  return (board.into.get(id) ?? []).map(({ kind, sources }) => `${PASSIVE[kind]} by ${together(board, sources)}`);
}

/** What a claim does: "with claim 5 supports claim 3" */
function done(board: Board, id: string): string[] {
  return (board.from.get(id) ?? []).map((relation) => {
    const others = relation.sources.filter((source) => source !== id);
    const company = others.length ? `with ${claims(board, others)} ` : "";
    const at = board.relations.has(relation.target) ? `relation ${relation.target}` : target(board, relation.target);
    return `${company}${ACTIVE[relation.kind]} ${at}`;
  });
}

/** The accessible name of a claim. */
export function claimName(board: Board, claim: Claim): string {
  const facts = [
    ...(board.main === claim.id ? ["main claim"] : []),
    ...(claim.implicit ? ["implicit"] : []),
    ...done(board, claim.id),
    ...(claim.note ? [claim.note] : []),
  ];
  const head = [`claim ${claim.number}, “${claim.text}”`, ...received(board, claim.id)].join(", ");
  return [head, ...facts].join("; ");
}

/** The accessible name of a relation. */
export function relationName(board: Board, relation: Relation): string {
  const parts = [`relation ${relation.id}: ${sentence(board, relation)}`, ...received(board, relation.id)];
  return `${parts.join(", ")}${relation.own ? "" : "; given"}`;
}

export function nameOf(board: Board, id: string): string {
  const relation = board.relations.get(id);
  return relation ? relationName(board, relation) : claimName(board, board.claims.get(id)!);
}

/** What a relation shows under its target in the outline: "supported by 4 and 5 together" */
export function line(board: Board, relation: Relation): string {
  return `${PASSIVE[relation.kind]} by ${together(board, relation.sources)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** How a map differs from the one before: what an undo did, or another view. */
export function difference(before: Board, after: Board): string {
  const parts: string[] = [];
  for (const [id, relation] of before.relations) if (!after.relations.has(id)) parts.push(`${sentence(before, relation)}: gone`);
  for (const [id, claim] of before.claims) if (!after.claims.has(id)) parts.push(`${quoted(claim)}: gone`);
  for (const [id, claim] of after.claims) {
    if (claim.text !== before.claims.get(id)?.text) parts.push(quoted(claim));
  }
  for (const [id, relation] of after.relations) {
    if (!same(relation, before.relations.get(id))) parts.push(sentence(after, relation));
  }
  if (before.main !== after.main) parts.push(after.main === null ? "no main claim" : `${claims(after, [after.main])} is the main claim`);
  const many = parts.length > 3 ? [...parts.slice(0, 3), `${parts.length - 3} more changes`] : parts;
  return many.length ? `${capital(many.join("; "))}.` : "";
}
