"""nbgrader for this course: what students never get, and the engine that grades."""

try:
    from course.grading.plugin import install
except ImportError as error:  # nbgrader would go on without this file: release keys, and run student code unguarded
    raise SystemExit(f"nbgrader_config.py: {error}. Run nbgrader in the course's environment.") from None

c = get_config()  # noqa: F821  # nbgrader defines it

c.CourseDirectory.course_id = "open-or-closed"
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    # Keys and notes for teachers stay in source/.
    "key.yaml",
    ".key.yaml",
    "teaching.md",
    "passes.csv",
    "drawings.yaml",
    ".answers.lock",
]
c.ClearSolutions.code_stub = {"python": "# Write code here only if the text above asks for it."}

# `nbgrader autograde`, `nbgrader generate_feedback` and formgrader's buttons use the course's engine: answers are
# scored in a process that runs no student code, and code runs in a sandbox. c.Execute.timeout is its limit per cell,
# in seconds.
install()

# Formgrader shows what students wrote; nothing of it may run in a browser.
c.HTMLExporter.preprocessors = ["course.grading.safehtml.SafeHTML"]
