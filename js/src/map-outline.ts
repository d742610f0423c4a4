import { assign, drawing, h } from "./dom";
import type { Shown } from "./map-drawing";
import { sign } from "./map-signs";
import type { Board, Relation } from "./map-state";
import { excerpt, line, nameOf, target } from "./map-words";
import type { Arrow } from "./rover";

export const TICK = "M3 8.5 6.5 12 13 4.8";

interface Row {
  element: HTMLLIElement;
  /** The accessible name. What is seen is shorter, and refers to what stands around it. */
  name: HTMLElement;
  look: string;
  level: number;
}

/** The same map as a list: each claim once, below it what leads to it, below that what undercuts it. */
export class Outline {
  readonly root: HTMLUListElement;
  private readonly rows = new Map<string, Row>();
  private visible: Board | null = null;

  constructor(
    label: string,
    describedBy: string,
    private readonly on: { choose: (id: string) => void; toggle: (id: string) => void },
  ) {
    this.root = h("ul", {
      class: "ooc-list ooc-outline",
      role: "tree",
      "aria-multiselectable": "true",
      "aria-labelledby": label,
      "aria-describedby": describedBy,
    });
  }

  draw({ board, visible, here, marked }: Shown): void {
    if (visible !== this.visible) this.rebuild(board, visible);
    for (const [id, { element }] of this.rows) {
      const claim = visible.claims.has(id);
      assign(element, { "data-here": id === here, ...(claim && { "aria-selected": String(marked.has(id)) }) });
    }
  }

  private rebuild(board: Board, visible: Board): void {
    this.visible = visible;
    const order = ordered(visible);
    const wanted = new Set(order.map(([id]) => id));
    for (const [id, { element }] of this.rows) {
      if (wanted.has(id)) continue;
      element.remove();
      this.rows.delete(id);
    }
    order.forEach(([id, level], i) => {
      const row = this.row(board, id, level);
      const name = nameOf(board, id);
      if (row.name.textContent !== name) row.name.textContent = name;
      assign(row.element, {
        "aria-level": String(level),
        "data-level": String(Math.min(level, 4)),
      });
      const { children } = this.root;
      if (children[i] !== row.element) this.root.insertBefore(row.element, children[i] ?? null);
    });
  }

  items(): HTMLElement[] {
    return [...this.root.children] as HTMLElement[];
  }

  item(id: string | null): HTMLElement | undefined {
    return id === null ? undefined : this.rows.get(id)?.element;
  }

  /** Up and down the list; right into what leads here, left back out. */
  beside(id: string, key: Arrow): HTMLElement | undefined {
    const items = this.items();
    const at = items.indexOf(this.item(id)!);
    const level = this.rows.get(id)!.level;
    const levelAt = (i: number) => Number(items[i]?.getAttribute("aria-level") ?? 0);
    if (key === "ArrowUp") return items[at - 1];
    if (key === "ArrowDown") return items[at + 1];
    if (key === "ArrowRight") return levelAt(at + 1) > level ? items[at + 1] : undefined;
    for (let i = at - 1; i >= 0; i--) if (levelAt(i) < level) return items[i];
    return undefined;
  }

  private row(board: Board, id: string, level: number): Row {
    const claim = board.claims.get(id);
    const relation = board.relations.get(id);
    const parts = relation && relation.sources.map((source) => board.claims.get(source)!);
    const look = claim
      ? JSON.stringify([claim, board.main === id])
      : JSON.stringify([relation, line(board, relation!), parts!.map(({ text }) => text), level]);
    const old = this.rows.get(id);
    if (old?.look === look && old.level === level) return old;
    const element = old?.element ?? this.listItem(id);
    const name = old?.name ?? h("span", { class: "ooc-unseen" });
    const seen: Element[] = [];
    if (claim) {
      const tags = [...(board.main === id ? ["Main claim"] : []), ...(claim.implicit ? ["implicit"] : [])];
      seen.push(
        h("span", { class: "ooc-mark", "data-shape": "checkbox" }, drawing(TICK)),
        h("span", { class: "ooc-number" }, String(claim.number)),
        h(
          "span",
          { class: "ooc-text" },
          claim.text,
          ...(tags.length ? [h("span", { class: "ooc-tags" }, tags.join(" · "))] : []),
          ...(claim.note ? [h("span", { class: "ooc-note" }, claim.note)] : []),
        ),
      );
      assign(element, { "data-main": board.main === id, class: "ooc-row ooc-outline-claim" });
    } else {
      // On the first level stands only what has lost its target.
      const words = level > 1 ? line(board, relation!) : `${line(board, relation!)} → ${target(board, relation!.target)}`;
      seen.push(
        sign(relation!.kind),
        h(
          "span",
          { class: "ooc-text" },
          h("span", { class: "ooc-relation-words" }, words),
          h("span", { class: "ooc-note" }, parts!.map(({ text }) => `“${excerpt(text, 44)}”`).join(" + ")),
        ),
        h("span", { class: "ooc-cap" }, relation!.own ? id : `${id} · given`),
      );
      assign(element, { "data-kind": relation!.kind, class: "ooc-row ooc-outline-relation" });
    }
    for (const part of seen) assign(part, { "aria-hidden": "true" });
    element.replaceChildren(...seen, name);
    const row = { element, name, look, level };
    this.rows.set(id, row);
    return row;
  }

  private listItem(id: string): HTMLLIElement {
    const element = h("li", { role: "treeitem", tabindex: "-1", "data-id": id });
    element.addEventListener("click", (event) => {
      this.on.choose(id);
      const box = (event.target as Element).closest(".ooc-mark");
      if (box || event.ctrlKey || event.metaKey || event.shiftKey) this.on.toggle(id);
    });
    return element;
  }
}

/** Each node once, with its level; what leads nowhere, or in a circle, comes last. */
export function ordered(board: Board): [id: string, level: number][] {
  const order: [string, number][] = [];
  const done = new Set<string>();
  const below = (id: string, level: number) => {
    for (const relation of board.into.get(id) ?? []) enter(relation, level);
  };
  const enter = (relation: Relation, level: number) => {
    if (done.has(relation.id) || !board.relations.has(relation.id)) return;
    done.add(relation.id);
    order.push([relation.id, level]);
    below(relation.id, level + 1);
  };
  for (const id of board.claims.keys()) {
    order.push([id, 1]);
    below(id, 2);
  }
  for (const relation of board.relations.values()) enter(relation, 1);
  return order;
}
