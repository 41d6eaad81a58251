"""Counts of opened boxes on their way to figures."""
