"""Counts → figures against the sample results: `reports/scoring.py`, `reports/composition.py`."""

import pytest

from reports.figures import Status
from reports.rules import DEFAULT
from reports.scoring import measure


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
