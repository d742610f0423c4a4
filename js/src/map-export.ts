import { Drawing } from "./map-drawing";
import { svg } from "./map-signs";
import type { Board, Relation } from "./map-state";
import { capital, claimName, relationName } from "./map-words";

/** What cannot be written: the relation that has an end where the formats have none. */
export function unwritable(board: Board): Relation | undefined {
  return [...board.relations.values()].find(
    ({ kind, sources, target }) =>
      !sources.length || !(kind === "undercut" ? board.relations.has(target) : board.claims.has(target)),
  );
}

/** AIF as `course argument convert` writes it, with what AIF cannot say under `openOrClosed`. */
export function aif(board: Board): string {
  const keys = new Map<string, string>();
  const nodes: object[] = [];
  const node = (id: string, type: string, text: string) => {
    keys.set(id, String(nodes.length + 1));
    nodes.push({ nodeID: keys.get(id), text, type, timestamp: "" });
  };
  for (const { id, text } of board.claims.values()) node(id, "I", text);
  for (const { id, kind } of board.relations.values()) {
    if (kind === "support") node(id, "RA", "Default Inference");
    else node(id, "CA", "Default Conflict");
  }
  const edges: object[] = [];
  const edge = (from: string, to: string) =>
    edges.push({ edgeID: String(edges.length + 1), fromID: keys.get(from), toID: keys.get(to), formEdgeID: null });
  for (const { id, sources, target } of board.relations.values()) {
    for (const source of sources) edge(source, id);
    edge(id, target);
  }
  const claims = [...board.claims.values()].map(({ id, segments, implicit }) => ({
    node: keys.get(id),
    id,
    ...(segments.length && { segments }),
    ...(implicit && { implicit }),
  }));
  const relations = [...board.relations.values()].map(({ id, kind, target }) => ({
    node: keys.get(id),
    id,
    to: keys.get(target),
    kind,
    ...(kind === "undercut" && { target }),
  }));
  const openOrClosed = {
    format: 1,
    ...(board.main !== null && { main: board.main }),
    ...(claims.length && { claims }),
    ...(relations.length && { relations }),
  };
  return `${JSON.stringify({ nodes, edges, locutions: [], openOrClosed }, null, 1)}\n`;
}

/** What starts a token of its own in Argdown, and what it drops a second space after. */
const MARKUP = /[\\@#*_[\]{}<>/]|=(?==)|[.:](?=\S)|[.:,;()-](?=  )/g;
const NO_TEXT = /[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]/g;
/** What every JavaScript object has: Argdown takes these names for titles that it has met. */
const title = (id: string) => (id in Object.prototype ? `${id}.` : id);

/** Argdown as `course argument convert` writes it. */
export function argdown(board: Board): string {
  const relations = [...board.relations.values()];
  const hit = new Set(relations.map(({ target }) => target));
  const ends = ({ kind, sources, target }: Relation) => JSON.stringify([sources, kind === "support" ? "" : target]);
  const times = new Map<string, number>();
  for (const relation of relations) times.set(ends(relation), (times.get(ends(relation)) ?? 0) + 1);

  const arrow = ({ kind, target }: Relation) =>
    kind === "undercut" ? `  _> <${title(target)}>` : `  -> [${title(target)}]`;
  const blocks = [...board.claims.values()].map(({ id, text, segments, implicit }) => {
    const shown = text.replace(NO_TEXT, " ").trim() || "…";
    const data = {
      ...(board.main === id && { main: true }),
      ...(segments.length && { segments }),
      ...(implicit && { implicit }),
      ...(shown !== text && { text }),
    };
    return `[${title(id)}]: ${shown.replace(MARKUP, "\\$&")}${braces(data)}`;
  });
  for (const relation of relations) {
    const { id, kind, sources, target } = relation;
    // Argdown's bare attacks have one source and no name.
    const bare = sources.length === 1 && !hit.has(id) && times.get(ends(relation)) === 1 && sources[0] !== target;
    if (kind !== "support" && bare) {
      blocks.push(`[${title(sources[0]!)}]\n${arrow(relation)}${braces({ relations: { [id]: { kind } } })}`);
      continue;
    }
    const premises = sources.map((source, i) => `(${i + 1}) [${title(source)}]`);
    const attacks = kind !== "support";
    const conclusion = attacks ? `[${id} against ${target}]\n${arrow(relation)}` : `[${title(target)}]`;
    const inference = attacks ? `--${braces({ kind })} --` : "----";
    blocks.push([`<${title(id)}>`, "", ...premises, inference, `(${sources.length + 1}) ${conclusion}`].join("\n"));
  }
  return blocks.map((block) => `${block}\n\n`).join("");
}

function braces(data: object): string {
  return Object.keys(data).length ? ` ${json(data)}` : "";
}

/** JSON with a space after commas and colons, in ASCII, and without anything that would end the braces early. */
function json(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value).replace(
      /[^ -~]|[{}\]>]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  }
  if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, entry]) => `${json(key)}: ${json(entry)}`)
    .join(", ")}}`;
}

const MARGIN = 16;
/** On paper and on slides the drawing is light, whatever the theme on the screen. */
const STYLE = `text{font-family:system-ui,sans-serif;fill:#1c1c1c}
.ooc-box,.ooc-main-ring{fill:#fff;stroke:#7d7d7d;stroke-width:1.2}
.ooc-main-ring{fill:none;stroke:#1c1c1c}
[data-implicit] .ooc-box{stroke-dasharray:5 4}
.ooc-claim-number{font-weight:600}
.ooc-claim-number,.ooc-claim-tags{fill:#575757}
.ooc-outline-shape{fill:#fdf1f0;stroke:#a3271f;stroke-width:1.5}
.ooc-glyph,.ooc-step-line{fill:none;stroke:#a3271f;stroke-width:1.5}
.ooc-glyph{stroke-width:2.2;stroke-linecap:round}
.ooc-step-head{fill:#a3271f}
[data-kind=rebut] .ooc-step-line,[data-kind=undermine] .ooc-step-line{stroke-dasharray:7 4}
[data-kind=undercut] .ooc-step-line{stroke-dasharray:2 4;stroke-width:2}
[data-kind=support] .ooc-outline-shape{fill:#f0f6f1;stroke:#1c6537}
[data-kind=support] .ooc-glyph,[data-kind=support] .ooc-step-line{stroke:#1c6537}
[data-kind=support] .ooc-step-head{fill:#1c6537}`;

/** A picture that stands alone, with the map in words as its description. */
export function picture(board: Board, name: string): { text: string; width: number; height: number } {
  // Drawn anew: what is on the screen may be the outline, or what a search has left.
  const drawing = new Drawing("", "", new AbortController().signal, { choose: () => {}, toggle: () => {} });
  drawing.draw({ board, visible: board, here: null, marked: new Set() });
  const { canvas, bounds } = drawing.copy();
  const [x, y] = [bounds.left - MARGIN, bounds.top - MARGIN];
  const width = Math.ceil(bounds.right - bounds.left + 2 * MARGIN);
  const height = Math.ceil(bounds.bottom - bounds.top + 2 * MARGIN);
  const words = [
    ...[...board.claims.values()].map((claim) => `${capital(claimName(board, claim))}.`),
    ...[...board.relations.values()].map((relation) => `${capital(relationName(board, relation))}.`),
  ];
  const root = svg(
    "svg",
    { viewBox: `${x} ${y} ${width} ${height}`, width: String(width), height: String(height), role: "img" },
    svg("title", {}, name),
    svg("desc", {}, words.join("\n")),
    svg("style", {}, STYLE),
    svg("rect", { x: String(x), y: String(y), width: String(width), height: String(height), fill: "#fff" }),
    canvas,
  );
  // Serialising adds the name space; control characters would make it no XML.
  const text = new XMLSerializer().serializeToString(root).replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, " ");
  return { text, width, height };
}

/** Canvases have a limit; beyond it the picture is drawn smaller. */
const MOST_PIXELS = 8000;

export async function png(text: string, width: number, height: number): Promise<Blob> {
  const scale = Math.min(2, MOST_PIXELS / width, MOST_PIXELS / height);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("no picture");
  return blob;
}

export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
