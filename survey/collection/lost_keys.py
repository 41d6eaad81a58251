"""Keys that are lost: noticed at a start, and the end of a round that can never be opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import OpeningKind, Round, RoundState
from survey.collection.boxes import UNOPENED, boxes_of
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore, KeyUnavailable, SharesNeeded
from survey.collection.models import Box, BoxState
from survey.errors import SurveyError

DAY_ACT = "box.abandon"


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


def lost_boxes(
    session: Session, round_: Round, keystore: Keystore, *, now: datetime
) -> tuple[Box, ...]:
    """Return the sealed boxes of an open round that nobody can open any more.

    Parts of custodians count as lost when the round is over and fewer than two have been typed.
    """
    if round_.state != RoundState.OPEN:
        return ()
    return tuple(
        box
        for box in boxes_of(session, round_.id)
        if box.state in UNOPENED and _is_lost(box, round_, keystore, now)
    )


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
    have been answered must have no way to be rid of it.

    Raises:
        AbandonRefused: one person alone, no reason, not open, partly opened, or every key is
            there.
    """
    _require_two(actor, approver, reason)
    boxes = boxes_of(session, round_.id)
    untouched = (*UNOPENED, BoxState.ABANDONED)
    if round_.state != RoundState.OPEN or any(box.state not in untouched for box in boxes):
        raise AbandonRefused(
            f"轮次“{round_.code}”没有在进行，或者已经启封了一部分，不能作废；"
            "按日启封的，可以只作废丢了密钥的那一天",
            f"The round {round_.code} is not open, or a part of it was opened; it stays. Of a "
            "daily round the one day whose key is lost can be given up",
        )
    if not lost_boxes(session, round_, keystore, now=now):
        raise AbandonRefused(
            f"轮次“{round_.code}”的密钥都在，到期就能启封，不能作废；"
            "由保管人分管的，要等本轮截止以后",
            f"Every key of {round_.code} is there, so it can be opened and not given up; where "
            "custodians hold it, this can be said only after the round has ended",
        )
    round_.state = RoundState.ABANDONED
    _record(session, "round.abandon", actor, approver, round_, reason, now, boxes=len(boxes))
    return round_


def abandon_day(
    session: Session,
    actor: Actor,
    approver: Actor,
    round_: Round,
    label: str,
    keystore: Keystore,
    *,
    reason: str,
    now: datetime,
) -> Box:
    """Give up one day of a daily round whose key is lost; the other days go on as they were.

    `label` is the box's: the local date, or `paper` for what is keyed after the close. Decided
    as a whole round is.

    Raises:
        AbandonRefused: one person alone, no reason, no such sealed box in a daily round that is
            open, the day is not over, or its key is there.
    """
    _require_two(actor, approver, reason)
    sealed = {box.label: box for box in boxes_of(session, round_.id) if box.state in UNOPENED}
    box = sealed.get(label)
    is_daily = round_.opening == OpeningKind.DAILY and round_.state == RoundState.OPEN
    if box is None or not is_daily:
        raise AbandonRefused(
            f"轮次“{round_.code}”没有叫“{label}”的、还没有启封的一天",
            f"The round {round_.code} has no sealed day {label}",
        )
    if box.ends_at is None or now < box.ends_at:
        raise AbandonRefused(
            f"“{label}”还没有过完，过完才能作废", f"{label} is not over yet; wait until it is"
        )
    if not _is_lost(box, round_, keystore, now):
        raise AbandonRefused(
            f"“{label}”的密钥还在，能启封，不能作废",
            f"The key of {label} is there, so it can be opened and not given up",
        )
    # The morning's try to open it has counted what was in it; nothing of that is an answer now.
    lost = {"box": box.id, "label": box.label, "answers": box.answer_count}
    box.state, box.answer_count = BoxState.ABANDONED, None
    _record(session, DAY_ACT, actor, approver, round_, reason, now, **lost)
    return box


def finish_abandon(session: Session, round_: Round, keystore: Keystore, inbox: Inbox) -> None:
    """Drop the sealed answers and what keys are left, once that is committed; can be repeated.

    Residents are told that nobody will ever read them, also if a key should turn up.
    """
    is_over = round_.state == RoundState.ABANDONED
    for box in boxes_of(session, round_.id):
        if is_over or box.state == BoxState.ABANDONED:
            inbox.drop(box.id)
            keystore.destroy(box.public_key)
        if is_over:
            keystore.destroy(box.contact_key)


def _require_two(actor: Actor, approver: Actor, reason: str) -> None:
    require(actor, Action.RUN_ROUNDS)
    require(approver, Action.RUN_ROUNDS)
    if actor.name == approver.name and not actor.is_operator:
        raise AbandonRefused(
            "作废要两个人：请由另一位同事批准",
            "Giving up answers takes two people; name a colleague who approves",
        )
    if not reason.strip():
        raise AbandonRefused("请写明作废的原因", "Say why it is given up")


def _record(
    session: Session,
    act: str,
    actor: Actor,
    approver: Actor,
    round_: Round,
    reason: str,
    now: datetime,
    **data: object,
) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act=act,
        subject=round_.code,
        now=now,
        approved_by=approver.name,
        reason=reason.strip(),
        **data,
    )


def _is_lost(box: Box, round_: Round, keystore: Keystore, now: datetime) -> bool:
    try:
        keystore.private(box.public_key)
    except SharesNeeded:
        return now >= round_.paper_until
    except KeyUnavailable:
        return True
    return False
