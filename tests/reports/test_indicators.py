"""Indicators: how values become points, and points a tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.indicators import (
    Direction,
    Indicator,
    Scoring,
    benchmarks,
    faults,
    missing,
    period_scores,
    points,
    tree_scores,
    without,
)

LINEAR = Indicator("k1", "按期办结率", "g", 2, Scoring.LINEAR, target=100, floor=60)
LOW = Indicator("k2", "平均等候分钟", "g", 1, Scoring.LINEAR, Direction.LOWER, target=5, floor=45)
STEP = Indicator("k3", "发展党员", "", 1, Scoring.STEP, steps=((3, 100), (2, 80), (1, 60)))
DEDUCTION = Indicator("k4", "有效投诉", "", 1, Scoring.DEDUCTION, points_each=5)
VETO = Indicator("k5", "安全事故", "", 1, Scoring.VETO, Direction.LOWER, limit=0)
TREE = [Indicator("g", "服务效能", weight=2), LINEAR, LOW, STEP, DEDUCTION, VETO]


@pytest.mark.parametrize(
    ("indicator", "value", "wanted"),
    [
        (LINEAR, 80, 50),
        (LINEAR, 120, 100),
        (LINEAR, 10, 0),
        (LOW, 5, 100),
        (LOW, 25, 50),
        (LOW, 90, 0),
        (STEP, 2, 80),
        (STEP, 9, 100),
        (STEP, 0, 0),
        (DEDUCTION, 3, 85),
        (DEDUCTION, 99, 0),
        (VETO, 0, 100),
        (VETO, 1, 0),
    ],
)
def test_values_become_points(indicator, value, wanted):
    assert points(indicator, value) == pytest.approx(wanted)


def test_a_branch_is_the_weighted_mean_of_what_stands_under_it():
    scores = tree_scores(TREE, {"k1": 80, "k2": 5, "k3": 2, "k4": 4, "k5": 0})

    assert scores["g"].score == pytest.approx((2 * 50 + 100) / 3)
    assert scores[""].score == pytest.approx((2 * scores["g"].score + 80 + 80) / 4)
    assert (scores[""].known, scores[""].is_veto) == (1.0, False)


def test_what_is_missing_shares_its_weight_and_is_told():
    scores = tree_scores(TREE, {"k1": 80, "k3": 2})

    assert scores["g"].score == pytest.approx(50)
    assert scores["g"].known == pytest.approx(2 / 3)
    assert scores[""].score == pytest.approx((2 * 50 + 80) / 3)
    assert [each.code for each in missing(TREE, {"k1": 80, "k3": 2})] == ["k2", "k4", "k5"]
    assert tree_scores(TREE, {})[""].score is None


def test_a_veto_reaches_the_top_and_carries_no_points():
    scores = tree_scores(TREE, {"k1": 100, "k2": 5, "k3": 3, "k4": 0, "k5": 1})

    assert scores[""].is_veto
    assert scores[""].score == pytest.approx(100)


@given(st.dictionaries(st.sampled_from(["k1", "k2", "k3", "k4", "k5"]), st.floats(-1e6, 1e6)))
def test_points_stay_between_none_and_full(values):
    for score in tree_scores(TREE, values).values():
        assert score.score is None or 0 <= score.score <= 100
        assert 0 <= score.known <= 1


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ([LINEAR], "不存在"),
        ([STEP, STEP], "出现了两次"),
        ([Indicator("a", "甲")], "没有计分办法"),
        ([Indicator("a", "甲", "b"), Indicator("b", "乙", "a")], "绕成了圈"),
        ([Indicator("a", "甲", scoring=Scoring.LINEAR, target=1, floor=1)], "不能一样"),
        ([Indicator("a", "甲", scoring=Scoring.LINEAR, target=1, floor=9)], "不一致"),
        ([Indicator("a", "甲", scoring=Scoring.STEP, steps=((1, 60), (3, 100)))], "从好到差"),
        ([Indicator("a", "甲", scoring=Scoring.DEDUCTION)], "大于0"),
        ([Indicator("a", "甲", scoring=Scoring.DEDUCTION, points_each=1, weight=-1)], "小于0"),
        (
            [
                Indicator("a", "甲", scoring=Scoring.DEDUCTION, points_each=1),
                Indicator("b", "乙", "a", scoring=Scoring.DEDUCTION, points_each=1),
            ],
            "下面还有指标",
        ),
    ],
)
def test_a_tree_that_cannot_be_scored_says_why(tree, words):
    assert any(words in fault for fault in faults(tree))


def test_a_good_tree_has_no_faults():
    assert faults(TREE) == ()


def test_benchmarks_stand_inside_the_peer_group():
    found = benchmarks("k1", {"U1": 60, "U2": 80, "U3": 80, "U4": 100})

    assert (found["U2"].median, found["U2"].best_quarter, found["U2"].place) == (80, 85, 2)
    assert found["U1"].place == 4
    assert benchmarks("k1", {"U1": 60})["U1"].best_quarter is None
    assert benchmarks("k1", {}) == {}


def test_a_period_takes_the_mean_of_the_points_it_holds():
    months = {"k1": (80, None, 100), "k3": (2,), "k5": (0, 1, 0)}

    scores = period_scores(TREE, months)

    assert (scores["k1"].score, scores["k1"].value) == (pytest.approx(75), None)
    assert scores["k1"].known == pytest.approx(2 / 3)
    assert (scores["k3"].score, scores["k3"].value) == (80, 2)
    assert scores[""].is_veto


def test_what_does_not_apply_leaves_the_tree_with_the_branches_it_empties():
    pruned = without(TREE, {"k1", "k2"})

    assert [each.code for each in pruned] == ["k3", "k4", "k5"]
    assert tree_scores(pruned, {"k3": 3, "k4": 0, "k5": 0})[""].known == 1
    assert without(TREE, {"k1"})[0].code == "g"


LEAVES = [each.code for each in TREE if each.scoring]
SEVERAL = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=4)


@given(st.dictionaries(st.sampled_from(LEAVES), SEVERAL), st.sampled_from(LEAVES))
def test_a_better_value_never_gives_fewer_points_and_a_missing_one_never_counts(values, leaf):
    before = period_scores(TREE, values)
    longer = period_scores(TREE, {**values, leaf: [*values.get(leaf, [None]), None]})
    full = {"k1": 100, "k2": 5, "k3": 3, "k4": 0, "k5": 0}[leaf]
    better = period_scores(TREE, {**values, leaf: [full]})

    assert longer[leaf].score == before[leaf].score
    assert longer[leaf].known <= before[leaf].known
    assert better[leaf].score == pytest.approx(100)
    if before[leaf].score is not None and before[""].score is not None:
        assert better[""].score >= before[""].score - 1e-9


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 100), min_size=1))
def test_places_and_quarters_agree_with_the_order(group):
    found = benchmarks("", group)

    for each in found.values():
        assert each.place == 1 + sum(other > each.own for other in group.values())
        assert sum(other >= each.median for other in group.values()) * 2 >= len(group)
        if each.best_quarter is not None:
            assert sum(other >= each.best_quarter for other in group.values()) * 4 >= len(group)
