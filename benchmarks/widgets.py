"""Time the front ends in a real browser: from a key press to the painted change, layout, and the first paint.

Run ``.venv/bin/python benchmarks/widgets.py [PRESSES]``. The aims: for ``label`` with 500 segments a median under 16 ms
and a 95th percentile under 50 ms; for ``map`` with 200 claims and 300 relations a median under 100 ms, layout included;
all JavaScript together under 60 KB gzipped. Chromium has to be installed.
"""

import functools
import gzip
import http.server
import json
import random
import shutil
import statistics
import sys
import threading
from typing import Any

from playwright.sync_api import Page, sync_playwright

from course.widgets.item import STATIC

PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="widget.css"><main></main>"""
# A model as anywidget gives one to a front end; Python is not part of what is timed.
OPEN = """async ([kind, prompt, answer]) => {
  const values = { prompt, answer, seq: 0, status: {} }, listeners = {};
  const model = {
    get: name => values[name],
    set: (name, value) => { values[name] = value; (listeners[`change:${name}`] ?? []).forEach(each => each()); },
    save_changes: () => model.set("status", { seq: values.seq, state: "saved", text: "Saved." }),
    on: (name, each) => (listeners[name] ??= []).push(each),
    off: () => {},
  };
  const front = await import(`./${kind}.js`);
  const began = performance.now();
  front.default.render({ model, el: document.querySelector("main") });
  document.querySelector("main [tabindex='0']").focus();
  await new Promise(requestAnimationFrame);
  await new Promise(done => setTimeout(done));
  return performance.now() - began;
}"""
FLOOR = """() => {
  const word = document.createElement("p");
  word.tabIndex = 0;
  document.querySelector("main").append(word);
  let presses = 0;
  word.addEventListener("keydown", () => { word.textContent = String(++presses); });
  word.focus();
}"""
# The frame after a key press, and the task after it: by then the change is on the screen.
PRESS = """async key => {
  const before = performance.now();
  document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true }));
  const worked = performance.now() - before;
  await new Promise(requestAnimationFrame);
  const { port1, port2 } = new MessageChannel();
  await new Promise(done => { port1.onmessage = done; port2.postMessage(0); });
  return [performance.now() - before, worked];
}"""


def labels(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a ``label`` item and an empty answer."""
    names = ["fact", "value", "policy", "none"]
    return {
        "item": "x",
        "kind": "label",
        "text": "Label them.",
        "labels": [{"id": name, "text": name, "help": "A label."} for name in names],
        "segments": [
            {"id": f"s.{n}", "text": f"Segment {n}. " + "Some words. " * 8, "note": ""} for n in range(number)
        ],
    }, {}


def a_map(claims: int, relations: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a ``map`` item and a map drawn at random: a tree, and relations across it."""
    dice = random.Random(1)
    kinds = ["support", "support", "support", "rebut", "undermine"]
    drawn: list[dict[str, Any]] = []
    for n in range(relations):
        source, target = (n + 1, n // 4) if n + 1 < claims else sorted(dice.sample(range(claims), 2), reverse=True)
        step = {"id": f"r{n}", "kind": dice.choice(kinds), "sources": [f"k{source}"], "target": f"k{target}"}
        if n + 1 >= claims and not n % 5:
            step |= {"kind": "undercut", "target": f"r{dice.randrange(n)}"}
        drawn.append(step)
    prompt = {
        "item": "x",
        "kind": "map",
        "text": "Draw it.",
        "claims": [
            {"id": f"k{n}", "text": f"Claim {n}. Some words.", "note": "", "implicit": False} for n in range(claims)
        ],
        "given": [],
        "free": False,
        "segments": [],
        "main": True,
    }
    return prompt, {"claims": [], "relations": drawn, "main": "k0"}


def report(what: str, times: list[float]) -> None:
    """Print the middle, the 95th percentile and the most of some milliseconds."""
    ordered = sorted(times)
    most = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(f"{what}: median {statistics.median(times):.1f} ms, 95th percentile {most:.1f} ms, most {ordered[-1]:.1f} ms")


def time_front_end(page: Page, item: tuple[dict[str, Any], dict[str, Any]], keys: list[str], presses: int) -> None:
    """Open a front end on the empty page and press keys in it."""
    page.reload()
    kind = item[0]["kind"]
    first = page.evaluate(OPEN, [kind, *item])
    print(f"{kind}: first paint after {first:.0f} ms")
    found = [page.evaluate(PRESS, keys[n % len(keys)]) for n in range(presses)]
    report(f"{kind}: key press to paint", [whole for whole, _ in found])
    report(f"{kind}: of it the front end's own work, layout included", [worked for _, worked in found])


def time_floor(page: Page, presses: int) -> None:
    """Time the smallest change there is, one word on an empty page: what waiting for the next frame costs."""
    page.reload()
    page.evaluate(FLOOR)
    report("floor, one word changed: key press to paint", [page.evaluate(PRESS, "a")[0] for _ in range(presses)])


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the built front ends and an empty page."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Give the page, or a file."""
        if self.path != "/page":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())


def main() -> None:
    """Take all figures."""
    presses = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in sorted(STATIC.iterdir())}
    script = sum(size for name, size in sizes.items() if name.endswith(".js"))
    print(f"JavaScript, gzipped: {script / 1000:.1f} KB; all: {json.dumps(sizes)}")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/page"
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(address)
        time_floor(page, presses)
        time_front_end(page, labels(500), ["1", "ArrowDown", "2", "ArrowDown"], presses)
        # Marking a reason, drawing a relation from it and undoing that: each changes the layout.
        keys = ["ArrowDown", "ArrowRight", " ", "ArrowLeft", "ArrowLeft", "s", "Delete"]
        time_front_end(page, a_map(200, 290), keys, presses)
        browser.close()


if __name__ == "__main__":
    main()
