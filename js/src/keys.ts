/** What a key does. Every key in the table is the widget's own while the focus is inside it. */
export type Bindings = Record<string, () => void>;

/**
 * A name such as "Mod+Shift+z", "Alt+ArrowUp", "Space" or "?". Mod is Ctrl or Cmd. Shift is left
 * out for a bare character, because some keyboards need it for digits and for "?".
 */
export function keyName(event: KeyboardEvent): string {
  const character = event.key.length === 1;
  const mod = event.ctrlKey || event.metaKey;
  const bare = character && !mod && !event.altKey;
  const key = event.key === " " ? "Space" : character ? event.key.toLowerCase() : event.key;
  return [mod && "Mod", event.altKey && "Alt", event.shiftKey && !bare && "Shift", key]
    .filter(Boolean)
    .join("+");
}

/** What keys do in a text field. */
export type InField = (field: HTMLElement) => Bindings;

/** What a text field does with a key by itself. */
const EDITING = /^(Mod\+(Shift\+)?[acvxyz]|(Mod\+)?(Backspace|Delete)|((Mod|Shift)\+)*(Arrow\w+|Home|End|Enter))$/;

/**
 * Listens on the window, in the capture phase: the first place a key arrives at. JupyterLab,
 * Notebook 7 and VS Code listen on the document or the window, some of them capturing, and would
 * otherwise take a digit for "heading 1", Ctrl+Z for the cell's undo and "0 0" for "restart the
 * kernel". A key that the widget handles ends here, and so does a bare character; any other key,
 * Ctrl+S above all, goes its way. In a text field other keys are handled: letters are text there, and
 * Ctrl+Z is the field's own undo.
 */
export function listen(root: HTMLElement, bindings: Bindings, signal: AbortSignal, inField: InField): void {
  const onKeydown = (event: KeyboardEvent) => {
    const path = event.composedPath();
    if (!path.includes(root) || event.isComposing || event.defaultPrevented) return;
    const name = keyName(event);
    if (isNative(path[0], name)) {
      // The browser presses the button, or scrolls; the notebook must not see the key.
      event.stopPropagation();
      return;
    }
    const field = path[0] instanceof HTMLInputElement || path[0] instanceof HTMLTextAreaElement ? path[0] : null;
    const known = field ? inField(field) : bindings;
    const action = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!action) {
      // A stray letter does nothing here. In the notebook it could cut the cell: x, or d d.
      const bare = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (bare || (field && EDITING.test(name))) event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  window.addEventListener("keydown", onKeydown, { capture: true, signal });
}

function isNative(target: EventTarget | undefined, name: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("button, summary")) return name === "Enter" || name === "Space";
  return target.matches("[role=region]") && name.startsWith("Arrow");
}
