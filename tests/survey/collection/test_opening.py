"""Opening a box: once, whole, whatever is killed; the key goes last."""

from datetime import timedelta
from math import sqrt
from pathlib import Path

import pytest
from sqlalchemy import select

from reports import tally
from survey.accounts.models import Role
from survey.accounts.policy import Actor, Grant
from survey.audit.models import AuditEntry
from survey.collection.fieldwork import RoundNotReady
from survey.collection.models import (
    Contact,
    Receipt,
    Response,
    StoredTally,
    Verbatim,
)
from survey.collection.opening import (
    Closed,
    RoundNotOver,
    Step,
    close_round,
)
from survey.collection.points import PointClosed
from survey.collection.receipts import receipt_hash, receipt_of
from survey.config import Config
from survey.errors import NotAllowed
from tests.openings import ANSWERS, assert_opened_once, close, fill, rows
from tests.rounds import Field, page_key


def test_a_closed_round_holds_every_answer_once(field_round: Field) -> None:
    fill(field_round)
    steps: list[Step] = []

    closed = close(field_round, progress=steps.append)

    assert closed == Closed(answers=ANSWERS, unreadable=0)
    assert steps == list(Step)
    assert_opened_once(field_round)


def test_a_round_nobody_answered_closes_too(field_round: Field) -> None:
    assert close(field_round) == Closed(0, 0)
    assert_opened_once(field_round, 0)


def test_receipts_are_those_that_phones_hold(field_round: Field) -> None:
    fill(field_round, 3)
    close(field_round)

    expected = {
        receipt_hash("R1", field_round.points[org].code, receipt_of(page_key(number)))
        for number, org in enumerate(["W01", "B001", "B002"])
    }
    with field_round.sessions() as session:
        assert set(session.scalars(select(Receipt.hash))) == expected


def test_tallies_are_counted_by_point(field_round: Field) -> None:
    fill(field_round)
    close(field_round)

    with field_round.sessions() as session:
        by_point = {
            each.point_id: tally.from_data(each.data)
            for each in session.scalars(select(StoredTally))
        }
    window = by_point[field_round.points["W01"].id]
    assert (window.received, window.excluded, window.official.n, window.complete.n) == (
        10,
        5,
        5,
        10,
    )
    assert window.official.items["C50"] == {"1": 5}
    assert by_point[field_round.points["B001"].id].official.n == 10
    assert field_round.points["B003"].id not in by_point


def test_contacts_are_moved_sealed_and_their_key_is_kept(field_round: Field) -> None:
    fill(field_round)
    close(field_round)

    with field_round.sessions() as session:
        assert rows(session, Contact) == 5
        assert all(b"138" not in each for each in session.scalars(select(Contact.ciphertext)))
    assert field_round.keystore.has(field_round.points["W01"].contact_key)


def test_a_contact_key_that_nothing_needs_is_destroyed(field_round: Field) -> None:
    field_round.answer("B001", page_key(1))
    close(field_round)

    assert not field_round.keystore.has(field_round.points["W01"].contact_key)


@pytest.mark.untouched
def test_nothing_stored_keeps_the_order_of_arrival(field_round: Field) -> None:
    for number in range(40):
        field_round.answer("B001", page_key(number), A34=f"{number:02d}")
    close(field_round)

    with field_round.sessions() as session:
        texts = list(session.scalars(select(Verbatim.text)))
        ids = list(session.scalars(select(Response.id)))
        text_ids = list(session.scalars(select(Verbatim.id)))
    # Five standard deviations (Kendall): a shuffle does not come so far by chance.
    assert abs(_inversions(texts) - 40 * 39 / 4) < 5 * sqrt(40 * 39 * 85 / 72)
    assert ids == sorted(ids)
    assert not set(ids) & set(text_ids)


def _inversions(values: list[str]) -> int:
    return sum(a > b for place, a in enumerate(values) for b in values[place + 1 :])


def test_it_is_too_early_before_the_last_paper(field_round: Field) -> None:
    point = field_round.points["B001"]
    for now in (field_round.now, point.closes_at, point.paper_until - timedelta(seconds=1)):
        with pytest.raises(RoundNotOver):
            close(field_round, now=now)
        with pytest.raises(RoundNotOver):
            close(field_round, now=now, early=True, reason=" ")
    field_round.answer("B001", page_key(1))
    assert close(field_round, now=point.paper_until).answers == 1


def test_an_early_close_says_why_and_when(field_round: Field) -> None:
    field_round.answer("B001", page_key(1))

    close(field_round, now=field_round.now, early=True, reason="停电")

    field_round.reload()
    assert field_round.points["B001"].closes_at == field_round.now
    with field_round.sessions() as session:
        entry = session.scalars(select(AuditEntry).filter_by(act="round.close")).one()
    assert entry.data["reason"] == "停电"
    assert entry.data["early"] is True
    with pytest.raises(PointClosed) as refusal:
        field_round.answer("B001", page_key(2))
    assert refusal.value.closed_at == field_round.now


def test_a_closed_round_stays_closed(field_round: Field) -> None:
    close(field_round)
    with pytest.raises(RoundNotReady):
        close(field_round)


def test_a_retry_is_recognised_after_the_close(field_round: Field) -> None:
    fill(field_round, 5)
    close(field_round)
    field_round.reload()

    assert field_round.answer("B001", page_key(1), A34="改过").already
    with pytest.raises(PointClosed):
        field_round.answer("B001", page_key(99))


def test_only_the_district_closes_rounds(field_round: Field) -> None:
    unit = Actor("u", "单位", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
    with pytest.raises(NotAllowed):
        close_round(
            field_round.sessions,
            unit,
            "R1",
            field_round.keystore,
            field_round.inbox,
            now=field_round.now + timedelta(days=4),
        )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_file_keeps_a_plaintext_or_the_key(field_round: Field, config: Config) -> None:
    private_key = field_round.keystore.private(field_round.points["B001"].public_key)
    field_round.answer("B001", page_key(1), A34="这是一句独一无二的话")
    before = _bytes_below(config.home)
    assert "独一无二".encode() not in before
    assert private_key.hex().encode() in before

    close(field_round)

    after = _bytes_below(config.home)
    assert "独一无二".encode() in after
    assert private_key.hex().encode() not in after
    assert list(config.boxes.iterdir()) == []


def _bytes_below(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
