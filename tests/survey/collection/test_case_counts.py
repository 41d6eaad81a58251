"""Counts that need whole ballots, against the plainest reading of the same ballots."""

import random
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from forms.answers import encode
from forms.xlsform import read_xlsform
from reports.reliability import moments_of
from reports.rules import DEFAULT, dimension_items
from survey.collection.counting import Ballot, count

SAMPLE = Path(__file__).parents[3] / "sample" / "xlsforms"


@pytest.fixture(scope="module", params=["A_branch_mass", "C_window_sat"])
def questionnaire(request):
    path = SAMPLE / f"{request.param}.xlsx"
    return read_xlsform(path.read_bytes(), path.name)


@pytest.fixture(scope="module")
def sheets(questionnaire):
    chance = random.Random(7)
    scored = [item for item in questionnaire.items if item.is_scored]
    asked = [i for i in questionnaire.items if i.dimension.startswith("imp_")]
    return [
        {item.code: chance.choice([*item.option_codes, None]) for item in [*scored, *asked]}
        for _ in range(120)
    ]


@pytest.fixture(scope="module")
def tally(questionnaire, sheets):
    ballots = [
        Ballot(
            encode(questionnaire, sheet),
            is_suspect=i % 5 == 0,
            flags=("fast", "suspect") if i % 5 == 0 else ("dup",) if i % 3 == 0 else (),
        )
        for i, sheet in enumerate(sheets)
    ]
    return count(questionnaire, DEFAULT, ballots)


def level(item, code):
    points = {option.code: option.points for option in item.options}
    return int(code) if code is not None and points[code] is not None else 0


def test_complete_cases_are_those_that_answered_every_item(questionnaire, sheets, tally):
    official = [sheet for i, sheet in enumerate(sheets) if i % 5]
    for dimension, moments in tally.official.cases.items():
        items = dimension_items(questionnaire)[dimension]
        rows = [[level(i, sheet[i.code]) for i in items] for sheet in official]
        assert moments == moments_of([row for row in rows if all(row)]), dimension
    assert {"work", "five"} <= tally.complete.cases.keys() or "clean" in tally.complete.cases


def test_dimensions_stand_against_the_overall_item(questionnaire, sheets, tally):
    overall = next(i for i in questionnaire.items if i.dimension == "overall")
    for dimension, cells in tally.complete.overall.items():
        items = dimension_items(questionnaire)[dimension]
        wanted = Counter()
        for sheet in sheets:
            given = [level(i, sheet[i.code]) for i in items if level(i, sheet[i.code])]
            whole = level(overall, sheet[overall.code])
            if given and whole:
                wanted[f"{Fraction(sum(given), len(given))}|{whole}"] += 1
        assert cells == wanted, dimension
    assert bool(tally.complete.overall) == (questionnaire.code == "C_window_sat")


def test_flags_are_counted_over_valid_ballots(tally):
    assert tally.signs["suspect"] == tally.excluded == 24
    assert tally.signs["dup"] == 32


def test_all_top_and_alike_ballots_are_told(questionnaire):
    scored = [item for item in questionnaire.items if item.is_scored]

    def sheet(place):
        ordered = [
            sorted((o for o in i.options if o.points is not None), key=lambda o: -o.points)
            for i in scored
        ]
        return {i.code: options[place].code for i, options in zip(scored, ordered, strict=True)}

    ballots = [encode(questionnaire, sheet(0))] * 3 + [encode(questionnaire, sheet(1))] * 4
    ballots.append(encode(questionnaire, {**sheet(1), scored[0].code: None}))
    signs = count(questionnaire, DEFAULT, [Ballot(each) for each in ballots]).signs

    assert (signs["all_top"], signs["alike"]) == (3, 4)
