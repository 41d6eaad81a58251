"""Counts → figures against the sample results: `reports/scoring.py`, `reports/composition.py`."""

import pytest

from reports.figures import Method, Status, Target
from reports.rules import DEFAULT
from reports.scoring import measure, return_of


def near(value):
    return pytest.approx(value, abs=5.01e-5)


@pytest.fixture(scope="session")
def windows(window_form, window_inputs):
    return {t.org_id: measure(window_form, tally, DEFAULT, t) for t, tally in window_inputs}


@pytest.fixture(scope="session")
def branches(branch_form, branch_inputs):
    return {t.org_id: measure(branch_form, tally, DEFAULT, t) for t, tally in branch_inputs}


WINDOWS = ("W01", "W04", "W10", "W18", "W22", "W40")
BRANCHES = ("B006", "B008", "B009", "B010", "B070", "B100", "B150", "B195")


@pytest.mark.parametrize("org", WINDOWS)
def test_windows_have_the_published_figures(windows, expected, org):
    figures, wanted = windows[org], expected["C"][org]
    overall, dimensions = figures.overall, figures.dimensions
    facts = {fact.code: fact.rate.share for fact in figures.facts}

    assert (figures.n, figures.received) == (wanted["n"], wanted["all_n"])
    assert overall.index == near(wanted["index_C50"])
    assert overall.top2.share == near(wanted["top2"])
    assert overall.top3.share == near(wanted["top3"])
    assert [overall.top2.interval.low, overall.top2.interval.high] == near(wanted["wilson_top2"])
    assert [overall.top3.interval.low, overall.top3.interval.high] == near(wanted["wilson_top3"])
    assert {code: d.index for code, d in dimensions.items()} == near(wanted["dimension_index"])
    assert {code: d.importance for code, d in dimensions.items()} == near(wanted["importance"])
    assert {code: d.performance for code, d in dimensions.items()} == near(wanted["performance"])
    assert {code: d.quadrant for code, d in dimensions.items()} == wanted["quadrant"]
    assert figures.csi == near(wanted["csi"])
    assert facts == near({"one_trip": wanted["one_trip"], "wait_30": wanted["wait_30"]})
    assert figures.suspects.index_with == near(wanted["index_C50_with_suspects"])
    assert figures.suspects.index_without == overall.index
    assert figures.status is Status.RANKABLE


@pytest.mark.parametrize("org", BRANCHES)
def test_branches_have_the_published_figures(branches, expected, org):
    figures, wanted = branches[org], expected["A"][org]
    overall = figures.overall
    needs = {need.code: need.importance for need in figures.needs if need.item_code}

    assert (figures.n, figures.target.population) == (wanted["n"], wanted["N"])
    assert figures.status == wanted["status"]
    assert {code: item.index for code, item in figures.items.items()} == near(wanted["items"])
    assert overall.top2.share == near(wanted["top2"])
    assert overall.top3.share == near(wanted["top3"])
    assert [overall.top2.interval.low, overall.top2.interval.high] == near(wanted["wilson_top2"])
    assert [overall.top3.interval.low, overall.top3.interval.high] == near(wanted["wilson_top3"])
    assert needs == near(wanted["importance_share"])
    assert (figures.mass and figures.mass.score) == (
        near(wanted["mass"]) if wanted["mass"] else None
    )


@pytest.mark.parametrize(
    ("received", "issued", "rate"), [(90, 120, 0.75), (0, 10, 0.0), (5, 0, None), (9, 8, None)]
)
def test_the_rate_of_return_is_of_what_was_issued(received, issued, rate):
    assert return_of(received, issued) == rate
    assert return_of(received, None) is None


def test_a_census_has_no_interval(branch_form, make_tally):
    ballots = [{"A30": "43"[i % 2], "A11": "4"} for i in range(40)]
    target = Target("B1", "B1", "branch", population=40, issued=40)
    figures = measure(branch_form, make_tally(branch_form, ballots), DEFAULT, target)

    assert figures.overall.top2.method is Method.CENSUS
    assert figures.overall.top2.interval is None
    assert figures.overall.index_interval is None
    assert figures.overall.se == 0.0


def test_marks_that_carry_no_points_leave_the_item(window_form, windows):
    item = windows["W01"].items["C11"]

    assert (item.n, item.dont_know) == (345, 5)
    assert item.dont_know_share == pytest.approx(5 / 350)
    assert sum(item.counts.values()) == 345
    assert windows["W01"].items["C41"].top2 is None


def test_what_is_printed_beside_the_overall_score(windows):
    figures = windows["W01"]
    shown = [figures.items[code].index / 100 for code in ("C41", "C42", "C43", "C47")]
    contest = [figures.items[code].index for code in ("C44", "C45", "C46")]

    assert figures.display_rate == pytest.approx(sum(shown) / 4)
    assert figures.contest_index == pytest.approx(sum(contest) / 3)
    assert not {"display", "contest", "overall"} & figures.dimensions.keys()


def test_choices_without_points_are_distributions(windows):
    reasons = windows["W01"].distributions["C51"]
    dissatisfied = windows["W01"].overall.bad.chosen

    assert reasons.is_multiple
    assert (
        reasons.n == sum(windows["W01"].overall.counts[code] for code in ("1", "2")) == dissatisfied
    )
    assert all(option.share == option.chosen / reasons.n for option in reasons.options)
    assert "C55" not in windows["W01"].distributions
