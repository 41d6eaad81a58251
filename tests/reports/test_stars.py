"""Stars: the table of the vectors, quotas, and what may never happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.composite_rules import StarRules
from reports.stars import (
    Candidate,
    Reason,
    grade_of,
    highest_allowed,
    promotion_matrix,
    propose,
    propose_all,
)

RULES = StarRules()
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        org_id=st.uuids().map(str),
        sector=st.sampled_from(["rural", "organ"]),
        final=st.none() | st.sampled_from([55.0, 69.9, 79.9999, 80.0, 88.0, 90.0, 95.0]),
        satisfaction=st.none() | st.floats(0, 1),
        is_rankable=st.booleans(),
        is_vetoed=st.booleans(),
        last=st.none() | st.integers(1, 5),
    ),
    max_size=40,
    unique_by=lambda each: each.org_id,
)


def test_every_row_of_the_vector(vectors):
    for row in vectors["TV14_star"]:
        star = propose(
            Candidate(
                "B001",
                "rural",
                row["final"],
                row["sat_rate"],
                row["eligible"],
                row["veto"],
                row["prev"],
            ),
            RULES,
        )
        assert (star.star, star.rule) == (row["star"], row["rule"]), row


@pytest.mark.parametrize(
    ("satisfaction", "star", "is_lagging"),
    [(0.9, 5, False), (0.8999, 3, False), (0.6, 3, False), (0.5999, 2, True)],
)
def test_a_rate_right_at_a_gate_passes_it(satisfaction, star, is_lagging):
    found = propose(Candidate("B1", "rural", 95.0, satisfaction, is_rankable=True, last=5), RULES)

    assert (found.star, found.is_lagging) == (star, is_lagging)


@pytest.mark.parametrize(
    ("last", "satisfaction", "most"), [(5, 0.95, 5), (4, 0.95, 5), (5, 0.7, 3), (None, 0.95, 4)]
)
def test_a_person_decides_on_no_more_than_the_rules_allow(last, satisfaction, most):
    candidate = Candidate("B1", "rural", 95.0, satisfaction, is_rankable=True, last=last)

    assert highest_allowed(candidate, RULES) == most


def test_a_quota_that_comes_out_even_counts_in_full():
    # 0.29 × 100 is a little less than 29 in binary.
    rules = StarRules(quotas=((5, 0.29),))
    candidates = [
        Candidate(f"B{i}", "rural", 99.0 - i / 100, 0.99, is_rankable=True, last=5)
        for i in range(100)
    ]

    assert sum(star.star == 5 for star in propose_all(candidates, rules)) == 29


@given(CANDIDATES)
def test_no_quota_gate_or_step_is_ever_passed(candidates):
    stars = {star.org_id: star for star in propose_all(candidates, RULES)}
    for each in candidates:
        star = stars[each.org_id]
        if each.is_vetoed:
            assert star.star == 1
            continue
        if not each.is_rankable or each.final is None:
            assert star.star == each.last
            continue
        assert star.star <= (4 if each.last is None else each.last + 1)
        if each.satisfaction is not None and each.satisfaction < 0.6:
            assert star.star <= 2
            assert star.is_lagging
    for sector in ("rural", "organ"):
        rankable = [
            c for c in candidates if c.sector == sector and c.is_rankable and c.final is not None
        ]
        for level, share in RULES.quotas:
            held = sum(stars[c.org_id].star == level for c in rankable)
            assert held <= share * len(rankable) + 1e-9


def test_over_quota_the_lower_scores_move_down_and_say_why():
    finals = [95, 94, 93, 92, 91, 90, 90, 90, 90, 90]
    candidates = [
        Candidate(f"B{i}", "rural", float(f), 0.99, is_rankable=True, last=5)
        for i, f in enumerate(finals)
    ]
    stars = propose_all(candidates, RULES)

    assert [star.star for star in stars] == [5, 4, 4, 4, 3, 3, 3, 3, 3, 3]
    assert stars[0].reasons == (Reason.SCORE,)
    assert stars[5].rule == "score+quota+quota"


def test_equal_scores_at_the_edge_are_treated_alike():
    candidates = [
        Candidate(f"B{i}", "rural", 93.0, 0.99, is_rankable=True, last=5) for i in range(20)
    ]

    assert len({star.star for star in propose_all(candidates, RULES)}) == 1


def test_a_threshold_inside_the_interval_asks_for_a_decision():
    near = Candidate("B1", "rural", 80.4, 0.97, is_rankable=True, last=4, se=0.3)
    far = Candidate("B1", "rural", 85.0, 0.97, is_rankable=True, last=4, se=0.3)

    assert propose(near, RULES).is_borderline
    assert not propose(far, RULES).is_borderline


def test_the_matrix_counts_where_organisations_came_from():
    assert promotion_matrix([(3, 4), (3, 4), (None, 4), (5, None)]) == {
        (3, 4): 2,
        (0, 4): 1,
        (5, 0): 1,
    }


@pytest.mark.parametrize(
    ("final", "grade"), [(90, "好"), (89.99, "较好"), (60, "一般"), (59, "较差")]
)
def test_the_grade_of_2012(final, grade):
    assert grade_of(final) == grade
