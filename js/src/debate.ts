import { assign, drawing, h } from "./dom";
import { widget } from "./frame";
import type { DebateAnswer, DebatePrompt, Standing, Wire } from "./model";
import type { Group } from "./rover";

/** A shape and a word for each status, so that colour never stands alone. */
const STATUS: Record<Standing["status"], { word: string; shape: string; hue: string }> = {
  stands: { word: "Stands", shape: "M6.2 13.4L1.4 8.6l1.8-1.8 3 3 6.6-6.6 1.8 1.8z", hue: "1" },
  falls: { word: "Falls", shape: "M3.4 1.6L8 6.2l4.6-4.6 1.8 1.8L9.8 8l4.6 4.6-1.8 1.8L8 9.8l-4.6 4.6-1.8-1.8L6.2 8 1.6 3.4z", hue: "6" },
  undecided: { word: "Undecided", shape: "M2 6.6h12v2.8H2z", hue: "2" },
};

/** Shows which claims of a debate stand, and lets the learner reject some. Python works out what follows. */
const render = widget<DebatePrompt, DebateAnswer>((session, frame, model) => {
  const { claims, main } = session.prompt;
  const rejected = () => (session.answer as Partial<DebateAnswer>).rejected ?? [];
  const standing = () => (model.get("standing") ?? {}) as Record<string, Standing>;
  let onlyChanged = false;

  const reject = (ids: string[]) =>
    session.commit((ids.length ? { rejected: ids } : {}) as Wire<DebateAnswer>);
  const toggle = (id: string) => {
    const now = rejected();
    // In the order of the claims, so that the same choice is the same answer.
    reject(claims.map((claim) => claim.id).filter((other) => now.includes(other) !== (other === id)));
  };

  const filter = () => {
    onlyChanged = !onlyChanged;
    frame.redraw();
    frame.announce(onlyChanged ? "Only claims that changed are shown." : "All claims are shown.");
  };

  const rows = claims.map((claim, i) => {
    const button = h(
      "button",
      { type: "button", class: "ooc-claim", "data-id": claim.id },
      h("span", { class: "ooc-number", "aria-hidden": "true" }, String(i + 1)),
      h("span", { class: "ooc-text" }, claim.text, ...(claim.note ? [h("span", { class: "ooc-note" }, claim.note)] : [])),
      h("span", { class: "ooc-slot" }),
    );
    const reason = h("p", { class: "ooc-reason" });
    button.addEventListener("click", () => toggle(claim.id));
    return { claim, button, reason, row: h("li", { class: "ooc-debate-row" }, button, reason) };
  });
  const list = h("ol", { class: "ooc-list ooc-debate", "aria-describedby": frame.hintId }, ...rows.map(({ row }) => row));
  const group: Group = { axis: "vertical", items: () => rows.filter(({ row }) => !row.hidden).map(({ button }) => button) };

  const heard = () => frame.redraw();
  model.on("change:standing", heard);
  frame.signal.addEventListener("abort", () => model.off("change:standing", heard));

  const draw = () => {
    const known = standing();
    const refused = new Set(rejected());
    const counts = { stands: 0, falls: 0, undecided: 0 };
    for (const { claim, button, reason, row } of rows) {
      const now = known[claim.id] ?? { status: "undecided", reason: "", changed: false };
      const { word, shape, hue } = STATUS[now.status];
      counts[now.status] += 1;
      assign(button, { "aria-pressed": String(refused.has(claim.id)) });
      const label = [word, claim.id === main && "main claim", now.changed && "changed"].filter(Boolean).join(" · ");
      button.querySelector(".ooc-slot")!.replaceChildren(
        h("span", { class: "ooc-chip", "data-hue": hue }, drawing(shape), h("span", { class: "ooc-chip-text" }, label)),
      );
      reason.textContent = refused.has(claim.id) ? "You reject it." : now.reason;
      // What has the focus stays where it is.
      row.hidden = onlyChanged && !now.changed && !refused.has(claim.id) && !button.matches(":focus");
    }
    frame.setHint(
      `${counts.stands} stand, ${counts.falls} fall, ${counts.undecided} undecided. ` +
        "Press a claim to reject it, and again to take that back.",
    );
  };

  return {
    body: [list],
    groups: [group],
    home: group,
    tools: [
      { name: "Reject nothing", shortcut: "0", printed: "0", run: () => reject([]), enabled: () => rejected().length > 0 },
      {
        name: "Only what changed",
        shortcut: "c",
        printed: "C",
        run: filter,
        enabled: () => true,
      },
    ],
    bindings: {
      "0": () => reject([]),
      c: filter,
    },
    keyLines: [
      ["↑ ↓", "Move between the claims and the buttons"],
      ["Enter or Space", "Reject the claim, or take that back"],
      ["0", "Reject nothing"],
      ["C", "Show only what changed, or everything"],
    ],
    draw,
  };
});

export default { render };
