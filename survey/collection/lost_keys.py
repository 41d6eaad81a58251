"""Keys that are lost: noticed at a start, and the end of a round that can never be opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundState
from survey.collection.boxes import UNOPENED, boxes_of
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore, KeyUnavailable, SharesNeeded
from survey.collection.models import Box
from survey.errors import SurveyError


class AbandonRefused(SurveyError):
    """The round cannot be given up, or not so; the message says why."""

    code = "ABANDON_REFUSED"


def unusable_keys(session: Session, keystore: Keystore) -> list[KeyUnavailable]:
    """Return what is wrong with the keys of sealed boxes of open rounds; empty if nothing is.

    Intake refuses answers to such a box by itself; this says so before somebody finds out.
    """
    query = (
        select(Box.public_key)
        .join(Round, Round.id == Box.round_id)
        .where(Round.state == RoundState.OPEN, Box.state.in_(UNOPENED))
    )
    found = []
    for key in session.scalars(query.order_by(Box.id)).all():
        try:
            keystore.self_test(key)
        except KeyUnavailable as refusal:
            found.append(refusal)
    return found


def abandon(
    session: Session,
    actor: Actor,
    approver: Actor,
    round_: Round,
    keystore: Keystore,
    *,
    reason: str,
    now: datetime,
) -> Round:
    """Give up an open round whose key is lost; it stays without results for good.

    Two people decide, and only where a box really cannot be opened: whoever dislikes what may
    have been answered must have no way to be rid of it. Parts of custodians count as lost when
    the round is over and fewer than two have been typed.

    Raises:
        AbandonRefused: one person alone, no reason, not open, partly opened, or every key is
            there.
    """
    require(actor, Action.RUN_ROUNDS)
    require(approver, Action.RUN_ROUNDS)
    if actor.name == approver.name and not actor.is_operator:
        raise AbandonRefused(
            "作废一轮评议要两个人：请由另一位同事批准",
            "Giving up a round takes two people; name a colleague who approves",
        )
    if not reason.strip():
        raise AbandonRefused("请写明作废的原因", "Say why the round is given up")
    boxes = boxes_of(session, round_.id)
    if round_.state != RoundState.OPEN or any(box.state not in UNOPENED for box in boxes):
        raise AbandonRefused(
            f"轮次“{round_.code}”没有在进行，或者已经启封了一部分，不能作废",
            f"The round {round_.code} is not open, or a part of it was opened; it stays",
        )
    if not any(_is_lost(box, round_, keystore, now) for box in boxes):
        raise AbandonRefused(
            f"轮次“{round_.code}”的密钥都在，到期就能启封，不能作废；"
            "由保管人分管的，要等本轮截止以后",
            f"Every key of {round_.code} is there, so it can be opened and not given up; where "
            "custodians hold it, this can be said only after the round has ended",
        )
    round_.state = RoundState.ABANDONED
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="round.abandon",
        subject=round_.code,
        now=now,
        approved_by=approver.name,
        reason=reason.strip(),
        boxes=len(boxes),
    )
    return round_


def finish_abandon(session: Session, round_: Round, keystore: Keystore, inbox: Inbox) -> None:
    """Drop the sealed answers and what keys are left, once that is committed; can be repeated.

    Residents are told that nobody will ever read them, also if a key should turn up.
    """
    if round_.state != RoundState.ABANDONED:
        return
    for box in boxes_of(session, round_.id):
        inbox.drop(box.id)
        keystore.destroy(box.public_key)
        keystore.destroy(box.contact_key)


def _is_lost(box: Box, round_: Round, keystore: Keystore, now: datetime) -> bool:
    try:
        keystore.private(box.public_key)
    except SharesNeeded:
        return now >= round_.paper_until
    except KeyUnavailable:
        return True
    return False
