import type { Board, Relation } from "./map-state";

/**
 * A layered layout of our own, not dagre: with 200 claims and 300 relations dagre 3.1 takes most of a
 * second for each change, where a key press may take a tenth, and re-ranks what did not change.
 *
 * Conclusions stand above their reasons: claims and relations in alternate rows. Each claim hangs below
 * one relation (of those that it is a reason in, the lowest), which makes a forest; the forest is drawn
 * tidily, in the order in which relations were made, so a new relation moves nothing to another row or
 * past a neighbour unless it has to. The remaining steps are led through free lanes between the boxes.
 * An undercut stands in the row of the relation that it attacks, to the right of it. Claims without any
 * relation wait on a shelf below. The time is linear but for the contours.
 */

export const CLAIM_WIDTH = 176;
export const RELATION_SIZE = 28;
const GAP = { claim: 18, relation: 20, lane: 14 };
const ROW_GAP = 24;
const SHELF_GAP = 44;

export interface Place {
  /** The centre. */
  x: number;
  y: number;
  w: number;
  h: number;
}
export interface Layout {
  places: Map<string, Place>;
  /** The lane of a long step, from the relation down to its reason: `lanes.get(relation).get(reason)`. */
  lanes: Map<string, Map<string, { x: number; y: number }[]>>;
  bounds: { left: number; top: number; right: number; bottom: number };
}

interface Node {
  id: string | null;
  w: number;
  h: number;
  row: number;
  children: Node[];
  /** From the middle of the parent. */
  shift: number;
  x: number;
}

export function layOut(board: Board, heightOf: (id: string) => number, panelWidth: number): Layout {
  const { claims, relations } = board;
  const into = new Map<string, Relation[]>();
  const from = new Map<string, Relation[]>();
  for (const relation of relations.values()) {
    push(into, relation.target, relation);
    for (const source of relation.sources) push(from, source, relation);
  }

  /** The claim that a relation bears on in the end, through any undercuts; null if there is none. */
  const bases = new Map<string, string | null>();
  for (const { id } of relations.values()) {
    const seen = new Set<string>();
    let end = id;
    while (relations.has(end) && !seen.has(end)) {
      seen.add(end);
      end = relations.get(end)!.target;
    }
    bases.set(id, claims.has(end) ? end : null);
  }

  const levels = new Map<string, number>();
  const open = new Set<string>();
  const levelOf = (id: string): number => {
    const known = levels.get(id);
    if (known !== undefined) return known;
    open.add(id);
    let level = 0;
    for (const relation of from.get(id) ?? []) {
      const base = bases.get(relation.id);
      // A step that closes a circle does not push its reason down.
      if (base && open.has(base)) continue;
      level = Math.max(level, (base ? levelOf(base) : 0) + 1);
    }
    open.delete(id);
    levels.set(id, level);
    return level;
  };
  for (const id of claims.keys()) levelOf(id);
  const rowOf = (relation: Relation) => {
    const base = bases.get(relation.id);
    return 2 * (base ? levels.get(base)! : 0) + 1;
  };

  const nodes = new Map<string, Node>();
  const node = (id: string | null, w: number, h: number, row: number): Node => {
    const made = { id, w, h, row, children: [], shift: 0, x: 0 };
    if (id !== null) nodes.set(id, made);
    return made;
  };
  const shelf: Node[] = [];
  const roots: Node[] = [];
  for (const id of claims.keys()) {
    const made = node(id, CLAIM_WIDTH, heightOf(id), 2 * levels.get(id)!);
    if (!into.has(id) && !from.has(id)) shelf.push(made);
    else if (made.row === 0) roots.push(made);
  }
  /** A relation and, to the right of it, those that attack it. */
  const cluster = (relation: Relation): Node[] => {
    if (nodes.has(relation.id)) return [];
    const made = node(relation.id, RELATION_SIZE, RELATION_SIZE, rowOf(relation));
    return [made, ...(into.get(relation.id) ?? []).flatMap(cluster)];
  };
  for (const id of claims.keys()) nodes.get(id)!.children = (into.get(id) ?? []).flatMap(cluster);
  for (const relation of relations.values()) {
    // What is left leads to nothing on the board, or in a circle.
    if (bases.get(relation.id) || nodes.has(relation.id)) continue;
    const anchor = node(null, 0, 0, 0);
    anchor.children = cluster(relation);
    roots.push(anchor);
  }
  const parents = new Map<string, string>();
  for (const id of claims.keys()) {
    const own = nodes.get(id)!;
    const parent = own.row && from.get(id)!.find((relation) => rowOf(relation) === own.row - 1);
    if (parent) parents.set(id, parent.id);
  }
  const lanes = new Map<string, Map<string, Node[]>>();
  for (const relation of relations.values()) {
    const own = nodes.get(relation.id)!;
    for (const source of relation.sources) {
      const end = nodes.get(source)!;
      if (parents.get(source) === relation.id) own.children.push(end);
      else if (end.row > own.row + 1) {
        const lane: Node[] = [];
        let above = own;
        for (let row = own.row + 1; row < end.row; row++) {
          const step = node(null, 2, 0, row);
          above.children.push(step);
          lane.push(step);
          above = step;
        }
        if (!lanes.has(relation.id)) lanes.set(relation.id, new Map());
        lanes.get(relation.id)!.set(source, lane);
      }
    }
  }

  const top = node(null, 0, 0, -1);
  top.children = roots;
  tidy(top);
  const placed: Node[] = [];
  const settle = (own: Node, x: number) => {
    own.x = x;
    placed.push(own);
    for (const child of own.children) settle(child, x + child.shift);
  };
  settle(top, 0);

  const heights: number[] = [];
  for (const { row, h } of placed) if (row >= 0) heights[row] = Math.max(heights[row] ?? 0, h);
  const ys: number[] = [];
  let bottom = 0;
  heights.forEach((height, row) => {
    ys[row] = bottom + height / 2;
    bottom += height + ROW_GAP;
  });

  const layout: Layout = { places: new Map(), lanes: new Map(), bounds: { left: 0, top: 0, right: 0, bottom: 0 } };
  for (const { id, x, row, w, h } of placed) if (id !== null) layout.places.set(id, { x, y: ys[row]!, w, h });
  for (const [id, ways] of lanes) {
    const points = [...ways].map(([source, lane]) => [source, lane.map(({ x, row }) => ({ x, y: ys[row]! }))] as const);
    layout.lanes.set(id, new Map(points));
  }

  // The width of the panel alone says how many stand side by side: the drawing above must not push them around.
  const columns = Math.max(1, Math.floor((panelWidth - GAP.claim) / (CLAIM_WIDTH + GAP.claim)));
  let y = heights.length ? bottom - ROW_GAP + SHELF_GAP : 0;
  const xs = placed.map(({ x }) => x);
  const centre = heights.length ? (Math.min(...xs) + Math.max(...xs)) / 2 : 0;
  const used = Math.min(columns, shelf.length);
  for (let i = 0; i < shelf.length; i += columns) {
    const row = shelf.slice(i, i + columns);
    const height = Math.max(...row.map(({ h }) => h));
    row.forEach(({ id, w, h }, k) => {
      const x = centre + (k - (used - 1) / 2) * (CLAIM_WIDTH + GAP.claim);
      layout.places.set(id!, { x, y: y + h / 2, w, h });
    });
    y += height + GAP.claim;
  }

  const all = [...layout.places.values()];
  if (all.length) {
    layout.bounds = {
      left: Math.min(...all.map(({ x, w }) => x - w / 2)),
      top: Math.min(...all.map(({ y: middle, h }) => middle - h / 2)),
      right: Math.max(...all.map(({ x, w }) => x + w / 2)),
      bottom: Math.max(...all.map(({ y: middle, h }) => middle + h / 2)),
    };
  }
  return layout;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

interface Contour {
  left: number[];
  right: number[];
}

/** Reingold and Tilford: subtrees as near as their outlines allow, the parent over the middle of its children. */
function tidy(own: Node): Contour {
  const left: number[] = [];
  const right: number[] = [];
  for (const child of own.children) {
    const outline = tidy(child);
    let shift = 0;
    for (let row = 0; row < Math.min(right.length, outline.left.length); row++) {
      shift = Math.max(shift, right[row]! - outline.left[row]! + gapBeside(child, row));
    }
    child.shift = shift;
    outline.left.forEach((x, row) => {
      if (left[row] === undefined) left[row] = x + shift;
      right[row] = outline.right[row]! + shift;
    });
  }
  const middle = own.children.length ? (own.children[0]!.shift + own.children.at(-1)!.shift) / 2 : 0;
  for (const child of own.children) child.shift -= middle;
  return {
    left: [-own.w / 2, ...left.map((x) => x - middle)],
    right: [own.w / 2, ...right.map((x) => x - middle)],
  };
}

function gapBeside(child: Node, row: number): number {
  if (child.id === null && child.w) return GAP.lane;
  return (child.row + row) % 2 ? GAP.relation : GAP.claim;
}
