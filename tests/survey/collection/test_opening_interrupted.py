"""An opening that is cut off, or meets what nobody expected, loses nothing and can be repeated."""

import json
import multiprocessing
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from forms.answers import encode
from reports import rules, tally
from survey.accounts.policy import OPERATOR
from survey.campaigns.models import Round, RoundState
from survey.collection import contents, points, processes, verification
from survey.collection.inbox import BoxMissing, OpeningInProgress, SealedRow, open_inbox
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.models import Box, Receipt, Response, StoredTally, UsedCredential
from survey.collection.opening import (
    Closed,
    Step,
    VerificationFailed,
    close_round,
)
from survey.collection.processes import WorkStopped
from survey.collection.reading import CountDiffers
from survey.collection.sealing import SEALER, Sheet, pad, seal_sheet
from survey.collection.verification import verify_round
from survey.config import Config
from survey.db import make_engine, make_sessions
from tests.conftest import NOW
from tests.openings import ANSWERS, assert_opened_once, close, fill, rows
from tests.rounds import Field


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

    _close_once_let(field_round)

    assert_opened_once(field_round, 12)


def _close_once_let(field: Field) -> None:
    """Close a round as soon as PostgreSQL has noticed that whoever held its box is gone."""
    for _ in range(2_000):
        with suppress(OpeningInProgress):
            close(field)
            return
    close(field)


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


def test_a_tally_changed_on_its_way_is_found(field_round: Field) -> None:
    fill(field_round, 6)

    def tamper(step: Step) -> None:
        if step is Step.OPENED:
            with field_round.sessions.begin() as session:
                stored = session.scalars(select(StoredTally)).first()
                assert stored is not None
                stored.data = {**stored.data, "received": 7}

    with pytest.raises(VerificationFailed) as refusal:
        close(field_round, progress=tamper)

    assert [problem.code for problem in refusal.value.problems] == ["TALLY_DIFFERS"]


def test_what_was_just_counted_is_compared_and_not_counted_again(
    field_round: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(field_round)

    def refuse(*_: object) -> None:
        raise AssertionError("counted again")

    with monkeypatch.context() as during:
        during.setattr(verification, "count", refuse)
        close(field_round)

    with field_round.sessions() as session:
        assert verify_round(session, session.scalars(select(Round)).one()) == []


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
    sealed += [SEALER.seal(public_key, pad(b"[" * 4_000)), _with_half_a_pair(field_round, good)]
    for number, ciphertext in enumerate(sealed):
        yield SealedRow(bytes([number]) * 32, bytes([number]) * 32, point.id, ciphertext)
    yield SealedRow(b"\xff" * 32, b"\xff" * 32, 999_999, sealed[0])
    yield SealedRow(b"\x10" * 5, b"\x10" * 33, point.id, sealed[0])


def _with_half_a_pair(field_round: Field, answers: str) -> bytes:
    """Return a sheet whose text no database takes."""
    point = field_round.points["B001"]
    data = {"a": answers, "c": None, "f": [], "p": point.id, "r": "a" * 64, "v": False}
    sheet = json.dumps(data | {"t": [["A34", "\ud800"]]})
    return SEALER.seal(point.public_key, pad(sheet.encode()))


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


def test_helping_processes_find_what_one_alone_finds(
    field_round: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "SPREAD_FROM", 1)
    monkeypatch.setattr(contents, "BATCH", 7)
    fill(field_round)

    assert close(field_round) == Closed(ANSWERS, 0)

    assert_opened_once(field_round)
    with field_round.sessions() as session:
        assert verify_round(session, session.scalars(select(Round)).one()) == []


def test_a_helping_process_that_ends_changes_nothing(
    field_round: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "SPREAD_FROM", 1)
    fill(field_round, 6)
    with monkeypatch.context() as during:
        during.setattr(contents, "_opened", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        with pytest.raises(WorkStopped):
            close(field_round)

    close(field_round)
    assert_opened_once(field_round, 6)


def test_rules_changed_meanwhile_are_those_it_is_counted_under(field_round: Field) -> None:
    fill(field_round)
    changed = rules.to_data(replace(rules.DEFAULT, suspects_excluded=False))

    def change(step: Step) -> None:
        if step is Step.READ:
            with field_round.sessions.begin() as session:
                session.execute(update(Round).values(rules=changed))

    close(field_round, progress=change)

    assert_opened_once(field_round)
    with field_round.sessions() as session:
        stored = [tally.from_data(data) for data in session.scalars(select(StoredTally.data))]
    assert sum(each.official.n for each in stored) == ANSWERS


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
