"""Grading: what plugs into nbgrader. Points are computed here, from answers and keys, never in a student's kernel."""
