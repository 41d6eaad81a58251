"""Results of the members' evaluation, of commitments and of service ratings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.commitments import CommitmentCounts, commitment_figures
from reports.member_votes import excellent_limit, member_result
from reports.rules import DEFAULT
from reports.service_ratings import Handling, rating_figures

GRADES = st.fixed_dictionaries({grade: st.integers(0, 30) for grade in "43219"})


def test_a_member_is_graded_as_in_the_vector(vectors):
    vector = vectors["TV15_member"]
    result = member_result("m", vector["input"]["peer"], vector["input"]["mass"])

    assert (result.peer.n, result.mass.n) == (vector["peer_n"], vector["mass_n"])
    assert result.peer.index == pytest.approx(vector["peer_index"], abs=5e-5)
    assert result.mass.index == pytest.approx(vector["mass_index"], abs=5e-5)
    assert result.combined == pytest.approx(vector["combined_60_40"], abs=5e-5)
    assert result.excellent == pytest.approx(vector["excellent_share"], abs=5e-5)
    assert result.qualified == pytest.approx(vector["qualified_or_better"], abs=5e-5)
    assert result.unqualified == pytest.approx(vector["unqualified_share"], abs=5e-5)
    assert not result.needs_review


@given(GRADES, GRADES)
def test_a_tally_of_fewer_than_five_shows_nothing(peer, mass):
    result = member_result("m", peer, mass)
    few = {
        name: sum(counts[grade] for grade in "4321") < 5
        for name, counts in (("peer", peer), ("mass", mass))
    }

    assert (result.peer is None) == few["peer"]
    assert (result.mass is None) == few["mass"]
    if any(few.values()):
        assert (result.combined, result.excellent, result.unqualified) == (None, None, None)
    else:
        assert result.qualified + result.unqualified <= 1 + 1e-12


def test_a_third_unqualified_asks_for_a_look_and_grades_nobody():
    assert member_result("m", {"1": 2, "3": 4}, {"3": 0}).needs_review
    assert not member_result("m", {"1": 1, "3": 5}, {"3": 0}).needs_review
    assert member_result("m", {"2": 9, "1": 1}, {"2": 9, "1": 1}).needs_review


def test_a_third_of_the_members_is_rounded_down():
    assert [excellent_limit(n) for n in (2, 3, 59, 60)] == [0, 1, 19, 20]


def test_commitments_are_those_of_the_vector(vectors):
    vector = vectors["TV12_commit"]
    figures = commitment_figures(
        [
            CommitmentCounts(
                given["id"],
                vector["input"]["respondents"],
                given["aware"],
                {"3": given["ful"], "2": given["part"], "1": given["not_"], "9": given["dk"]},
            )
            for given in vector["input"]["commitments"]
        ]
    )

    assert figures.score == pytest.approx(vector["org_score"], abs=5e-5)
    for result, wanted in zip(figures.results, vector["result"], strict=True):
        assert result.awareness == pytest.approx(wanted["awareness"], abs=5e-5)
        assert result.delivery == pytest.approx(wanted["delivery_score"], abs=5e-5)
        assert result.judged == wanted["judged_n"]
    assert [result.is_little_known for result in figures.results] == [False, False, True]


def test_few_judges_leave_the_approvers_assessment():
    known = CommitmentCounts("K1", 60, 9, {"3": 9}, assessed=50.0)
    unknown = CommitmentCounts("K2", 60, 9, {"3": 9})
    figures = commitment_figures([known, unknown])

    assert figures.score == 50.0
    assert [(r.delivery, r.is_assessed) for r in figures.results] == [(50.0, True), (None, False)]
    assert commitment_figures([]).score is None


def test_ratings_are_those_of_the_vector(vectors):
    vector = vectors["TV13_hcp"]
    given = vector["input"]
    figures = rating_figures(
        given["ratings"],
        DEFAULT,
        cases=given["cases"],
        handling=Handling(
            verified=given["bad_verified"],
            withdrawn=given["bad_false"],
            fixed_on_time=given["fixed_on_time"],
            fixed_late=given["fixed_late"],
            left_number=given["real_name"],
            called_back=given["called_back"],
        ),
    )

    assert figures.rated == vector["rated"]
    assert figures.active_rate == pytest.approx(vector["active_rate"], abs=5e-5)
    assert figures.good.share == pytest.approx(vector["good_rate"], abs=5e-5)
    assert [figures.good.interval.low, figures.good.interval.high] == pytest.approx(
        vector["wilson_good"], abs=5e-5
    )
    assert figures.bad.share == pytest.approx(vector["bad_rate"], abs=5e-5)
    assert figures.index == pytest.approx(vector["index"], abs=5e-5)
    assert figures.bad_after_appeal == pytest.approx(vector["bad_rate_after_appeal"], abs=5e-5)
    assert figures.on_time == pytest.approx(vector["on_time_fix_rate"])
    assert figures.fixed == pytest.approx(vector["fix_rate"])
    assert figures.called_back == pytest.approx(vector["callback_rate"])


def test_a_window_nobody_rated_has_no_figures():
    figures = rating_figures({}, DEFAULT)

    assert (figures.rated, figures.good, figures.index, figures.on_time) == (0, None, None, None)
