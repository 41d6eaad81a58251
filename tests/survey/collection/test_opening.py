"""Opening a box: once, whole, whatever is killed; the key goes last."""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from math import sqrt
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from forms.answers import encode
from reports import tally
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round, RoundState
from survey.collection import points
from survey.collection.fieldwork import RoundNotReady
from survey.collection.inbox import (
    BoxMissing,
    OpeningInProgress,
    SealedRow,
    open_inbox,
)
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.models import (
    Box,
    BoxState,
    Contact,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.opening import (
    Closed,
    CountDiffers,
    RoundNotOver,
    Step,
    VerificationFailed,
    close_round,
)
from survey.collection.points import PointClosed
from survey.collection.receipts import receipt_hash, receipt_of
from survey.collection.sealing import Sheet, seal_sheet
from survey.config import Config
from survey.db import make_engine, make_sessions
from survey.errors import NotAllowed
from tests.conftest import NOW
from tests.rounds import Field, page_key

ANSWERS = 30


def fill(field_round: Field, count: int = ANSWERS) -> None:
    """Hand in answers at every point; some with texts, a number, or suspect."""
    for number in range(count):
        if number % 3:
            field_round.answer(
                f"B00{number % 3}", page_key(number), A34=f"意见{number}", seconds=None
            )
        elif number % 2:
            field_round.answer(
                "W01",
                page_key(number),
                C50="1",
                C51=("b1",),
                C55="1",
                C56=f"138{number:08d}",
            )
        else:
            field_round.answer("W01", page_key(number), seconds=5)


def close(field_round: Field, **changes: object) -> Closed:
    """Close the round after everything is over."""
    options = {"now": field_round.now + timedelta(days=4)} | changes
    return close_round(
        field_round.sessions,
        OPERATOR,
        field_round.code,
        field_round.keystore,
        field_round.inbox,
        **options,  # type: ignore[arg-type]
    )


def rows(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def assert_opened_once(field_round: Field, count: int = ANSWERS) -> None:
    """Everything is there exactly once, and nothing is left to open."""
    with field_round.sessions() as session:
        box = session.scalars(select(Box)).one()
        assert box.state == BoxState.KEY_DESTROYED
        assert (box.answer_count, box.unreadable_count) == (count, 0)
        assert session.scalars(select(Round.state)).one() == RoundState.CLOSED
        assert [rows(session, table) for table in (Response, Receipt, UsedCredential)] == [
            count
        ] * 3
        stored = [tally.from_data(data) for data in session.scalars(select(StoredTally.data))]
        assert sum(each.received for each in stored) == count
        texts = Counter(session.scalars(select(Verbatim.text)))
        assert texts == Counter(f"意见{number}" for number in range(count) if number % 3)
        assert session.scalar(select(func.count(AuditEntry.id)).filter_by(act="box.open")) == 1
        assert not field_round.keystore.has(box.public_key)
        assert field_round.inbox.counts(box.id) == {}


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


def test_one_opening_holds_off_another(field_round: Field) -> None:
    fill(field_round, 3)

    def meanwhile(step: Step) -> None:
        if step is Step.READ:
            with pytest.raises(OpeningInProgress):
                close(field_round)

    close(field_round, progress=meanwhile)
    assert_opened_once(field_round, 3)


class Crash(Exception):
    """Stands for whatever stops an opening."""


@pytest.mark.parametrize("step", list(Step))
def test_an_opening_stopped_anywhere_is_taken_up_again(field_round: Field, step: Step) -> None:
    fill(field_round)

    def crash(reached: Step) -> None:
        if reached is step:
            raise Crash

    with pytest.raises(Crash):
        close(field_round, progress=crash)
    if step is not Step.KEY_DESTROYED:
        close(field_round)

    assert_opened_once(field_round)


def _close_until(config: Config, database_url: str, step: str) -> None:
    """Run an opening in a process of its own and kill that at a step."""
    engine = make_engine(database_url)

    def kill(reached: Step) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    close_round(
        make_sessions(engine),
        OPERATOR,
        "R1",
        Keystore(config.keystore),
        open_inbox(config, engine),
        now=NOW + timedelta(days=4),
        progress=kill,
    )


@pytest.mark.parametrize("step", [Step.STOPPED, Step.WRITTEN, Step.OPENED, Step.DROPPED])
def test_an_opening_killed_by_force_is_taken_up_again(
    field_round: Field, config: Config, database_url: str, step: Step
) -> None:
    fill(field_round, 12)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_close_until, args=(config, database_url, step.value))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL

    close(field_round)

    assert_opened_once(field_round, 12)


def test_what_does_not_verify_keeps_its_box_and_its_key(field_round: Field) -> None:
    fill(field_round, 6)

    def tamper(step: Step) -> None:
        if step is Step.OPENED:
            with field_round.sessions.begin() as session:
                chosen = session.scalars(select(Response.id).limit(1)).one()
                session.execute(delete(Response).where(Response.id == chosen))

    with pytest.raises(VerificationFailed) as refusal:
        close(field_round, progress=tamper)

    assert {problem.code for problem in refusal.value.problems} >= {"RESPONSE_COUNT"}
    assert field_round.keystore.has(field_round.points["B001"].public_key)
    assert sum(field_round.inbox.counts(field_round.box_id).values()) == 6


def test_a_missing_key_changes_nothing(field_round: Field) -> None:
    fill(field_round, 3)
    file = field_round.keystore.file_of(field_round.points["B001"].public_key)
    kept = file.read_bytes()
    file.unlink()

    with pytest.raises(KeyUnavailable):
        close(field_round)
    with field_round.sessions() as session:
        assert rows(session, Response) == 0

    file.write_bytes(kept)
    close(field_round)
    assert_opened_once(field_round, 3)


def test_a_missing_box_is_a_fault_and_not_an_empty_round(field_round: Field) -> None:
    fill(field_round, 3)
    field_round.inbox.drop(field_round.box_id)

    with pytest.raises(BoxMissing):
        close(field_round)
    with field_round.sessions() as session:
        assert session.scalars(select(Round.state)).one() == RoundState.OPEN


def test_a_count_that_changed_after_the_close_stops_the_opening(field_round: Field) -> None:
    fill(field_round, 3)

    def tamper(step: Step) -> None:
        if step is Step.COUNTED:
            with field_round.sessions.begin() as session:
                session.execute(update(Box).values(answer_count=4))

    with pytest.raises(CountDiffers):
        close(field_round, progress=tamper)
    with field_round.sessions() as session:
        assert rows(session, Response) == 0


def forged(field_round: Field) -> Iterable[SealedRow]:
    """Yield rows that somebody with the database but not the program could put in."""
    point = field_round.points["B001"]
    public_key = point.public_key
    hash_ = "a" * 64
    sealed = [
        b"",
        b"x" * 1072,
        seal_sheet(public_key, Sheet(point.id, "nonsense", hash_)),
        seal_sheet(public_key, Sheet(field_round.points["B002"].id, "1", hash_)),
        seal_sheet(field_round.points["B001"].contact_key, Sheet(point.id, "1", hash_)),
    ]
    good = "." * _width(field_round)
    sealed += [
        seal_sheet(public_key, Sheet(point.id, good, "no hash")),
        seal_sheet(public_key, Sheet(point.id, good, hash_, texts=(("X99", "text"),))),
        seal_sheet(public_key, Sheet(point.id, good, hash_, texts=(("A34", "a\0b"),))),
        seal_sheet(public_key, Sheet(point.id, good, hash_, flags=("f" * 121,))),
    ]
    for number, ciphertext in enumerate(sealed):
        yield SealedRow(bytes([number]) * 32, bytes([number]) * 32, point.id, ciphertext)
    yield SealedRow(b"\xff" * 32, b"\xff" * 32, 999_999, sealed[0])


def _width(field_round: Field) -> int:
    with field_round.sessions() as session:
        return len(encode(points.questionnaire_of(session, field_round.points["B001"]), {}))


def test_forged_rows_are_reported_and_hold_up_nobody(field_round: Field) -> None:
    fill(field_round, 6)
    bad = list(forged(field_round))
    field_round.inbox.put_all(field_round.box_id, bad)

    closed = close(field_round)

    assert closed == Closed(answers=6 + len(bad), unreadable=len(bad))
    with field_round.sessions() as session:
        assert rows(session, Response) == 6
        assert rows(session, UsedCredential) == 6 + len(bad)


def test_two_phones_with_one_receipt_do_not_hold_up_the_opening(field_round: Field) -> None:
    point = field_round.points["B001"]
    sheet = Sheet(point.id, "." * _width(field_round), "a" * 64)
    field_round.inbox.put_all(
        point.box_id,
        [
            SealedRow(
                bytes([n]) * 32, bytes([n]) * 32, point.id, seal_sheet(point.public_key, sheet)
            )
            for n in range(2)
        ],
    )

    assert close(field_round) == Closed(2, 0)
    with field_round.sessions() as session:
        assert rows(session, Receipt) == 1


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
