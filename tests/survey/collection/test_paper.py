"""Keyed paper: the same box, the same judgement, all rows or none, a file once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns.models import Round
from survey.collection.inbox import BoxBusy, Inbox
from survey.collection.models import PaperBatch, PaperIssued
from survey.collection.paper import (
    BatchAlreadyImported,
    CheckerNeeded,
    IssuedExceeded,
    PaperClosed,
    import_paper,
)
from survey.collection.sealing import Sheet, sheet_opener
from survey.errors import ImportRefused, NotAllowed, NotFound
from survey.web.keying import validate_paper
from tests.rounds import BRANCH_FORM, WINDOW_FORM, Field, page_key

SAMPLE = Path(__file__).resolve().parents[3] / "sample"
HEADER = "org_id,seconds,A01,A02,A11,A12,A13,A14,A15,A21,A22,A23,A24,A25,A30,A31,A32,A34"
GOOD = "B001,150,resident,a9,9,3,3,3,4,4,3,4,3,3,3,p3,q2 q3,路灯不亮"


def batch(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def take(
    field_round: Field,
    data: bytes,
    *,
    actor: Actor = OPERATOR,
    issued: Mapping[str, int] | None = None,
    now: datetime | None = None,
    form: str = BRANCH_FORM,
    inbox: Inbox | None = None,
    checker: Actor | None = None,
) -> int:
    with field_round.sessions.begin() as session:
        return import_paper(
            session,
            inbox or field_round.inbox,
            field_round.keystore,
            actor,
            session.scalars(select(Round)).one(),
            form,
            data,
            validate_paper,
            now=now or field_round.now,
            issued=issued,
            checker=checker,
        )


def sheets(field_round: Field) -> list[Sheet]:
    key = field_round.keystore.private(field_round.points["B001"].public_key)
    open_sheet = sheet_opener(key)
    return [open_sheet(row.ciphertext) for row in field_round.inbox.read_all(field_round.box_id)]


def faults(field_round: Field, data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(ImportRefused) as refusal:
        take(field_round, data)
    assert field_round.inbox.counts(field_round.box_id) == {}
    assert all(fault.zh and fault.en and fault.zh != fault.en for fault in refusal.value.faults)
    return [(fault.row, fault.column) for fault in refusal.value.faults]


def test_a_batch_goes_into_the_sealed_box(field_round: Field) -> None:
    assert take(field_round, batch(GOOD, GOOD.replace("B001", "B002"))) == 2

    points = field_round.points
    assert field_round.inbox.counts(points["B001"].box_id) == {
        points["B001"].id: 1,
        points["B002"].id: 1,
    }
    assert {sheet.texts for sheet in sheets(field_round)} == {(("A34", "路灯不亮"),)}
    assert len({sheet.receipt for sheet in sheets(field_round)}) == 2


def test_equal_rows_are_different_answers(field_round: Field) -> None:
    assert take(field_round, batch(GOOD, GOOD, GOOD)) == 3
    assert sum(field_round.inbox.counts(field_round.box_id).values()) == 3


def test_paper_and_phone_are_told_apart_nowhere(field_round: Field) -> None:
    take(field_round, batch(GOOD))
    field_round.answer("B001", page_key(1))

    sizes = {len(row.ciphertext) for row in field_round.inbox.read_all(field_round.box_id)}
    assert len(sizes) == 1


def test_the_same_file_is_refused_the_second_time(field_round: Field) -> None:
    take(field_round, batch(GOOD))
    with pytest.raises(BatchAlreadyImported) as refusal:
        take(field_round, batch(GOOD))
    assert refusal.value.code == "BATCH_ALREADY_IMPORTED"
    assert take(field_round, batch(GOOD, GOOD)) == 2


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("B999" + GOOD[4:], [(2, "org_id")]),
        (GOOD[4:], [(2, "org_id")]),
        ("W01" + GOOD[4:], [(2, "org_id")]),
        (GOOD.replace("150", "long"), [(2, "seconds")]),
        (GOOD.replace("150", "-1"), [(2, "seconds")]),
        (GOOD.replace("150", "nan"), [(2, "seconds")]),
        (GOOD.replace("resident", "stranger"), [(2, "A01")]),
        (GOOD.replace("resident", ""), [(2, "A01")]),
        (GOOD.replace(",9,3", ",7,3"), [(2, "A11")]),
        (GOOD.replace("3,p3", ",p3"), [(2, "A30")]),
        (GOOD.replace("p3", ""), [(2, "A31")]),
        (GOOD.replace("p3", "p1 p2 p3 p4"), [(2, "A31")]),
        (GOOD.replace("p3", "p1 p1"), [(2, "A31")]),
        (GOOD.replace("q2 q3", "q8 q1"), [(2, "A32")]),
        (GOOD.replace("路灯不亮", "长" * 501), [(2, "A34")]),
        (
            GOOD.replace("resident", "x").replace("150", "x").replace("p3", "x"),
            [(2, "seconds"), (2, "A01"), (2, "A31")],
        ),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(
    field_round: Field, row: str, expected: list[tuple[int, str]]
) -> None:
    assert sorted(faults(field_round, batch(row, GOOD))) == sorted(expected)


def test_every_bad_row_is_named(field_round: Field) -> None:
    bad = GOOD.replace("p3", "x")
    assert faults(field_round, batch(bad, GOOD, bad)) == [(2, "A31"), (4, "A31")]


def test_unknown_and_missing_columns_are_named(field_round: Field) -> None:
    assert faults(field_round, batch("B001,4", header="org_id,X99")) == [(1, "X99")]
    assert faults(field_round, batch("4", header="A30")) == [(1, "org_id")]
    assert faults(field_round, batch()) == [(0, "")]


def test_scored_items_may_be_left_empty_on_paper(field_round: Field) -> None:
    take(field_round, batch("B001,,resident,,4,4,4,,4,4,4,,,,4,p1,,"))

    (sheet,) = sheets(field_round)
    assert not sheet.is_void
    assert sheet.flags == ()


def test_fewer_than_half_of_the_scored_items_make_a_void_ballot(field_round: Field) -> None:
    take(field_round, batch("B001,,resident,,4,4,,,,,,,,,4,p1,,"))

    (sheet,) = sheets(field_round)
    assert sheet.is_void


def test_a_conditional_item_that_is_required_is_refused_when_missing(field_round: Field) -> None:
    header = "org_id," + ",".join(f"C{n:02d}" for n in [1, *range(11, 21), *range(31, 36)])
    header += ",C41,C42,C43,C44,C45,C46,C47,C50,C02,C03,C51"
    row = "W01,m1," + ",".join(["5"] * 15) + ",1,1,1,5,5,5,1,"
    with pytest.raises(ImportRefused) as refusal:
        take(field_round, batch(row + "1,1,,", header=header), form=WINDOW_FORM)
    assert [fault.column for fault in refusal.value.faults] == ["C03", "C51"]

    # Not having come at all, nobody waited; satisfied, nobody says why not.
    assert take(field_round, batch(row + "5,0,,b1", header=header), form=WINDOW_FORM) == 1


def test_seconds_feed_the_quality_rules_and_are_not_kept(field_round: Field) -> None:
    fast = "B001,9,resident,,4,4,4,4,4,4,4,4,4,4,4,p1,,"
    take(field_round, batch(fast, fast.replace(",9,", ",,", 1)))

    assert sorted(sheet.flags for sheet in sheets(field_round)) == [
        ("fast", "straight", "suspect"),
        ("straight",),
    ]


def test_answers_may_not_exceed_what_was_issued(field_round: Field) -> None:
    with pytest.raises(IssuedExceeded):
        take(field_round, batch(GOOD, GOOD), issued={"B001": 1})
    assert field_round.inbox.counts(field_round.box_id) == {}

    take(field_round, batch(GOOD), issued={"B001": 2, "B002": 5})
    take(field_round, batch(GOOD + ",R1", header=HEADER + ",response_id"))
    with pytest.raises(IssuedExceeded):
        take(field_round, batch(GOOD, header=HEADER + "\n"))
    take(field_round, batch(GOOD, header=HEADER + "\n\n"), issued={"B001": 3})
    with pytest.raises(IssuedExceeded):
        take(field_round, batch(GOOD.replace("B001", "B002")), issued={"B001": 2})
    with pytest.raises(NotFound):
        take(field_round, batch(GOOD, header=HEADER + "\n\n\n"), issued={"B999": 2})

    with field_round.sessions() as session:
        stored = {
            each.point_id: (each.count, each.keyed_count)
            for each in session.scalars(select(PaperIssued))
        }
    points = field_round.points
    assert stored == {points["B001"].id: (3, 3), points["B002"].id: (5, 0)}


def test_paper_is_taken_until_its_own_date(field_round: Field) -> None:
    point = field_round.points["B001"]
    for now in (point.opens_at - timedelta(seconds=1), point.paper_until):
        with pytest.raises(PaperClosed):
            take(field_round, batch(GOOD), now=now)
    assert take(field_round, batch(GOOD), now=point.paper_until - timedelta(seconds=1)) == 1

    field_round.inbox.close(point.box_id)
    with pytest.raises(PaperClosed):
        take(field_round, batch(GOOD, GOOD))
    with field_round.sessions() as session:
        assert len(session.scalars(select(PaperBatch)).all()) == 1


def test_people_key_paper_for_their_own_unit_only(field_round: Field) -> None:
    unit = Actor("u", "单位", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
    secretary = Actor("s", "书记", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))

    with pytest.raises(ImportRefused):
        take(field_round, batch(GOOD.replace("B001", "B003")), actor=unit, checker=OPERATOR)
    with pytest.raises(NotAllowed):
        take(field_round, batch(GOOD), actor=secretary, checker=OPERATOR)
    assert take(field_round, batch(GOOD), actor=unit, checker=OPERATOR) == 1


def test_a_second_person_of_the_place_has_checked(field_round: Field) -> None:
    unit = Actor("u", "单位", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
    colleague = Actor("v", "同事", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
    elsewhere = Actor("w", "别处", (Grant(Role.UNIT_ADMIN, "U99", "D0/U99/"),))

    for nobody in (None, unit):
        with pytest.raises(CheckerNeeded):
            take(field_round, batch(GOOD), actor=unit, checker=nobody)
    with pytest.raises((ImportRefused, NotAllowed)):
        take(field_round, batch(GOOD), actor=unit, checker=elsewhere)
    assert take(field_round, batch(GOOD), actor=unit, checker=colleague) == 1


def test_a_questionnaire_of_another_round_is_not_found(field_round: Field) -> None:
    with pytest.raises(NotFound):
        take(field_round, batch(GOOD), form="B_member_review")


def test_an_import_that_broke_off_is_repeated_without_doubling(field_round: Field) -> None:
    with field_round.sessions() as session:
        import_paper(
            session,
            field_round.inbox,
            field_round.keystore,
            OPERATOR,
            session.scalars(select(Round)).one(),
            BRANCH_FORM,
            batch(GOOD, GOOD),
            validate_paper,
            now=field_round.now,
        )
        session.rollback()

    assert take(field_round, batch(GOOD, GOOD)) == 2
    assert sum(field_round.inbox.counts(field_round.box_id).values()) == 2


def test_a_busy_box_notes_nothing(field_round: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: object) -> None:
        raise BoxBusy

    monkeypatch.setattr(field_round.inbox, "put_all", busy)
    with pytest.raises(BoxBusy):
        take(field_round, batch(GOOD))
    monkeypatch.undo()
    assert take(field_round, batch(GOOD)) == 1
