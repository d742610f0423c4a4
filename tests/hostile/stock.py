"""A class without anything of ours: nbgrader as it comes, and check() scores in the kernel."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from nbgrader.api import Gradebook

from tests.classroom import KINDS, ROOT, Class
from tests.hostile.attack import UNIT, Attack, submission

KERNELS = Path(__file__).with_name("kernels.py")
SECONDS = 4
SETTINGS = f"""
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "key.yaml"]
c.Execute.timeout = {SECONDS}
c.GenerateFeedback.force = True
"""
# One process imports nbgrader and is forked for each command; it says how each ended.
FORKS = """
import os, sys
from nbgrader.apps import nbgraderapp
print("ready", flush=True)
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        sys.argv = ["nbgrader", *line.split()]
        os.dup2(os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        nbgraderapp.main()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Stock:
    """A course folder that stock nbgrader grades."""

    def __init__(self, folder: Path) -> None:
        made = Class(folder, KINDS)  # ours, for the released version: what a student starts from has no key in it
        self.released = made.course / "release" / UNIT
        self.course, self.home = folder / "stock", folder / "home"
        self.home.mkdir()
        shutil.copytree(KINDS, self.course / "source" / UNIT)
        shutil.copyfile(KINDS / "key.yaml", self.course / "source" / UNIT / ".key.yaml")
        (self.course / "nbgrader_config.py").write_text(SETTINGS)
        # Nothing of the environment passes on: this code runs without walls.
        path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
        self._environment = {"HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8", "TMPDIR": str(self.home)}
        self._environment["JUPYTER_PATH"] = str(self.home / "jupyter")
        spec = self.home / "jupyter" / "kernels" / "python3"
        spec.mkdir(parents=True)
        words = [sys.executable, "-S", "-E", str(KERNELS), "{connection_file}"]
        (spec / "kernel.json").write_text(json.dumps({"argv": words, "display_name": "P", "language": "python"}))
        self._kernels = self._start(str(KERNELS))
        self._forks = self._start("-c", FORKS)
        for process in (self._kernels, self._forks):
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        self.nbgrader("generate_assignment", UNIT)

    def nbgrader(self, *arguments: str) -> int:
        """Run a command; return how it ended."""
        assert self._forks.stdin
        assert self._forks.stdout
        self._forks.stdin.write(" ".join(arguments) + "\n")
        self._forks.stdin.flush()
        return int(self._forks.stdout.readline())

    def _start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.course,
            env=self._environment | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def close(self) -> None:
        self._forks.communicate()
        self._kernels.kill()
        self._kernels.communicate()

    def hand_in(self, student: str, *attacks: Attack, right: bool = False) -> Path:
        folder = submission(self.course / "submitted" / student / UNIT, self.released, right=right)
        for attack in attacks:
            attack.apply(folder)
        return folder

    def rows(self, student: str) -> dict[str, float] | None:
        """The points of a student by check cell; None if there is no row."""
        with Gradebook(f"sqlite:///{self.course}/gradebook.db") as book:
            for each in book.assignment_submissions(UNIT):
                if each.student.id == student:
                    return {grade.name: grade.score for notebook in each.notebooks for grade in notebook.grades}
        return None
