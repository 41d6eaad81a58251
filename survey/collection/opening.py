"""Close a round and open its box, once: every step can be killed and taken again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.campaigns.models import OpeningKind, Round, RoundState
from survey.collection.bad_rating import occasions_of
from survey.collection.boxes import UNOPENED, boxes_of, due_boxes
from survey.collection.contacts import contact_rows
from survey.collection.fieldwork import RoundNotReady
from survey.collection.hashes import packed
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore, KeyUnavailable
from survey.collection.models import Box, BoxKind, BoxState, CollectionPoint, Contact
from survey.collection.reading import ReadBox, read_box
from survey.collection.reconciliation import note_used
from survey.collection.storing import store
from survey.collection.verification import (
    OPENING_ACT,
    Problem,
    opening_data,
    tally_name,
    verify_box,
)
from survey.db import Sessions, reading
from survey.errors import SurveyError


class RoundNotOver(SurveyError):
    """Answers may still come; closing earlier needs to be asked for, with a reason."""

    code = "ROUND_NOT_OVER"

    def __init__(self, until: datetime) -> None:
        super().__init__(
            "本轮收票（含补录纸质票）的期限还没有到；提前结束须注明原因",
            f"The round runs until {until.isoformat()}; to close it earlier, say so and why",
        )
        self.until = until


class VerificationFailed(SurveyError):
    """What was stored is not what the box held; the box and its key are kept."""

    code = "VERIFICATION_FAILED"
    status = 500

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            "核验没有通过，票箱和密钥都已保留：" + "；".join(problem.zh for problem in problems),
            "Verification failed; box and key are kept: "
            + "; ".join(problem.en for problem in problems),
        )
        self.problems = tuple(problems)


class Step(StrEnum):
    """What has just been done, for whoever waits."""

    STOPPED = "stopped"
    COUNTED = "counted"
    READ = "read"
    WRITTEN = "written"
    OPENED = "opened"
    VERIFIED = "verified"
    DROPPED = "dropped"
    KEY_DESTROYED = "key_destroyed"


Progress = Callable[[Step], None]


@dataclass(frozen=True)
class Closed:
    """The outcome of an opening: answers that were in the box, and those nobody could read."""

    answers: int
    unreadable: int


@dataclass(frozen=True)
class _Task:
    """One opening: who opens which box with what, and the state of affairs is in the database.

    `is_last` says that the round is closed with this box. `counted` names the tallies that were
    written here, by point; it is empty where an opening that was broken off is taken up again.
    """

    sessions: Sessions
    keystore: Keystore
    inbox: Inbox
    actor: Actor
    round_code: str
    box_id: int
    now: datetime
    progress: Progress
    is_last: bool
    counted: dict[int, bytes] = field(default_factory=dict)


def close_round(
    sessions: Sessions,
    actor: Actor,
    round_code: str,
    keystore: Keystore,
    inbox: Inbox,
    *,
    now: datetime,
    early: bool = False,
    reason: str = "",
    progress: Progress = lambda step: None,
) -> Closed:
    """Close a round: stop intake, open every box left, verify, drop them, destroy their keys.

    Commits by itself after each step; after a crash at any point, call it again. Responses,
    texts, tallies and all the rest of a box appear in one transaction; the box goes only after
    they were verified, and the key after the box.

    Args:
        sessions: makes the transactions.
        actor: needs RUN_ROUNDS.
        round_code: an open round, or one whose opening was interrupted.
        keystore: holds the boxes' private keys.
        inbox: holds the boxes.
        now: aware.
        early: close before the time, which is then set to `now`.
        reason: why early, for the record.
        progress: told of each step.

    Raises:
        RoundNotReady: the round was never opened, or is closed already.
        RoundNotOver: it is too early and `early` was not given with a reason.
        OpeningInProgress: somebody else is at it.
        KeyUnavailable, BoxMissing, BoxBusy, CountDiffers: nothing was changed.
        VerificationFailed: what was stored is not what the box held.
    """
    with sessions.begin() as session:
        left, unused = _begin(session, actor, round_code, now=now, early=early, reason=reason)
    for box in unused:
        inbox.drop(box.id)
        keystore.destroy(box.public_key)
    for box_id in left:
        task = _Task(
            sessions, keystore, inbox, actor, round_code, box_id, now, progress, box_id == left[-1]
        )
        _open_box(task)
    with reading(sessions) as session:
        return outcome_of(session, campaigns.get_round(session, actor, round_code))


def open_due_boxes(
    sessions: Sessions,
    actor: Actor,
    round_code: str,
    keystore: Keystore,
    inbox: Inbox,
    *,
    now: datetime,
    zone: tzinfo,
    progress: Progress = lambda step: None,
) -> list[str]:
    """Open the boxes of a daily round whose morning has come; the round goes on.

    Works and raises as `close_round` does, and returns the labels of the boxes opened. A day whose
    key is not there holds up no other: it is raised once all the others are opened.
    """
    require(actor, Action.RUN_ROUNDS)
    with reading(sessions) as session:
        round_ = campaigns.get_round(session, actor, round_code)
        due = due_boxes(session, round_, now, zone) if round_.state == RoundState.OPEN else []
    missing: KeyUnavailable | None = None
    for box in due:
        task = _Task(sessions, keystore, inbox, actor, round_code, box.id, now, progress, False)
        try:
            _open_box(task)
        except KeyUnavailable as refusal:
            missing = missing or refusal
    if missing is not None:
        raise missing
    return [box.label for box in due]


def outcome_of(session: Session, round_: Round) -> Closed:
    """Return what the openings of a round's boxes came to; zeros before them."""
    # The box of a month holds what its days held.
    boxes = [box for box in boxes_of(session, round_.id) if box.kind != BoxKind.MONTH]
    return Closed(
        sum((box.answer_count or 0) - (box.repeated_count or 0) for box in boxes),
        sum(box.unreadable_count or 0 for box in boxes),
    )


def _open_box(task: _Task) -> None:
    with task.inbox.opening(task.box_id):
        while (step := _NEXT.get(_state(task))) is not None:
            step(task)


def _begin(
    session: Session, actor: Actor, round_code: str, *, now: datetime, early: bool, reason: str
) -> tuple[list[int], list[Box]]:
    """Check that the round may be closed now, note that it is.

    Returns:
        The boxes to open, in order, and those of days that will not come, which are no more.
    """
    require(actor, Action.RUN_ROUNDS)
    round_ = campaigns.get_round(session, actor, round_code)
    boxes = boxes_of(session, round_.id)
    left = [box for box in boxes if box.state in _NEXT]
    is_open = round_.state == RoundState.OPEN
    if not boxes or (not is_open and not any(box.state == BoxState.OPENED for box in left)):
        raise RoundNotReady(
            f"轮次“{round_.code}”现在不能结束（{round_.state}）",
            f"The round {round_.code} is {round_.state}; it cannot be closed",
        )
    if any(box.state != BoxState.SEALED for box in boxes) and _is_ending(round_, boxes):
        return [box.id for box in left], []
    planned = {"closes_at": round_.closes_at, "paper_until": round_.paper_until}
    is_early = now < round_.paper_until
    unused: list[Box] = []
    if is_early:
        if not early or not reason.strip():
            raise RoundNotOver(round_.paper_until)
        # The pages say when the round closed, and a round is never empty.
        round_.closes_at = min(round_.closes_at, max(now, round_.opens_at + timedelta(seconds=1)))
        round_.paper_until = round_.closes_at
        unused = _drop_later(session, left, round_.closes_at)
        left = [box for box in left if box not in unused]
    if not left:
        round_.state = RoundState.CLOSED
    audit.record(
        session,
        actor=actor.name,
        act="round.close",
        subject=round_.code,
        now=now,
        early=is_early,
        reason=reason.strip(),
        **{name: moment.isoformat() for name, moment in planned.items()},
    )
    return [box.id for box in left], unused


def _is_ending(round_: Round, boxes: Sequence[Box]) -> bool:
    """Whether an interrupted close is taken up again."""
    if round_.opening == OpeningKind.AT_CLOSE:
        return True
    return round_.state != RoundState.OPEN


def _drop_later(session: Session, boxes: Sequence[Box], end: datetime) -> list[Box]:
    """Forget the boxes of days after `end`: nothing can be in them yet."""
    later = [box for box in boxes if box.starts_at is not None and box.starts_at >= end]
    for box in later:
        session.delete(box)
    for box in boxes:
        if box.ends_at is not None and box.ends_at > end:
            box.ends_at = end
    return later


def _state(task: _Task) -> str:
    with reading(task.sessions) as session:
        return session.scalars(select(Box.state).where(Box.id == task.box_id)).one()


def _stop_and_count(task: _Task) -> None:
    task.inbox.close(task.box_id)
    task.progress(Step.STOPPED)
    counted = sum(task.inbox.counts(task.box_id).values())
    with task.sessions.begin() as session:
        box = session.get_one(Box, task.box_id)
        box.answer_count = counted
        box.state = BoxState.COUNTED
    task.progress(Step.COUNTED)


def _open(task: _Task) -> None:
    """Read and count everything first, so that the one transaction that writes it is short."""
    read = read_box(task.sessions, task.keystore, task.inbox, task.box_id)
    task.progress(Step.READ)
    with task.sessions.begin() as session:
        box = session.get_one(Box, task.box_id)
        if session.get_one(Round, box.round_id).rules != read.rules:
            # Counted under rules that are no longer those of the round: the box is read again.
            return
        _write(session, task, read)
        task.progress(Step.WRITTEN)
    task.counted.update((point.point_id, tally_name(point.tally)) for point in read.opened.points)
    task.progress(Step.OPENED)


def _write(session: Session, task: _Task, read: ReadBox) -> None:
    box = session.get_one(Box, task.box_id)
    round_ = session.get_one(Round, box.round_id)
    contacts = contact_rows(
        task.keystore,
        round_.code,
        box.contact_key,
        read.opened.contents.contacts,
        occasions_of(session, box),
    )
    store(session, box, read.opened, read.fetch, contacts, now=task.now)
    note_used(session, task.keystore, round_, packed(read.opened.contents.credentials))
    if task.is_last:
        round_.state = RoundState.CLOSED
    audit.record(
        session,
        actor=task.actor.name,
        act=OPENING_ACT,
        subject=task.round_code,
        now=task.now,
        round_root=read.opened.roots.round,
        **opening_data(box),
    )


def _finish(task: _Task) -> None:
    with reading(task.sessions) as session:
        box = session.get_one(Box, task.box_id)
        problems = verify_box(session, box, counted=task.counted)
    if problems:
        raise VerificationFailed(problems)
    task.progress(Step.VERIFIED)
    task.inbox.drop(task.box_id)
    task.progress(Step.DROPPED)
    task.keystore.destroy(box.public_key)
    with task.sessions.begin() as session:
        box = session.get_one(Box, task.box_id)
        box.state = BoxState.KEY_DESTROYED
        if not _has_contacts(session, box.round_id) and not _needs_contact_key(session, box):
            task.keystore.destroy(box.contact_key)
        audit.record(
            session,
            actor=task.actor.name,
            act="box.destroy_key",
            subject=task.round_code,
            now=task.now,
            box=box.id,
        )
    task.progress(Step.KEY_DESTROYED)


def _needs_contact_key(session: Session, box: Box) -> bool:
    """Whether another box with the same key for telephone numbers is still to be opened."""
    query = select(Box.id).where(
        Box.contact_key == box.contact_key, Box.id != box.id, Box.state.in_(UNOPENED)
    )
    return session.scalar(query.limit(1)) is not None


def _has_contacts(session: Session, round_id: int) -> bool:
    left = (
        select(Contact.id)
        .join(CollectionPoint, CollectionPoint.id == Contact.point_id)
        .where(CollectionPoint.round_id == round_id, Contact.sealed_to.is_(None))
    )
    return session.scalar(left.limit(1)) is not None


_NEXT: dict[str, Callable[[_Task], None]] = {
    BoxState.SEALED: _stop_and_count,
    BoxState.COUNTED: _open,
    BoxState.OPENED: _finish,
}
"""What is to be done in each state; after the last one there is nothing left to do."""
