"""Batches of paper ballots: what was handed out, what came back, and how far the keying is.

A batch has a key pair of its own; drafts are sealed to it and the private key is destroyed once
the batch is settled, so what backups hold of the drafts opens never again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundState
from survey.collection import keying_refusals as refusals
from survey.collection import points
from survey.collection.keying_models import BatchState, KeyedBallot, Keying, KeyingBatch
from survey.collection.keystore import Keystore
from survey.collection.models import PaperIssued
from survey.collection.paper import PaperClosed
from survey.collection.points import PointView

KEY = Action.KEY_PAPER
MARK_LENGTH = 8


@dataclass(frozen=True)
class KeyingView:
    """How far one person's keying has come; `done` are the places keyed so far."""

    number: int
    keyed_by: str
    is_finished: bool
    done: frozenset[int]


@dataclass(frozen=True)
class BatchView:
    """A batch with its collection point and what was keyed so far."""

    id: int
    point: PointView
    label: str
    issued: int
    returned: int
    spoilt: int
    state: str
    public_key: bytes
    keyings: tuple[KeyingView, ...]

    @property
    def is_complete(self) -> bool:
        """Whether both keyings are finished, so that they can be compared."""
        return len(self.keyings) == 2 and all(each.is_finished for each in self.keyings)

    def keying_of(self, name: str) -> KeyingView | None:
        """Return the keying that the account `name` has taken on, or None."""
        return next((each for each in self.keyings if each.keyed_by == name), None)


def mark_of(point: PointView) -> str:
    """Return the code by which a paper ballot's version is told; it is printed on every page."""
    return point.form_digest[:MARK_LENGTH].upper()


def register(
    session: Session,
    keystore: Keystore,
    actor: Actor,
    round_: Round,
    point_code: str,
    *,
    label: str,
    issued: int,
    returned: int,
    spoilt: int,
    now: datetime,
) -> KeyingBatch:
    """Return a new batch: the ballots of one point that came back in one bag.

    `issued` is added to what was declared for the point.

    Raises:
        PaperClosed: the round takes no paper now.
        CountsDoNotFit: fewer were handed out than came back, or fewer came back than are spoilt.
        LabelTaken: the point has a batch of that name.
    """
    require_open(round_, now)
    point = _point(session, actor, round_, point_code)
    _check_counts(issued, returned, spoilt)
    batch = KeyingBatch(
        round_id=round_.id,
        point_id=point.id,
        label=label,
        issued=issued,
        returned=returned,
        spoilt=spoilt,
        public_key=keystore.create(f"keying {round_.code}"),
    )
    try:
        with session.begin_nested():
            session.add(batch)
    except IntegrityError as error:
        keystore.destroy(batch.public_key)
        raise refusals.LabelTaken(label) from error
    _add_issued(session, point, issued)
    counts = {"issued": issued, "returned": returned, "spoilt": spoilt}
    record(session, actor, "register", batch, point, now, **counts)
    return batch


def amend(
    session: Session,
    actor: Actor,
    round_: Round,
    batch_id: int,
    *,
    issued: int,
    returned: int,
    spoilt: int,
    now: datetime,
) -> None:
    """Correct the counts of a batch that is not settled; the audit log keeps both.

    Raises:
        CountsDoNotFit, BatchSettled: nothing was changed.
    """
    view = get_batch(session, actor, round_, batch_id)
    require_unsettled(view)
    _check_counts(issued, returned, spoilt)
    batch = session.get_one(KeyingBatch, batch_id)
    _add_issued(session, view.point, issued - batch.issued)
    before = {"was_issued": batch.issued, "was_returned": batch.returned}
    batch.issued, batch.returned, batch.spoilt = issued, returned, spoilt
    for keying in session.scalars(select(Keying).where(Keying.batch_id == batch_id)):
        keying.is_finished = False
    extra = KeyedBallot.batch_id == batch_id, KeyedBallot.place > returned
    session.execute(delete(KeyedBallot).where(*extra))
    counts = {"issued": issued, "returned": returned, "spoilt": spoilt, **before}
    record(session, actor, "amend", batch, view.point, now, **counts)


def cancel(
    session: Session, actor: Actor, round_: Round, batch_id: int, reason: str, *, now: datetime
) -> None:
    """Give up a batch that is not settled; its ballots can be registered again."""
    view = get_batch(session, actor, round_, batch_id)
    require_unsettled(view)
    batch = session.get_one(KeyingBatch, batch_id)
    _add_issued(session, view.point, -batch.issued)
    batch.state = BatchState.CANCELLED.value
    # Its name is free for the next one.
    batch.label = f"{batch.label[:24]} #{batch.id}"
    forget_drafts(session, batch_id)
    record(session, actor, "cancel", batch, view.point, now, reason=reason)


def list_batches(session: Session, actor: Actor, round_: Round) -> list[BatchView]:
    """Return the batches of a round where `actor` may key paper, by place."""
    require(actor, KEY)
    found = points.list_points(session, actor, round_, action=KEY)
    order = {view.id: number for number, view in enumerate(found)}
    by_id = {view.id: view for view in found}
    rows = session.scalars(
        select(KeyingBatch).where(
            KeyingBatch.round_id == round_.id, KeyingBatch.point_id.in_(by_id)
        )
    )
    views = [_view(session, batch, by_id[batch.point_id]) for batch in rows]
    return sorted(views, key=lambda view: (order[view.point.id], view.id))


def get_batch(session: Session, actor: Actor, round_: Round, batch_id: int) -> BatchView:
    """Return a batch of a round.

    Raises:
        BatchNotFound: there is none where `actor` may key paper.
    """
    require(actor, KEY)
    batch = session.get(KeyingBatch, batch_id)
    if batch is not None and batch.round_id == round_.id:
        for view in points.list_points(session, actor, round_, action=KEY):
            if view.id == batch.point_id:
                return _view(session, batch, view)
    raise refusals.BatchNotFound


def discard_keys(session: Session, keystore: Keystore) -> None:
    """Destroy the keys of batches that are settled or cancelled; call it after the commit."""
    done = KeyingBatch.state != BatchState.OPEN.value
    for public_key in session.scalars(select(KeyingBatch.public_key).where(done)):
        if keystore.has(public_key):
            keystore.destroy(public_key)


def unsettled(session: Session, round_: Round) -> int:
    """Return how many batches of a round are not settled, wherever they are."""
    return (
        session.scalar(
            select(func.count())
            .select_from(KeyingBatch)
            .where(KeyingBatch.round_id == round_.id, KeyingBatch.state == BatchState.OPEN.value)
        )
        or 0
    )


def give_up_unsettled(session: Session, actor: Actor, round_: Round, *, now: datetime) -> None:
    """Forget what was keyed of a round whose box is open now; the ballots themselves are kept.

    No draft outlives its round. The caller commits and then calls `discard_keys`.
    """
    known = points.points_of(session, round_.id)
    left = KeyingBatch.round_id == round_.id, KeyingBatch.state == BatchState.OPEN.value
    for batch in session.scalars(select(KeyingBatch).where(*left)).all():
        batch.state = BatchState.CANCELLED.value
        point = known[batch.point_id]
        forget_drafts(session, batch.id)
        record(session, actor, "cancel", batch, point, now, reason="opened")


def require_open(round_: Round, now: datetime) -> None:
    """Refuse unless the round takes paper at `now`; raises PaperClosed."""
    if round_.state != RoundState.OPEN or not round_.opens_at <= now < round_.paper_until:
        raise PaperClosed(round_)


def require_unsettled(view: BatchView) -> None:
    """Refuse a batch that is in the box or was given up; raises BatchSettled."""
    if view.state != BatchState.OPEN:
        raise refusals.BatchSettled


def record(
    session: Session,
    actor: Actor,
    act: str,
    batch: KeyingBatch,
    point: PointView,
    now: datetime,
    **data: object,
) -> None:
    """Add an act to the audit log: which batch, of which object; never a ballot."""
    audit.record(
        session,
        actor=actor.name,
        act=f"keying.{act}",
        subject=point.round_code,
        now=now,
        batch=batch.id,
        org=point.org_id,
        questionnaire=point.questionnaire_code,
        **data,
    )


def forget_drafts(session: Session, batch_id: int) -> None:
    """Remove what was keyed of a batch, and who keyed it."""
    session.execute(delete(KeyedBallot).where(KeyedBallot.batch_id == batch_id))
    session.execute(delete(Keying).where(Keying.batch_id == batch_id))
    session.flush()
    session.expire_all()


def _view(session: Session, batch: KeyingBatch, point: PointView) -> BatchView:
    places: dict[int, set[int]] = {}
    for number, place in session.execute(
        select(KeyedBallot.number, KeyedBallot.place).where(KeyedBallot.batch_id == batch.id)
    ):
        places.setdefault(number, set()).add(place)
    keyings = session.scalars(
        select(Keying).where(Keying.batch_id == batch.id).order_by(Keying.number)
    )
    return BatchView(
        batch.id,
        point,
        batch.label,
        batch.issued,
        batch.returned,
        batch.spoilt,
        batch.state,
        batch.public_key,
        tuple(
            KeyingView(
                each.number, each.keyed_by, each.is_finished, frozenset(places.get(each.number, ()))
            )
            for each in keyings
        ),
    )


def _point(session: Session, actor: Actor, round_: Round, code: str) -> PointView:
    require(actor, KEY)
    for view in points.list_points(session, actor, round_, action=KEY):
        if view.code == code:
            return view
    raise points.PointNotFound


def _check_counts(issued: int, returned: int, spoilt: int) -> None:
    if not (0 <= spoilt <= returned <= issued and returned > 0):
        raise refusals.CountsDoNotFit(issued, returned, spoilt)


def _add_issued(session: Session, point: PointView, more: int) -> None:
    stored = session.get(PaperIssued, point.id)
    if stored is None:
        stored = PaperIssued(point_id=point.id, count=0, keyed_count=0)
        session.add(stored)
    left = (stored.count or 0) + more
    stored.count = left if left or stored.keyed_count else None
    session.flush()
