"""Participation: steps and coverage, never a count, and nothing of what was answered."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns.models import Round
from survey.collection import participation
from survey.collection.opening import close_round
from survey.collection.participation import Cell, Coverage, step
from survey.errors import NotAllowed
from tests.rounds import BRANCH_FORM, WINDOW_FORM, Field, page_key

DISTRICT = Actor("d", "区办", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),))
UNIT = Actor("u", "单位", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
SECRETARY = Actor("s", "书记", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))
VERIFIER = Actor("v", "验收员", (Grant(Role.VERIFIER, "D0", "D0/"),))


def board(field_round: Field, actor: Actor) -> Coverage:
    with field_round.sessions() as session:
        round_ = session.scalars(select(Round)).one()
        return participation.coverage(session, field_round.inbox, round_, actor)


@pytest.mark.parametrize(
    ("count", "plain", "with_zero"),
    [
        (0, "0–4", "0"),
        (1, "0–4", "1–4"),
        (4, "0–4", "1–4"),
        (5, "5–9", "5–9"),
        (9, "5–9", "5–9"),
        (10, "10–14", "10–14"),
        (1234, "1230–1234", "1230–1234"),
    ],
)
def test_counts_are_told_in_steps(count: int, plain: str, with_zero: str) -> None:
    assert step(count, sees_zero=False) == plain
    assert step(count, sees_zero=True) == with_zero


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_counts_in_one_step_are_told_alike(one: int, other: int) -> None:
    assert (step(one, False) == step(other, False)) == (one // 5 == other // 5)


def test_the_board_shows_what_is_covered_by_unit_and_sector(field_round: Field) -> None:
    for number in range(5):
        field_round.answer("B001", page_key(number))
    field_round.answer("B003", page_key(9))
    seen = board(field_round, DISTRICT)

    assert {line.key: line.cells for line in seen.by_unit} == {
        "U01": {BRANCH_FORM: Cell(1, 2), WINDOW_FORM: Cell(0, 1)},
        "U02": {BRANCH_FORM: Cell(1, 1)},
    }
    assert {line.key: line.cells for line in seen.by_sector} == {
        "社区": {BRANCH_FORM: Cell(1, 2)},
        "农村": {BRANCH_FORM: Cell(1, 1)},
        "窗口单位": {WINDOW_FORM: Cell(0, 1)},
    }
    assert [(entry.org_id, entry.answers) for entry in seen.entries] == [
        ("B001", "5–9"),
        ("B002", "0"),
        ("B003", "1–4"),
        ("W01", "0"),
    ]
    assert [entry.org_id for entry in seen.missing] == ["B002", "W01"]
    assert [entry.unit_name for entry in seen.missing] == ["云澜街道党工委"] * 2
    branches = seen.spreads[0]
    assert (branches.cell, branches.cell.missing) == (Cell(2, 3), 1)
    assert [(band.low, band.high, band.objects) for band in branches.bands] == [
        (0, 0, 1),
        (1, 9, 2),
        (10, 29, 0),
        (30, None, 0),
    ]


def test_only_the_district_tells_nobody_from_a_few(field_round: Field) -> None:
    before = board(field_round, UNIT)
    field_round.answer("B001", page_key(1))
    after = board(field_round, UNIT)

    assert after == before
    assert before.covered_from == 5
    assert {entry.answers for entry in before.entries} == {"0–4"}
    assert board(field_round, DISTRICT) != board(field_round, UNIT)


def test_a_secretary_sees_a_change_at_every_fifth_answer_only(field_round: Field) -> None:
    seen = [board(field_round, SECRETARY)]
    for number in range(25):
        field_round.answer("B001", page_key(number))
        seen.append(board(field_round, SECRETARY))

    changes = [n for n in range(1, 26) if seen[n] != seen[n - 1]]
    assert changes == [5, 10, 15, 20, 25]


def test_what_was_answered_changes_nothing(field_round: Field) -> None:
    field_round.answer("B001", page_key(1), A30="1", A33="很不满意")
    bad = board(field_round, OPERATOR)
    field_round.answer("B002", page_key(2), A30="4")
    good = board(field_round, OPERATOR)

    assert [entry.answers for entry in bad.entries if entry.org_id == "B001"] == [
        entry.answers for entry in good.entries if entry.org_id == "B002"
    ]


def test_everybody_sees_the_own_subtree_only(field_round: Field) -> None:
    assert {entry.org_id for entry in board(field_round, UNIT).entries} == {"B001", "B002", "W01"}
    assert {entry.org_id for entry in board(field_round, SECRETARY).entries} == {"B001"}
    assert {entry.org_id for entry in board(field_round, OPERATOR).entries} >= {"B003"}
    with pytest.raises(NotAllowed):
        board(field_round, VERIFIER)


def test_the_board_stays_after_the_opening(field_round: Field) -> None:
    for number in range(6):
        field_round.answer("B001", page_key(number))
    before = board(field_round, DISTRICT)
    close_round(
        field_round.sessions,
        OPERATOR,
        "R1",
        field_round.keystore,
        field_round.inbox,
        now=field_round.now + timedelta(days=4),
    )

    assert board(field_round, DISTRICT) == before
