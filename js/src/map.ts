import { assign, cap, drawing as drawn, h, uniqueId } from "./dom";
import { widget, type KeyLine } from "./frame";
import type { Bindings } from "./keys";
import { Drawing } from "./map-drawing";
import { aif, argdown, download, picture, png, unwritable } from "./map-export";
import { Outline, TICK } from "./map-outline";
import { sign } from "./map-signs";
import {
  KINDS,
  MOST_CLAIMS,
  MOST_NODES,
  MOST_RELATIONS,
  boardOf,
  emptyBoard,
  filtered,
  freshId,
  inOrder,
  sizeOf,
  withClaim,
  withKind,
  withMain,
  withRelation,
  withSources,
  withText,
  without,
  type Board,
} from "./map-state";
import { ACTIVE, capital, claims, count, difference, excerpt, listed, quoted, sentence, target } from "./map-words";
import type { MapAnswer, MapPrompt, RelationKind } from "./model";
import type { Group } from "./rover";

/** A panel that is narrower shows the outline first. */
const NARROW_PX = 480;
/** Digits that follow each other this fast are one number. */
const DIGITS_MS = 900;
const PAN_PX = 60;
const MOST_CHARACTERS = 5000;

/** What an action would do now, in words; or, without `apply`, why it would do nothing. */
interface Offer {
  does: string;
  apply?: () => void;
}
interface Action {
  name: string;
  shortcut: string;
  printed: string;
  icon?: RelationKind;
  offer: () => Offer;
}

const KEY_OF: Record<RelationKind, string> = { support: "s", rebut: "r", undermine: "d", undercut: "u" };

const render = widget<MapPrompt, MapAnswer>((session, frame) => {
  const { prompt } = session;
  let board: Board = emptyBoard();
  let visible = board;
  let search = "";
  let drawnFor: { answer: unknown; search: string } | null = null;
  /** The claim or relation that the learner is at: the target of what is drawn next. */
  let here: string | null = null;
  /** The claims that are marked as reasons. */
  const marked = new Set<string>();
  /** The passages that are marked to become a claim. */
  const picked = new Set<string>();
  let view: "drawing" | "outline" = "drawing";
  let viewChosen = false;

  // Actions

  const relate = (kind: RelationKind): Offer => {
    if (here === null) return { does: "there is nothing on the board yet." };
    const relation = board.relations.get(here);
    const sources = inOrder(board, [...marked]);
    if (!sources.length) return relation ? recast(here, kind) : { does: "mark the reasons first, each with Space." };
    if (relation && kind !== "undercut") return { does: "only an undercut leads to a relation. Go to a claim, or press U." };
    if (!relation && kind === "undercut") return { does: "an undercut leads to a relation. Go to the sign of one." };
    if (sources.includes(here)) return { does: `${claims(board, [here])} is marked as a reason itself. Go to another claim.` };
    const drawnAlready = [...board.relations.values()].find(
      (other) => other.kind === kind && other.target === here && String(inOrder(board, other.sources)) === String(sources),
    );
    if (drawnAlready) return { does: `relation ${drawnAlready.id} says so already.` };
    if (board.relations.size >= MOST_RELATIONS) return { does: `a map has at most ${MOST_RELATIONS} relations.` };
    const made = { id: freshId(prompt, session.answer, "r"), kind, sources, target: here };
    return {
      does: sentence(board, made),
      apply: () => {
        marked.clear();
        session.commit(withRelation(session.answer, made));
      },
    };
  };

  const fixed = (id: string): Offer => ({ does: `relation ${id} is given and stays as it is.` });

  const recast = (id: string, kind: RelationKind): Offer => {
    const relation = board.relations.get(id)!;
    if (!relation.own) return fixed(id);
    if (relation.kind === kind) return { does: `relation ${id} does so already.` };
    if ((kind === "undercut") !== board.relations.has(relation.target)) {
      return { does: "an undercut leads to a relation, the others to a claim. Delete this relation and draw another." };
    }
    return {
      does: `change relation ${id}: ${sentence(board, { ...relation, kind })}`,
      apply: () => session.commit(withKind(session.answer, id, kind)),
    };
  };

  const join = (): Offer => {
    const relation = here === null ? undefined : board.relations.get(here);
    if (!relation) return { does: "go to a relation first, to add reasons to it or take them out." };
    if (!relation.own) return fixed(relation.id);
    const ids = inOrder(board, [...marked]);
    if (!ids.length) return { does: "mark the reasons first, each with Space." };
    if (ids.includes(relation.target)) return { does: `${claims(board, [relation.target])} is the target of this relation.` };
    const add = ids.filter((id) => !relation.sources.includes(id));
    const drop = add.length ? [] : ids;
    const sources = inOrder(board, [...relation.sources.filter((id) => !drop.includes(id)), ...add]);
    if (!sources.length) return { does: "no reason would be left. Delete the relation instead." };
    const what = add.length ? `add ${claims(board, add)}` : `take ${claims(board, drop)} out`;
    return {
      does: `${what}: ${sentence(board, { ...relation, sources })}`,
      apply: () => {
        marked.clear();
        session.commit(withSources(session.answer, board, relation.id, add, drop));
      },
    };
  };

  const claimHere = () => (here === null ? undefined : board.claims.get(here));
  const markedWords = () => (marked.size ? `marked: ${claims(board, inOrder(board, [...marked]))}` : "no reason is marked");

  const mark = (): Offer => {
    const claim = claimHere();
    if (!claim) return { does: "only claims can be reasons." };
    return {
      does: marked.has(claim.id) ? `unmark ${claims(board, [claim.id])}` : `mark ${claims(board, [claim.id])} as a reason`,
      apply: () => {
        if (!marked.delete(claim.id)) marked.add(claim.id);
        frame.redraw();
        frame.announce(`${capital(markedWords())}.`);
      },
    };
  };

  const nameMain = (): Offer => {
    const claim = claimHere();
    if (!claim) return { does: "go to a claim first." };
    const is = board.main === claim.id;
    return {
      does: is ? `${claims(board, [claim.id])} is no longer the main claim` : `${claims(board, [claim.id])} is the main claim`,
      apply: () => session.commit(withMain(session.answer, is ? null : claim.id)),
    };
  };

  const add = (): Offer => {
    if (board.claims.size >= MOST_CLAIMS) return { does: `a map has at most ${MOST_CLAIMS} claims.` };
    const from = frame.rover && frame.rover.isIn(passages) && !picked.size ? [currentPassage().id] : [...picked];
    const sources = prompt.segments.filter(({ id }) => from.includes(id));
    return {
      does: sources.length ? `write a claim that rests on ${count(sources.length, "passage")}` : "write a claim of your own",
      apply: () =>
        openForm("New claim", "Add", sources.map(({ text }) => text).join(" "), (text) => {
          const id = freshId(prompt, session.answer, "c");
          const segments = sources.map((source) => source.id);
          // Where there are passages to rest on, a claim without one is said by nobody in so many words.
          const implicit = !segments.length && prompt.segments.length > 0;
          picked.clear();
          if (!frame.rover.isIn(passages)) here = id;
          session.commit(withClaim(session.answer, { id, text, segments, implicit }));
          return `${quoted(board.claims.get(id)!)}, added`;
        }),
    };
  };

  const rename = (): Offer => {
    const claim = claimHere();
    if (!claim) return { does: "go to a claim first." };
    if (!claim.own || !prompt.free) return { does: `${claims(board, [claim.id])} is given and keeps its words.` };
    return {
      does: `change the words of ${claims(board, [claim.id])}`,
      apply: () =>
        openForm(`Claim ${claim.number}`, "Change", claim.text, (text) => {
          session.commit(withText(session.answer, claim.id, text));
          return `${quoted(board.claims.get(claim.id)!)}, changed`;
        }),
    };
  };

  const remove = (): Offer => {
    if (here === null) return { does: "there is nothing on the board yet." };
    const id = here;
    const relation = board.relations.get(id);
    if (relation && !relation.own) return fixed(id);
    const claim = board.claims.get(id);
    if (claim && (!claim.own || !prompt.free)) return { does: `${claims(board, [id])} is given and stays on the board.` };
    const next = without(session.answer, id);
    const left = boardOf(prompt, next).relations;
    const lost = [...board.relations.keys()].filter((other) => !left.has(other));
    const words = [...(claim ? [claims(board, [id])] : []), ...(lost.length ? [`relation${lost.length > 1 ? "s" : ""} ${listed(lost)}`] : [])];
    return {
      does: `delete ${listed(words)}`,
      apply: () => {
        marked.delete(id);
        session.commit(next);
      },
    };
  };

  const relations: Action[] = [
    ...KINDS.map((kind): Action => {
      const key = KEY_OF[kind];
      return { name: capital(ACTIVE[kind]), shortcut: key, printed: key.toUpperCase(), icon: kind, offer: () => relate(kind) };
    }),
    { name: "Add or take out", shortcut: "a", printed: "A", offer: join },
  ];
  const tools: Action[] = [
    { name: "Mark", shortcut: "Space", printed: "Space", offer: mark },
    ...(prompt.main ? [{ name: "Main claim", shortcut: "m", printed: "M", offer: nameMain }] : []),
    ...(prompt.free ? [{ name: "New claim", shortcut: "n", printed: "N", offer: add }] : []),
    ...(prompt.free ? [{ name: "Rename", shortcut: "e", printed: "E", offer: rename }] : []),
    { name: "Delete", shortcut: "Delete", printed: "Del", offer: remove },
  ];

  /** Does what an action offers, and says so; or says why not. */
  const act = (action: Action) => () => {
    if (workshop.hidden) return;
    const { does, apply } = action.offer();
    const before = session.answer;
    apply?.();
    if (!apply || session.answer !== before) frame.announce(`${capital(does)}${does.endsWith(".") ? "" : "."}`);
  };

  // Views

  const chooseNode = (id: string) => {
    if (here !== id) {
      here = id;
      frame.redraw();
    }
    frame.rover.focus(shown().item(id)!);
  };
  const toggleNode = (id: string) => {
    here = id;
    act(tools[0]!)();
  };
  const on = { choose: chooseNode, toggle: toggleNode };
  const drawing = new Drawing(frame.promptId, frame.hintId, frame.signal, on);
  const outline = new Outline(frame.promptId, frame.hintId, on);
  const shown = () => (view === "drawing" ? drawing : outline);
  const stage = h("div", { class: "ooc-stage" }, drawing.root, outline.root);
  stage.addEventListener("focusin", (event) => {
    const id = (event.target as Element).getAttribute("data-id");
    if (id === null || id === here) return;
    here = id;
    frame.redraw();
  });
  const nodes: Group = {
    axis: "vertical",
    items: () => shown().items(),
    entrance: () => shown().item(here),
    beside: (from, key) => shown().beside(from.getAttribute("data-id")!, key),
  };
  const setView = (next: typeof view) => {
    const inside = frame.rover.isIn(nodes) && stage.matches(":focus-within");
    view = next;
    frame.redraw();
    if (inside) frame.rover.enter(nodes);
  };
  const switchView = (next: typeof view) => () => {
    viewChosen = true;
    setView(next);
    frame.announce(next === "drawing" ? "Drawing." : "Outline.");
  };
  const zoom = (by: number) => () => {
    drawing.zoom(by);
    frame.announce(`${drawing.percent} percent.`);
  };
  const fit = () => {
    drawing.fit();
    frame.announce(`All of the drawing, ${drawing.percent} percent.`);
  };
  const inDrawing = (action: () => void) => () => {
    if (view === "drawing") action();
    else frame.announce("This works in the drawing. Press V for it.");
  };

  const plain = (name: string, shortcut: string, run: () => void, label = name) => {
    const attributes = { type: "button", class: "ooc-button", tabindex: "-1", "aria-keyshortcuts": shortcut, "aria-label": label };
    const button = h("button", attributes as Record<string, string>, name);
    button.addEventListener("click", run);
    return button;
  };
  const viewButtons = {
    drawing: plain("Drawing", "v", switchView("drawing")),
    outline: plain("Outline", "v", switchView("outline")),
  };
  const zoomButtons = [
    plain("−", "-", zoom(1 / 1.25), "Zoom out"),
    plain("+", "+", zoom(1.25), "Zoom in"),
    plain("Fit", "f", fit, "Fit: show all of the drawing"),
  ];
  const searchField = h("input", {
    type: "search",
    class: "ooc-field",
    "aria-label": "Find claims",
    "aria-keyshortcuts": "/",
    placeholder: "Find claims",
  });
  const find = (text: string) => {
    searchField.value = text;
    search = text;
    frame.redraw();
    frame.announce(search.trim() ? `${visible.claims.size} of ${count(board.claims.size, "claim")} shown.` : "All claims shown.");
  };
  searchField.addEventListener("input", () => find(searchField.value));
  const viewBar: Group = {
    axis: "horizontal",
    items: () => [viewButtons.drawing, viewButtons.outline, ...(view === "drawing" ? zoomButtons : [])],
    entrance: () => viewButtons[view],
  };
  // Not in the row of buttons: in a field the arrows left and right move the cursor.
  const searching: Group = { axis: "vertical", items: () => [searchField] };

  // The sentence that is being made, and its verbs

  const words = h("p", { class: "ooc-sentence" });
  const actionButton = (action: Action) => {
    const button = h(
      "button",
      { type: "button", class: "ooc-button", tabindex: "-1", "aria-keyshortcuts": action.shortcut },
      ...(action.icon ? [sign(action.icon)] : []),
      action.name,
      cap(action.printed),
    );
    button.addEventListener("click", act(action));
    return button;
  };
  const relationButtons = relations.map(actionButton);
  const toolButtons = tools.map(actionButton);
  // On an empty board there is nothing to relate: Tab arrives at "New claim".
  const verbs: Group = { axis: "horizontal", items: () => (board.claims.size ? relationButtons : []) };
  const work: Group = {
    axis: "horizontal",
    items: () => toolButtons,
    entrance: () => (board.claims.size ? undefined : toolButtons[tools.findIndex(({ shortcut }) => shortcut === "n")]),
  };

  // The form for the words of a claim

  const formSlot = h("div");
  let closeForm: ((done: boolean) => void) | null = null;
  let submitForm: () => void = () => {};
  const openForm = (title: string, verb: string, value: string, submit: (text: string) => string) => {
    const field = h("textarea", { class: "ooc-field", rows: "2", maxlength: String(MOST_CHARACTERS), id: uniqueId() });
    field.value = value;
    const back = frame.rover.current;
    closeForm = (done) => {
      closeForm = null;
      formSlot.replaceChildren();
      // On to the new claim; but who picks passages is likely to pick another.
      if (done && !frame.rover.isIn(passages)) frame.rover.enter(nodes);
      else frame.rover.focus(back);
    };
    submitForm = () => {
      const text = field.value.trim();
      const said = text ? submit(text) : "Nothing was written";
      closeForm?.(Boolean(text));
      frame.announce(`${capital(said)}.`);
    };
    const buttons = [
      h("button", { type: "button", class: "ooc-button" }, verb, cap("Enter")),
      h("button", { type: "button", class: "ooc-button" }, "Cancel", cap("Esc")),
    ];
    buttons[0]!.addEventListener("click", () => submitForm());
    buttons[1]!.addEventListener("click", () => closeForm?.(false));
    formSlot.replaceChildren(
      h(
        "div",
        { class: "ooc-form", role: "group", "aria-label": title },
        h("label", { class: "ooc-caption", for: field.id }, title),
        field,
        h("div", { class: "ooc-tools" }, ...buttons),
      ),
    );
    field.focus();
    if (verb === "Change") field.select();
  };

  // Passages that claims can be made of

  const passageRows = prompt.free
    ? prompt.segments.map((segment) => {
        const row = h(
          "li",
          { class: "ooc-row ooc-passage", role: "option" },
          h("span", { class: "ooc-mark", "data-shape": "checkbox" }, drawn(TICK)),
          h(
            "span",
            { class: "ooc-text" },
            segment.text,
            ...(segment.note ? [h("span", { class: "ooc-note" }, segment.note)] : []),
          ),
          h("span", { class: "ooc-cap ooc-used" }),
        );
        row.addEventListener("click", () => pick(segment.id));
        return row;
      })
    : [];
  const passages: Group = { axis: "vertical", items: () => passageRows };
  const currentPassage = () => prompt.segments[Math.max(0, passageRows.indexOf(frame.rover.current as HTMLLIElement))]!;
  const pick = (id: string) => {
    if (!picked.delete(id)) picked.add(id);
    frame.redraw();
    frame.announce(`${picked.size ? capital(count(picked.size, "passage")) : "No passage"} marked.`);
  };
  const passagesId = uniqueId();
  const passagesPart = h(
    "section",
    { class: "ooc-passages", "aria-labelledby": passagesId, hidden: !passageRows.length },
    h("p", { class: "ooc-caption", id: passagesId }, "Passages. Mark one or several, then make a claim of them with N."),
    h("ul", { class: "ooc-list", role: "listbox", "aria-multiselectable": "true", "aria-labelledby": passagesId }, ...passageRows),
  );

  // Saving the map as a file

  const save = (ending: string, make: () => Promise<Blob> | Blob) => () => {
    const wrong = ending.endsWith("g") ? undefined : unwritable(board);
    if (wrong) {
      frame.announce(`Relation ${wrong.id} does not lead from a claim to what it may bear on. Delete it first.`);
      return;
    }
    // A picture may fail in the browser; then the learner hears it.
    Promise.resolve()
      .then(make)
      .then((content) => {
        download(`${prompt.item}.${ending}`, content);
        frame.announce(`${prompt.item}.${ending} is saved with your downloads.`);
      })
      .catch(() => frame.announce(`The browser could not make ${prompt.item}.${ending}.`));
  };
  const image = () => picture(board, `Argument map: ${prompt.item}`);
  const file = (content: string, type: string) => new Blob([content], { type });
  const exportButtons = [
    plain("SVG", "", save("svg", () => file(image().text, "image/svg+xml")), "SVG picture"),
    plain("PNG", "", save("png", () => {
      const { text, width, height } = image();
      return png(text, width, height);
    }), "PNG picture"),
    plain("AIF", "", save("aif.json", () => file(aif(board), "application/json"))),
    plain("Argdown", "", save("argdown", () => file(argdown(board), "text/plain"))),
  ];
  exportButtons.forEach((button) => button.removeAttribute("aria-keyshortcuts"));
  const exports: Group = { axis: "horizontal", items: () => exportButtons };

  // Keys

  let typed = { number: 0, at: 0 };
  const goTo = (digit: number) => () => {
    const now = Date.now();
    typed = { number: (now - typed.at < DIGITS_MS ? typed.number * 10 : 0) + digit, at: now };
    const claim = [...visible.claims.values()].find(({ number }) => number === typed.number);
    if (claim) chooseNode(claim.id);
    else frame.announce(`There is no claim ${typed.number}.`);
  };
  const space = () => (frame.rover.isIn(passages) ? pick(currentPassage().id) : act(tools[0]!)());
  const toField = () => {
    frame.rover.focus(searchField);
    searchField.select();
  };
  const bindings: Bindings = {
    Space: space,
    Enter: () => {
      const make = frame.rover.isIn(passages) && tools.find(({ shortcut }) => shortcut === "n");
      if (make) act(make)();
      else space();
    },
    v: () => switchView(view === "drawing" ? "outline" : "drawing")(),
    "/": toField,
    "+": inDrawing(zoom(1.25)),
    "=": inDrawing(zoom(1.25)),
    "-": inDrawing(zoom(1 / 1.25)),
    f: inDrawing(fit),
    "Shift+ArrowUp": inDrawing(() => drawing.pan(0, PAN_PX)),
    "Shift+ArrowDown": inDrawing(() => drawing.pan(0, -PAN_PX)),
    "Shift+ArrowLeft": inDrawing(() => drawing.pan(PAN_PX, 0)),
    "Shift+ArrowRight": inDrawing(() => drawing.pan(-PAN_PX, 0)),
    t: () => frame.rover.enter(frame.rover.isIn(verbs) ? nodes : verbs),
    p: () => frame.rover.enter(frame.rover.isIn(passages) ? nodes : passages),
  };
  for (const action of [...relations, ...tools]) bindings[action.shortcut] ??= act(action);
  bindings["Backspace"] = bindings["Delete"]!;
  bindings["F2"] = bindings["e"] ?? (() => {});
  for (const [name, run] of Object.entries(bindings)) {
    bindings[name] = () => {
      typed.at = 0; // 2, Space, 3 are two numbers, however fast
      run();
    };
  }
  for (let digit = 0; digit <= 9; digit++) bindings[digit] = goTo(digit);

  // Drawing

  const refusal = h("p", { role: "note", hidden: true });
  const progress = h("p", { class: "ooc-progress" });
  const workshop = h(
    "div",
    {},
    h(
      "div",
      { class: "ooc-view-bar", role: "toolbar", "aria-label": "View" },
      h("span", { class: "ooc-tools" }, viewButtons.drawing, viewButtons.outline),
      h("span", { class: "ooc-tools ooc-zoom" }, ...zoomButtons),
      searchField,
    ),
    stage,
    h(
      "div",
      { class: "ooc-compose" },
      words,
      h("div", { class: "ooc-tools", role: "toolbar", "aria-label": "Relations" }, ...relationButtons),
      h("div", { class: "ooc-tools", role: "toolbar", "aria-label": "Claims" }, ...toolButtons),
      formSlot,
    ),
    passagesPart,
    h(
      "div",
      { class: "ooc-map-foot" },
      progress,
      h("div", { class: "ooc-tools", role: "toolbar", "aria-label": "Save the map as" }, h("span", { class: "ooc-caption", "aria-hidden": "true" }, "Save as"), ...exportButtons),
    ),
  );

  const readAnswer = () => {
    const { answer } = session;
    if (drawnFor?.answer === answer && drawnFor.search === search) return;
    const places = shown().items().map((item) => item.getAttribute("data-id")!);
    const before = board;
    board = boardOf(prompt, answer);
    // For undo, redo and other views; whoever changed the map here says it in better words after this.
    const news = drawnFor && drawnFor.answer !== answer ? difference(before, board) : "";
    if (news) frame.announce(news);
    visible = filtered(board, search);
    drawnFor = { answer, search };
    for (const id of marked) if (!board.claims.has(id)) marked.delete(id);
    const there = (id: string | null | undefined) => id != null && (visible.claims.has(id) || visible.relations.has(id));
    if (there(here)) return;
    // What the learner was at is gone: its neighbour takes its place.
    const at = places.indexOf(here ?? "");
    const near = [...places.slice(at + 1), ...places.slice(0, Math.max(0, at)).reverse()];
    here = near.find(there) ?? visible.claims.keys().next().value ?? null;
  };

  const drawWords = () => {
    const reasons = inOrder(board, [...marked]);
    const strong = (text: string) => h("strong", {}, text);
    const claim = claimHere();
    const to = here === null ? [] : claim ? [strong(claims(board, [here])), `, “${excerpt(claim.text, 90)}”`] : [strong(target(board, here))];
    const relation = here === null ? undefined : board.relations.get(here);
    if (here === null) words.replaceChildren(prompt.free ? "The board is empty. Press N for a new claim." : "The board is empty.");
    else if (reasons.length) {
      words.replaceChildren(strong(capital(claims(board, reasons))), `${reasons.length > 1 ? " together" : ""} … `, ...to);
    } else if (relation) words.replaceChildren(strong(`Relation ${relation.id}`), `: ${sentence(board, relation)}.`);
    else words.replaceChildren("No reason is marked. You are at ", ...to);
    [...relations, ...tools].forEach((action, i) => {
      const button = [...relationButtons, ...toolButtons][i]!;
      const { does, apply } = action.offer();
      // The title is the description that screen readers read after the name.
      assign(button, { title: capital(does), "aria-disabled": String(!apply) });
    });
  };

  const paint = () => {
    const size = sizeOf(prompt, session.answer);
    const tooLarge = size > MOST_NODES;
    assign(refusal, { hidden: !tooLarge });
    assign(workshop, { hidden: tooLarge });
    if (tooLarge) {
      board = visible = emptyBoard();
      here = drawnFor = null;
      refusal.textContent =
        `This map has ${size.toLocaleString("en")} claims and relations. This form shows at most ` +
        `${MOST_NODES.toLocaleString("en")}. Answer in a cell instead: ` +
        `answer("${prompt.item}", {"relations": ["a + b supports c"], "main": "c"}).`;
      return;
    }
    readAnswer();
    shown().draw({ board, visible, here, marked });
    drawing.root.toggleAttribute("hidden", view !== "drawing");
    assign(outline.root, { hidden: view !== "outline" });
    for (const button of zoomButtons) button.hidden = view !== "drawing";
    assign(viewButtons.drawing, { "aria-pressed": String(view === "drawing") });
    assign(viewButtons.outline, { "aria-pressed": String(view === "outline") });
    drawWords();
    passageRows.forEach((row, i) => {
      const { id } = prompt.segments[i]!;
      const used = [...board.claims.values()].filter((claim) => claim.segments.includes(id)).map((claim) => claim.id);
      assign(row, { "aria-selected": String(picked.has(id)) });
      const said = used.length ? claims(board, used) : "";
      if (row.lastElementChild!.textContent !== said) row.lastElementChild!.textContent = said;
    });
    const main = board.main === null ? "no main claim yet" : `main claim: ${board.claims.get(board.main)!.number}`;
    const parts = [count(board.claims.size, "claim"), count(board.relations.size, "relation"), ...(prompt.main ? [main] : [])];
    const text = `${search.trim() ? `${visible.claims.size} of ` : ""}${parts.join(" · ")}`;
    if (progress.textContent !== text) progress.textContent = text;
  };

  if (typeof ResizeObserver !== "undefined") {
    const observer = new ResizeObserver(() => {
      const narrow = frame.root.clientWidth < NARROW_PX ? "outline" : "drawing";
      if (!viewChosen && frame.root.clientWidth && narrow !== view) setView(narrow);
      drawing.resize(drawing.root.clientWidth, drawing.root.clientHeight);
    });
    observer.observe(frame.root);
    observer.observe(stage);
    frame.signal.addEventListener("abort", () => observer.disconnect());
  }

  frame.root.classList.add("ooc-wide");
  frame.setHint(
    "Mark the reasons with Space. Go to what they bear on. Then press S (supports), R (rebuts) or D (undermines); at a relation, U (undercuts).",
  );
  paint();
  const groups = [searching, viewBar, nodes, verbs, work, passages, exports];
  for (const group of groups) {
    const { items } = group;
    group.items = () => (workshop.hidden ? [] : items());
  }
  const keyLines: KeyLine[] = [
    ["↑ ↓ ← →", "Move between claims and relations; past the edge, to the buttons"],
    ["Space", "Mark the claim as a reason, or take the mark away"],
    ["S, R, D", "The marked claims support, rebut, undermine the claim you are at"],
    ["U", "The marked claims undercut the relation you are at"],
    ["S, R, D at a relation, nothing marked", "Change its kind"],
    ["A at a relation", "Add the marked claims to its reasons, or take them out"],
    ...(prompt.main ? ([["M", "Name the main claim"]] as KeyLine[]) : []),
    ...(prompt.free ? ([["N", "New claim"], ["E or F2", "Change the words of a claim of yours"]] as KeyLine[]) : []),
    ["Delete or Backspace", "Delete what you are at, with the relations that hang on it"],
    ...(passageRows.length ? ([["P", "Go to the passages, and back"], ["Enter at a passage", "Make a claim of it"]] as KeyLine[]) : []),
    ["1, 12, …", "Go to the claim with this number"],
    ["/", "Find claims; Enter goes to them"],
    ["V", "Drawing or outline"],
    ["+ − F", "Zoom in, zoom out, show all"],
    ["Shift+↑ ↓ ← →", "Move the drawing"],
    ["Esc with claims marked", "Take the marks away"],
  ];
  return {
    body: [refusal, workshop],
    groups,
    home: nodes,
    bindings,
    inField: (field) =>
      field === searchField
        ? {
            ArrowUp: () => frame.rover.step("ArrowUp"),
            ArrowDown: () => frame.rover.step("ArrowDown"),
            Enter: () => frame.rover.enter(nodes),
            Escape: () => {
              if (search) find("");
              frame.rover.enter(nodes);
            },
          }
        : { Enter: () => submitForm(), "Shift+Enter": () => submitForm(), Escape: () => closeForm?.(false) },
    keyLines,
    draw: () => {
      const had = frame.root.matches(":focus-within");
      paint();
      frame.rover.settle(nodes, had && !frame.root.matches(":focus-within"));
    },
    escape: () => {
      if (closeForm) closeForm(false);
      else if (marked.size || picked.size) {
        marked.clear();
        picked.clear();
        frame.redraw();
        frame.announce("No reason is marked.");
      } else if (search) find("");
      else return false;
      return true;
    },
  };
});

export default { render };
