"""Taking in answers: sealed, once for each page, never what could not be opened."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from survey.campaigns.models import Round
from survey.collection import intake, points
from survey.collection.inbox import BoxMissing
from survey.collection.keystore import KeyUnavailable
from survey.collection.models import Box, UsedCredential
from survey.collection.points import PointClosed, PointNotOpen
from survey.collection.receipts import receipt_of
from survey.collection.sealing import open_contact, sheet_opener
from tests.rounds import Field, page_key


def sheets(field_round: Field) -> list[object]:
    """Open every envelope in the box."""
    public_key = field_round.points["B001"].public_key
    open_sheet = sheet_opener(field_round.keystore.private(public_key))
    return [open_sheet(row.ciphertext) for row in field_round.inbox.read_all(field_round.box_id)]


def test_an_answer_is_one_sealed_row(field_round: Field) -> None:
    recorded = field_round.answer("B001", page_key(1), A34="请多开会公布账目")

    assert not recorded.already
    assert recorded.receipt == receipt_of(page_key(1))
    (row,) = field_round.inbox.read_all(field_round.box_id)
    assert row.point_id == field_round.points["B001"].id
    assert "账目".encode() not in row.ciphertext
    (sheet,) = sheets(field_round)
    assert sheet.texts == (("A34", "请多开会公布账目"),)  # type: ignore[attr-defined]
    assert sheet.point_id == row.point_id  # type: ignore[attr-defined]


def test_the_same_page_again_stores_nothing_and_the_first_wins(field_round: Field) -> None:
    first = field_round.answer("B001", page_key(1), A34="第一次")
    again = field_round.answer("B001", page_key(1), A34="改过的")

    assert again.already
    assert again.receipt == first.receipt
    (sheet,) = sheets(field_round)
    assert sheet.texts == (("A34", "第一次"),)  # type: ignore[attr-defined]


def test_a_page_sent_twice_at_once_is_stored_once(field_round: Field) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: field_round.answer("B001", page_key(1)), range(16)))

    assert [recorded.already for recorded in outcomes].count(False) == 1
    assert field_round.inbox.counts(field_round.box_id) == {field_round.points["B001"].id: 1}


def test_two_pages_are_two_answers(field_round: Field) -> None:
    field_round.answer("B001", page_key(1))
    field_round.answer("B001", page_key(2))

    assert field_round.inbox.counts(field_round.box_id) == {field_round.points["B001"].id: 2}


def test_quality_is_judged_before_sealing(field_round: Field) -> None:
    field_round.answer("B001", page_key(1), seconds=10)

    (sheet,) = sheets(field_round)
    assert sheet.flags == ("fast", "straight", "suspect")  # type: ignore[attr-defined]


def test_a_key_that_comes_to_another_point_is_another_answer(field_round: Field) -> None:
    assert not field_round.answer("B001", page_key(1)).already
    assert not field_round.answer("W01", page_key(1)).already
    assert field_round.answer("W01", page_key(1)).already
    assert sum(field_round.inbox.counts(field_round.box_id).values()) == 2


def test_a_telephone_number_is_sealed_apart(field_round: Field) -> None:
    point = field_round.points["W01"]
    field_round.answer("W01", page_key(1), C50="1", C51=("b1",), C55="1", C56="13800138000")

    (sheet,) = sheets(field_round)
    assert sheet.texts == ()  # type: ignore[attr-defined]
    contact = sheet.contact  # type: ignore[attr-defined]
    assert open_contact(field_round.keystore.private(point.contact_key), contact) == "13800138000"


def test_too_early_and_too_late_are_refused(field_round: Field) -> None:
    point = field_round.points["B001"]
    with pytest.raises(PointNotOpen):
        field_round.answer("B001", page_key(1), at=point.opens_at - timedelta(seconds=1))
    with pytest.raises(PointClosed):
        field_round.answer("B001", page_key(1), at=point.closes_at)
    assert field_round.inbox.counts(field_round.box_id) == {}


def test_a_retry_after_the_close_is_recognised(field_round: Field) -> None:
    field_round.answer("B001", page_key(1))
    point = field_round.points["B001"]
    late = point.closes_at + timedelta(hours=1)

    assert field_round.answer("B001", page_key(1), at=late).already
    field_round.inbox.close(point.box_id)
    assert field_round.answer("B001", page_key(1), at=late).already
    # A node that has not heard of the close finds the box closed.
    assert field_round.answer("B001", page_key(1)).already
    with pytest.raises(PointClosed):
        field_round.answer("B001", page_key(2))


def test_a_retry_after_the_opening_is_recognised(field_round: Field) -> None:
    point = field_round.points["B001"]
    with field_round.sessions.begin() as session:
        key_hash = intake.page_hash(field_round.keystore, "key", point, page_key(1))
        session.add(UsedCredential(round_id=1, credential_hash=b"c" * 32, key_hash=key_hash))
        session.execute(update(Box).values(state="opened"))
    field_round.inbox.drop(point.box_id)

    assert field_round.answer("B001", page_key(1)).already
    with pytest.raises(PointClosed):
        field_round.answer("B001", page_key(2))


def test_the_date_of_an_early_close_is_told(field_round: Field) -> None:
    closed_at = field_round.now
    field_round.inbox.close(field_round.box_id)
    with field_round.sessions.begin() as session:
        session.execute(update(Round).values(closes_at=closed_at))

    with pytest.raises(PointClosed) as refusal:
        field_round.answer("B001", page_key(1))
    assert refusal.value.closed_at == closed_at


def test_nothing_is_taken_that_could_not_be_opened(field_round: Field) -> None:
    point = field_round.points["B001"]
    field_round.keystore.destroy(point.public_key)

    with pytest.raises(KeyUnavailable) as refusal:
        field_round.answer("B001", page_key(1))
    assert refusal.value.status == 503
    assert field_round.inbox.counts(point.box_id) == {}


def test_a_key_lost_while_the_round_is_open_is_noticed(field_round: Field) -> None:
    point = field_round.points["B001"]
    field_round.answer("B001", page_key(1))
    field_round.keystore.destroy(point.public_key)

    with pytest.raises(KeyUnavailable):
        field_round.answer("B001", page_key(2), at=field_round.now + timedelta(minutes=1))


def test_a_lost_box_is_a_fault_and_not_a_close(field_round: Field) -> None:
    field_round.inbox.drop(field_round.box_id)

    with pytest.raises(BoxMissing):
        field_round.answer("B001", page_key(1))


def test_hashes_depend_on_purpose_round_and_pepper(field_round: Field) -> None:
    keystore = field_round.keystore
    hashes = {
        intake.keyed_hash(keystore, purpose, round_code, key)
        for purpose in ("credential", "key")
        for round_code in ("R1", "R2")
        for key in ("a", "b")
    }
    assert len(hashes) == 8


def test_an_open_point_is_found_by_its_code(field_round: Field) -> None:
    point = field_round.points["B001"]
    with field_round.sessions() as session:
        assert points.open_point(session, point.code.lower(), field_round.now) == point
        with pytest.raises(PointClosed):
            points.open_point(session, point.code, point.closes_at)
