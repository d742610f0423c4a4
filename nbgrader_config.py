"""nbgrader for this course: what students never get, and scoring from answers instead of printed points."""

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
    ".answers.lock",
]
c.ClearSolutions.code_stub = {"python": "# Your code goes here. Where a form follows, you do not need any."}

c.OverwriteCells.add_missing_cells = True  # a deleted check cell is no lost answer

c.Execute.store_widget_state = False  # it would copy every front end into every graded notebook

# Formgrader and feedback show what students wrote; nothing of it may run in a browser.
c.HTMLExporter.preprocessors = ["course.grading.preprocessors.SafeHTML"]

c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.Execute",
    "course.grading.preprocessors.ScoreAnswers",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "course.grading.preprocessors.SaveScores",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
