"""Results of other evaluations beside the residents' own, and where the two point apart.

Another evaluation has points or grades of its own making, so its score is no estimate of the same
thing: only a gap that is both beyond the residents' interval and large is told. docs/methods.md,
section 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.sources import LARGE_GAP, Reading

GRADES: Mapping[str, int] = {
    "好": 4,
    "优秀": 4,
    "满意": 4,
    "较好": 3,
    "良好": 3,
    "合格": 3,
    "称职": 3,
    "比较满意": 3,
    "一般": 2,
    "基本合格": 2,
    "基本称职": 2,
    "基本满意": 2,
    "较差": 1,
    "不合格": 1,
    "不称职": 1,
    "不满意": 1,
}
"""The grades that are known, on the four steps of 组厅字〔2012〕6号 (domain.md 3.8)."""
STEP_NAMES = {4: "好", 3: "较好", 2: "一般", 1: "较差"}
STEPS = ((90.0, 4), (80.0, 3), (60.0, 2), (0.0, 1))
APART_STEPS = 2


@dataclass(frozen=True)
class OutsideReading:
    """What another evaluation said: a score of 0–100, a grade in its own words, or both."""

    source: str
    year: int
    score: float | None
    grade: str
    note: str = ""


def step_of(score: float) -> int:
    """Return the step, 4 to 1, that a score of 0–100 stands for."""
    return next(step for edge, step in STEPS if score >= edge)


def apart(outside: OutsideReading, residents: Reading | None) -> str:
    """Return a sentence where the two point apart; empty where they do not, or cannot be told.

    Scores point apart when they differ by more than 15 points and the other one lies outside the
    residents' interval; grades when they lie two steps apart, counted from the nearer end of it.
    """
    if residents is None:
        return ""
    interval = residents.interval
    low = interval.low if interval else residents.score
    high = interval.high if interval else residents.score
    if outside.score is not None:
        gap = outside.score - residents.score
        if abs(gap) <= LARGE_GAP or low <= outside.score <= high:
            return ""
        side = "高" if gap > 0 else "低"
        return (
            f"{outside.source}{outside.score:.1f}分，群众评议{residents.score:.1f}分："
            f"{outside.source}{side}{abs(gap):.1f}分，请核对原因"
        )
    step = GRADES.get(outside.grade)
    if step is None or min(abs(step - step_of(end)) for end in (low, high)) < APART_STEPS:
        return ""
    name = STEP_NAMES[step_of(residents.score)]
    return (
        f"{outside.source}是“{outside.grade}”，群众评议{residents.score:.1f}分，"
        f"相当于“{name}”，相差两档以上，请核对原因"
    )
