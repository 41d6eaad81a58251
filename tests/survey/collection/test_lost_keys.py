"""A lost key: the round can be given up by two people, never while it could still be opened."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.collection import lost_keys, points
from survey.collection.boxes import boxes_of
from survey.collection.bulletin import Standing, standing_of
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.lost_keys import AbandonRefused
from survey.collection.opening import RoundNotReady, close_round
from survey.collection.receipts import receipt_of
from survey.db import reading
from survey.results import service as results
from tests.rounds import Field, page_key

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
