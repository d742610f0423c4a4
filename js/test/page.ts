import { afterEach, beforeEach, vi } from "vitest";
import type { Model, Status } from "../src/model";

type Render = (view: { model: Model; el: HTMLElement }) => () => void;
type Values = Record<string, unknown>;

/** A model that behaves like Backbone's: `set` tells the listeners at once, also the setter's own. */
export class FakeModel implements Model {
  saves = 0;
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly values: Values;

  constructor(values: Values) {
    this.values = { answer: {}, seq: 0, status: {}, ...values };
  }
  get = (name: string): unknown => this.values[name];
  set = (name: string, value: unknown): void => {
    this.values[name] = value;
    for (const callback of [...(this.listeners.get(`change:${name}`) ?? [])]) callback();
  };
  save_changes = (): void => {
    this.saves += 1;
  };
  on = (name: string, callback: () => void): void => {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(callback));
  };
  off = (name: string, callback: () => void): void => {
    this.listeners.get(name)?.delete(callback);
  };
  /** As in anywidget: each view gets an object of its own in front of the same values. */
  proxy(): Model {
    const { get, set, save_changes, on, off } = this;
    return { get, set, save_changes, on, off };
  }
  get listening(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
  get answer(): unknown {
    return this.get("answer");
  }
  reply(status: Partial<Status> = {}): void {
    this.set("status", { seq: this.get("seq"), state: "saved", text: "Saved.", ...status });
  }
}

/** A widget on the page, and what a learner can see and do. */
export class View {
  readonly el = document.createElement("div");
  readonly dispose: () => void;

  constructor(render: Render, model: FakeModel, parent: HTMLElement = document.body) {
    parent.append(this.el);
    this.dispose = render({ model: model.proxy(), el: this.el });
  }
  all(selector: string): HTMLElement[] {
    return [...this.el.querySelectorAll<HTMLElement>(selector)];
  }
  one(selector: string): HTMLElement {
    return this.all(selector)[0]!;
  }
  named(text: string, selector = "[role=radio], [role=checkbox], [role=option], button"): HTMLElement {
    return this.all(selector).find((element) => element.textContent!.includes(text))!;
  }
  get tabStops(): HTMLElement[] {
    return this.all("*").filter((element) => element.tabIndex >= 0);
  }
  enter(): void {
    this.tabStops[0]!.focus();
  }
  get status(): string {
    return this.one(".ooc-status").textContent!;
  }
  get announced(): string {
    return this.all(".ooc-unseen[role=status]")[0]!.textContent!.trim();
  }
}

/** Presses keys on what has the focus: "3", "Ctrl+Shift+z", "Alt+ArrowUp". Returns the last event. */
export function press(...keys: string[]): KeyboardEvent {
  let event!: KeyboardEvent;
  for (const spec of keys) {
    const parts = spec.split("+");
    event = new KeyboardEvent("keydown", {
      key: parts.at(-1) === "Space" ? " " : parts.at(-1) || "+",
      ctrlKey: parts.includes("Ctrl"),
      metaKey: parts.includes("Meta"),
      altKey: parts.includes("Alt"),
      shiftKey: parts.includes("Shift"),
      bubbles: true,
      composed: true,
      cancelable: true,
    });
    document.activeElement!.dispatchEvent(event);
  }
  return event;
}

export function click(element: HTMLElement, modifiers: MouseEventInit = {}): void {
  const init = { bubbles: true, cancelable: true, ...modifiers };
  if (element.dispatchEvent(new MouseEvent("mousedown", init))) element.focus();
  element.dispatchEvent(new MouseEvent("click", init));
}

/** Keys that reach a listener like JupyterLab's: on the document, capturing or not. */
export function keysSeenByNotebook(): string[] {
  const seen: string[] = [];
  const note = (event: KeyboardEvent) => seen.push(event.key);
  document.addEventListener("keydown", note, true);
  listeners.push(() => document.removeEventListener("keydown", note, true));
  return seen;
}
const listeners: (() => void)[] = [];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  listeners.splice(0).forEach((remove) => remove());
  document.body.replaceChildren();
  vi.useRealTimers();
});
