const LIMIT = 500;

/** The answers that were on screen, oldest first, with a place in the middle. */
export class History<T> {
  private past: T[] = [];
  private future: T[] = [];

  constructor(public current: T) {}

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  push(value: T): void {
    this.past.push(this.current);
    if (this.past.length > LIMIT) this.past.shift();
    this.current = value;
    this.future = [];
  }

  undo(): void {
    const value = this.past.pop();
    if (value === undefined) return;
    this.future.push(this.current);
    this.current = value;
  }

  redo(): void {
    const value = this.future.pop();
    if (value === undefined) return;
    this.past.push(this.current);
    this.current = value;
  }
}
