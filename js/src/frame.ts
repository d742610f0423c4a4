import { assign, cap, h, paragraphs, uniqueId } from "./dom";
import { listen, type Bindings, type InField } from "./keys";
import type { Model } from "./model";
import { Rover, type Group } from "./rover";
import { Session, type Notice } from "./session";

export interface Tool {
  name: string;
  /** The key as ARIA names it and, where it helps, as printed on the button. */
  shortcut: string;
  printed?: string;
  run: () => void;
  enabled: () => boolean;
}

/** A line of the list of keys: the keys, and what they do. */
export type KeyLine = [keys: string, meaning: string];

/** What a kind of item puts into the frame. */
export interface Filling {
  body: Node[];
  /** Groups for the arrows, from top to bottom; `home` is where Tab arrives. */
  groups: Group[];
  home: Group;
  tools?: Tool[];
  bindings: Bindings;
  inField?: InField;
  keyLines: KeyLine[];
  /** Brings the screen in line with the answer, without touching the focus. */
  draw: () => void;
  /** A nearer use of Escape than leaving; says whether there was one. */
  escape?: () => boolean;
}

/** The parts that look and work alike in every widget: prompt, tools, status, keys, announcements. */
export class Frame {
  readonly root = h("div", { class: "ooc" });
  readonly promptId = uniqueId();
  readonly hintId = uniqueId();
  rover!: Rover;
  redraw: () => void = () => {};
  private readonly hint = h("span");
  private readonly status = h("p", { role: "status" });
  private readonly alert = h("p", { role: "alert" });
  private readonly statusLine = h("div", { class: "ooc-status" }, this.status, this.alert);
  private readonly announcer = h("p", { class: "ooc-unseen", role: "status" });

  constructor(
    text: string,
    readonly signal: AbortSignal,
  ) {
    this.root.append(
      h("div", { class: "ooc-prompt", id: this.promptId }, ...paragraphs(text)),
      h(
        "p",
        { class: "ooc-hint", id: this.hintId },
        this.hint,
        h("span", { class: "ooc-unseen" }, " Press the question mark for the keys."),
      ),
    );
  }

  setHint(text: string): void {
    if (this.hint.textContent !== text) this.hint.textContent = text;
  }

  /** Says something to screen readers that sighted people can see happen. */
  announce(text: string): void {
    // The same words twice in a row would be heard once: a no-break space makes them new.
    this.announcer.textContent = this.announcer.textContent === text ? `${text}\u00a0` : text;
  }

  show(notice: Notice): void {
    const lost = notice.state === "lost";
    assign(this.statusLine, { "data-state": notice.text ? notice.state : "" });
    this.status.textContent = lost ? "" : notice.text;
    this.alert.textContent = lost ? notice.text : "";
  }

  fill(filling: Filling, history: Pick<Session<object, unknown>, "undo" | "redo" | "canUndo" | "canRedo">): void {
    const panel = keyPanel(filling.keyLines);
    const undo = () => history.undo();
    const redo = () => history.redo();
    const toggleKeys = () => {
      panel.hidden = !panel.hidden;
      if (!panel.hidden) this.announce(keySentences(filling.keyLines));
      this.redraw();
    };
    const ownTools = filling.tools ?? [];
    const tools: Tool[] = [
      ...ownTools,
      { name: "Undo", shortcut: "Control+Z", run: undo, enabled: () => history.canUndo },
      { name: "Redo", shortcut: "Control+Shift+Z", run: redo, enabled: () => history.canRedo },
      { name: "Keys", shortcut: "?", printed: "?", run: toggleKeys, enabled: () => true },
    ];
    const buttons = tools.map((tool) => toolButton(tool));
    const keysButton = buttons.at(-1)!;
    assign(keysButton, { "aria-controls": panel.id });
    const own = buttons.slice(0, ownTools.length);
    const common = buttons.slice(ownTools.length);
    // Two rows on screen, one row for the arrows.
    const toolbar: Group = { axis: "horizontal", items: () => buttons };

    this.root.append(
      h("div", { class: "ooc-body" }, ...filling.body),
      ...(own.length ? [toolRow("ooc-own-tools", "Moves", own)] : []),
      h("div", { class: "ooc-foot" }, this.statusLine, toolRow("ooc-common-tools", "Tools", common)),
      panel,
      this.announcer,
    );
    this.rover = new Rover(this.root, [...filling.groups, toolbar], filling.home, this.signal);

    this.redraw = () => {
      filling.draw();
      tools.forEach((tool, i) => assign(buttons[i]!, { "aria-disabled": String(!tool.enabled()) }));
      assign(keysButton, { "aria-expanded": String(!panel.hidden) });
    };
    const rover = this.rover;
    listen(
      this.root,
      {
        ArrowUp: () => rover.step("ArrowUp"),
        ArrowDown: () => rover.step("ArrowDown"),
        ArrowLeft: () => rover.step("ArrowLeft"),
        ArrowRight: () => rover.step("ArrowRight"),
        Home: () => rover.toEnd("first"),
        End: () => rover.toEnd("last"),
        t: () => rover.enter(rover.isIn(toolbar) ? filling.home : toolbar),
        "?": toggleKeys,
        "Mod+z": undo,
        "Mod+Shift+z": redo,
        "Mod+y": redo,
        Escape: () => {
          if (!filling.escape?.()) leave(this.root);
        },
        ...filling.bindings,
      },
      this.signal,
      filling.inField ?? (() => ({})),
    );
  }
}

/** Turns a kind's `build` into the `render` that anywidget calls for every view. */
export function widget<P extends { text: string }, A>(
  build: (session: Session<P, A>, frame: Frame, model: Model) => Filling,
): (view: { model: Model; el: HTMLElement }) => () => void {
  return ({ model, el }) => {
    const controller = new AbortController();
    const session = new Session<P, A>(model, controller.signal);
    const frame = new Frame(session.prompt.text, controller.signal);
    frame.fill(build(session, frame, model), session);
    session.onAnswer = () => frame.redraw();
    session.onNotice = (notice) => frame.show(notice);
    el.append(frame.root);
    session.start();
    return () => {
      controller.abort();
      frame.root.remove();
    };
  };
}

function toolRow(name: string, label: string, buttons: HTMLElement[]): HTMLElement {
  return h("div", { class: `ooc-tools ${name}`, role: "toolbar", "aria-label": label }, ...buttons);
}

function toolButton(tool: Tool): HTMLButtonElement {
  const button = h(
    "button",
    { type: "button", class: "ooc-button", "aria-keyshortcuts": tool.shortcut },
    tool.name,
    ...(tool.printed ? [cap(tool.printed)] : []),
  );
  // aria-disabled, not disabled: a button must not drop the focus when its work is done.
  button.addEventListener("click", () => {
    if (tool.enabled()) tool.run();
  });
  return button;
}

const COMMON_KEYS: KeyLine[] = [
  ["Home, End", "Go to the first or the last in the row or list"],
  ["T", "Go to the buttons, and back"],
  ["Ctrl+Z", "Undo"],
  ["Ctrl+Shift+Z or Ctrl+Y", "Redo"],
  ["?", "Show or hide these keys"],
  ["Esc", "Leave, back to the notebook"],
];

function keyPanel(lines: KeyLine[]): HTMLElement {
  const rows = [...lines, ...COMMON_KEYS].map(([keys, meaning]) =>
    h("div", {}, h("dt", {}, keys), h("dd", {}, meaning)),
  );
  return h("div", { class: "ooc-keys", id: uniqueId(), hidden: true }, h("dl", {}, ...rows));
}

function keySentences(lines: KeyLine[]): string {
  return [...lines, ...COMMON_KEYS].map(([keys, meaning]) => `${keys}: ${meaning}.`).join(" ");
}

/** Gives the focus back to the notebook; where there is none, lets it go. */
export function leave(root: HTMLElement): void {
  for (const selector of [".jp-Cell", ".jp-Notebook", "[tabindex]"]) {
    const outside = root.parentElement?.closest<HTMLElement>(selector);
    outside?.focus();
    if (outside?.matches(":focus")) return;
  }
  root.querySelector<HTMLElement>(":focus")?.blur();
}
