import { assign } from "./dom";
import type { RelationKind } from "./model";

const SVG = "http://www.w3.org/2000/svg";

/** Each kind of relation has an outline and a sign of its own, so that colour never stands alone. */
const SIGNS: Record<RelationKind, [outline: string, sign: string]> = {
  support: ["M-13 0a13 13 0 1 1 26 0a13 13 0 1 1 -26 0z", "M-6 0H6M0 -6V6"],
  rebut: ["M-12 -12H12V12H-12z", "M-5 -5L5 5M5 -5L-5 5"],
  undermine: ["M-15 -11H15L0 14z", "M-5 -4H5"],
  undercut: ["M0 -15L15 0L0 15L-15 0z", "M3.5 -6L-3.5 6"],
};

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | boolean> = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  assign(element, attributes);
  element.append(...children);
  return element;
}

export function signPaths(kind: RelationKind): SVGPathElement[] {
  const [outline, sign] = SIGNS[kind];
  return [svg("path", { d: outline, class: "ooc-outline-shape" }), svg("path", { d: sign, class: "ooc-glyph" })];
}

/** The sign of a relation among words. */
export function sign(kind: RelationKind): SVGSVGElement {
  const attributes = { viewBox: "-16 -16 32 32", class: "ooc-sign", "data-kind": kind, "aria-hidden": "true" };
  return svg("svg", attributes, ...signPaths(kind));
}
