import { assign, h } from "./dom";
import { widget } from "./frame";
import type { OrderAnswer, OrderPrompt } from "./model";
import type { Group } from "./rover";

/** How far the pointer travels before a press becomes a drag. */
const DRAG_THRESHOLD_PX = 6;

const render = widget<OrderPrompt, OrderAnswer>((session, frame) => {
  const { entries, first, last } = session.prompt;
  const ids = entries.map((entry) => entry.id);
  const answered = () => Boolean((session.answer as Partial<OrderAnswer>).order?.length);
  /** The answer's order, made whole: each entry once, whatever came in. */
  const saved = (): string[] => {
    const order = ((session.answer as Partial<OrderAnswer>).order ?? []).filter((id) => ids.includes(id));
    return [...new Set([...order, ...ids])];
  };

  /** While an entry is in hand its moves are a draft: only putting it down changes the answer. */
  let held: { id: string; draft: string[] } | null = null;
  const order = () => held?.draft ?? saved();
  const current = () => lastItem.dataset["id"]!;
  const textOf = (id: string) => entries.find((entry) => entry.id === id)!.text;
  const place = (id: string) => `now ${order().indexOf(id) + 1} of ${ids.length}`;

  const moved = (id: string, to: number): string[] => {
    const rest = order().filter((other) => other !== id);
    rest.splice(Math.max(0, Math.min(to, rest.length)), 0, id);
    return rest;
  };
  const shift = (by: number) => () => {
    const id = held?.id ?? current();
    const to = order().indexOf(id) + by;
    if (to < 0 || to >= ids.length) {
      frame.announce(`${textOf(id)}, already ${by < 0 ? "first" : "last"}.`);
      return;
    }
    if (held) held.draft = moved(id, to);
    else session.commit({ order: moved(id, to) });
    frame.redraw();
    frame.announce(`${textOf(id)}, ${place(id)}.`);
    items.get(id)!.scrollIntoView?.({ block: "nearest" });
  };

  const grab = (id: string) => {
    held = { id, draft: saved() };
    frame.redraw();
    frame.announce(`${textOf(id)}, grabbed, ${place(id)}. Move it with the arrow keys. Space puts it down, Escape puts it back.`);
  };
  const drop = () => {
    if (!held) return;
    const { id, draft } = held;
    const changed = draft.some((other, i) => other !== saved()[i]);
    held = null;
    if (changed) session.commit({ order: draft });
    frame.redraw();
    frame.announce(`${textOf(id)}, put down, ${place(id)}.`);
  };
  const putBack = (): boolean => {
    if (!held) return false;
    const { id } = held;
    held = null;
    frame.redraw();
    frame.announce(`${textOf(id)}, put back, ${place(id)}.`);
    return true;
  };
  const keep = () => {
    if (held) drop();
    if (answered()) return;
    session.commit({ order: saved() });
    frame.announce("This order is now your answer.");
  };

  const items = new Map(
    entries.map((entry) => {
      const item = h(
        "li",
        { class: "ooc-row ooc-entry", role: "option", "data-id": entry.id },
        h("span", { class: "ooc-number", "aria-hidden": "true" }),
        h("span", { class: "ooc-text" }, entry.text),
        // Completes the accessible name: text, position, whether it is in hand.
        h("span", { class: "ooc-unseen ooc-state" }),
        h("span", { class: "ooc-grip", "aria-hidden": "true" }),
      );
      item.addEventListener("focus", () => {
        lastItem = item;
        if (held && held.id !== entry.id) drop();
        frame.redraw();
      });
      return [entry.id, item];
    }),
  );
  let lastItem = items.get(saved()[0]!)!;
  const list = h("ol", {
    class: "ooc-list ooc-order",
    role: "listbox",
    "aria-labelledby": frame.promptId,
    "aria-describedby": frame.hintId,
  });

  /** Dragging is an extra for the mouse; a finger scrolls, and uses the buttons. */
  let press: { id: string; y: number } | null = null;
  list.addEventListener("pointerdown", (event) => {
    const item = (event.target as HTMLElement).closest<HTMLElement>(".ooc-entry");
    if (item && event.button === 0 && event.pointerType !== "touch") press = { id: item.dataset["id"]!, y: event.clientY };
  });
  list.addEventListener("pointermove", (event) => {
    if (!press) return;
    if (held?.id !== press.id) {
      if (Math.abs(event.clientY - press.y) < DRAG_THRESHOLD_PX) return;
      list.setPointerCapture(event.pointerId);
      drop();
      grab(press.id);
    }
    const above = order().filter((id) => {
      const box = items.get(id)!.getBoundingClientRect();
      return id !== press!.id && box.top + box.height / 2 < event.clientY;
    });
    held!.draft = moved(press.id, above.length);
    frame.redraw();
  });
  const release = () => {
    if (press && held?.id === press.id) drop();
    press = null;
  };
  list.addEventListener("pointerup", release);
  list.addEventListener("pointercancel", release);
  frame.root.addEventListener("focusout", (event) => {
    // Walking off with an entry in hand puts it down where it is: nothing the learner did is lost.
    if (held && !frame.root.contains(event.relatedTarget as Node | null)) drop();
  });

  const timeline: Group = { axis: "vertical", items: () => order().map((id) => items.get(id)!) };
  const inList = () => frame.rover.isIn(timeline);
  const step = (key: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight", by: number) => () => {
    if (held) shift(by)();
    else frame.rover.step(key);
  };

  let drawnAnswer = session.answer;
  const draw = () => {
    // An answer from elsewhere, or an undo, ends a move in progress.
    if (held && drawnAnswer !== session.answer) held = null;
    drawnAnswer = session.answer;
    const now = order();
    arrange(list, now.map((id) => items.get(id)!));
    now.forEach((id, i) => {
      const item = items.get(id)!;
      const inHand = held?.id === id;
      item.firstElementChild!.textContent = String(i + 1);
      item.querySelector(".ooc-state")!.textContent = ` – ${i + 1} of ${ids.length}${inHand ? " – grabbed" : ""}`;
      assign(item, { "aria-selected": String(item === lastItem), "data-held": inHand });
    });
    frame.setHint(
      answered()
        ? `Your answer, from ${first} to ${last}.`
        : `Put the entries in order, from ${first} to ${last}. This order is not your answer yet: move an entry, or keep it.`,
    );
  };

  return {
    body: [
      h("p", { class: "ooc-caption ooc-order-end" }, first),
      list,
      h("p", { class: "ooc-caption ooc-order-end" }, last),
    ],
    groups: [timeline],
    home: timeline,
    tools: [
      { name: "Move up", shortcut: "Alt+ArrowUp", printed: "Alt ↑", run: shift(-1), enabled: () => order()[0] !== current() },
      { name: "Move down", shortcut: "Alt+ArrowDown", printed: "Alt ↓", run: shift(1), enabled: () => order().at(-1) !== current() },
      { name: "Keep this order", shortcut: "k", printed: "K", run: keep, enabled: () => !answered() },
    ],
    bindings: {
      ArrowUp: step("ArrowUp", -1),
      ArrowDown: step("ArrowDown", 1),
      ArrowLeft: step("ArrowLeft", -1),
      ArrowRight: step("ArrowRight", 1),
      "Alt+ArrowUp": shift(-1),
      "Alt+ArrowDown": shift(1),
      "Mod+ArrowUp": shift(-1),
      "Mod+ArrowDown": shift(1),
      Space: () => {
        if (held) drop();
        else if (inList()) grab(current());
      },
      Enter: () => drop(),
      k: keep,
    },
    keyLines: [
      ["↑ ↓", "Move between the entries and the buttons"],
      ["Alt+↑ ↓ or Ctrl+↑ ↓", "Move the entry up or down"],
      ["Space, then ↑ ↓, then Space", "Grab the entry, move it, put it down"],
      ["Esc with an entry in hand", "Put it back where it was"],
      ["K", "Keep this order as your answer"],
    ],
    draw,
    escape: putBack,
  };
});

/**
 * Puts the items in order by moving the others around the focused one: an element that is taken
 * out and put back loses the focus, and a screen reader its place.
 */
function arrange(list: HTMLElement, items: HTMLElement[]): void {
  if (items.every((item, i) => list.children[i] === item)) return;
  const pivot = items.findIndex((item) => item.matches(":focus"));
  items.forEach((item, i) => {
    if (i < pivot) list.insertBefore(item, items[pivot]!);
    else if (i !== pivot) list.append(item);
  });
}

export default { render };
