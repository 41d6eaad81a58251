"""Hand out tickets: asked for by one, allowed by another, printed once, taken back by batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import CollectionMode, Round, RoundState
from survey.collection import points
from survey.collection.keystore import Keystore
from survey.collection.models import CollectionPoint
from survey.collection.points import PointView
from survey.collection.receipts import random_code
from survey.collection.ticket_models import Ticket, TicketBatch, TicketBatchState
from survey.collection.tickets import Slip, make_slip, ticket_hash
from survey.errors import NotFound, SurveyError
from survey.org import queries as org
from survey.org.models import Organisation

MAX_SIZE = 5_000
BATCH_LENGTH = 6
STATE_WORDS = {
    TicketBatchState.REQUESTED: "还没有批准",
    TicketBatchState.APPROVED: "已经批准，还没有印",
    TicketBatchState.ISSUED: "已经印出",
    TicketBatchState.VOID: "已经作废",
    TicketBatchState.DECLINED: "没有获批",
}


class TicketsNotUsed(SurveyError):
    """The round, or this object in it, is answered without tickets, or takes no answers now."""

    code = "TICKETS_NOT_USED"


class TicketBatchNotFound(NotFound):
    """There is no such batch, or it is not the actor's."""

    code = "TICKET_BATCH_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("没有找到这批评议票", "There is no such batch of tickets")


class BatchNotReady(SurveyError):
    """The batch is not in the state that this act needs."""

    code = "TICKET_BATCH_STATE"

    def __init__(self, state: str) -> None:
        super().__init__(
            f"这批评议票{STATE_WORDS[TicketBatchState(state)]}，这一步不能做",
            f"This batch of tickets is {state}; that step cannot be taken",
        )


class SecondPersonNeeded(SurveyError):
    """Who asks for tickets cannot allow them as well."""

    code = "SECOND_PERSON_NEEDED"

    def __init__(self) -> None:
        super().__init__(
            "谁申请，谁不能批准。请另一位管理员来批准",
            "Who asks for tickets cannot allow them; another administrator has to",
        )


class ReasonNeeded(SurveyError):
    """Slips become void for a reason that stands in the record."""

    code = "REASON_NEEDED"
    status = 422

    def __init__(self) -> None:
        super().__init__("请写明为什么作废", "Say why these tickets become void")


def ticket_points(
    session: Session,
    actor: Actor,
    round_: Round,
    org_id: str,
    *,
    questionnaire_code: str = "",
) -> list[PointView]:
    """Return the points that tickets for an organisation open: its own, or all of those below it.

    Raises:
        NotFound: there is no such organisation where the actor hands out tickets.
        TicketsNotUsed: it is answered without tickets in this round, or by several
            questionnaires of which one has to be named.
    """
    place = org.get_visible(session, actor, Action.ISSUE_TICKETS, org_id)
    found = [
        point
        for point in points.list_points(session, actor, round_, action=Action.ISSUE_TICKETS)
        if point.mode == CollectionMode.TICKET
        and questionnaire_code in ("", point.questionnaire_code)
    ]
    own = [point for point in found if point.org_id == org_id]
    below = _below(session, place)
    chosen = own or [point for point in found if point.org_id in below]
    if not chosen:
        raise TicketsNotUsed(
            f"{place.name}在本轮不用评议票，或者本轮还没有开始",
            f"{org_id} is answered without tickets in this round, or the round is not open",
        )
    codes = sorted({point.questionnaire_code for point in chosen})
    if len(codes) > 1:
        raise TicketsNotUsed(
            f"{place.name}在本轮有几份问卷，请写明是哪一份：{'、'.join(codes)}",
            f"Several questionnaires go to {org_id}; say which: {', '.join(codes)}",
        )
    return chosen


def request(
    session: Session, actor: Actor, round_: Round, point: PointView, size: int, *, now: datetime
) -> TicketBatch:
    """Ask for `size` tickets of a point; somebody else has to allow it.

    Raises:
        NotFound, NotAllowed: the actor hands out no tickets there.
        TicketsNotUsed: the round takes no answers now, or the point takes no tickets, or the
            number is out of bounds.
    """
    _require_at(session, actor, Action.ISSUE_TICKETS, point.org_id)
    is_over = round_.state != RoundState.OPEN or now >= round_.closes_at
    if is_over or point.mode != CollectionMode.TICKET or point.round_id != round_.id:
        raise TicketsNotUsed(
            "这个评议对象现在不用评议票：本轮没有开始、已经截止，或用的是公开二维码",
            "This object takes no tickets now: the round is not open, or everybody may answer",
        )
    if not 0 < size <= MAX_SIZE:
        raise TicketsNotUsed(
            f"一批评议票应有1到{MAX_SIZE}张", f"A batch has 1 to {MAX_SIZE} tickets"
        )
    batch = TicketBatch(
        id=random_code(BATCH_LENGTH),
        round_id=round_.id,
        point_id=point.id,
        size=size,
        state=TicketBatchState.REQUESTED,
        requested_by=actor.name,
    )
    session.add(batch)
    session.flush()
    _note(session, actor, "request", batch, round_, now, org=point.org_id)
    return batch


def decide(
    session: Session, actor: Actor, round_: Round, batch_id: str, *, allow: bool, now: datetime
) -> TicketBatch:
    """Allow a batch that somebody else asked for, or decline it.

    Raises:
        TicketBatchNotFound, NotAllowed: the actor does not decide there.
        BatchNotReady: it has been decided.
        SecondPersonNeeded: the actor asked for it.
    """
    batch = _batch(session, actor, Action.APPROVE_TICKETS, round_, batch_id)
    if batch.state != TicketBatchState.REQUESTED:
        raise BatchNotReady(batch.state)
    if actor.name == batch.requested_by and not actor.is_operator:
        raise SecondPersonNeeded
    batch.state = TicketBatchState.APPROVED if allow else TicketBatchState.DECLINED
    batch.approved_by = actor.name
    session.flush()
    _note(session, actor, "approve" if allow else "decline", batch, round_, now)
    return batch


def issue(
    session: Session,
    actor: Actor,
    keystore: Keystore,
    round_: Round,
    batch_id: str,
    slips: Sequence[Slip],
    *,
    now: datetime,
) -> TicketBatch:
    """Make the tickets of an allowed batch valid; a batch is printed once.

    The slips themselves are kept nowhere. They are stored in the order of their hashes, which has
    nothing to do with that of the paper.

    Raises:
        TicketBatchNotFound, NotAllowed: the actor hands out no tickets there.
        BatchNotReady: it has not been allowed, or has been printed.
        ValueError: `slips` are not as many as the batch has.
    """
    batch = _batch(session, actor, Action.ISSUE_TICKETS, round_, batch_id)
    if batch.state != TicketBatchState.APPROVED:
        raise BatchNotReady(batch.state)
    if len(slips) != batch.size:
        raise ValueError(f"{len(slips)} slips for a batch of {batch.size}")
    hashes = sorted(ticket_hash(keystore, slip.code) for slip in slips)
    session.execute(insert(Ticket), [{"hash": hash_, "batch_id": batch.id} for hash_ in hashes])
    batch.state = TicketBatchState.ISSUED
    session.flush()
    _note(session, actor, "issue", batch, round_, now)
    return batch


def withdraw(
    session: Session, actor: Actor, round_: Round, batch_id: str, *, reason: str, now: datetime
) -> TicketBatch:
    """Make every ticket of a batch void that has not been used; answers given stay counted.

    Raises:
        TicketBatchNotFound, NotAllowed: the actor does not decide there.
        BatchNotReady: it was never printed, or is void already, or the round is over.
        ReasonNeeded: nobody said why.
    """
    batch = _batch(session, actor, Action.APPROVE_TICKETS, round_, batch_id)
    if batch.state != TicketBatchState.ISSUED or round_.state != RoundState.OPEN:
        raise BatchNotReady(batch.state)
    if not reason.strip():
        raise ReasonNeeded
    batch.state = TicketBatchState.VOID
    session.flush()
    _note(session, actor, "void", batch, round_, now, reason=reason.strip())
    return batch


def reprint(
    session: Session, actor: Actor, round_: Round, batch_id: str, *, reason: str, now: datetime
) -> TicketBatch:
    """Make a batch void and return a new one of the same size, which somebody else has to allow.

    Raises:
        as `withdraw` and `request` do.
    """
    old = withdraw(session, actor, round_, batch_id, reason=reason, now=now)
    code = session.get_one(CollectionPoint, old.point_id).code
    point = points.find_point(session, code)
    return request(session, actor, round_, point, old.size, now=now)


def make_slips(size: int) -> list[Slip]:
    """Return `size` fresh slips; random, so that their order on paper tells nothing."""
    return [make_slip() for _ in range(size)]


def list_batches(
    session: Session, actor: Actor, round_: Round
) -> list[tuple[TicketBatch, PointView]]:
    """Return the batches of a round that the actor may see, by place and then by their number."""
    require(actor, Action.SEE_TICKETS)
    seen = {
        point.id: (place, point)
        for place, point in enumerate(
            points.list_points(session, actor, round_, action=Action.SEE_TICKETS)
        )
    }
    batches = session.scalars(select(TicketBatch).where(TicketBatch.round_id == round_.id))
    found = [batch for batch in batches if batch.point_id in seen]
    found.sort(key=lambda batch: (seen[batch.point_id][0], batch.id))
    return [(batch, seen[batch.point_id][1]) for batch in found]


def _below(session: Session, place: Organisation) -> set[str]:
    query = select(Organisation.id).where(Organisation.path.startswith(place.path, autoescape=True))
    return set(session.scalars(query))


def _require_at(session: Session, actor: Actor, action: Action, org_id: str) -> None:
    require(actor, action, org.get(session, org_id).path)


def _batch(
    session: Session,
    actor: Actor,
    action: Action,
    round_: Round,
    batch_id: str,
) -> TicketBatch:
    # Of two who act on it at once the second meets what the first has done.
    batch = session.get(TicketBatch, batch_id, with_for_update=True)
    if batch is None or batch.round_id != round_.id:
        raise TicketBatchNotFound
    _require_at(session, actor, action, session.get_one(CollectionPoint, batch.point_id).org_id)
    return batch


def _note(
    session: Session,
    actor: Actor,
    act: str,
    batch: TicketBatch,
    round_: Round,
    now: datetime,
    **data: str,
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=f"tickets.{act}",
        subject=round_.code,
        now=now,
        batch=batch.id,
        size=batch.size,
        **data,
    )
