import { assign, h, uniqueId } from "./dom";
import { leave, widget } from "./frame";
import type { EssayAnswer, EssayPrompt, Limits, Wire } from "./model";
import type { Group } from "./rover";

/** As long as nobody types, a text is saved. */
const PAUSE_MS = 1000;
const MOST_CHARACTERS = 20_000;

const render = widget<EssayPrompt, EssayAnswer>((session, frame) => {
  const { parts, words, sources, passages, rubric } = session.prompt;
  const known = new Set(passages);
  const saved = () => (session.answer as Partial<EssayAnswer>).parts ?? {};

  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    const written = parts.flatMap(({ id }, i) => (areas[i]!.value.trim() ? [[id, areas[i]!.value]] : []));
    session.commit((written.length ? { parts: Object.fromEntries(written) } : {}) as Wire<EssayAnswer>);
  };
  frame.signal.addEventListener("abort", () => clearTimeout(timer));

  const rows: HTMLElement[] = [];
  const counts = parts.map(() => h("span", { class: "ooc-count" }));
  const areas = parts.map((part, i) => {
    const helpId = uniqueId();
    const area = h("textarea", {
      class: "ooc-field ooc-essay-text",
      id: uniqueId(),
      rows: String(Math.min(14, Math.max(3, Math.ceil(part.words[1] / 14)))),
      maxlength: String(MOST_CHARACTERS),
      "aria-describedby": helpId,
    });
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(save, PAUSE_MS);
      count();
    });
    area.addEventListener("blur", () => {
      if (timer !== undefined) save();
    });
    const label = h("label", { class: "ooc-essay-label", for: area.id }, part.text);
    const help = h("p", { class: "ooc-help", id: helpId }, `${part.help} ${asked(part.words)}.`);
    rows.push(h("div", { class: "ooc-essay-part" }, label, help, area, counts[i]!));
    return area;
  });

  const total = h("p", { class: "ooc-progress" });
  const cited = h("ul", { class: "ooc-cited", "aria-label": "References" });
  const count = () => {
    const texts = areas.map((area) => area.value);
    const numbers = texts.map(wordsIn);
    parts.forEach((part, i) => {
      assign(counts[i]!, { "data-met": within(numbers[i]!, part.words) });
      counts[i]!.textContent = `${numbers[i]} of ${asked(part.words)}`;
    });
    const references = citations(texts.join("\n"));
    const cites = new Set(references.filter((id) => known.has(id)).map((id) => id.split(".")[0]));
    const sum = numbers.reduce((a, b) => a + b, 0);
    total.textContent = [
      words && `In all ${sum} of ${asked(words)}.`,
      sources && `${cites.size} of at least ${sources} source${sources === 1 ? "" : "s"} cited.`,
    ]
      .filter(Boolean)
      .join(" ");
    const found = references.map((id) => `${id}${known.has(id) ? " ✓" : ": there is no such line"}`);
    if (sources && cited.textContent !== found.join("")) {
      cited.replaceChildren(...found.map((text, i) => h("li", { "data-unknown": !known.has(references[i]!) }, text)));
    }
  };

  frame.setHint("Write into the fields. Your text is saved when you pause.");
  const none: Group = { axis: "vertical", items: () => [] };
  const body = h("div", { class: "ooc-essay", role: "group", "aria-labelledby": frame.promptId, "aria-describedby": frame.hintId }, ...rows);
  return {
    body: [body, ...(words || sources ? [total] : []), ...(sources ? [cited] : []), howMarked(rubric)],
    // The fields are ordinary Tab stops: in a text the arrows belong to the text.
    groups: [none],
    home: none,
    bindings: { t: () => areas[0]!.focus() },
    inField: () => ({ Escape: () => leave(frame.root) }),
    keyLines: [
      ["Tab", "Go to the next field, then to the buttons"],
      ["Ctrl+Z in a field", "Undo what was typed; the buttons undo what was saved"],
    ],
    draw: () => {
      // What is being typed is newer than anything that comes in.
      if (timer === undefined) {
        parts.forEach(({ id }, i) => {
          const text = saved()[id] ?? "";
          if (areas[i]!.value !== text && (text || areas[i]!.value.trim())) areas[i]!.value = text;
        });
      }
      count();
    },
  };
});

function howMarked(rubric: EssayPrompt["rubric"]): HTMLElement {
  const points = rubric[0]?.levels.map((_, level) => `${level} point${level === 1 ? "" : "s"}`) ?? [];
  const head = ["What is marked", ...points].map((text) => h("th", { scope: "col" }, text));
  const rows = rubric.map(({ text, levels }) =>
    h("tr", {}, h("th", { scope: "row" }, text), ...levels.map((level) => h("td", {}, level))),
  );
  const table = h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  // The panel may be narrower than the table: then it scrolls, also by the arrow keys.
  const scroller = h("div", { class: "ooc-rubric", role: "region", "aria-label": "How it is marked", tabindex: "0" }, table);
  return h("details", {}, h("summary", {}, "How it is marked"), scroller);
}

function asked([least, most]: Limits): string {
  return `${least} to ${most} words`;
}

function within(number: number, [least, most]: Limits): boolean {
  return number >= least && number <= most;
}

/** Counts as the check does: references in brackets are no words. */
function wordsIn(text: string): number {
  return text.replace(/\[[^[\]]{1,300}\]/g, " ").match(/[\p{L}\p{N}_]+(?:['’-][\p{L}\p{N}_]+)*/gu)?.length ?? 0;
}

/** What stands in brackets as `[khan.2.1]`, each once. */
function citations(text: string): string[] {
  const brackets = [...text.matchAll(/\[([^[\]]{1,300})\]/g)].map((found) => found[1]!);
  return [...new Set(brackets.flatMap((inside) => inside.toLowerCase().match(/[a-z][\w-]*(?:\.\d+)+/g) ?? []))];
}

export default { render };
