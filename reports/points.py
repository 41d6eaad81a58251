"""What the levels of a scale are worth, and which of them a rate counts (domain.md 2.1 and 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Calibre:
    """Which levels of a scale count for each rate.

    A name such as 满意率（满意以上） says which levels it counts, so that no rule set
    changes them; a rule set chooses which of the two rates a gate looks at.
    """

    top2: tuple[str, ...]
    top3: tuple[str, ...]
    bad: tuple[str, ...]


FIVE_LEVELS = Calibre(top2=("5", "4"), top3=("5", "4", "3"), bad=("2", "1"))
FOUR_LEVELS = Calibre(top2=("4", "3"), top3=("4", "3", "2"), bad=("1",))

CALIBRES = {
    "sat5": FIVE_LEVELS,
    "sat5x": FIVE_LEVELS,
    "sat4": FOUR_LEVELS,
    "sat4x": FOUR_LEVELS,
    "grade4": FOUR_LEVELS,
}

FAMILIES: Mapping[str, str] = {
    "sat5": "sat5",
    "sat5x": "sat5",
    "sat4": "sat4",
    "sat4x": "sat4",
    "grade4": "grade4",
}
"""Scale → the family of scales that a rule set gives points to; others keep the questionnaire's."""

LEVELS: Mapping[str, tuple[str, ...]] = {
    "sat5": ("5", "4", "3", "2", "1"),
    "sat4": ("4", "3", "2", "1"),
    "grade4": ("4", "3", "2", "1"),
}
"""Levels of a family, best first."""

PASS60: Mapping[str, Mapping[str, float]] = {
    "sat5": {"5": 100, "4": 80, "3": 60, "2": 30, "1": 0},
    "sat4": {"4": 100, "3": 80, "2": 60, "1": 0},
    "grade4": {"4": 100, "3": 80, "2": 60, "1": 0},
}
"""What the questionnaires of the sample carry; where own points start from."""

OWN = "own"
"""The points preset of a rule set that gives points of its own."""

POINTS_PRESETS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "pass60": {},
    "linear": {"sat5": {"5": 100, "4": 75, "3": 50, "2": 25, "1": 0}},
    "even": {"sat5": {"5": 100, "4": 80, "3": 60, "2": 40, "1": 20}},
}
"""Points that replace the questionnaire's own; `pass60` is what the questionnaires carry."""
