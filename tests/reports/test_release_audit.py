"""No release gives a hidden count away, and the audit sees every way in which one could."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.disclosure import release
from reports.figures import Audience, Target
from reports.release_audit import BALLOTS, audit
from reports.rules import DEFAULT
from tests.rule_sets import without_floors

K = {Audience.PUBLIC: 10, Audience.INTERNAL: 5}
SCORED = [f"A{n}" for n in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)]
BRANCHES = st.lists(
    st.tuples(
        st.sampled_from(["U1", "U2", "U3"]),
        st.sampled_from(["农村", "社区"]),
        st.integers(0, 40),
        st.integers(0, 12),
        st.integers(0, 12),
        st.integers(20, 2000),
    ),
    min_size=1,
    max_size=9,
)


def ballot(identity, level, answers):
    rest = dict.fromkeys(SCORED, level)
    return {"A01": identity, "A02": "a2", "A31": "p3", **rest, **answers}


@pytest.fixture(scope="module")
def district(branch_form, make_tally):
    """Return the objects of a district from (unit, sector, ballots, members, unknowing, N)."""

    def make(branches):
        found = []
        for i, (unit, sector, n, members, unknowing, population) in enumerate(branches):
            ballots = [
                ballot(
                    "member" if j < members else "resident",
                    "43"[j % 2],
                    {"A12": "9"} if j >= unknowing else {},
                )
                for j in range(n)
            ]
            target = Target(f"B{i}", f"B{i}", "branch", sector, unit, population)
            found.append((target, make_tally(branch_form, ballots)))
        return found

    return make


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(BRANCHES, st.sampled_from(list(K)))
def test_a_release_narrows_no_hidden_count(district, branch_form, branches, audience):
    inputs = district(branches)
    released = release(branch_form, inputs, DEFAULT, audience)

    assert audit([released], inputs, K[audience]) == ()


@pytest.mark.parametrize("audience", list(K))
def test_the_sample_may_go_out(branch_form, branch_inputs, window_form, window_inputs, audience):
    for form, inputs in ((branch_form, branch_inputs), (window_form, window_inputs)):
        assert audit([release(form, inputs, DEFAULT, audience)], inputs, K[audience]) == ()


def test_a_single_hidden_object_under_a_shown_total_is_seen(district, branch_form):
    inputs = district([("U1", "农村", n, n, n, 500) for n in (40, 30, 6)])
    everything = release(
        branch_form, inputs, without_floors(DEFAULT, k_internal=1), Audience.INTERNAL
    )
    leaky = [
        replace(each, n=None, items={}, breakdowns=(), distributions={})
        if each.target.key == "B2"
        else replace(each, items={}, breakdowns=(), distributions={})
        for each in everything
    ]
    (found,) = audit([leaky], inputs, 10)

    assert (found.key, found.what, found.low, found.high) == ("B2", BALLOTS, 6, 6)


def test_an_earlier_release_counts_too(district, branch_form):
    inputs = district([("U1", "农村", n, n, n, 500) for n in (40, 30, 12, 6)])
    public = release(branch_form, inputs, DEFAULT, Audience.PUBLIC)
    hidden = [each.target.key for each in public if not each.is_shown]
    earlier = release(branch_form, inputs[:3], DEFAULT, Audience.PUBLIC)[:3]

    assert hidden == ["B2", "B3"]
    assert audit([public], inputs, 10) == ()
    assert {each.key for each in audit([earlier, public], inputs, 10)} == {"B3"}


def test_a_withheld_item_is_not_the_difference_of_its_unit_and_its_siblings(district, branch_form):
    inputs = district([("U1", "农村", 40, 9, 40, 500), ("U1", "农村", 40, 9, 4, 500)])
    released = release(branch_form, inputs, DEFAULT, Audience.PUBLIC)
    unit = next(each for each in released if each.target.level == "unit")

    assert released[1].items["A12"].index is None
    assert (unit.items["A12"].n, unit.items["A12"].index) == (None, None)
    assert unit.items["A11"].n == 80
    assert audit([released], inputs, 10) == ()


def test_cells_of_a_group_are_not_the_difference_of_a_total(district, branch_form):
    inputs = district([("U1", "农村", 40, 4, 40, 500), ("U1", "农村", 40, 20, 40, 500)])
    released = release(branch_form, inputs, DEFAULT, Audience.PUBLIC)
    unit = next(each for each in released if each.target.level == "unit")
    whole = release(branch_form, inputs, without_floors(DEFAULT, k_public=1), Audience.PUBLIC)
    leaky = [
        replace(each, distributions=other.distributions) if each is unit else each
        for each, other in zip(released, whole, strict=True)
    ]

    assert "A01" not in unit.distributions
    assert {each.what for each in audit([leaky], inputs, 10)} >= {"A01=member"}
