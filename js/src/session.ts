import { History } from "./history";
import type { Model, Status, Wire } from "./model";

export const REPLY_WITHIN_MS = 4000;
export const NO_REPLY =
  "Not saved: the notebook's kernel did not reply. Run this cell again; your last answers are shown there.";

/** What the status line shows; `lost` is the front end's own finding, not Python's. */
export interface Notice {
  state: Status["state"] | "lost";
  text: string;
}

/**
 * Undo histories outlive a view. anywidget hands each view its own proxy of the model, but the
 * prompt object behind it stays the same, so the prompt stands for the model here.
 */
const histories = new WeakMap<object, History<unknown>>();

/** One view's dealings with the model: the answer, its history, and whether Python has it. */
export class Session<P extends object, A> {
  readonly prompt: P;
  onAnswer: () => void = () => {};
  onNotice: (notice: Notice) => void = () => {};
  private readonly history: History<Wire<A>>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly model: Model,
    signal: AbortSignal,
  ) {
    this.prompt = model.get("prompt") as P;
    const known = histories.get(this.prompt) as History<Wire<A>> | undefined;
    this.history = known ?? new History(this.received());
    histories.set(this.prompt, this.history);

    const answerChanged = () => {
      this.adopt();
      this.onAnswer();
    };
    const statusChanged = () => this.hear();
    model.on("change:answer", answerChanged);
    model.on("change:status", statusChanged);
    signal.addEventListener("abort", () => {
      model.off("change:answer", answerChanged);
      model.off("change:status", statusChanged);
      clearTimeout(this.timer);
    });
  }

  /** Call once, when the view can show what it hears. */
  start(): void {
    this.adopt();
    this.onAnswer();
    this.hear();
    // A view that is drawn again in mid-flight takes the waiting over from the one before it.
    if (this.heard().seq < this.seq) this.awaitReply();
  }

  get answer(): Wire<A> {
    return this.history.current;
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  commit(answer: Wire<A>): void {
    if (same(answer, this.history.current)) return;
    this.history.push(answer);
    this.send();
  }

  undo(): void {
    if (!this.canUndo) return;
    this.history.undo();
    this.send();
  }

  redo(): void {
    if (!this.canRedo) return;
    this.history.redo();
    this.send();
  }

  private get seq(): number {
    return Number(this.model.get("seq") ?? 0);
  }

  private received(): Wire<A> {
    return (this.model.get("answer") ?? {}) as Wire<A>;
  }

  private heard(): Status {
    return { seq: 0, state: "", text: "", ...(this.model.get("status") as Partial<Status> | null) };
  }

  /** Takes in an answer from outside. Another view of the same model may have done so already. */
  private adopt(): void {
    const incoming = this.received();
    if (!same(incoming, this.history.current)) this.history.push(incoming);
  }

  private send(): void {
    this.model.set("seq", this.seq + 1);
    this.model.set("answer", this.history.current);
    this.onAnswer();
    this.onNotice({ state: "", text: "" });
    // Before save_changes, which fails when the kernel is gone: that is when the learner must hear.
    this.awaitReply();
    this.model.save_changes();
  }

  private awaitReply(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onNotice({ state: "lost", text: NO_REPLY }), REPLY_WITHIN_MS);
  }

  private hear(): void {
    const status = this.heard();
    // A word about an older change says nothing about the answer on screen.
    if (status.seq < this.seq) return;
    clearTimeout(this.timer);
    this.onNotice({ state: status.state, text: status.text });
  }
}

/** Equal as JSON, whatever the order of the keys. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && same(left[key], right[key]))
  );
}
