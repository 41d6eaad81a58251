"""Counting: the same as counting by hand, whatever the answers, and the same in any order."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.answers import NOT_ASKED as SKIPPED
from forms.answers import decode, encode
from forms.definition import (
    ACKNOWLEDGED,
    Item,
    ItemKind,
    Questionnaire,
    Section,
    Subject,
    Wording,
)
from forms.expressions import Value
from forms.variants import Facts, Row, tailor
from forms.xlsform import read_xlsform
from reports.rules import DEFAULT, RuleSet, ballot_mass, breakdown_items
from reports.tally import Moments, TargetTally, from_data, to_data
from survey.collection.counting import Ballot, answers_pattern, count

FORMS = Path(__file__).resolve().parents[3] / "sample" / "xlsforms"
BRANCH = read_xlsform((FORMS / "A_branch_mass.xlsx").read_bytes(), "A_branch_mass.xlsx")
MEMBERS_FORM = read_xlsform((FORMS / "B_member_review_B012.xlsx").read_bytes(), "b.xlsx")
WINDOW = read_xlsform((FORMS / "C_window_sat.xlsx").read_bytes(), "C_window_sat.xlsx")


def _answers_to(item: Item) -> st.SearchStrategy[Value]:
    if item.kind is ItemKind.SINGLE_CHOICE:
        return st.none() | st.sampled_from(item.option_codes)
    codes = st.lists(st.sampled_from(item.option_codes), unique=True, max_size=3)
    in_order = codes.map(lambda chosen: tuple(c for c in item.option_codes if c in chosen))
    return in_order.map(lambda chosen: chosen or None)


def _values(questionnaire: Questionnaire) -> st.SearchStrategy[Mapping[str, Value]]:
    choices = [item for item in questionnaire.items if item.kind is not ItemKind.TEXT]
    return st.fixed_dictionaries({item.code: _answers_to(item) for item in choices})


def _ballots(questionnaire: Questionnaire) -> st.SearchStrategy[list[Ballot]]:
    coded = _values(questionnaire).map(lambda values: encode(questionnaire, values))
    return st.lists(st.builds(Ballot, coded, st.booleans(), st.booleans()), max_size=8)


def by_hand(questionnaire: Questionnaire, answers: Sequence[str]) -> dict[str, object]:
    """Count one ballot after the other, in the plainest way."""
    ballots = [decode(questionnaire, codes) for codes in answers]
    items: dict[str, Counter[str]] = {}
    pairs: dict[str, Counter[str]] = {}
    groups: dict[str, dict[str, dict[str, Counter[str]]]] = {}
    for ballot in ballots:
        for code, value in ballot.items():
            items.setdefault(code, Counter()).update(_codes(value))
        for profile in breakdown_items(questionnaire, DEFAULT):
            group = groups.setdefault(profile.code, {})
            cells = group.setdefault(_codes(ballot[profile.code])[0], {})
            for code, value in ballot.items():
                cells.setdefault(code, Counter()).update(_codes(value))
        scored = [item.code for item in questionnaire.items if item.is_scored]
        for place, first in enumerate(scored):
            for second in scored[place + 1 :]:
                both = pairs.setdefault(f"{first}|{second}", Counter())
                one, other = ballot[first], ballot[second]
                if isinstance(one, str) and isinstance(other, str):
                    both[f"{one}|{other}"] += 1
    return {"n": len(answers), "items": items, "pairs": pairs, "groups": groups}


def _codes(value: object) -> list[str]:
    if value is SKIPPED:
        return ["-"]
    if value is None:
        return [""]
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]


@pytest.mark.parametrize("questionnaire", [BRANCH, WINDOW], ids=["A", "C"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_it_counts_as_by_hand(questionnaire: Questionnaire, data: st.DataObject) -> None:
    ballots = data.draw(_ballots(questionnaire))
    valid = [ballot for ballot in ballots if not ballot.is_void]
    official = [ballot.answers for ballot in valid if not ballot.is_suspect]

    tally = to_data(count(questionnaire, DEFAULT, ballots))

    assert tally["received"] == len(ballots)
    assert tally["void"] == len(ballots) - len(valid)
    assert tally["excluded"] == len(valid) - len(official)
    for name, answers in (
        ("official", official),
        ("complete", [ballot.answers for ballot in valid]),
    ):
        expected = by_hand(questionnaire, answers)
        counted = {key: tally[name][key] for key in ("n", "items", "pairs", "groups")}
        if answers:
            assert json.loads(json.dumps(counted)) == json.loads(json.dumps(expected))
        else:
            assert counted == {"n": 0, "items": {}, "pairs": {}, "groups": {}}


@settings(max_examples=40, deadline=None)
@given(values=st.lists(_values(BRANCH), max_size=8))
def test_mass_scores_are_those_of_the_rules(values: list[Mapping[str, Value]]) -> None:
    ballots = [Ballot(encode(BRANCH, each)) for each in values]
    scores = [
        score
        for each in values
        if (score := ballot_mass(BRANCH, DEFAULT, _single(each))) is not None
    ]

    mass = count(BRANCH, DEFAULT, ballots).official.mass

    assert mass.n == len(scores)
    assert mass.total == pytest.approx(sum(scores))
    assert mass.squares == pytest.approx(sum(score * score for score in scores))


def _single(values: Mapping[str, Value]) -> dict[str, str]:
    return {code: value for code, value in values.items() if isinstance(value, str)}


def test_a_form_without_a_mass_score_has_no_moments() -> None:
    ballots = [Ballot(encode(WINDOW, {"C50": "5"}))]
    assert count(WINDOW, DEFAULT, ballots).official.mass.n == 0


def test_suspects_count_where_the_rules_keep_them() -> None:
    ballots = [Ballot(encode(BRANCH, {"A30": "4"}), is_suspect=True)]
    kept = count(BRANCH, RuleSet(suspects_excluded=False), ballots)

    assert (kept.excluded, kept.official.n) == (0, 1)


def test_order_does_not_matter_and_boxes_add_up() -> None:
    chance = random.Random(1)
    ballots = [_random_ballot(chance) for _ in range(60)]
    shuffled = chance.sample(ballots, len(ballots))

    whole = count(BRANCH, DEFAULT, ballots)

    assert _rounded(count(BRANCH, DEFAULT, shuffled)) == _rounded(whole)
    parts = count(BRANCH, DEFAULT, ballots[:20]) + count(BRANCH, DEFAULT, ballots[20:])
    assert _rounded(parts) == _rounded(whole)
    assert from_data(json.loads(json.dumps(to_data(whole)))) == whole


def _random_ballot(chance: random.Random) -> Ballot:
    values = {
        item.code: chance.choice([*item.option_codes, None])
        for item in BRANCH.items
        if item.kind is ItemKind.SINGLE_CHOICE
    }
    return Ballot(encode(BRANCH, values), is_suspect=chance.random() < 0.2)


def _rounded(tally: TargetTally) -> str:
    """Return a tally in which the last bits of sums of floats do not matter.

    How many ballots are alike is known inside a box alone.
    """

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(value[key]) for key in sorted(value)}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return round(value, 6) if isinstance(value, float) else value

    return json.dumps(plain(to_data(tally)))


@pytest.mark.parametrize("questionnaire", [BRANCH, WINDOW], ids=["A", "C"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_coded_answer_is_readable(questionnaire: Questionnaire, data: st.DataObject) -> None:
    coded = encode(questionnaire, data.draw(_values(questionnaire)))
    assert answers_pattern(questionnaire).fullmatch(coded)


@pytest.mark.parametrize("change", ["", "x", "9", "\n", "é"])
def test_a_damaged_answer_is_not_readable(change: str) -> None:
    coded = encode(BRANCH, {"A30": "4"})
    assert answers_pattern(BRANCH).fullmatch(change + coded[1:]) is None
    assert answers_pattern(BRANCH).fullmatch(coded + change or "x") is None or not change


def _number_form() -> Questionnaire:
    items = (
        Item("N1", ItemKind.INTEGER, Wording()),
        Item("N2", ItemKind.DECIMAL, Wording()),
        Item("N3", ItemKind.DATE, Wording()),
        Item("N4", ItemKind.ACKNOWLEDGE, Wording(), options=(ACKNOWLEDGED,)),
        Item("N5", ItemKind.TEXT, Wording()),
    )
    section = Section("g", Wording(), items)
    return Questionnaire("N", "1", Wording(), ("zh",), Subject.WINDOW, (section,))


def test_numbers_and_days_are_counted_and_numbers_add_up() -> None:
    form = _number_form()
    sheets: list[Mapping[str, Value]] = [
        {"N1": "-3", "N2": "2.5", "N3": "2026-03-01", "N4": "OK", "N5": "x"},
        {"N1": "10", "N2": None, "N3": None, "N4": None},
        {"N2": "-999999999.123456"},
    ]
    ballots = [
        Ballot(encode(form, sheet), is_suspect=not place) for place, sheet in enumerate(sheets)
    ]
    assert all(answers_pattern(form).fullmatch(ballot.answers) for ballot in ballots)

    tally = from_data(json.loads(json.dumps(to_data(count(form, DEFAULT, ballots)))))

    assert tally.complete.items["N1"] == {"*": 2, "-": 1}
    assert tally.complete.items["N3"] == {"*": 1, "": 1, "-": 1}
    assert tally.complete.items["N4"] == {"OK": 1, "": 1, "-": 1}
    assert tally.complete.numbers["N1"] == Moments(2, 7.0, 109.0)
    assert tally.official.numbers["N1"] == Moments(1, 10.0, 100.0)
    assert (tally.official + tally.official).numbers["N1"] == Moments(2, 20.0, 200.0)


@pytest.mark.parametrize(
    "wrong", ["_" * 10, "5.5_______", "5_5_______", "5", "1234567890", "--5_______"]
)
def test_only_what_spells_a_number_is_taken(wrong: str) -> None:
    pattern, sound = answers_pattern(_number_form()), encode(_number_form(), {"N1": "5"})

    assert pattern.fullmatch(sound)
    assert not pattern.fullmatch(wrong + sound[10:])


def test_rows_of_one_list_are_not_paired() -> None:
    form = tailor(MEMBERS_FORM, Facts("B1", "一", "", "", MEMBERS))
    sheets = [
        {"B00": "member", **{f"B1_{row.key}": "4" for row in MEMBERS}, "B31": "4", "B32": "4"}
    ]

    tally = count(form, DEFAULT, [Ballot(encode(form, sheet)) for sheet in sheets])

    assert {pair for pair in tally.official.pairs if "B1_" in pair} == set()
    assert tally.official.pairs["B31|B32"] == {"4|4": 1}
    assert list(tally.official.groups) == ["B00"]
    assert tally.official.groups["B00"]["member"]["B1_M1"] == {"4": 1}


MEMBERS = tuple(Row(f"M{n}", f"名{n}") for n in range(3))
