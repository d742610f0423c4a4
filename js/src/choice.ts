import { assign, cap, drawing, h, uniqueId } from "./dom";
import { widget, type KeyLine } from "./frame";
import type { Bindings } from "./keys";
import type { ChoiceAnswer, ChoicePrompt, Confidence, Wire } from "./model";
import type { Group } from "./rover";

const TICK = "M3 8.5 6.5 12 13 4.8";
const DOT = "M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z";

const LEVELS: { id: Confidence; name: string; key: string }[] = [
  { id: "guess", name: "Guessing", key: "g" },
  { id: "fairly", name: "Fairly sure", key: "f" },
  { id: "sure", name: "Sure", key: "s" },
];

const render = widget<ChoicePrompt, ChoiceAnswer>((session, frame) => {
  const { options, multiple, confidence: asksConfidence } = session.prompt;
  const read = () => ({ choices: [], confidence: null, ...session.answer }) as ChoiceAnswer;

  const commit = (change: Partial<ChoiceAnswer>) => {
    const answer = { ...read(), ...change };
    const empty = answer.choices.length === 0 && answer.confidence === null;
    session.commit((empty ? {} : answer) as Wire<ChoiceAnswer>);
  };
  const choose = (id: string) => {
    const chosen = new Set(multiple ? read().choices : []);
    if (!chosen.delete(id)) chosen.add(id);
    commit({ choices: options.map((option) => option.id).filter((other) => chosen.has(other)) });
  };
  const rate = (level: Confidence) => commit({ confidence: level });

  const role = multiple ? "checkbox" : "radio";
  const rows = options.map((option, i) => {
    const row = h(
      "div",
      { class: "ooc-row ooc-option", role, ...(i < 9 && { "aria-keyshortcuts": String(i + 1) }) },
      h("span", { class: "ooc-mark", "data-shape": role }, drawing(multiple ? TICK : DOT)),
      h("span", { class: "ooc-text" }, option.text),
      ...(i < 9 ? [cap(String(i + 1))] : []),
    );
    row.addEventListener("click", () => choose(option.id));
    return row;
  });
  const list = h(
    "div",
    {
      class: "ooc-list",
      role: multiple ? "group" : "radiogroup",
      "aria-labelledby": frame.promptId,
      "aria-describedby": frame.hintId,
    },
    ...rows,
  );

  const levels = LEVELS.map((level) => {
    const button = h(
      "div",
      { class: "ooc-level", role: "radio", "aria-keyshortcuts": level.key },
      h("span", { class: "ooc-mark", "data-shape": "radio" }, drawing(DOT)),
      level.name,
      cap(level.key.toUpperCase()),
    );
    button.addEventListener("click", () => rate(level.id));
    return button;
  });
  const questionId = uniqueId();
  const confidence = h(
    "div",
    { class: "ooc-confidence", role: "radiogroup", "aria-labelledby": questionId },
    h("span", { id: questionId, class: "ooc-caption" }, "How sure are you?"),
    h("div", { class: "ooc-levels" }, ...levels),
  );

  const answers: Group = { axis: "vertical", items: () => rows };
  const sureness: Group = {
    axis: "horizontal",
    items: () => levels,
    entrance: () => levels[LEVELS.findIndex((level) => level.id === read().confidence)],
  };

  const press = () => frame.rover.current.click();
  const bindings: Bindings = { Space: press, Enter: press };
  for (let digit = 0; digit <= 9; digit++) {
    // A digit without an option is still the widget's: "0 0" must not restart the kernel.
    bindings[digit] = () => {
      const option = options[digit - 1];
      if (!option) return;
      frame.rover.focus(rows[digit - 1]!);
      choose(option.id);
    };
  }
  if (asksConfidence) {
    LEVELS.forEach((level, i) => {
      bindings[level.key] = () => {
        rate(level.id);
        if (!frame.rover.isIn(sureness)) frame.announce(`${level.name}.`);
        else frame.rover.focus(levels[i]!);
      };
    });
  }

  const keyLines: KeyLine[] = [
    ["↑ ↓", "Move between the answers and the buttons"],
    ["Space or Enter", multiple ? "Choose the answer, or take it back" : "Choose the answer"],
    [`1 to ${Math.min(options.length, 9)}`, "Choose the answer with this number"],
  ];
  if (asksConfidence) keyLines.push(["G, F, S", "Say that you are guessing, fairly sure, sure"]);

  frame.setHint(multiple ? "Choose all that apply." : "Choose one answer.");
  return {
    body: asksConfidence ? [list, confidence] : [list],
    groups: asksConfidence ? [answers, sureness] : [answers],
    home: answers,
    bindings,
    keyLines,
    draw: () => {
      const answer = read();
      options.forEach((option, i) =>
        assign(rows[i]!, { "aria-checked": String(answer.choices.includes(option.id)) }),
      );
      LEVELS.forEach((level, i) => assign(levels[i]!, { "aria-checked": String(answer.confidence === level.id) }));
    },
  };
});

export default { render };
