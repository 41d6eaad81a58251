"""Put deadlines off, and let owners ask for what others decide; request and answer are history."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor
from survey.errors import NotFound, SurveyError
from survey.rectification import refusals
from survey.rectification.asking import ask_refused, extension_refused
from survey.rectification.calendar import load_calendar
from survey.rectification.handling_models import ItemRequest, RequestKind
from survey.rectification.item import ItemView, StageGoal
from survey.rectification.loading import Found, find
from survey.rectification.models import RectificationItem
from survey.rectification.rules import Given, missing, permitted
from survey.rectification.service import NOTE_CHARS, refuse_changed
from survey.rectification.states import Act, Move, State, moves_between
from survey.rectification.steps import acting_role, checked_text, note_act, take
from survey.rectification.workdays import add_workdays, local_date

KIND_LABELS: dict[RequestKind, str] = {
    RequestKind.EXTENSION: "延期",
    RequestKind.APPEAL: "申诉",
    RequestKind.LONGTERM: "转为长期坚持",
}
_WAY = {RequestKind.APPEAL: State.APPEAL, RequestKind.LONGTERM: State.LONGTERM}
_GRANTING = (Act.APPEAL, Act.STAGE)


def extend(
    session: Session,
    actor: Actor,
    number: str,
    workdays: int,
    reason: str,
    *,
    now: datetime,
    revision: int | None = None,
) -> RectificationItem:
    """Put the deadline of an item off by `workdays`.

    Raises:
        NotFound, ChangedMeanwhile, NotYourStep, ReasonRequired: as in `service.advance`.
        ExtensionRefused: it was put off too often, by too much, or has no deadline now.
    """
    found = find(session, actor, number, lock=True)
    refuse_changed(found.row, revision)
    return _extend(session, actor, found, workdays, checked_text(reason, NOTE_CHARS), now)


def ask(
    session: Session,
    actor: Actor,
    number: str,
    kind: RequestKind,
    reason: str,
    *,
    now: datetime,
    workdays: int = 0,
    stages: tuple[StageGoal, ...] = (),
) -> ItemRequest:
    """Ask for more time, for an appeal, or for a long-term plan; only its owner does that.

    Raises:
        NotFound, NotYourStep, NotInState, TooLate: it is not the actor's to ask for, or not now.
        ReasonRequired, ExtensionRefused, StageDateRequired: what is asked for is not complete.
        RequestFaulty: the same was asked for and waits for an answer.
    """
    found = find(session, actor, number, lock=True)
    today = local_date(now)
    reason = checked_text(reason, NOTE_CHARS)
    refusal = ask_refused(found.view, actor, kind, today=today)
    if refusal is None and not reason:
        refusal = refusals.ReasonRequired("申请要写明理由", "A request needs a reason")
    if refusal is None and waiting_request(session, found.row, kind) is not None:
        refusal = refusals.RequestFaulty(
            f"已经提出过{KIND_LABELS[kind]}申请，请等答复", "The same request waits for an answer"
        )
    if refusal:
        raise refusal
    if kind is RequestKind.EXTENSION and not 1 <= workdays <= 10:
        raise refusals.ExtensionRefused("一次最多延10个工作日", "At most 10 working days")
    if kind is RequestKind.LONGTERM:
        [stage] = (move for move in _ways(found, State.LONGTERM) if move.act is Act.STAGE)
        if faulty := missing(found.view, stage, Given(reason, stages=stages), today=today):
            raise faulty
    made = ItemRequest(
        item_id=found.row.id,
        kind=kind.value,
        workdays=workdays,
        stages=[{"goal": each.goal, "due_on": each.due_on.isoformat()} for each in stages],
        reason=reason,
        asked_by=actor.name,
        asked_name=actor.display_name,
        asked_at=now,
    )
    session.add(made)
    role = acting_role(actor, found.owner, Action.OWN_ITEMS)
    note_act(session, actor, found, Act.ASK, now, f"{described(made)}。{reason}", role)
    return made


def decide(
    session: Session,
    actor: Actor,
    number: str,
    kind: RequestKind,
    *,
    grants: bool,
    answer: str,
    now: datetime,
) -> ItemRequest:
    """Grant what an owner asked for, which does it, or decline it with a reason.

    Raises:
        RequestFaulty: nothing of this kind was asked for.
        NotFound, NotYourStep, TooLate, ExtensionRefused: as where the act is done unasked.
        SamePerson: the actor asked for it.
        ReasonRequired: declined without one.
    """
    found = find(session, actor, number, lock=True)
    request = waiting_request(session, found.row, kind)
    if request is None:
        raise refusals.RequestFaulty("没有等答复的申请", "No such request waits for an answer")
    if refusal := answer_refused(found.view, actor, request, today=local_date(now)):
        raise refusal
    answer = checked_text(answer, NOTE_CHARS)
    if grants:
        _do(session, actor, found, request, answer, now)
    else:
        _decline(session, actor, found, request, answer, now)
    request.is_granted, request.answer = grants, answer
    request.decided_by, request.decided_at = actor.name, now
    session.flush()
    return request


def waiting_request(
    session: Session, row: RectificationItem, kind: RequestKind
) -> ItemRequest | None:
    """Return what was asked for and has no answer yet, if anything."""
    query = select(ItemRequest).where(
        ItemRequest.item_id == row.id,
        ItemRequest.kind == kind.value,
        ItemRequest.is_granted.is_(None),
    )
    return session.scalar(query)


def answer_refused(
    item: ItemView, actor: Actor, request: ItemRequest, *, today: date
) -> SurveyError | None:
    """Return why a request is not `actor`'s to answer, or None when it is.

    Whoever may grant it may decline it, whatever else stands in the way of granting.
    """
    if request.asked_by == actor.name and not actor.is_operator:
        return refusals.SamePerson("自己提出的申请，要由别人答复", "You asked for it yourself")
    kind = RequestKind(request.kind)
    if kind is RequestKind.EXTENSION:
        refusal = extension_refused(item, actor, request.workdays)
    else:
        ways = moves_between(item.state, _WAY[kind])
        checked = (permitted(item, actor, m, today=today) for m in ways if m.act in _GRANTING)
        refusal = next(checked, None)
    is_others = isinstance(refusal, NotFound | refusals.NotYourStep | refusals.SamePerson)
    return refusal if is_others else None


def described(request: ItemRequest) -> str:
    """Return what is asked for, in words."""
    label = KIND_LABELS[RequestKind(request.kind)]
    if request.kind == RequestKind.EXTENSION:
        return f"申请{label}{request.workdays}个工作日"
    stages = "；".join(f"{each['due_on']}：{each['goal']}" for each in request.stages)
    return f"申请{label}" + (f"（{stages}）" if stages else "")


def _do(
    session: Session,
    actor: Actor,
    found: Found,
    request: ItemRequest,
    answer: str,
    now: datetime,
) -> None:
    kind = RequestKind(request.kind)
    words = f"{request.asked_name}：{request.reason}\n{answer}".strip()[:NOTE_CHARS]
    if kind is RequestKind.EXTENSION:
        _extend(session, actor, found, request.workdays, words, now)
        return
    stages = tuple(
        StageGoal(each["goal"], date.fromisoformat(each["due_on"])) for each in request.stages
    )
    take(session, actor, found, _WAY[kind], Given(words, stages=stages), now)


def _decline(
    session: Session,
    actor: Actor,
    found: Found,
    request: ItemRequest,
    answer: str,
    now: datetime,
) -> None:
    if not answer:
        raise refusals.ReasonRequired("不同意要写明理由", "Declining needs a reason")
    kind = RequestKind(request.kind)
    note_act(session, actor, found, Act.DECLINE, now, f"{KIND_LABELS[kind]}：{answer}")


def _ways(found: Found, to: State) -> tuple[Move, ...]:
    return moves_between(found.view.state, to)


def _extend(
    session: Session, actor: Actor, found: Found, workdays: int, reason: str, now: datetime
) -> RectificationItem:
    refusal = extension_refused(found.view, actor, workdays)
    if refusal is None and not reason:
        refusal = refusals.ReasonRequired("延期要写明理由", "An extension needs a reason")
    if refusal:
        raise refusal
    row = found.row
    row.due_on = add_workdays(load_calendar(session), row.due_on, workdays)
    row.extension_count += 1
    role = acting_role(actor, found.owner, Action.EXTEND_ITEMS)
    note = f"延{workdays}个工作日，到{row.due_on:%Y-%m-%d}。{reason}"
    note_act(session, actor, found, Act.EXTEND, now, note, role)
    return row
