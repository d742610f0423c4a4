"""Print what ``import course`` adds to a bare interpreter: the least of several runs, in milliseconds.

Run ``.venv/bin/python benchmarks/import_time.py [RUNS]``. The aim is under 150 ms.
"""

import subprocess
import sys
import time


def seconds(code: str, runs: int) -> float:
    """Return the least time that a new interpreter takes for some code."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    bare, loaded = seconds("pass", runs), seconds("import course", runs)
    print(f"bare {bare * 1000:.0f} ms, with course {loaded * 1000:.0f} ms, added {(loaded - bare) * 1000:.0f} ms")
