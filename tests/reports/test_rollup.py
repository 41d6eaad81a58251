"""Units, sectors and the district: `reports/rollup.py`."""

import pytest

from reports.figures import Interval, Target
from reports.rollup import Member, Stratum, normal_interval, roll_up, stratified
from reports.rules import DEFAULT
from reports.scoring import measure, readings


def near(value):
    return pytest.approx(value, abs=5.01e-5)


def members_of(questionnaire, inputs):
    return [
        Member(
            measure(questionnaire, tally, DEFAULT, target),
            readings(questionnaire, tally.official, DEFAULT),
            tally,
        )
        for target, tally in inputs
    ]


def test_stratified_mean_as_published(vectors):
    vector = vectors["TV6_rollup"]
    estimate = stratified(
        [Stratum(row["N"], row["n"], row["mean"], row["s"], row["N"]) for row in vector["input"]]
    )
    interval = normal_interval(estimate, 100.0)

    assert (estimate.mean, estimate.se) == near((vector["mean_stratified"], vector["se"]))
    assert interval == Interval(near(vector["ci95"][0]), near(vector["ci95"][1]))


def test_one_ballot_takes_the_spread_of_the_others():
    pooled = stratified([Stratum(10, 5, 80.0, 4.0, None), Stratum(10, 1, 60.0, None, None)])
    known = stratified([Stratum(10, 5, 80.0, 4.0, None), Stratum(10, 1, 60.0, 4.0, None)])

    assert pooled == known
    assert stratified([Stratum(10, 1, 60.0, None, None)]).se is None
    assert stratified([]) is None


def test_a_roll_up_weights_branches_by_roster(branch_form, branch_inputs):
    members = members_of(branch_form, branch_inputs)
    figures = roll_up(branch_form, DEFAULT, Target("D0", "全区", "district"), members)
    rosters = sum(member.weight for member in members)

    def weighted(pick, members=members):
        return sum(m.weight * pick(m.figures) for m in members) / rosters

    assert figures.n == 361
    assert figures.target.population == rosters == 5997
    assert figures.overall.index == near(weighted(lambda f: f.overall.index))
    assert figures.overall.top2.share == near(weighted(lambda f: f.overall.top2.share))
    assert figures.items["A14"].index == near(weighted(lambda f: f.items["A14"].index))
    assert figures.overall.index_interval.low < figures.overall.index
    assert figures.mass.se > 0
    assert figures.roll_up.members == 8
    assert figures.roll_up.simple_mass == near(
        sum(m.figures.mass.score for m in members if m.figures.mass) / 7
    )
    assert figures.cross is not None


def test_few_ballots_of_a_branch_count_in_its_unit(branch_form, branch_inputs):
    """A branch without a mass score of its own is hidden there, not dropped here."""
    members = members_of(branch_form, branch_inputs)
    small = next(m for m in members if m.figures.target.org_id == "B195")
    large = next(m for m in members if m.figures.target.org_id == "B006")
    both = roll_up(branch_form, DEFAULT, Target("U", "U", "unit"), [small, large])

    assert small.figures.mass is None
    assert both.items["A11"].index == near((407 * 80.0 + 1857 * 89.583333) / 2264)
    assert both.mass.score < large.figures.mass.score


def test_windows_weigh_by_their_cases(window_form, window_inputs):
    members = members_of(window_form, window_inputs)
    figures = roll_up(window_form, DEFAULT, Target("窗口单位", "窗口单位", "sector"), members)
    cases = [member.figures.target.annual_cases for member in members]
    indices = [member.figures.overall.index for member in members]

    assert figures.overall.index == near(
        sum(c * i for c, i in zip(cases, indices, strict=True)) / sum(cases)
    )
    assert figures.csi is not None
    assert {fact.code for fact in figures.facts} == {"one_trip", "wait_30"}
    assert figures.distributions["C53"].n == sum(m.figures.distributions["C53"].n for m in members)
