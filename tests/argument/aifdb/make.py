"""Make argument maps of the shape that AIFdb publishes: ``python -m tests.argument.aifdb.make`` writes them here.

Nothing is taken from AIFdb: texts, ids and times are drawn at random, the same each time.
"""

import json
import random
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
NUMBER = 20
WHO = ["The ferry", "A night bus", "The old mill", "Our choir", "The lighthouse", "A bakery", "The museum"]
DOES = ["closes before noon", "needs a second pump", "pays for itself", "loses members", "runs on goodwill"]
WHY = ["since the flood", "“for now”", "in every season", "– as the mayor said –", "beyond doubt", "at half price"]
SCHEMES = {
    "RA": ["Default Inference", "Default Inference", "Argument From Expert Opinion", "Argument From Analogy"],
    "CA": ["Default Conflict", "Default Conflict", "Conflict From Bias"],
}


class Graph:
    """Nodes and edges as AIFdb numbers them."""

    def __init__(self, number: int) -> None:
        self.draw = random.Random(number)
        self.whole = number % 5 == 4  # ids are numbers in some files, and text in most
        self.next = self.draw.randrange(1_000, 900_000)
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []
        self.locutions: list[dict[str, Any]] = []

    def id(self) -> Any:
        self.next += self.draw.randrange(1, 4)
        return self.next if self.whole else str(self.next)

    def time(self) -> str:
        return f"2015-0{self.draw.randrange(1, 10)}-{self.draw.randrange(10, 28)} 10:{self.draw.randrange(10, 60)}:07"

    def node(self, kind: str, text: str, **more: Any) -> Any:
        name = self.id()
        self.nodes.append({"nodeID": name, "text": text, "type": kind, "timestamp": self.time(), **more})
        return name

    def edge(self, start: Any, end: Any) -> None:
        self.edges.append({"edgeID": self.id(), "fromID": start, "toID": end, "formEdgeID": None})

    def claim(self) -> Any:
        return self.node("I", " ".join(self.draw.choice(words) for words in (WHO, DOES, WHY)))

    def step(self, kind: str, sources: list[Any], targets: list[Any]) -> Any:
        scheme = self.draw.choice(SCHEMES[kind])
        twice = {"scheme": scheme, "schemeID": "72"} if self.draw.random() < 0.3 else {}
        name = self.node(kind, scheme, **twice)
        for source in sources:
            self.edge(source, name)
        for target in targets:
            self.edge(name, target)
        return name

    def say(self, claims: list[Any], steps: list[Any]) -> None:
        """Add who said what: locutions, transitions between them, and what is done by them."""
        last = None
        for claim in claims:
            text = next(node["text"] for node in self.nodes if node["nodeID"] == claim)
            person = self.draw.choice(["Ada", "Ben"])
            said = self.node("L", f"{person} : {text}")
            self.locutions.append({"nodeID": said, "personID": person, "timestamp": self.time(), "start": None})
            act = self.node("YA", "Asserting", scheme="Asserting", schemeID="74")
            self.edge(said, act)
            self.edge(act, claim)
            if last is not None:
                turn = self.node("TA", "Default Transition")
                self.edge(last, turn)
                self.edge(turn, said)
                if steps:
                    arguing = self.node("YA", "Arguing")
                    self.edge(turn, arguing)
                    self.edge(arguing, steps.pop())
            last = said


def make(number: int) -> dict[str, Any]:
    """Make one file; its number says which oddities it has."""
    graph = Graph(number)
    draw = graph.draw
    claims = [graph.claim() for _ in range(draw.randrange(4, 10))]
    steps = []
    for place, claim in enumerate(claims[1:], 1):
        if draw.random() < 0.8:
            also = [graph.claim() for _ in range(draw.choice([0, 0, 1, 2]))]
            steps.append(graph.step("RA", [claim, *also], [draw.choice(claims[:place])]))
    for _ in range(draw.randrange(1, 4)):
        steps.append(graph.step("CA", [graph.claim()], [draw.choice(claims)]))
    if number % 3 == 0:
        undercut = graph.step("CA", [graph.claim()], [draw.choice(steps)])
        graph.step("CA", [graph.claim()], [undercut])
    if number % 4 == 1:
        graph.step("RA", [graph.claim()], claims[:2])  # two targets
    if number % 4 == 2:
        step = graph.step("RA", [graph.claim()], [claims[0]])
        graph.step("RA", [graph.claim()], [step])  # a step that supports a step
        graph.step("CA", [], [claims[1]])
        graph.step("CA", [claims[1]], [])
    if number % 5 == 1:
        rephrase = graph.node("MA", "Default Rephrase")
        graph.edge(graph.claim(), rephrase)
        graph.edge(rephrase, claims[0])
        graph.node("PA", "Default Preference")
        graph.node("I", "")
    if number % 2:
        graph.say(claims, list(steps))
    draw.shuffle(graph.nodes)
    draw.shuffle(graph.edges)
    document = {"nodes": graph.nodes, "edges": graph.edges, "locutions": graph.locutions}
    if number % 5 == 3:
        speakers = [{"participantID": 1, "firstname": "Ada", "surname": "Invented"}]
        return {"AIF": {**document, "participants": speakers}, "text": "Ada: …", "dialog": True, "OVA": []}
    if number % 7 == 0:
        document["analysis"] = {"title": f"Map {number}", "annotators": ["nobody"]}
    return document


def main() -> None:
    for number in range(1, NUMBER + 1):
        text = json.dumps(make(number), ensure_ascii=False, indent=1)
        (FOLDER / f"map{number:02}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
