import { assign } from "./dom";
import { CLAIM_WIDTH, RELATION_SIZE, layOut, type Layout, type Place } from "./map-layout";
import { signPaths, svg } from "./map-signs";
import type { Board, Claim, Relation } from "./map-state";
import { nameOf } from "./map-words";
import type { Arrow } from "./rover";

const PADDING = 10;
const HEAD = 20;
const LINE = 17;
const MOST_LINES = 6;
const MARGIN = 16;
const FONT = "13px";
/** Below this size texts are hard to read: the drawing would rather be moved than made smaller. */
const READABLE = 0.8;
const SMALLEST = 0.08;
const LARGEST = 2.5;
/** More relations than this are drawn more simply. */
const LARGE = 100;
/** So far outside the panel nothing of a node can be seen in it. */
const FAR = 300;
/** Before the panel has a size, and where nothing has. */
const NO_SIZE = { width: 720, height: 440 };

export interface Shown {
  /** All of the map, for the names; and the part of it that the search leaves. */
  board: Board;
  visible: Board;
  here: string | null;
  marked: Set<string>;
}

/** The map as a drawing: every claim and relation an option of one list box. */
export class Drawing {
  readonly root = svg("svg", { class: "ooc-map", role: "listbox", "aria-multiselectable": "true" });
  private readonly steps = svg("g", { "aria-hidden": "true" });
  private readonly nodes = svg("g", { role: "presentation" });
  private readonly canvas = svg("g", { role: "presentation" }, this.steps, this.nodes);
  private readonly drawn = new Map<string, { element: SVGGElement; look: string }>();
  private readonly drawnSteps = new Map<string, { element: SVGGElement; look: string }>();
  private layout: Layout | null = null;
  private visible: Board | null = null;
  private here: string | null = null;
  private order: HTMLElement[] = [];
  private ports = new Map<string, number>();
  private view = { x: 0, y: 0, scale: 1 };
  private size = NO_SIZE;
  /** Until somebody zooms or pans, the drawing keeps itself in sight. */
  private auto = true;
  private smallest = READABLE;
  private readonly texts = new Texts(this.root);

  constructor(
    label: string,
    describedBy: string,
    signal: AbortSignal,
    on: { choose: (id: string) => void; toggle: (id: string) => void },
  ) {
    assign(this.root, { "aria-labelledby": label, "aria-describedby": describedBy });
    this.root.append(this.canvas);
    const idAt = (event: Event) => (event.target as Element).closest("[data-id]")?.getAttribute("data-id") ?? null;
    this.root.addEventListener(
      "click",
      (event) => {
        const id = idAt(event);
        if (id === null) return;
        on.choose(id);
        const mouse = event as MouseEvent;
        const box = (event.target as Element).closest(".ooc-check");
        if (box || mouse.ctrlKey || mouse.metaKey || mouse.shiftKey) on.toggle(id);
      },
      { signal },
    );

    let grip: { x: number; y: number } | null = null;
    this.root.addEventListener(
      "pointerdown",
      (event) => {
        if (event.button !== 0 || idAt(event) !== null) return;
        grip = { x: event.clientX, y: event.clientY };
        this.root.setPointerCapture(event.pointerId);
      },
      { signal },
    );
    this.root.addEventListener(
      "pointermove",
      (event) => {
        if (!grip) return;
        this.pan(event.clientX - grip.x, event.clientY - grip.y);
        grip = { x: event.clientX, y: event.clientY };
      },
      { signal },
    );
    for (const end of ["pointerup", "pointercancel"]) this.root.addEventListener(end, () => (grip = null), { signal });
    this.root.addEventListener(
      "wheel",
      (event) => {
        // Without Ctrl the wheel scrolls the notebook, as everywhere.
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        const box = this.root.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY / 300), { x: event.clientX - box.left, y: event.clientY - box.top });
      },
      { signal, passive: false },
    );
  }

  /** Says that the panel has another size. */
  resize(width: number, height: number): void {
    if (!width || !height || (width === this.size.width && height === this.size.height)) return;
    this.size = { width, height };
    if (!this.visible) return;
    this.arrange();
    if (this.auto) this.bringIntoView();
  }

  draw({ board, visible, here, marked }: Shown): void {
    const first = this.layout === null;
    const changed = visible !== this.visible;
    const moved = here !== this.here;
    const before = here === null ? undefined : this.layout?.places.get(here);
    this.visible = visible;
    this.here = here;
    if (changed) {
      assign(this.root, { "data-large": visible.relations.size > LARGE });
      this.sync(this.drawn, this.nodes, [...visible.claims.keys(), ...visible.relations.keys()], (id, old) =>
        this.node(board, id, old),
      );
      this.arrange();
      for (const [id, { element }] of this.drawn) {
        const name = nameOf(board, id);
        if (element.firstElementChild!.textContent !== name) element.firstElementChild!.textContent = name;
      }
    }
    for (const [id, { element }] of this.drawn) {
      const claim = visible.claims.has(id);
      assign(element, { "data-here": id === here, ...(claim && { "aria-selected": String(marked.has(id)) }) });
    }
    if (first) this.bringIntoView();
    else if (changed) this.keepInPlace(before);
    else if (moved && here !== null) this.reveal(here);
  }

  /** From the top left to the bottom right. */
  items(): HTMLElement[] {
    return this.order;
  }

  item(id: string | null): HTMLElement | undefined {
    // The rover needs of an element only what SVG elements have too: focus and tabIndex.
    return id === null ? undefined : (this.drawn.get(id)?.element as unknown as HTMLElement | undefined);
  }

  /** Up and down along the relations where there are any, sideways along the row. */
  beside(id: string, key: Arrow): HTMLElement | undefined {
    const { places } = this.layout!;
    const { into, from, relations } = this.visible!;
    const own = places.get(id)!;
    const upright = key === "ArrowUp" || key === "ArrowDown";
    const sense = key === "ArrowUp" || key === "ArrowLeft" ? -1 : 1;
    const relation = relations.get(id);
    const joined = new Set([
      ...(into.get(id) ?? []).map((other) => other.id),
      ...(from.get(id) ?? []).map((other) => other.id),
      ...(relation ? [relation.target, ...relation.sources] : []),
    ]);
    let best: string | null = null;
    let least = Infinity;
    for (const [other, place] of places) {
      const dx = place.x - own.x;
      const dy = place.y - own.y;
      const inRow = Math.abs(dy) < 2 + Math.abs(place.h - own.h) / 2;
      const ahead = upright ? !inRow && dy * sense > 0 : inRow && dx * sense > 0;
      if (!ahead) continue;
      const distance = Math.abs(dx) * (upright ? 0.7 : 1) + Math.abs(dy);
      const cost = upright && !joined.has(other) ? distance + 1e6 : distance;
      if (cost < least) [best, least] = [other, cost];
    }
    return this.item(best);
  }

  zoom(by: number, around = { x: this.size.width / 2, y: this.size.height / 2 }): void {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.view.scale * by));
    const ratio = scale / this.view.scale;
    this.view = {
      x: around.x - (around.x - this.view.x) * ratio,
      y: around.y - (around.y - this.view.y) * ratio,
      scale,
    };
    this.auto = false;
    this.look();
  }

  get percent(): number {
    return Math.round(this.view.scale * 100);
  }

  pan(dx: number, dy: number): void {
    this.view = { ...this.view, x: this.view.x + dx, y: this.view.y + dy };
    this.auto = false;
    this.look();
  }

  /** Shows all of it, however small. */
  fit(): void {
    this.auto = true;
    this.smallest = SMALLEST;
    this.bringIntoView();
  }

  /** Moves the drawing as little as needed to show a node. */
  reveal(id: string): void {
    const place = this.layout?.places.get(id);
    if (!place) return;
    const { scale } = this.view;
    const inside = (at: number, extent: number, start: number, room: number) => {
      const low = start + (at - extent / 2) * scale - MARGIN;
      const high = start + (at + extent / 2) * scale + MARGIN;
      return low < 0 ? start - low : high > room ? start + room - high : start;
    };
    this.view.x = inside(place.x, place.w, this.view.x, this.size.width);
    this.view.y = inside(place.y, place.h, this.view.y, this.size.height);
    this.look();
  }

  /** A copy that stands alone: everything in sight, nothing of the view. */
  copy(): { canvas: SVGGElement; bounds: Layout["bounds"] } {
    const canvas = this.canvas.cloneNode(true) as SVGGElement;
    canvas.removeAttribute("transform");
    for (const element of canvas.querySelectorAll("*")) {
      for (const name of ["role", "tabindex", "aria-selected", "aria-hidden", "data-id", "data-here", "data-far"]) {
        element.removeAttribute(name);
      }
    }
    canvas.querySelectorAll(".ooc-check").forEach((check) => check.remove());
    return { canvas, bounds: this.layout!.bounds };
  }

  private sync(
    known: Map<string, { element: SVGGElement; look: string }>,
    parent: SVGGElement,
    ids: string[],
    make: (id: string, old: { element: SVGGElement; look: string } | undefined) => { element: SVGGElement; look: string },
  ): void {
    const wanted = new Set(ids);
    for (const [id, { element }] of known) {
      if (wanted.has(id)) continue;
      element.remove();
      known.delete(id);
    }
    ids.forEach((id, i) => {
      const made = make(id, known.get(id));
      known.set(id, made);
      if (parent.children[i] !== made.element) parent.insertBefore(made.element, parent.children[i] ?? null);
    });
  }

  private node(board: Board, id: string, old: { element: SVGGElement; look: string } | undefined) {
    const claim = board.claims.get(id);
    const relation = board.relations.get(id);
    const main = board.main === id;
    const look = claim
      ? `${claim.number}/${claim.implicit}/${main}/${this.texts.font}/${claim.text}`
      : `${relation!.kind}/${relation!.own}`;
    if (old?.look === look) return old;
    const element = old?.element ?? svg("g", { role: "option", tabindex: "-1", "data-id": id });
    // The accessible name, and all of a long text for the mouse.
    const name = svg("title");
    if (claim) {
      assign(element, { class: "ooc-node ooc-claim", "data-implicit": claim.implicit });
      element.replaceChildren(name, ...this.box(claim, main));
    } else {
      assign(element, { class: "ooc-node ooc-relation", "data-kind": relation!.kind, "data-given": !relation!.own });
      element.replaceChildren(name, ...signPaths(relation!.kind));
    }
    return { element, look };
  }

  private box(claim: Claim, main: boolean): SVGElement[] {
    const lines = this.texts.lines(claim.text);
    const h = this.heightOf(claim);
    const left = -CLAIM_WIDTH / 2;
    const rect = (grow: number, name: string) =>
      svg("rect", {
        class: name,
        x: String(left - grow),
        y: String(-h / 2 - grow),
        width: String(CLAIM_WIDTH + 2 * grow),
        height: String(h + 2 * grow),
        rx: String(7 + grow),
      });
    const tags = [...(main ? ["main claim"] : []), ...(claim.implicit ? ["implicit"] : [])].join(" · ");
    const top = -h / 2 + PADDING + 9;
    const text = svg("text", { class: "ooc-claim-text", "font-size": FONT, "aria-hidden": "true" });
    lines.forEach((line, i) => {
      text.append(svg("tspan", { x: String(left + PADDING), y: String(top + HEAD + i * LINE) }, line));
    });
    const checkX = -left - PADDING - 14;
    const checkY = -h / 2 + PADDING - 2;
    return [
      ...(main ? [rect(4, "ooc-main-ring")] : []),
      rect(0, "ooc-box"),
      svg("text", { class: "ooc-claim-number", "aria-hidden": "true", x: String(left + PADDING), y: String(top), "font-size": FONT }, String(claim.number)),
      ...(tags
        ? [svg("text", { class: "ooc-claim-tags", "aria-hidden": "true", x: String(left + PADDING + 8 * (String(claim.number).length + 1)), y: String(top), "font-size": "11.5px" }, tags)]
        : []),
      text,
      svg(
        "g",
        { class: "ooc-check" },
        // The target is larger than the box that is seen.
        svg("rect", { class: "ooc-check-target", x: String(checkX - 8), y: String(checkY - 7), width: "30", height: "30" }),
        svg("rect", { class: "ooc-check-box", x: String(checkX), y: String(checkY), width: "15", height: "15", rx: "3.5" }),
        svg("path", { class: "ooc-check-tick", d: `M${checkX + 3.2} ${checkY + 7.8}l3 3l5.4 -6.4` }),
      ),
    ];
  }

  private heightOf(claim: Claim): number {
    return 2 * PADDING + HEAD - 5 + this.texts.lines(claim.text).length * LINE;
  }

  private arrange(): void {
    const board = this.visible!;
    this.layout = layOut(board, (id) => this.heightOf(board.claims.get(id)!), Math.max(this.size.width, 300));
    for (const [id, { element }] of this.drawn) {
      const { x, y } = this.layout.places.get(id)!;
      assign(element, { transform: `translate(${round(x)} ${round(y)})` });
    }
    const at = (id: string) => this.layout!.places.get(id)!;
    const ids = [...this.drawn.keys()].sort((a, b) => at(a).y - at(b).y || at(a).x - at(b).x);
    this.order = ids.map((id) => this.item(id)!);
    this.ports = landings(board, this.layout);
    this.sync(this.drawnSteps, this.steps, [...board.relations.keys()], (id, old) => {
      const relation = board.relations.get(id)!;
      const { lines, head } = this.path(relation);
      const look = `${relation.kind} ${lines} ${head}`;
      if (old?.look === look) return old;
      const element = old?.element ?? svg("g", {}, svg("path"), svg("path"));
      assign(element, { class: "ooc-step", "data-kind": relation.kind });
      assign(element.firstElementChild!, { class: "ooc-step-line", d: lines });
      assign(element.lastElementChild!, { class: "ooc-step-head", d: head });
      return { element, look };
    });
  }

  /** The lines of a relation, from its reasons and to its target, and the arrow head. */
  private path(relation: Relation): { lines: string; head: string } {
    const { places, lanes } = this.layout!;
    const own = places.get(relation.id)!;
    const half = RELATION_SIZE / 2;
    const lines: string[] = [];
    for (const source of relation.sources) {
      const place = places.get(source)!;
      const below = place.y > own.y;
      const points = [
        { x: own.x, y: own.y + (below ? half : -half) },
        ...(lanes.get(relation.id)?.get(source) ?? []),
        { x: port(place, own.x), y: place.y + (below ? -place.h / 2 : place.h / 2) },
      ];
      lines.push(curve(points));
    }
    const target = places.get(relation.target);
    if (!target) return { lines: lines.join(""), head: "" };
    if (Math.abs(target.y - own.y) < 1) {
      const side = target.x < own.x ? 1 : -1;
      const tip = { x: target.x + side * (half + 3), y: target.y };
      const start = own.x - side * (half + 2);
      // Over others that stand between, in a bow; straight between neighbours.
      const crowded = [...places].some(
        ([id, place]) =>
          id !== relation.id &&
          id !== relation.target &&
          Math.abs(place.y - own.y) < 1 &&
          (place.x - own.x) * (place.x - target.x) < 0,
      );
      const bow = crowded ? 34 : 0;
      const far = tip.x + side * 8;
      lines.push(
        bow
          ? `M${round(own.x)} ${round(own.y - half)}C${round(own.x)} ${round(own.y - bow)} ${round(target.x)} ${round(own.y - bow)} ${round(target.x)} ${round(target.y - half - 9)}`
          : `M${round(start)} ${round(own.y)}H${round(far)}`,
      );
      return {
        lines: lines.join(""),
        head: bow
          ? `M${round(target.x)} ${round(target.y - half - 2)}l-5 -9h10z`
          : `M${round(tip.x)} ${round(tip.y)}l${side * 9} -5v10z`,
      };
    }
    const up = target.y < own.y ? 1 : -1;
    const tip = { x: this.ports.get(relation.id)!, y: target.y + up * (target.h / 2 + 2) };
    lines.push(curve([{ x: own.x, y: own.y - up * half }, { x: tip.x, y: tip.y + up * 8 }]));
    return { lines: lines.join(""), head: `M${round(tip.x)} ${round(tip.y)}l-5 ${up * 9}h10z` };
  }

  private bringIntoView(): void {
    if (!this.layout) return;
    const { left, top, right, bottom } = this.layout.bounds;
    const { width, height } = this.size;
    const scale = Math.min(1, (width - 2 * MARGIN) / (right - left || 1), (height - 2 * MARGIN) / (bottom - top || 1));
    this.view.scale = Math.max(this.smallest, scale);
    const drawn = { w: (right - left) * this.view.scale, h: (bottom - top) * this.view.scale };
    const here = this.here === null ? undefined : this.layout.places.get(this.here);
    // In the middle; what does not fit is shown around the node that the learner is at.
    const around = (room: number, extent: number, start: number, at: number | undefined) => {
      if (extent <= room - 2 * MARGIN || at === undefined) return Math.max(MARGIN, (room - extent) / 2) - start * this.view.scale;
      const low = MARGIN - start * this.view.scale;
      return Math.max(Math.min(room / 2 - at * this.view.scale, low), low - (extent - room + 2 * MARGIN));
    };
    this.view.x = around(width, drawn.w, left, here?.x);
    this.view.y = around(height, drawn.h, top, here?.y);
    this.look();
  }

  /** After a change: what the learner looks at stays where it is on the screen, if it can. */
  private keepInPlace(before: Place | undefined): void {
    const after = this.here === null ? undefined : this.layout!.places.get(this.here);
    const { view, size } = this;
    if (before && after) {
      view.x += (before.x - after.x) * view.scale;
      view.y += (before.y - after.y) * view.scale;
    }
    if (this.auto) {
      const { left, top, right, bottom } = this.layout!.bounds;
      const room = (at: number, start: number, end: number, extent: number) => {
        const free = extent - 2 * MARGIN - (end - start) * view.scale;
        const low = MARGIN - start * view.scale;
        return Math.min(Math.max(at, low + Math.min(0, free)), low + Math.max(0, free));
      };
      const needed = Math.min(
        (size.width - 2 * MARGIN) / (right - left || 1),
        (size.height - 2 * MARGIN) / (bottom - top || 1),
      );
      if (needed < view.scale && view.scale > this.smallest) this.bringIntoView();
      view.x = room(view.x, left, right, size.width);
      view.y = room(view.y, top, bottom, size.height);
    }
    if (this.here !== null) this.reveal(this.here);
    this.look();
  }

  private look(): void {
    const { x, y, scale } = this.view;
    assign(this.canvas, { transform: `translate(${round(x)} ${round(y)}) scale(${scale.toFixed(3)})` });
    // What is out of sight keeps its place and its name, but is not painted.
    for (const [id, { element }] of this.drawn) {
      const place = this.layout?.places.get(id);
      if (!place) continue;
      const dx = place.x * scale + x;
      const dy = place.y * scale + y;
      const far = dx < -FAR || dy < -FAR || dx > this.size.width + FAR || dy > this.size.height + FAR;
      element.toggleAttribute("data-far", far);
    }
  }
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Where a line meets the edge of a box: as straight above or below the other end as the box is wide. */
function port(place: Place, x: number): number {
  const reach = Math.max(0, place.w / 2 - 18);
  return Math.min(Math.max(x, place.x - reach), place.x + reach);
}

/** Where each relation meets its target: side by side, in the order of the relations. */
function landings(board: Board, { places }: Layout): Map<string, number> {
  const x = (relation: Relation) => places.get(relation.id)!.x;
  const ports = new Map<string, number>();
  for (const [id, relations] of board.into) {
    const place = places.get(id);
    if (!place) continue;
    const landing = relations.filter((relation) => places.has(relation.id)).sort((a, b) => x(a) - x(b));
    const reach = Math.max(0, place.w - 36);
    landing.forEach((relation, i) => ports.set(relation.id, place.x + reach * ((i + 0.5) / landing.length - 0.5)));
  }
  return ports;
}

function curve(points: { x: number; y: number }[]): string {
  let d = `M${round(points[0]!.x)} ${round(points[0]!.y)}`;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    const middle = round((a.y + b.y) / 2);
    d += `C${round(a.x)} ${middle} ${round(b.x)} ${middle} ${round(b.x)} ${round(b.y)}`;
  }
  return d;
}

/** Breaks texts into lines. Browsers do not do so in SVG. */
class Texts {
  font = "";
  private readonly broken = new Map<string, string[]>();
  private widthOf: (text: string) => number = (text) => text.length * 6.6;

  constructor(private readonly near: Element) {}

  lines(text: string): string[] {
    if (!this.font) this.measureWith();
    let lines = this.broken.get(text);
    if (!lines) this.broken.set(text, (lines = this.breakUp(text)));
    return lines;
  }

  private measureWith(): void {
    this.font = getComputedStyle(this.near).fontFamily || "system-ui, sans-serif";
    const context = typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(1, 1).getContext("2d");
    if (!context) return;
    context.font = `${FONT} ${this.font}`;
    this.widthOf = (text) => context.measureText(text).width;
  }

  private breakUp(text: string): string[] {
    const room = CLAIM_WIDTH - 2 * PADDING;
    const lines: string[] = [];
    let line = "";
    for (let word of text.split(/\s+/)) {
      if (lines.length > MOST_LINES) break;
      const longer = line ? `${line} ${word}` : word;
      if (this.widthOf(longer) <= room) {
        line = longer;
        continue;
      }
      if (line) lines.push(line);
      // A word that is too long for a line, such as an address, is cut.
      while (word.length > 1 && this.widthOf(word) > room) {
        let n = word.length - 1;
        while (n > 1 && this.widthOf(word.slice(0, n)) > room) n = Math.floor(n * 0.9);
        lines.push(word.slice(0, n));
        word = word.slice(n);
        if (lines.length > MOST_LINES) break;
      }
      line = word;
    }
    if (line) lines.push(line);
    if (lines.length > MOST_LINES) {
      lines.length = MOST_LINES;
      let last = lines[MOST_LINES - 1]!;
      while (last && this.widthOf(`${last} …`) > room) last = last.slice(0, -1);
      lines[MOST_LINES - 1] = `${last.trimEnd()} …`;
    }
    return lines;
  }
}
