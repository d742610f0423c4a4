export type Arrow = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** Elements that the arrows walk through, side by side or one above the other. */
export interface Group {
  axis: "horizontal" | "vertical";
  items: () => HTMLElement[];
  /** Where the arrows enter the group; without it, where they were last. */
  entrance?: () => HTMLElement | undefined;
  /** Where an arrow leads inside the group, if its items do not stand in one row. */
  beside?: (from: HTMLElement, key: Arrow) => HTMLElement | undefined;
}

/**
 * Keeps one Tab stop in the widget (roving tabindex) and moves the focus between and within groups.
 *
 * One Tab stop, not two: the arrows walk past the end of one group into the next, so Tab passes a
 * widget in one press, and the buttons are as near as the answers. "t" jumps to the tools and back.
 */
export class Rover {
  current: HTMLElement;
  private readonly last = new Map<Group, HTMLElement>();

  constructor(
    root: HTMLElement,
    private readonly groups: Group[],
    home: Group,
    signal: AbortSignal,
  ) {
    for (const item of groups.flatMap((group) => group.items())) item.tabIndex = -1;
    this.current = this.arrival(home);
    this.mark(this.current);
    root.addEventListener(
      "focusin",
      (event) => {
        const target = event.target as HTMLElement;
        if (this.groupOf(target)) this.mark(target);
      },
      { signal },
    );
  }

  focus(element: HTMLElement): void {
    this.mark(element);
    element.focus();
  }

  enter(group: Group): void {
    const entrance = this.entranceOf(group);
    if (entrance) this.focus(entrance);
  }

  isIn(group: Group): boolean {
    return this.groupOf(this.current) === group;
  }

  step(key: Arrow): void {
    const group = this.groupOf(this.current);
    if (!group) return;
    const by = key === "ArrowDown" || key === "ArrowRight" ? 1 : -1;
    const across = key === "ArrowUp" || key === "ArrowDown";
    const next = group.beside ? group.beside(this.current, key) : this.inLine(group, by, across);
    if (next) this.focus(next);
    else if (across) {
      // A group without items, such as the drawing while the outline is shown, is passed over.
      let i = this.groups.indexOf(group) + by;
      while (this.groups[i] && !this.entranceOf(this.groups[i]!)) i += by;
      if (this.groups[i]) this.enter(this.groups[i]!);
    }
  }

  /** After items have come and gone: keeps the Tab stop, and the focus, in the widget. */
  settle(home: Group, lostFocus: boolean): void {
    if (!this.groupOf(this.current)) this.mark(this.arrival(home));
    if (lostFocus) this.current.focus();
  }

  private arrival(home: Group): HTMLElement {
    const after = this.groups.slice(this.groups.indexOf(home) + 1);
    return this.entranceOf(home) ?? after.flatMap((group) => this.entranceOf(group) ?? [])[0]!;
  }

  private inLine(group: Group, by: number, across: boolean): HTMLElement | undefined {
    const items = group.items();
    return across && group.axis === "horizontal" ? undefined : items[items.indexOf(this.current) + by];
  }

  toEnd(which: "first" | "last"): void {
    const item = this.groupOf(this.current)?.items().at(which === "first" ? 0 : -1);
    if (item) this.focus(item);
  }

  private groupOf(element: HTMLElement): Group | undefined {
    return this.groups.find((group) => group.items().includes(element));
  }

  private entranceOf(group: Group): HTMLElement | undefined {
    const items = group.items();
    const last = this.last.get(group);
    return group.entrance?.() ?? (last && items.includes(last) ? last : items[0]);
  }

  private mark(element: HTMLElement): void {
    this.current.tabIndex = -1;
    element.tabIndex = 0;
    this.current = element;
    const group = this.groupOf(element);
    if (group) this.last.set(group, element);
  }
}
