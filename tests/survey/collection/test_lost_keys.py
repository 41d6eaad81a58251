"""A lost key: the round can be given up by two people, never while it could still be opened."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.collection import keeping, lost_keys, points
from survey.collection.boxes import CHINA, boxes_of, lost_days
from survey.collection.bulletin import Standing, standing_of
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.lost_keys import AbandonRefused
from survey.collection.models import BoxState
from survey.collection.opening import RoundNotReady, close_round
from survey.collection.receipts import receipt_of
from survey.collection.verification import verify_round
from survey.config import Config
from survey.db import Sessions, reading
from survey.results import service as results
from tests.rounds import Field, page_key
from tests.survey.collection.test_daily import DAYS, FIRST, Daily, evening, morning_after

ADMIN = Actor("chen", "陈", (Grant(Role.DISTRICT_ADMIN, "D0", "D0"),))


def give_up(field: Field, *, reason: str = "硬盘坏了", by: Actor = OPERATOR) -> None:
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        lost_keys.abandon(session, by, by, round_, field.keystore, reason=reason, now=field.now)
    with reading(field.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        lost_keys.finish_abandon(session, round_, field.keystore, field.inbox)


def lose_key(field: Field) -> None:
    with reading(field.sessions) as session:
        (box,) = boxes_of(session, 1)
    field.keystore.destroy(box.public_key)


def test_a_round_is_not_given_up_while_its_key_is_there(field_round: Field) -> None:
    with pytest.raises(AbandonRefused):
        give_up(field_round)


def test_it_takes_a_reason(field_round: Field) -> None:
    lose_key(field_round)
    with pytest.raises(AbandonRefused):
        give_up(field_round, reason="  ")


def test_one_account_alone_gives_nothing_up(field_round: Field) -> None:
    lose_key(field_round)
    with pytest.raises(AbandonRefused, match="two people"):
        give_up(field_round, by=ADMIN)


def test_a_round_without_its_key_ends_without_results(field_round: Field) -> None:
    field_round.answer("B001", page_key(1))
    lose_key(field_round)
    with reading(field_round.sessions) as session:
        (refusal,) = lost_keys.unusable_keys(session, field_round.keystore)
    assert refusal.code == "KEY_UNAVAILABLE"

    give_up(field_round)

    with reading(field_round.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, field_round.code)
        assert round_.state == RoundState.ABANDONED
        assert not results.has_figures(session, round_)
        assert lost_keys.unusable_keys(session, field_round.keystore) == []
        (noted,) = session.scalars(select(AuditEntry).where(AuditEntry.act == "round.abandon"))
        assert noted.data["reason"] == "硬盘坏了"
        point = next(iter(points.points_of(session, round_.id).values()))
        assert standing_of(session, point, receipt_of(page_key(1))) is Standing.ABANDONED
        with pytest.raises(points.PointAbandoned):
            points.require_open(point, field_round.now)
    with pytest.raises(RoundNotReady):
        close_round(
            field_round.sessions,
            OPERATOR,
            field_round.code,
            field_round.keystore,
            field_round.inbox,
            now=field_round.now + timedelta(days=30),
        )


def test_a_keystore_that_cannot_be_read_is_a_refusal(keystore: Keystore) -> None:
    key = keystore.create("R1 round")
    keystore.file_of(key).unlink()
    keystore.file_of(key).mkdir()
    (keystore.path / "pepper").mkdir()
    with pytest.raises(KeyUnavailable):
        keystore.self_test(key)
    with pytest.raises(KeyUnavailable):
        keystore.pepper()


@pytest.fixture
def daily(sessions: Sessions, engine: Engine, config: Config, tmp_path: Path) -> Daily:
    """A daily round whose first two days have answers, and whose first key is lost."""
    stores = (sessions, open_inbox(config, engine), Keystore(tmp_path / "keys"))
    made = Daily(*stores, FIRST, code="D1")
    made.open()
    made.answers(0, 3, evening(0))
    made.answers(3, 12, evening(1))
    with reading(sessions) as session:
        made.keystore.destroy(boxes_of(session, 1)[0].public_key)
    return made


def give_up_day(daily: Daily, label: str, now: datetime, *, by: Actor = OPERATOR) -> None:
    with daily.sessions.begin() as session:
        people = (session, by, by, campaigns.get_round(session, OPERATOR, daily.code))
        lost_keys.abandon_day(*people, label, daily.keystore, reason="硬盘坏了", now=now)
    with reading(daily.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, daily.code)
        lost_keys.finish_abandon(session, round_, daily.keystore, daily.inbox)


def test_a_lost_day_is_given_up_alone(daily: Daily) -> None:
    lost, kept = "2026-09-28", "2026-09-29"
    with pytest.raises(KeyUnavailable):
        daily.open_due(morning_after(0))
    for label, now, by in (
        (lost, evening(0), OPERATOR),
        (kept, morning_after(1), OPERATOR),
        ("2026-09-27", morning_after(1), OPERATOR),
        (lost, morning_after(1), ADMIN),
    ):
        with pytest.raises(AbandonRefused):
            give_up_day(daily, label, now, by=by)

    give_up_day(daily, lost, morning_after(1))

    assert daily.open_due(morning_after(1)) == [kept]
    assert daily.close(FIRST + timedelta(days=DAYS + 2)).answers == 12
    with daily.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, daily.code)
        merged = keeping.merge_months(
            session, OPERATOR, round_, now=FIRST + timedelta(days=9), zone=CHINA
        )
    assert merged == ["2026-09"]
    with reading(daily.sessions) as session:
        round_ = campaigns.get_round(session, OPERATOR, daily.code)
        point = daily.points["W01"]
        (noted,) = session.scalars(select(AuditEntry).where(AuditEntry.act == lost_keys.DAY_ACT))
        gone, counted = (standing_of(session, point, receipt_of(page_key(n))) for n in (1, 4))

        assert verify_round(session, round_) == []
        assert lost_days(session, round_.id) == (lost,)
        assert (noted.data["label"], noted.data["answers"]) == (lost, 3)
        assert (gone, counted) == (Standing.DAY_LOST, Standing.COUNTED)


def test_an_answer_of_a_lost_day_can_be_sent_again(daily: Daily) -> None:
    give_up_day(daily, "2026-09-28", morning_after(0))
    daily.answers(0, 3, evening(2))
    daily.open_due(morning_after(2))

    with reading(daily.sessions) as session:
        receipt = receipt_of(page_key(1))
        assert standing_of(session, daily.points["W01"], receipt) is Standing.COUNTED


def test_a_round_that_was_partly_opened_is_not_given_up_whole(daily: Daily) -> None:
    give_up_day(daily, "2026-09-28", morning_after(0))
    daily.open_due(morning_after(1))
    with reading(daily.sessions) as session:
        daily.keystore.destroy(boxes_of(session, 1)[2].public_key)
    with pytest.raises(AbandonRefused, match="one day"):
        give_up(daily)


def test_a_lost_day_holds_up_no_other(daily: Daily) -> None:
    with pytest.raises(KeyUnavailable):
        daily.open_due(morning_after(1))

    with reading(daily.sessions) as session:
        states = {box.label: box.state for box in boxes_of(session, 1)}
    assert states["2026-09-28"] == BoxState.COUNTED
    assert states["2026-09-29"] == BoxState.KEY_DESTROYED
