"""What was out stays known: corrections and second audiences are held against it."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.disclosure import release
from reports.figures import Audience, Figures, Target
from reports.plain_data import canonical, from_plain, to_plain
from reports.release_audit import Edition, audit_editions
from reports.rereleases import WEIGHTS, small_steps
from reports.rules import DEFAULT

SCORED = [f"A{n}" for n in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)]
BRANCHES = st.lists(
    st.tuples(
        st.sampled_from(["U1", "U2", "U3"]), st.sampled_from(["农村", "社区"]), st.integers(0, 40)
    ),
    min_size=1,
    max_size=9,
)


@pytest.fixture(scope="module")
def district(branch_form, make_tally):
    """Return the objects of a district from (unit, sector, ballots)."""

    def make(branches, population=500):
        found = []
        for i, (unit, sector, n) in enumerate(branches):
            ballots = [
                {"A01": "resident", "A02": "a2", "A31": "p3", **dict.fromkeys(SCORED, "43"[j % 2])}
                for j in range(n)
            ]
            target = Target(f"B{i}", f"B{i}", "branch", sector, unit, population)
            found.append((target, make_tally(branch_form, ballots)))
        return found

    return make


def edition(form, inputs, audience=Audience.PUBLIC):
    return Edition(release(form, inputs, DEFAULT, audience), [target for target, _ in inputs])


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(BRANCHES)
def test_the_office_that_reads_the_public_edition_too_learns_nothing_more(
    district, branch_form, branches
):
    inputs = district(branches)
    both = [edition(branch_form, inputs, audience) for audience in Audience]

    assert audit_editions(both, inputs, DEFAULT.k_internal) == ()
    assert small_steps(both[1], both[1], inputs, DEFAULT.k_public) == ()


def test_a_move_between_two_editions_that_gives_a_hidden_place_away_is_seen(district, branch_form):
    inputs = district(
        [("U1", "农村", 40), ("U1", "农村", 6), ("U1", "农村", 8), ("U2", "农村", 30)]
    )
    moved = [(replace(t, unit_id="U2") if t.key == "B2" else t, tally) for t, tally in inputs]
    first, second = edition(branch_form, inputs), edition(branch_form, moved)

    assert audit_editions([first], inputs, DEFAULT.k_public) == ()
    assert audit_editions([second], inputs, DEFAULT.k_public) == ()
    assert audit_editions([first, second], inputs, DEFAULT.k_public)


def test_counts_may_stay_or_move_by_k_and_nothing_between(district, branch_form):
    before = edition(branch_form, district([("U1", "农村", 40), ("U2", "社区", 30)]))
    for n, is_refused in ((40, False), (43, True), (49, True), (52, False)):
        inputs = district([("U1", "农村", n), ("U2", "社区", 30)])
        steps = small_steps(before, edition(branch_form, inputs), inputs, 10)
        ballots = [each for each in steps if each.what == "ballots" and "B0" in each.key]
        assert bool(ballots) == is_refused, n


def test_a_total_over_a_hidden_place_is_not_weighed_twice(district, branch_form):
    branches = [("U1", "农村", n) for n in (40, 30, 8, 8, 7)]
    inputs = district(branches)
    other = [(replace(t, population=900) if t.key == "B2" else t, y) for t, y in inputs]
    before, after = edition(branch_form, inputs), edition(branch_form, other)
    steps = small_steps(before, after, inputs, 10)

    assert any(f.is_shown for f in before.figures if f.roll_up is not None)
    assert {each.what for each in steps} == {WEIGHTS}
    shown = district([("U1", "农村", n) for n in (40, 30)])
    heavier = [(replace(t, population=900) if t.key == "B0" else t, y) for t, y in shown]
    assert not small_steps(edition(branch_form, shown), edition(branch_form, heavier), shown, 10)


def test_figures_come_back_from_plain_data_as_they_were(branch_form, branch_inputs):
    for figures in release(branch_form, branch_inputs, DEFAULT, Audience.INTERNAL):
        plain = to_plain(figures)
        assert from_plain(Figures, plain) == figures
        assert canonical(to_plain(from_plain(Figures, plain))) == canonical(plain)
