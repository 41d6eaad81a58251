"""What an audience may see: `reports/disclosure.py`, `reports/veiling.py`."""

from dataclasses import replace

import pytest

from forms.definition import Subject
from reports.disclosure import Places, figures_of, release
from reports.figures import Audience, RollUp, Status, Target
from reports.rules import DEFAULT
from reports.tally import TargetTally

INTERNAL, PUBLIC = Audience.INTERNAL, Audience.PUBLIC
DISTRICT = Places("D0", "全区", {"U03": "青屿镇党委"})


def by_org(figures):
    return {(each.target.level, each.target.org_id): each for each in figures}


def branch_ballot(**answers):
    scored = [f"A{n}" for n in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)]
    ballot = {"A01": "resident", "A02": "a2", "A31": "p3"}
    return {**ballot, **dict.fromkeys(scored, "3"), **answers}


def branch(org, unit="U1", sector="农村", population=500, issued=None):
    return Target(org, org, "branch", sector, unit, population, issued)


@pytest.fixture
def tally(branch_form, make_tally):
    """Return the tally of a branch with `n` ballots that are not all the same."""

    def make(n, **answers):
        ballots = [branch_ballot(A11="34"[i % 2], A30="34"[i % 2]) for i in range(n)]
        return make_tally(branch_form, [{**ballot, **answers} for ballot in ballots])

    return make


def test_the_sample_in_public(branch_form, branch_inputs):
    figures = by_org(release(branch_form, branch_inputs, DEFAULT, PUBLIC, DISTRICT))
    small = figures["branch", "B195"]

    assert {org for (level, org), f in figures.items() if level == "branch" and f.is_shown} == {
        "B006", "B008", "B009", "B010", "B070", "B100", "B150",
    }  # fmt: skip
    assert (small.status, small.is_shown) == (Status.SUPPRESSED, False)
    assert (small.n, small.received, small.excluded, small.void) == (None, None, None, None)
    assert small.overall.index is None
    assert small.items["A11"].counts is None
    # Alone in its unit and sector, it would be the difference between the district and the rest.
    assert not figures["unit", "U20"].is_shown
    assert not figures["sector", "国企"].is_shown
    assert not figures["district", "D0"].is_shown
    assert figures["unit", "U03"].n == 56 + 40 + 48 + 58
    assert figures["unit", "U03"].target.name == "青屿镇党委"


def test_the_sample_inside(branch_form, branch_inputs, expected):
    figures = by_org(release(branch_form, branch_inputs, DEFAULT, INTERNAL, DISTRICT))
    small, wanted = figures["branch", "B195"], expected["A"]["B195"]

    assert all(each.is_shown for each in figures.values())
    assert (small.status, small.n) == (Status.SUPPRESSED, 8)
    assert {code: item.index for code, item in small.items.items()} == pytest.approx(
        wanted["items"], abs=5e-5
    )
    assert small.overall.top2.share == wanted["top2"]
    assert small.mass is None
    assert small.csi is None
    assert {d.index for d in small.dimensions.values()} == {None}
    assert small.rank is None
    assert figures["district", "D0"].n == 361


def test_places_of_public_ranks_are_bands_only(window_form, window_inputs):
    inside = by_org(release(window_form, window_inputs, DEFAULT, INTERNAL, DISTRICT))
    outside = by_org(release(window_form, window_inputs, DEFAULT, PUBLIC, DISTRICT))
    rank, public = inside["window", "W01"].rank, outside["window", "W01"].rank

    assert (rank.place, rank.low, rank.high, rank.band, rank.of) == (2, 1, 4, 1, 6)
    assert (public.place, public.low, public.high, public.band) == (None, None, None, 1)
    assert inside["sector", "窗口单位"].roll_up.simple_index is not None
    assert outside["sector", "窗口单位"].roll_up == RollUp(6)


def test_objects_without_answers_are_named_and_left_out_of_totals(branch_form, tally):
    inputs = [(branch("B1"), tally(20)), (branch("B2"), TargetTally()), (branch("B3"), tally(30))]
    figures = by_org(release(branch_form, inputs, DEFAULT, PUBLIC))

    assert not figures["branch", "B2"].is_shown
    assert figures["unit", "U1"].roll_up.members == 2
    assert figures["unit", "U1"].n == 50


@pytest.mark.parametrize(("audience", "k"), [(INTERNAL, 5), (PUBLIC, 10)])
def test_what_is_in_no_total_is_hidden_below_the_threshold(branch_form, tally, audience, k):
    consultation = replace(branch_form, subject=Subject.ORGANISATION)
    inputs = [(branch("B1"), tally(k - 1)), (branch("B2"), tally(k)), (branch("B3"), tally(90))]
    figures = release(consultation, inputs, DEFAULT, audience)

    assert [(each.target.org_id, each.is_shown) for each in figures] == [
        ("B1", False),
        ("B2", True),
        ("B3", True),
    ]


def test_what_staff_were_not_shown_is_in_no_public_figure_either(branch_form, tally):
    """In public 11 ballots would hide both objects; who knows of the seven would learn the four."""
    inputs = [(branch("B1", "U1"), tally(7)), (branch("B2", "U2"), tally(4))]
    inside = by_org(release(branch_form, inputs, DEFAULT, INTERNAL))
    outside = by_org(release(branch_form, inputs, DEFAULT, PUBLIC))

    assert inside["branch", "B1"].is_shown
    assert not inside["district", "district"].is_shown
    assert not any(each.is_shown for each in outside.values())


def test_a_total_with_hidden_parts_has_no_sums_of_answers(branch_form, tally):
    sizes = {"B1": 4, "B2": 12, "B3": 40, "B4": 60}
    inputs = [(branch(org), tally(n)) for org, n in sizes.items()]
    figures = by_org(release(branch_form, inputs, DEFAULT, PUBLIC))
    unit = figures["unit", "U1"]

    assert [figures["branch", org].is_shown for org in sizes] == [False, False, True, True]
    assert unit.n == 116
    assert unit.overall.index is not None
    assert unit.overall.counts is None
    assert unit.items["A11"].n is None
    assert unit.distributions == {}


def test_an_object_hidden_for_another_looks_like_any_hidden_one(branch_form, tally):
    inputs = [(branch(f"B{n}", issued=200), tally(n)) for n in (4, 12, 40)]
    figures = by_org(release(branch_form, inputs, DEFAULT, PUBLIC))
    small, sibling = figures["branch", "B4"], figures["branch", "B12"]

    assert replace(small, target=sibling.target) == sibling


@pytest.mark.parametrize(("level", "mark"), [("4", "高于95%"), ("1", "低于5%")])
def test_what_few_all_say_is_withheld_in_public(branch_form, tally, level, mark):
    given = tally(20, A13=level)
    inside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=INTERNAL)
    outside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=PUBLIC)
    item = outside.items["A13"]

    assert inside.items["A13"].index is not None
    assert inside.items["A13"].is_unanimous
    assert (item.n, item.counts, item.index, item.top2, item.top3) == (None,) * 5
    assert (item.is_unanimous, item.unanimous_mark) == (True, mark)


def test_what_is_made_of_a_withheld_item_goes_with_it(branch_form, tally):
    """Four items of five and their mean would tell the fifth."""
    given = tally(20)
    outside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=PUBLIC)
    inside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=INTERNAL)
    need = next(need for need in outside.needs if need.item_code == "A13")

    assert inside.mass is not None
    assert outside.mass is None
    assert outside.dimensions["work"].index is None
    assert outside.dimensions["five"].index is None
    assert (need.performance, need.gap, outside.cross) == (None, None, None)


def test_thirty_who_agree_are_no_small_group(branch_form, tally):
    outside = figures_of(branch_form, tally(30), DEFAULT, branch("B1"), audience=PUBLIC)

    assert outside.items["A13"].index == 80.0
    assert outside.mass is not None


def test_small_cells_of_a_breakdown_are_hidden_with_a_neighbour(branch_form, make_tally):
    ages = {"a1": 31, "a2": 42, "a3": 17, "a4": 6}
    ballots = [branch_ballot(A02=age, A30="34"[i % 2]) for age, n in ages.items() for i in range(n)]
    given = make_tally(branch_form, ballots)
    outside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=PUBLIC)
    inside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=INTERNAL)

    def cells(figures):
        by_age = next(b for b in figures.breakdowns if b.item_code == "A02")
        return {cell.code: cell.n for cell in by_age.cells}

    assert cells(outside) == {"a1": 31, "a2": 42, "a3": None, "a4": None, "a9": 0}
    assert cells(inside) == {"a1": 31, "a2": 42, "a3": 17, "a4": 6, "a9": 0}
    chosen = {o.code: o.chosen for o in outside.distributions["A02"].options}
    assert chosen == {"a1": 31, "a2": 42, "a3": None, "a4": None, "a9": 0, "": 0}


def test_blank_answers_are_a_cell_like_any_other(branch_form, make_tally):
    """Twenty-four in all and twenty named would leave four who did not say."""
    ballots = [branch_ballot(A02="a1" if i < 20 else "", A30="34"[i % 2]) for i in range(24)]
    outside = figures_of(
        branch_form, make_tally(branch_form, ballots), DEFAULT, branch("B1"), audience=PUBLIC
    )
    by_age = next(b for b in outside.breakdowns if b.item_code == "A02")

    assert {cell.code: cell.n for cell in by_age.cells}["a1"] is None


def test_reasons_that_few_gave_are_hidden(branch_form, make_tally):
    ballots = [branch_ballot(A32="q1 q2" if i < 6 else "", A30="34"[i % 2]) for i in range(40)]
    given = make_tally(branch_form, ballots)
    outside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=PUBLIC)
    inside = figures_of(branch_form, given, DEFAULT, branch("B1"), audience=INTERNAL)

    assert outside.distributions["A32"].n is None
    assert {o.chosen for o in outside.distributions["A32"].options} == {None}
    assert inside.distributions["A32"].n == 6


def test_few_suspects_are_not_read_off_the_difference(window_form, window_inputs):
    target, tally = next((t, tally) for t, tally in window_inputs if t.org_id == "W01")
    inside = figures_of(window_form, tally, DEFAULT, target, audience=INTERNAL).suspects

    assert (inside.suspects, inside.index_with, inside.change_under) == (4, None, 0.5)
    many = replace(tally, excluded=5)
    shown = figures_of(window_form, many, DEFAULT, target, audience=INTERNAL).suspects
    assert shown.index_with == pytest.approx(88.1638, abs=5e-5)


def test_low_return_is_printed_and_not_ranked(branch_form, tally):
    inputs = [
        (branch("B1", issued=100), tally(49)),
        (branch("B2", issued=100), tally(50)),
        (branch("B3", issued=90), tally(80)),
    ]
    figures = by_org(release(branch_form, inputs, DEFAULT, INTERNAL))

    assert figures["branch", "B1"].status is Status.LOW_RETURN
    assert figures["branch", "B1"].rank is None
    assert figures["branch", "B1"].overall.index is not None
    assert {figures["branch", org].rank.of for org in ("B2", "B3")} == {2}


def test_below_five_nobody_sees_anything(branch_form, tally):
    inside = figures_of(branch_form, tally(4), DEFAULT, branch("B1"), audience=INTERNAL)

    assert (inside.n, inside.overall.index, inside.is_shown) == (None, None, False)
    assert figures_of(branch_form, tally(5), DEFAULT, branch("B1"), audience=INTERNAL).n == 5


def test_an_object_under_the_district_belongs_to_no_unit(branch_form, tally):
    inputs = [(branch("B1", unit="D0"), tally(30)), (branch("B2"), tally(30))]
    figures = by_org(release(branch_form, inputs, DEFAULT, INTERNAL, Places("D0", "全区")))

    assert {key for key in figures if key[0] in {"unit", "district"}} == {
        ("unit", "U1"),
        ("district", "D0"),
    }
    assert figures["district", "D0"].n == 60


def test_an_empty_round_releases_nothing(branch_form):
    assert release(branch_form, [], DEFAULT, PUBLIC) == ()


def test_signs_of_few_ballots_are_left_out(branch_form, tally):
    counts = replace(tally(40), signs={"fast": 12, "dup": 4, "burst": 38})
    shown = figures_of(branch_form, counts, DEFAULT, branch("B1"), audience=PUBLIC)
    inside = figures_of(branch_form, counts, DEFAULT, branch("B1"), audience=INTERNAL)

    assert (shown.signs, inside.signs) == ({"fast": 12}, {"fast": 12})
