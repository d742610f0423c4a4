"""Hostile submissions: each as hostile wrong, hostile right and honest twin, for the engine and for stock nbgrader."""
