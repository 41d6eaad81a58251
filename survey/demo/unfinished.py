"""The mark that loading the sample leaves behind for as long as it is not done."""

from __future__ import annotations

from pathlib import Path

from survey.config import Config


def mark_of(config: Config) -> Path:
    """Return the file that stands in the data folder while the sample is half loaded."""
    return config.home / "sample-unfinished"
