import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import course
from course.errors import CourseError
from course.exercises import Status, load_key, load_unit
from course.exercises.kinds import Item, Key
from course.exercises.unit import find_key
from course.notebook import session
from course.widgets import widget_for
from tests.content import KINDS, answers, each_item, load, refusal

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the unit with one item of each kind."""
    return Path(shutil.copytree(KINDS, tmp_path / "kinds"))


def rewrite(path: Path, change: Change) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


def item(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in data["items"] if entry["id"] == name)


def items_refusal(folder: Path, change: Change) -> str:
    path = folder / "items.yaml"
    rewrite(path, change)
    message = refusal(lambda: load_unit(folder))
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def key_refusal(folder: Path, change: Change) -> str:
    path = folder / "key.yaml"
    rewrite(path, change)
    message = refusal(lambda: load_key(path, load_unit(folder)))
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: item(d, "most-sides").pop("title"), "most-sides: title: is missing. Add this field."),
        (
            lambda d: item(d, "most-sides").update(colour=1),
            "most-sides: colour: is not a known field. Remove it or correct its spelling.",
        ),
        (
            lambda d: item(d, "most-sides").update(kind="chioce"),
            "most-sides: kind: 'chioce' is not known. Use 'choice', 'essay', 'label', 'map', 'order', 'table'.",
        ),
        (lambda d: item(d, "most-sides").pop("kind"), "most-sides: kind: is missing. Add this field."),
        (
            lambda d: item(d, "most-sides").update(points=0),
            "most-sides: points: input should be greater than 0, not 0. Correct this value.",
        ),
        (
            lambda d: item(d, "most-sides").update(points="many"),
            "most-sides: points: input should be a valid number, unable to parse string as a number, not 'many'. "
            "Correct this value.",
        ),
        (
            lambda d: item(d, "most-sides")["options"][1].pop("text"),
            "most-sides: options.1.text: is missing. Add this field.",
        ),
        (
            lambda d: item(d, "most-sides")["options"][1].update(id="triangle"),
            "most-sides: the id triangle is given twice in options. Give each one its own id.",
        ),
        (lambda d: item(d, "most-sides").update(options=[]), "most-sides: options: tuple should have at least 2 items"),
        (
            lambda d: item(d, "most-sides")["options"][1].update(id="A square"),
            "most-sides: options.1.id: string should match pattern",
        ),
        (lambda d: item(d, "most-sides").update(id=7), "item 1: id: input should be a valid string, not 7."),
        (lambda d: item(d, "most-sides").update(hints=["One."]), "most-sides: hints.1: is missing. Add this field."),
        (
            lambda d: item(d, "most-sides").update(title=" "),
            "most-sides: title: string should have at least 1 character",
        ),
        (
            lambda d: item(d, "most-sides").update(objectives=["fly"]),
            "most-sides names the objective fly, which is not in objectives. Correct one of them.",
        ),
        (
            lambda d: item(d, "even-numbers").update(id="most-sides"),
            "the id most-sides is given twice in items. Give each one its own id.",
        ),
        (
            lambda d: item(d, "round-or-straight")["labels"][1].update(id="round"),
            "round-or-straight: the id round is given twice in labels. Give each one its own id.",
        ),
        (
            lambda d: item(d, "round-or-straight")["segments"][1].update(id="circle"),
            "round-or-straight: the id circle is given twice in segments. Give each one its own id.",
        ),
        (
            lambda d: item(d, "round-or-straight")["segments"][2].pop("text"),
            "round-or-straight: segments.2: oval needs either starts or text. Give starts for a segment of the corpus.",
        ),
        (
            lambda d: item(d, "round-or-straight")["segments"][2].update(starts="an"),
            "round-or-straight: segments.2: oval needs either starts or text.",
        ),
        (
            lambda d: item(d, "round-or-straight").update(segments=[{"id": "khan.2.1", "starts": "Khan"}] * 2),
            "round-or-straight: segments.0: khan.2.1 does not start with 'Khan'. It starts with 'Ali Khan",
        ),
        (
            lambda d: item(d, "round-or-straight").update(segments=[{"id": "khan.99.1", "starts": "I"}] * 2),
            "round-or-straight: segments.0: khan.99.1: there is no segment of this id. The last one of this source is",
        ),
        (
            lambda d: item(d, "by-size")["entries"][1].update(id="mile"),
            "by-size: the id mile is given twice in entries. Give each one its own id.",
        ),
        (lambda d: item(d, "by-size").pop("first"), "by-size: first: is missing. Add this field."),
        (
            lambda d: item(d, "corners").update(columns=["n"]),
            "corners: columns go with the shape table. Give them for a table, omit them for a number.",
        ),
        (lambda d: item(d, "squares").pop("columns"), "squares: columns go with the shape table."),
        (lambda d: item(d, "corners").update(variable="2x"), "corners: variable: string should match pattern"),
        (lambda d: d.update(items=[5]), "item 1: input should be a valid dictionary"),
        (lambda d: d.update(items=5), "items: input should be a valid tuple, not 5."),
        (lambda d: d.update(items=[]), "items: tuple should have at least 1 item"),
        (lambda d: d.update(objectives={}), "objectives: dictionary should have at least 1 item"),
        (lambda d: d.pop("unit"), "unit: is missing. Add this field."),
        (lambda d: d.update(minutes=0), "minutes: input should be greater than 0, not 0."),
        (lambda d: d.clear(), "unit: is missing. Add this field."),
    ],
)
def test_when_items_are_malformed_then_file_item_field_and_remedy_are_named(
    folder: Path, change: Change, message: str
) -> None:
    assert items_refusal(folder, change).startswith(message)


KEY = "keys"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(unit="other"), "unit: is other. This folder's unit is kinds."),
        (lambda d: d[KEY].pop("corners"), "corners: has no key. Add one under keys, or remove it from items.yaml."),
        (
            lambda d: d[KEY].update(angles={}),
            "angles: has a key but no item. Add it to items.yaml or remove its key.",
        ),
        (lambda d: d[KEY].update(corners=3), "corners: input should be a valid dictionary"),
        (lambda d: d[KEY]["corners"].pop("otherwise"), "corners: otherwise: is missing. Add this field."),
        (
            lambda d: d[KEY]["corners"].update(hint="x"),
            "corners: hint: is not a known field. Remove it or correct its spelling.",
        ),
        (
            lambda d: d[KEY]["corners"]["samples"]["accept"].pop(),
            "corners: samples.accept: tuple should have at least 3 items",
        ),
        (
            lambda d: d[KEY]["corners"]["samples"]["reject"].pop(),
            "corners: samples.reject: tuple should have at least 3",
        ),
        (
            lambda d: d["misconceptions"].pop("stops-early"),
            "most-sides: the misconception stops-early is not described. Add it under misconceptions.",
        ),
        (
            lambda d: d[KEY]["most-sides"]["options"].pop("square"),
            "most-sides: options.square: has no explanation. Correct the key or the item.",
        ),
        (
            lambda d: d[KEY]["most-sides"]["accept"][0]["answer"].update(choices=["hexagon"]),
            "most-sides: accept: hexagon is not an option.",
        ),
        (
            lambda d: d[KEY]["most-sides"]["accept"][0]["answer"].update(choices=[]),
            "most-sides: accept.0: names no option.",
        ),
        (
            lambda d: d[KEY]["most-sides"]["accept"][0]["answer"].update(choices=["square"]),
            "most-sides: options.pentagon: has no explanation.",
        ),
        (
            lambda d: d[KEY]["most-sides"]["accept"][0]["answer"].update(choices=["pentagon", "square"]),
            "most-sides: options.square: is accepted and explained as wrong.",
        ),
        (
            lambda d: d[KEY]["most-sides"]["options"].update(hexagon={"misconception": "stops-early", "why": "No."}),
            "most-sides: options.hexagon: is not an option.",
        ),
        (
            lambda d: d[KEY]["round-or-straight"]["segments"].pop("oval"),
            "round-or-straight: segments.oval: has no key.",
        ),
        (
            lambda d: d[KEY]["round-or-straight"]["segments"].update(egg={"accept": ["round"], "why": "It is."}),
            "round-or-straight: segments.egg: is not in the item.",
        ),
        (
            lambda d: d[KEY]["round-or-straight"]["segments"]["oval"].update(accept=["roundish"]),
            "round-or-straight: segments.oval: roundish is not a label.",
        ),
        (
            lambda d: d[KEY]["round-or-straight"]["confusions"].pop(),
            "round-or-straight: confusions: no explanation for round where straight is accepted.",
        ),
        (
            lambda d: d[KEY]["by-size"]["accept"][0]["answer"]["order"].pop(),
            "by-size: accept.0: does not name every entry once.",
        ),
        (lambda d: d[KEY]["by-size"]["pairs"][0].update(after="league"), "by-size: pairs: league is not an entry."),
        (
            lambda d: d[KEY]["by-size"]["pairs"].pop(),
            "by-size: pairs: ",
        ),
        (
            lambda d: d[KEY]["corners"]["accept"][0]["answer"].update(value="ten"),
            "corners: accept.0.answer.value: 'ten' is not a number. Compute one number.",
        ),
        (
            lambda d: d[KEY]["squares"]["accept"][0]["answer"].update(columns=["number", "cube"]),
            "squares: accept.0: the columns are number, cube.",
        ),
        (lambda d: d[KEY]["squares"]["wrong"][0].update(answer={"value": 3}), "squares: wrong.0: a number was given."),
    ],
)
def test_when_a_key_is_malformed_then_file_item_field_and_remedy_are_named(
    folder: Path, change: Change, message: str
) -> None:
    assert key_refusal(folder, change).startswith(message)


@pytest.mark.parametrize("name", ["items.yaml", "key.yaml"])
def test_when_a_file_is_no_yaml_then_file_and_line_are_named(folder: Path, name: str) -> None:
    path = folder / name
    path.write_text("unit: kinds\ntitle: [")
    message = refusal(lambda: load(folder))
    assert re.fullmatch(re.escape(f"{path}: line 2: ") + r".+\. Correct the YAML at this line\.", message)


@pytest.mark.parametrize("text", ["", "[]", "unit", "5", "null"])
@pytest.mark.parametrize("name", ["items.yaml", "key.yaml"])
def test_when_a_file_holds_no_fields_then_it_is_refused(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    assert refusal(lambda: load(folder)).startswith(f"{folder / name}: input should be a valid dictionary")


def test_when_there_are_no_items_then_the_learner_is_sent_to_the_units_folder(tmp_path: Path) -> None:
    assert refusal(lambda: load_unit(tmp_path)) == (
        f"{tmp_path / 'items.yaml'}: the file is missing. "
        "Open the notebook from its unit's folder, where this file stands beside it."
    )


def test_when_a_unit_has_no_such_item_then_its_items_are_listed() -> None:
    unit, _ = load(KINDS)
    assert refusal(lambda: unit.item("most-corners")) == (
        "items.yaml: most-corners: there is no such item in this unit. "
        "Use one of most-sides, even-numbers, round-or-straight, by-size, corners, squares."
    )


def test_a_long_value_is_shortened_in_the_message(folder: Path) -> None:
    message = items_refusal(folder, lambda d: item(d, "most-sides").update(points="x" * 5000))
    assert len(message) < 200


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_whatever_items_hold_the_message_is_one_line(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "items.yaml").write_text(
        json.dumps({"unit": "u", "title": "t", "minutes": 5, "objectives": data, "items": data})
    )
    assert refusal(lambda: load_unit(folder))


def test_a_key_is_found_under_its_masters_or_its_learners_name_or_not_at_all(folder: Path) -> None:
    assert find_key(folder) == folder / "key.yaml"
    (folder / "key.yaml").rename(folder / ".key.yaml")
    assert find_key(folder) == folder / ".key.yaml"
    (folder / ".key.yaml").unlink()
    assert find_key(folder) is None


# Every item of every unit

few = settings(max_examples=15)  # times the items


@each_item()
def test_every_accepted_answer_scores_full(item: Item, key: Key) -> None:
    for sample in key.samples.accept:
        result = item.score(item.parse(sample), key)
        assert (result.status, result.fraction, result.points) == (Status.CORRECT, 1.0, item.points)


@each_item()
def test_the_model_answer_is_complete_and_right(item: Item, key: Key) -> None:
    answer = item.parse(key.model_answer())
    assert item.score(answer, key).fraction == 1
    assert item.missing(answer.model_copy(update={"confidence": "sure"})) == ""


@each_item()
def test_a_blank_answer_is_incomplete_and_scores_nothing(item: Item, key: Key) -> None:
    blank = item.parse({})
    result = item.score(blank, key)
    assert (result.status, result.points, result.notes) == (Status.INCOMPLETE, 0, ())
    assert item.missing(blank) == result.summary != ""


@each_item()
@few
@given(data=st.data())
def test_any_answer_scores_from_0_to_1_and_the_same_each_time(item: Item, key: Key, data: st.DataObject) -> None:
    answer = item.parse(data.draw(answers(item)))
    result = item.score(answer, key)
    assert 0 <= result.fraction <= 1
    assert result.points == round(result.fraction * item.points, 2)
    assert (result.status == Status.CORRECT) == (result.fraction == 1)
    assert item.score(answer, key) == result


@each_item()
@few
@given(data=st.data())
def test_a_stored_answer_is_read_back_as_it_was(item: Item, key: Key, data: st.DataObject) -> None:
    answer = item.parse(data.draw(answers(item)))
    for mode in ("json", "python"):
        assert item.parse(answer.model_dump(mode=mode)) == answer
    assert item.parse(json.loads(answer.model_dump_json())) == answer


@each_item()
@few
@given(data=st.data())
def test_any_answer_can_be_put_in_words(item: Item, key: Key, data: st.DataObject) -> None:
    answer = item.parse(data.draw(answers(item)))
    assert all(isinstance(line, str) for line in [item.missing(answer), *item.describe(answer)])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(max_size=3),
    lambda x: (
        st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5) | st.sampled_from(["a", "b"]), x, max_size=3)
    ),
    max_leaves=8,
)
fields = st.sampled_from(["choices", "confidence", "labels", "order", "value", "columns", "rows"])


@each_item(lambda item: item.id in {entry.id for entry in load(KINDS)[0].items})
@given(value=anything | st.dictionaries(fields, anything, max_size=3))
def test_whatever_is_typed_is_an_answer_or_refused_in_one_line(item: Item, key: Key, value: Any) -> None:
    def answer() -> None:
        parsed = item.parse(item.typed(value, None))
        json.dumps(parsed.model_dump(mode="json"), allow_nan=False)
        item.describe(parsed)
        item.score(parsed, key)

    message = refusal(answer)
    assert not message or message.startswith(f"answer: {item.id}: ")


@each_item()
def test_a_prompt_holds_nothing_of_the_key(item: Item, key: Key) -> None:
    shown = json.dumps(item.prompt(), ensure_ascii=False)
    secrets = [*key.hints, *_texts(key.model_dump())]
    assert [text for text in secrets if text in shown] == []


def _texts(data: Any) -> list[str]:
    """Every explanation and reason in a key."""
    if isinstance(data, dict):
        mine = [data[name] for name in ("why", "reason") if isinstance(data.get(name), str)]
        return mine + [text for value in data.values() for text in _texts(value)]
    return [text for value in data for text in _texts(value)] if isinstance(data, (list, tuple)) else []


# Typed and clicked


@pytest.fixture
def class_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder / "key.yaml").unlink()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "typed", "clicked"),
    [
        ("most-sides", "hexagon", {"choices": ["hexagon"], "confidence": None}),
        ("most-sides", ["square", "pentagon"], {"choices": ["square", "pentagon"]}),
        ("round-or-straight", {"egg": "round"}, {"labels": {"egg": "round"}}),
        ("round-or-straight", {"oval": "oblong"}, {"labels": {"oval": "oblong"}}),
        ("round-or-straight", {"oval": 3}, {"labels": {"oval": 3}}),
        ("by-size", ["inch", "foot"], {"order": ["inch", "foot"]}),
        ("by-size", ["inch", "foot", "yard", "league"], {"order": ["inch", "foot", "yard", "league"]}),
    ],
)
def test_a_typed_and_a_clicked_answer_are_refused_alike(
    class_folder: Path, name: str, typed: Any, clicked: dict[str, Any]
) -> None:
    current = session()
    item = current.unit.item(name)
    widget = widget_for(item, {}, lambda data: current.save(item, data))
    widget.set_state({"answer": clicked, "seq": 1})
    with pytest.raises(CourseError) as caught:
        course.answer(name, typed)
    assert widget.status == {"seq": 1, "state": "refused", "text": str(caught.value)}
    assert not (class_folder / "answers.json").exists()


@pytest.mark.parametrize(
    ("name", "typed", "clicked"),
    [
        ("most-sides", "square", {"choices": ["square"]}),
        ("even-numbers", ["six", "two"], {"choices": ["two", "six"], "confidence": None}),
        ("round-or-straight", {"star": "round", "oval": "round"}, {"labels": {"oval": "round", "star": "round"}}),
        ("by-size", ("mile", "inch", "yard", "foot"), {"order": ["mile", "inch", "yard", "foot"]}),
    ],
)
def test_a_typed_and_a_clicked_answer_are_stored_alike(
    class_folder: Path, name: str, typed: Any, clicked: dict[str, Any]
) -> None:
    current = session()
    item = current.unit.item(name)
    course.answer(name, typed)
    stored = current.store.answers()[name].answer
    widget = widget_for(item, {}, lambda data: current.save(item, data))
    widget.set_state({"answer": clicked, "seq": 1})
    assert widget.status["state"] == "saved"
    assert current.store.answers()[name].answer == stored
