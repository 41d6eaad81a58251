"""Other evaluations beside the residents': when two point apart, and when that is not said."""

import pytest

from reports.outside import OutsideReading, apart, step_of
from reports.sources import RESIDENTS, Reading


def residents(score, se=1.0):
    return Reading(RESIDENTS, score, se, 60)


def outside(score=None, grade=""):
    return OutsideReading("年度考核", 2026, score, grade)


@pytest.mark.parametrize(
    ("said", "own", "words"),
    [
        (outside(92), residents(64), "年度考核高28.0分"),
        (outside(60), residents(90), "年度考核低30.0分"),
        (outside(79), residents(64), ""),
        (outside(92), residents(64, se=20), ""),
        (outside(92), None, ""),
        (outside(grade="优秀"), residents(64), "年度考核是“优秀”"),
        (outside(grade="不合格"), residents(85), "相差两档以上"),
        (outside(grade="较好"), residents(64), ""),
        (outside(grade="优秀"), residents(79, se=2), ""),
        (outside(grade="优秀", score=64), residents(64), ""),
    ],
)
def test_only_a_large_gap_beyond_the_interval_is_told(said, own, words):
    found = apart(said, own)

    assert words in found
    assert bool(words) is bool(found)


def test_steps_are_those_of_2012():
    assert [step_of(score) for score in (90, 89.9, 80, 79.9, 60, 59.9, 0)] == [4, 3, 3, 2, 2, 1, 1]
