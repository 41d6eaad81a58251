"""Residents, leaders and inspectors on one line, and when they contradict each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.composite_rules import SourceLine
from reports.figures import Audience, Figures, ItemFigures, MassFigures, Status, Target
from reports.sources import (
    INSPECTION,
    LEADER,
    RESIDENTS,
    Reading,
    line_of,
    mean_reading,
    residents_reading,
)

LINE = SourceLine("commitments", "承诺践诺", "branch", ("A13",), ("I12",), ("E23",))
READINGS = st.builds(
    Reading,
    st.sampled_from([RESIDENTS, LEADER, INSPECTION]),
    st.floats(0, 100),
    st.sampled_from([0.0, 0.5, 3.0]),
    st.integers(1, 500),
)


def figures(**changes):
    given = {"items": {}, "n": 80, **changes}
    target = Target("B001", "甲支部", "branch")
    return Figures(target, "A_branch_mass", Audience.INTERNAL, Status.RANKABLE, True, **given)


def test_a_gap_beyond_the_joint_interval_is_a_finding():
    line = line_of(LINE, [Reading(RESIDENTS, 71.0, 2.0, 80), Reading(LEADER, 92.0, 1.5, 4)])
    (found,) = line.contradictions

    assert found.gap == pytest.approx(21)
    assert found.margin == pytest.approx(1.959964 * 2.5, abs=1e-5)
    assert found.is_large
    assert found.sentence == "点评与群众感受不一致：点评比群众评议高21.0分"


def test_inside_the_joint_interval_nothing_is_said():
    readings = [Reading(RESIDENTS, 88.0, 2.0, 80), Reading(LEADER, 92.0, 1.5, 4)]

    assert line_of(LINE, readings).contradictions == ()


def test_two_single_judgements_prove_nothing():
    readings = [Reading(LEADER, 95.0, 0.0, 1), Reading(INSPECTION, 40.0, 0.0, 1)]

    assert line_of(LINE, readings).contradictions == ()


@given(st.lists(READINGS, max_size=3))
def test_every_contradiction_is_wider_than_its_margin(readings):
    for found in line_of(LINE, readings).contradictions:
        assert found.gap > found.margin > 0
        assert found.higher.score > found.lower.score
        assert found.sentence


def test_the_residents_side_is_the_mean_of_the_lines_items():
    line = SourceLine("efficient", "高效服务", "window", ("C17", "C18"))
    items = {
        "C17": ItemFigures("C17", n=80, index=70.0, se=2.0),
        "C18": ItemFigures("C18", n=70, index=80.0, se=3.0),
    }

    assert residents_reading(line, figures(items=items)) == Reading(RESIDENTS, 75.0, 2.5, 70)
    assert residents_reading(line, figures(items={"C17": items["C17"]})) is None
    hidden = {**items, "C18": ItemFigures("C18")}
    assert residents_reading(line, figures(items=hidden)) is None


def test_the_whole_is_the_mass_score_or_the_overall_item():
    whole = SourceLine("whole", "总体", "branch")
    overall = ItemFigures("C50", n=60, index=81.0, se=1.0)

    assert residents_reading(whole, figures(mass=MassFigures(84.0, 1.1))).score == 84.0
    assert residents_reading(whole, figures(overall=overall)) == Reading(RESIDENTS, 81.0, 1.0, 60)
    assert residents_reading(whole, figures()) is None


def test_reviewers_have_the_error_of_their_mean():
    assert mean_reading(LEADER, [80, 90, 100]) == Reading(
        LEADER, 90.0, pytest.approx(10 / 3**0.5), 3
    )
    assert mean_reading(LEADER, [80]) == Reading(LEADER, 80.0, 0.0, 1)
    assert mean_reading(LEADER, []) is None
