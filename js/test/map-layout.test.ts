import { expect, test } from "vitest";
import { layOut, type Layout } from "../src/map-layout";
import { boardOf, type Board } from "../src/map-state";
import type { MapAnswer, MapPrompt, MapRelation, RelationKind } from "../src/model";

function boardWith(size: number, relations: [RelationKind, number[], number | string][]): Board {
  const claims = Array.from({ length: size }, (_, i) => ({ id: `k${i}`, text: `Claim ${i}.`, note: "", implicit: false }));
  const prompt = { item: "m", text: "", claims, given: [], free: false, segments: [], main: true } satisfies MapPrompt;
  const drawn: MapRelation[] = relations.map(([kind, sources, target], i) => ({
    id: `r${i}`,
    kind,
    sources: sources.map((source) => `k${source}`),
    target: typeof target === "number" ? `k${target}` : target,
  }));
  return boardOf(prompt, { claims: [], relations: drawn, main: null } satisfies MapAnswer);
}
const lay = (board: Board) => layOut(board, (id) => 50 + 10 * (id.length % 3), 800);
const at = (layout: Layout, id: string) => layout.places.get(id)!;

function overlaps(layout: Layout): string[] {
  const places = [...layout.places];
  return places.flatMap(([a, p], i) =>
    places
      .slice(i + 1)
      .filter(([, q]) => Math.abs(p.x - q.x) < (p.w + q.w) / 2 && Math.abs(p.y - q.y) < (p.h + q.h) / 2)
      .map(([b]) => `${a} ${b}`),
  );
}

/** Numbers that look random and are the same every time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}
function anyBoard(seed: number, size: number, count: number): Board {
  const next = random(seed);
  const kinds: RelationKind[] = ["support", "support", "rebut", "undermine", "undercut"];
  return boardWith(
    size,
    Array.from({ length: count }, (_, i) => {
      const kind = kinds[next(5)]!;
      const sources = Array.from({ length: 1 + next(3) }, () => next(size));
      return [kind, sources, kind === "undercut" ? `r${next(count + (i % 7 ? 0 : 1))}` : next(size)];
    }),
  );
}

test("reasons stand below what they bear on, co-premises in one row", () => {
  const layout = lay(boardWith(4, [["support", [1, 2], 0], ["rebut", [3], 1]]));
  const ys = ["k0", "r0", "k1", "r1", "k3"].map((id) => at(layout, id).y);
  expect(ys).toEqual([...ys].sort((a, b) => a - b));
  expect(at(layout, "k1").y).toBe(at(layout, "k2").y);
  expect(at(layout, "k1").x).toBeLessThan(at(layout, "k2").x);
});

test("an undercut stands right of the relation that it attacks, in its row", () => {
  const layout = lay(boardWith(4, [["support", [1], 0], ["support", [2], 0], ["undercut", [3], "r0"]]));
  expect(at(layout, "r2").y).toBe(at(layout, "r0").y);
  expect(at(layout, "r2").x).toBeGreaterThan(at(layout, "r0").x);
  expect(at(layout, "r2").x).toBeLessThan(at(layout, "r1").x);
});

test("claims without relations wait below all others, in the order of the board", () => {
  const layout = lay(boardWith(9, [["support", [1], 0]]));
  const shelf = Array.from({ length: 7 }, (_, i) => at(layout, `k${i + 2}`));
  expect(shelf.every(({ y }) => y > at(layout, "k1").y)).toBe(true);
  expect(shelf[0]!.x).toBeLessThan(shelf[1]!.x);
  expect(new Set(shelf.map(({ y }) => y)).size).toBe(2);
});

test("a step over several rows is led through lanes of its own", () => {
  const board = boardWith(4, [["support", [1], 0], ["support", [2], 1], ["support", [2], 0]]);
  const layout = lay(board);
  const lane = layout.lanes.get("r2")!.get("k2")!;
  expect(lane.length).toBeGreaterThan(0);
  for (const point of lane) {
    for (const { x, y, w, h } of layout.places.values()) {
      expect(Math.abs(point.x - x) >= w / 2 || Math.abs(point.y - y) >= h / 2).toBe(true);
    }
  }
});

test.each(Array.from({ length: 40 }, (_, i) => i + 1))("nothing overlaps, whatever the map: %i", (seed) => {
  const board = anyBoard(seed, 3 + (seed % 20), 2 + (seed % 25));
  const layout = lay(board);
  expect([...layout.places.keys()].sort()).toEqual([...board.claims.keys(), ...board.relations.keys()].sort());
  expect([...layout.places.values()].every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
  expect(overlaps(layout)).toEqual([]);
});

test("the same map is laid out the same, and a new leaf moves nothing to another row or past a neighbour", () => {
  const relations: [RelationKind, number[], number][] = [["support", [1, 2], 0], ["rebut", [3], 0], ["support", [4], 1]];
  const before = lay(boardWith(7, relations));
  expect(lay(boardWith(7, relations))).toEqual(before);
  const after = lay(boardWith(7, [...relations, ["support", [5], 3]]));
  const joined = ["k0", "k1", "k2", "k3", "k4", "r0", "r1", "r2"];
  for (const a of joined) {
    expect(at(after, a).y).toBe(at(before, a).y);
    for (const b of joined) {
      expect(Math.sign(at(after, a).x - at(after, b).x)).toBe(Math.sign(at(before, a).x - at(before, b).x));
    }
  }
});

test("circles and long chains are laid out too", () => {
  const ring = lay(boardWith(3, [["support", [0], 1], ["support", [1], 2], ["support", [2], 0]]));
  expect(overlaps(ring)).toEqual([]);
  const chain = boardWith(200, Array.from({ length: 199 }, (_, i) => ["support", [i + 1], i]));
  expect(lay(chain).places.size).toBe(399);
});
