/** Elements that the arrows walk through, side by side or one above the other. */
export interface Group {
  axis: "horizontal" | "vertical";
  items: () => HTMLElement[];
  /** Where the arrows enter the group; without it, where they were last. */
  entrance?: () => HTMLElement | undefined;
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
    this.current = this.entranceOf(home) ?? root;
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

  step(key: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight"): void {
    const group = this.groupOf(this.current);
    if (!group) return;
    const by = key === "ArrowDown" || key === "ArrowRight" ? 1 : -1;
    const across = key === "ArrowUp" || key === "ArrowDown";
    const items = group.items();
    const next = items[items.indexOf(this.current) + by];
    if (next && !(across && group.axis === "horizontal")) this.focus(next);
    else if (across) {
      const neighbour = this.groups[this.groups.indexOf(group) + by];
      if (neighbour) this.enter(neighbour);
    }
  }

  toEnd(which: "first" | "last"): void {
    const item = this.groupOf(this.current)?.items().at(which === "first" ? 0 : -1);
    if (item) this.focus(item);
  }

  private groupOf(element: HTMLElement): Group | undefined {
    return this.groups.find((group) => group.items().includes(element));
  }

  private entranceOf(group: Group): HTMLElement | undefined {
    return group.entrance?.() ?? this.last.get(group) ?? group.items()[0];
  }

  private mark(element: HTMLElement): void {
    this.current.tabIndex = -1;
    element.tabIndex = 0;
    this.current = element;
    const group = this.groupOf(element);
    if (group) this.last.set(group, element);
  }
}
