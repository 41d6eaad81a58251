"""Rounds of evaluation, from draft to archive."""
