"""Close a round and open its box, once: every step can be killed and taken again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from reports import rules, tally
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.collection import points
from survey.collection.contents import Contents, read_contents
from survey.collection.counting import count
from survey.collection.fieldwork import RoundNotReady
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.models import (
    Box,
    BoxState,
    CollectionPoint,
    Contact,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.sealing import sheet_opener
from survey.collection.verification import (
    OPENING_ACT,
    Problem,
    ballot_of,
    content_root,
    opening_data,
    receipts_root,
    verify_round,
)
from survey.db import Base, Sessions, reading
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


class CountDiffers(SurveyError):
    """The box does not hold as many answers as were counted when it was closed."""

    code = "COUNT_DIFFERS"
    status = 500

    def __init__(self, counted: int, found: int) -> None:
        super().__init__(
            f"封箱时有{counted}份，现在读到{found}份，已停止启封，什么也没有改动",
            f"{counted} answers were counted at the close, {found} are there; nothing was changed",
        )


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
    """One opening: who opens which box with what, and the state of affairs is in the database."""

    sessions: Sessions
    keystore: Keystore
    inbox: Inbox
    actor: Actor
    round_code: str
    box_id: int
    now: datetime
    progress: Progress


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
    """Close a round: stop intake, open the box, verify, drop the box, destroy its key.

    Commits by itself after each step; after a crash at any point, call it again. Responses,
    texts, tallies and all the rest appear in one transaction; the box goes only after they were
    verified, and the key after the box.

    Args:
        sessions: makes the transactions.
        actor: needs RUN_ROUNDS.
        round_code: an open round, or one whose opening was interrupted.
        keystore: holds the box's private key.
        inbox: holds the box.
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
        box_id = _begin(session, actor, round_code, now=now, early=early, reason=reason)
    task = _Task(sessions, keystore, inbox, actor, round_code, box_id, now, progress)
    with inbox.opening(box_id):
        while (step := _NEXT.get(_state(task))) is not None:
            step(task)
    with reading(sessions) as session:
        return _outcome(session.get_one(Box, box_id))


def outcome_of(session: Session, round_: Round) -> Closed:
    """Return what the opening of a round's box came to; zeros before it."""
    return _outcome(session.scalars(select(Box).where(Box.round_id == round_.id)).one())


def _outcome(box: Box) -> Closed:
    return Closed(box.answer_count or 0, box.unreadable_count or 0)


def _begin(
    session: Session, actor: Actor, round_code: str, *, now: datetime, early: bool, reason: str
) -> int:
    """Check that the round may be closed now, note that it is, and return its box."""
    require(actor, Action.RUN_ROUNDS)
    round_ = campaigns.get_round(session, actor, round_code)
    box = session.scalar(select(Box).where(Box.round_id == round_.id))
    is_open = round_.state == RoundState.OPEN
    if box is None or (not is_open and box.state in (BoxState.SEALED, BoxState.KEY_DESTROYED)):
        raise RoundNotReady(
            f"轮次“{round_.code}”现在不能结束（{round_.state}）",
            f"The round {round_.code} is {round_.state}; it cannot be closed",
        )
    if box.state != BoxState.SEALED:
        return box.id
    planned = {"closes_at": round_.closes_at, "paper_until": round_.paper_until}
    is_early = now < round_.paper_until
    if is_early:
        if not early or not reason.strip():
            raise RoundNotOver(round_.paper_until)
        # The pages say when the round closed, and a round is never empty.
        round_.closes_at = min(round_.closes_at, max(now, round_.opens_at + timedelta(seconds=1)))
        round_.paper_until = round_.closes_at
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
    return box.id


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
    """Read everything first, so that the one transaction that writes it is short."""
    with reading(task.sessions) as session:
        box = session.get_one(Box, task.box_id)
        questionnaires = {
            point_id: points.questionnaire_of(session, point)
            for point_id, point in points.points_of(session, box.round_id).items()
        }
        counted = box.answer_count or 0
    open_sheet = sheet_opener(task.keystore.private(box.public_key))
    contents = read_contents(task.inbox.read_all(task.box_id), open_sheet, questionnaires)
    if len(contents.credentials) != counted:
        raise CountDiffers(counted, len(contents.credentials))
    task.progress(Step.READ)
    with task.sessions.begin() as session:
        _write(session, task, contents)
        task.progress(Step.WRITTEN)
    task.progress(Step.OPENED)


def _write(session: Session, task: _Task, contents: Contents) -> None:
    box = session.get_one(Box, task.box_id)
    round_ = session.get_one(Round, box.round_id)
    _store_contents(session, box, contents)
    _store_tallies(session, round_, box, contents)
    box.unreadable_count = contents.unreadable
    box.receipts_root = receipts_root(session, round_.id)
    box.content_root = content_root(session, box.id)
    box.opened_at = task.now
    box.state = BoxState.OPENED
    round_.state = RoundState.CLOSED
    audit.record(
        session,
        actor=task.actor.name,
        act=OPENING_ACT,
        subject=round_.code,
        now=task.now,
        **opening_data(box),
    )


def _store_contents(session: Session, box: Box, contents: Contents) -> None:
    """Insert every kind of row in the order of its keys; see `Contents.sort`."""
    inserts: dict[type[Base], list[dict[str, Any]]] = {
        Response: [
            {"box_id": box.id, "point_id": point, "id": id_, "answers": answers, "flags": flags}
            for point, id_, answers, flags in contents.responses
        ],
        Verbatim: [
            {"id": id_, "box_id": box.id, "point_id": point, "item_code": code, "text": text}
            for id_, point, code, text in contents.texts
        ],
        Contact: [
            {"id": id_, "point_id": point, "ciphertext": ciphertext}
            for id_, point, ciphertext in contents.contacts
        ],
        Receipt: [{"round_id": box.round_id, "hash": hash_} for hash_ in sorted(contents.receipts)],
        UsedCredential: [
            {"round_id": box.round_id, "credential_hash": credential, "key_hash": key}
            for credential, key in contents.credentials
        ],
    }
    for kind, rows in inserts.items():
        if rows:
            # The table itself: the mapper's own bulk insert looks at every value of every row.
            session.execute(insert(Base.metadata.tables[kind.__tablename__]), rows)


def _store_tallies(session: Session, round_: Round, box: Box, contents: Contents) -> None:
    rule_set = rules.from_data(round_.rules)
    views = points.points_of(session, round_.id)
    for point_id, group in groupby(contents.responses, key=lambda row: row[0]):
        questionnaire = points.questionnaire_of(session, views[point_id])
        ballots = [ballot_of(answers, flags) for _, _, answers, flags in group]
        data = tally.to_data(count(questionnaire, rule_set, ballots))
        session.add(StoredTally(box_id=box.id, point_id=point_id, data=data))
    session.flush()


def _finish(task: _Task) -> None:
    with reading(task.sessions) as session:
        box = session.get_one(Box, task.box_id)
        problems = verify_round(session, session.get_one(Round, box.round_id))
    if problems:
        raise VerificationFailed(problems)
    task.progress(Step.VERIFIED)
    task.inbox.drop(task.box_id)
    task.progress(Step.DROPPED)
    task.keystore.destroy(box.public_key)
    with task.sessions.begin() as session:
        box = session.get_one(Box, task.box_id)
        box.state = BoxState.KEY_DESTROYED
        if not _has_contacts(session, box.round_id):
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


def _has_contacts(session: Session, round_id: int) -> bool:
    left = (
        select(Contact.id)
        .join(CollectionPoint, CollectionPoint.id == Contact.point_id)
        .where(CollectionPoint.round_id == round_id)
    )
    return session.scalar(left.limit(1)) is not None


_NEXT: dict[str, Callable[[_Task], None]] = {
    BoxState.SEALED: _stop_and_count,
    BoxState.COUNTED: _open,
    BoxState.OPENED: _finish,
}
"""What is to be done in each state; after the last one there is nothing left to do."""
