"""Run code cells as a notebook does, and report what each showed and left: all of it inside the sandbox."""

from __future__ import annotations

import base64
import builtins
import io
import json
import random
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course.datafile import MAX_DEPTH
from course.errors import CourseError
from course.exercises.kinds.table import plain
from course.grading.walls import LATE, Limits

MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")
ERROR_ROOM = 16_000  # bytes a cell may use for errors and for the text of its result, whatever it has printed before
MAX_FRAMES = 50  # of a traceback
MAX_NAME = 200  # characters of an item's id
_EACH = 100  # bytes that an output costs besides its text
_MUTE = (
    "check",
    "choose",
    "hand_in",
    "hint",
    "label",
    "map_argument",
    "model_answer",
    "order",
    "progress",
    "read",
    "rubric",
    "write",
)


class CellTimeout(BaseException):
    """A cell ran too long. Not an ``Exception``, so that ``except Exception`` does not swallow it."""


class Recorder:
    """The outputs of one cell after the other, within one limit for all.

    Args:
        limit: Bytes for all outputs, as JSON.
    """

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit
        self.outputs: list[dict[str, Any]] = []
        self._reserve = 0
        self._cut = False
        self._handles: dict[str, dict[str, Any]] = {}

    def start(self) -> None:
        """Begin a cell."""
        self.outputs, self._handles = [], {}
        self._reserve, self._cut = ERROR_ROOM, False

    def finish(self) -> list[dict[str, Any]]:
        """End a cell; return its outputs."""
        if self._cut:
            text = f"[Output was left out here: a run may show {self.limit} bytes.]\n"
            self.outputs.append({"output_type": "stream", "name": "stdout", "text": [text]})
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.outputs

    def stream(self, name: str, text: str) -> None:
        """Take printed text; what is more than the limit is dropped at once."""
        if not text:
            return
        if self.left <= _EACH:
            self._cut = True
            return
        last = self.outputs[-1] if self.outputs else None
        same = last is not None and last["output_type"] == "stream" and last["name"] == name
        text = self._fit(text, 0 if same else _EACH)
        if not text:
            return
        if same and last is not None:
            last["text"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": [text]})

    def show(self, data: dict[str, Any], count: int | None = None, display_id: str | None = None) -> None:
        """Take a display or, with a count, the value of a cell."""
        kept = {mime: _text(data[mime]) for mime in MIME_TYPES if mime in data}
        cost = _EACH + sum(_size(text) for text in kept.values())
        if cost <= self.left:
            self.left -= cost
        else:
            self._cut = True
            if count is None or self._reserve < _EACH:
                return
            self._reserve -= _EACH
            kept = {"text/plain": self._reserved(kept.get("text/plain", ""))}
        output: dict[str, Any] = {"output_type": "display_data", "metadata": {}, "data": kept}
        if count is not None:
            output |= {"output_type": "execute_result", "execution_count": count}
        self.outputs.append(output)
        if display_id is not None:
            self._handles[display_id] = output

    def update(self, data: dict[str, Any], display_id: str | None) -> None:
        """Replace a display of this cell."""
        output = self._handles.get(display_id or "")
        if output is not None and output in self.outputs:
            place = self.outputs.index(output)
            self.show(data, display_id=display_id)
            self.outputs[place] = self.outputs.pop()

    @property
    def failed(self) -> bool:
        """Whether the cell has an error."""
        return any(output["output_type"] == "error" for output in self.outputs)

    def clear(self) -> None:
        """Forget what the cell has shown, except errors."""
        self.outputs = [output for output in self.outputs if output["output_type"] == "error"]

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """Take an error. It is never dropped because much was printed before."""
        if self._reserve < _EACH:
            return
        self._reserve -= _EACH
        name, value = self._reserved(name[:200]), self._reserved(value[:2_000])
        lines = self._reserved("\n".join(traceback)[:10_000]).split("\n")
        self.outputs.append({"output_type": "error", "ename": name, "evalue": value, "traceback": lines})

    def _fit(self, text: str, extra: int) -> str:
        room = self.left - extra
        cut = clean(text[: max(room, 0)])
        while cut and (size := _size(cut)) > room:
            cut = cut[: min(len(cut) - 1, len(cut) * room // size)] if room > 0 else ""
        self.left -= (_size(cut) + extra) if cut else 0
        if len(cut) < len(text):
            self._cut, self.left = True, 0
        return cut

    def _reserved(self, text: str) -> str:
        text = clean(text)
        while text and (size := _size(text)) > self._reserve:
            text = text[: min(len(text) - 1, len(text) * self._reserve // size)]
            self._cut = True
        self._reserve -= _size(text)
        return text


def clean(text: str) -> str:
    """Return a text that UTF-8 can hold: half characters become question marks."""
    return text.encode("utf-8", "replace").decode()


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return clean(str(value))


class _Stream(io.TextIOBase):
    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        _RECORDER.stream(self._name, text)
        return len(text)


class _NoInput(io.TextIOBase):
    def read(self, size: int | None = -1) -> str:
        del size
        raise StdinNotImplementedError("Nobody can answer while a notebook is graded.")

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        return self.read(size)


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        del md_dict
        _RECORDER.show(format_dict, count=self.prompt_count)

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Publisher(DisplayPublisher):
    def publish(
        self,
        data: dict[str, Any],
        metadata: Any = None,
        source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        del metadata, source, kwargs
        display_id = (transient or {}).get("display_id")
        if update:
            _RECORDER.update(data, display_id)
        else:
            _RECORDER.show(data, display_id=display_id)

    def clear_output(self, wait: bool = False) -> None:
        del wait
        _RECORDER.clear()


class _Shell(InteractiveShell):
    displayhook_class = _Hook
    display_pub_class = _Publisher

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        del etype
        _error(evalue, stb)

    def _get_exc_info(self, exc_tuple: Any = None) -> tuple[Any, Any, Any]:
        kind, error, traceback = super()._get_exc_info(exc_tuple)  # type: ignore[no-untyped-call]
        step = traceback
        for _ in range(MAX_FRAMES):
            step = step and step.tb_next
        if step:  # an endless recursion: to describe all of it takes longer than the cell
            step.tb_next = None
        return kind, error, traceback

    def show_usage_error(self, exc: BaseException) -> None:
        _error(exc)

    def system(self, cmd: str) -> None:
        raise UsageError(f"Commands of the system are not available while a notebook is graded: {cmd[:60]}")

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> None:
        del split, depth
        self.system(cmd)

    def ask_exit(self) -> None:
        raise SystemExit

    def enable_gui(self, gui: str | None = None) -> None:
        del gui


# What most code does, so that pandas and IPython have loaded whatever they load on first use.
_WARM_UP = (
    """
import io
import pandas as pd
from course import dataset, sources
table = dataset("readings")
counts = table[table["label"] == "value"].groupby(["reader", "source"]).size().reset_index(name="lines")
wide = table.pivot_table(index="segment", columns="reader", values="label", aggfunc="first")
wide["A"].value_counts(normalize=True), (wide["A"] == wide["B"]).mean(), wide.describe()
numbers = sources().reset_index()[["source", "words", "segments"]]
numbers["share"] = numbers["words"] / numbers["words"].sum()
merged = numbers.merge(counts, on="source", how="left").sort_values("words").dropna()
pd.read_csv(io.StringIO(merged.to_csv(index=False))).describe()
merged.groupby("source").agg({"words": "mean"}).round(2)
""",
    "merged",
    "numbers['share']",
    "1 / 0",
)

_RECORDER = Recorder(0)
_GIVEN: list[dict[str, Any]] = []
_TYPED = 0  # bytes that calls of answer() may still give
_SHELL: Any = None  # IPython's methods have no types


def preload() -> None:
    """Load what every run needs, so that a forked process has it already."""
    global _SHELL  # noqa: PLW0603  # one shell to a process: IPython's get_ipython() finds it
    import numpy as np

    import course
    from course import notebook
    from course.corpus import frames, reader

    with tempfile.TemporaryDirectory() as folder:  # IPython insists on a folder for its profile
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        _SHELL = _Shell.instance(config=config, ipython_dir=folder)
    for load in (frames.sources, frames.paragraphs, frames.segments):
        load()
    for name in _MUTE:
        for module in (course, notebook, reader):
            if module is course or name in vars(module):
                setattr(module, name, _nothing)
    for module in (course, notebook):
        module.answer = _answer  # type: ignore[attr-defined]
    np.random.default_rng(0)
    _RECORDER.left = _RECORDER.limit = 100_000
    for source in _WARM_UP:
        _RECORDER.start()
        _SHELL.run_cell(source, store_history=False)
    _SHELL.reset()


def run(jobs: list[dict[str, Any]], limits: Limits) -> Iterator[dict[str, Any]]:
    """Run the cells one after the other.

    Args:
        jobs: For each cell its ``source`` and its ``exports``, a mapping of item ids to variables.
        limits: The limits.

    Yields:
        For each cell that ended its ``outputs``, what is ``given`` and the ``problems`` of its values; :data:`LATE`
        if there is no time for the next.
    """
    global _TYPED  # noqa: PLW0603
    if _SHELL is None:
        raise RuntimeError("nothing is loaded")
    import numpy as np

    np.random.seed(0)  # students' code uses the old generator, too
    random.seed(0)
    _RECORDER.left = _RECORDER.limit = limits.output
    _TYPED = limits.value
    sys.stdin = _NoInput()
    sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")
    builtins.input = _no_input
    # A module beside the notebook can be imported, but it cannot take the place of another.
    sys.path.append("")
    warnings.filterwarnings("ignore", message="To exit: use")
    signal.signal(signal.SIGALRM, _alarm)
    end = time.monotonic() + limits.total_seconds
    for job in jobs:
        left = end - time.monotonic()
        if left <= 0:
            yield LATE
            return
        yield _run_cell(_SHELL, job, limits, min(limits.cell_seconds, left))


def _run_cell(shell: Any, job: dict[str, Any], limits: Limits, seconds: float) -> dict[str, Any]:
    problems: list[str] = []
    _RECORDER.start()
    _GIVEN.clear()
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            done = shell.run_cell(clean(job["source"]), store_history=True)
            raised = done.error_before_exec or done.error_in_exec
            if raised and not _RECORDER.failed:  # it could not even be shown
                _error(raised)
            for item, variable in job["exports"].items():
                problem = _export(item, shell.user_ns.get(variable), limits)
                if problem:
                    problems.append(f"{variable}: {problem}")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:  # whatever a student's code raises, the next cell runs
        _error(error)
    return {"outputs": _RECORDER.finish(), "given": list(_GIVEN), "problems": problems}


def _error(error: BaseException, traceback: list[str] | None = None) -> None:
    name = type(error).__name__
    try:
        value = str(error)
    except BaseException:  # a student's class
        value = ""
    _RECORDER.error(name, value, traceback or [f"{name}: {value}"])


def _export(item: str, value: Any, limits: Limits) -> str:
    if value is None:
        return ""
    try:
        _GIVEN.append({"item": item, "value": _storable(plain(value, item), limits.value), "confidence": None})
    except CourseError as error:
        return error.problem
    return ""


def _answer(item: str, value: Any, confidence: str | None = None) -> None:
    """Stand in for :func:`course.answer`: take what is typed; whether it fits is seen later."""
    global _TYPED  # noqa: PLW0603  # what is left of it is a matter of the whole run
    for said in (item, confidence or ""):
        if type(said) is not str or len(said) > MAX_NAME:
            raise CourseError("the item's id or the confidence is not a short text", "Correct it.")
    ready = _storable(value if _is_plain(value) else plain(value, item), _TYPED)
    _TYPED -= len(json.dumps(ready)) + _EACH + MAX_NAME
    _GIVEN.append({"item": item, "value": ready, "confidence": confidence})


def _is_plain(value: Any, depth: int = 0) -> bool:
    if depth > MAX_DEPTH - 6:  # a report has levels of its own
        raise CourseError("the value is nested too deeply", "Give a mapping or a list.")
    if type(value) is dict:
        return all(type(name) is str and _is_plain(part, depth + 1) for name, part in value.items())
    if type(value) in (list, tuple):
        return all(_is_plain(part, depth + 1) for part in value)
    return value is None or type(value) in (str, bool, int, float)


def _storable(value: Any, limit: int) -> Any:
    try:
        if not _is_plain(value):
            raise TypeError
        text = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):  # NaN, half a character, what JSON does not know
        raise CourseError("the value cannot be stored", "Use text and finite numbers.") from None
    if len(text) > limit:
        raise CourseError(f"the value is larger than {limit} bytes", "Give a smaller one.")
    return json.loads(text)  # a copy: what the code does to its own value later changes nothing


def _nothing(*_: Any, **__: Any) -> None:
    """Stand in for what a notebook shows: while grading, nobody looks at it."""


def _no_input(prompt: object = "") -> str:
    del prompt
    return sys.stdin.readline()


def _alarm(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise CellTimeout("This cell ran too long and was stopped.")
