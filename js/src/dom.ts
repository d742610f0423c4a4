type Attributes = Record<string, string | boolean>;

/** Builds an element. Text always goes in as text: nothing in a prompt is ever read as mark-up. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  assign(element, attributes);
  element.append(...children);
  return element;
}

/** Sets attributes; `true` means present without a value and `false` means absent. */
export function assign(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "boolean") element.toggleAttribute(name, value);
    else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
}

/** Random, not counted: every widget on the page may run its own copy of this module. */
export function uniqueId(): string {
  return `ooc-${Math.random().toString(36).slice(2, 12)}`;
}

/** A blank line separates paragraphs. */
export function paragraphs(text: string): HTMLParagraphElement[] {
  return text
    .split(/\n\s*\n/)
    .filter((part) => part.trim())
    .map((part) => h("p", {}, part.trim()));
}

/** A decorative drawing on a 16 × 16 grid, in the colour of the text around it. */
export function drawing(path: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  assign(svg, { viewBox: "0 0 16 16", "aria-hidden": "true", class: "ooc-drawing" });
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  assign(shape, { d: path, "fill-rule": "evenodd" });
  svg.append(shape);
  return svg;
}

/** A key cap, for the eye only: the key is also in `aria-keyshortcuts` and in the list of keys. */
export function cap(key: string): HTMLElement {
  return h("span", { class: "ooc-cap", "aria-hidden": "true" }, key);
}
