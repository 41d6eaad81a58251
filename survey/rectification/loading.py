"""Read an item from the database as the value that the rules decide on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from survey.accounts.policy import Action, Actor, may
from survey.errors import NotFound
from survey.org.models import Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.closing import few_until
from survey.rectification.handling_models import ItemStage
from survey.rectification.item import EvidenceKind, ItemView, Proof, Recheck, Step
from survey.rectification.models import RectificationItem
from survey.rectification.numbering import PATTERN
from survey.rectification.rules import APPEAL_WORKDAYS
from survey.rectification.states import Act, Source, State
from survey.rectification.workdays import Calendar, add_workdays, local_date


@dataclass(frozen=True)
class Found:
    """An item as it is stored, its owner, and the same as a value."""

    row: RectificationItem
    owner: Organisation
    view: ItemView


def find(session: Session, actor: Actor, number: str, *, lock: bool = False) -> Found:
    """Return the item `number`, fresh from the database; `lock` keeps others from changing it.

    Raises:
        NotFound: there is none, or it lies outside what the actor sees; the two look alike.
    """
    query = (
        select(RectificationItem, Organisation)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .where(RectificationItem.number == number)
        .options(
            selectinload(RectificationItem.transitions), selectinload(RectificationItem.evidence)
        )
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update(of=RectificationItem)
    # PostgreSQL takes no NUL in a text, so what cannot be a number is not asked for.
    found = session.execute(query).one_or_none() if PATTERN.fullmatch(number) else None
    if found is None or not may(actor, Action.SEE_RECTIFICATION, found[1].path):
        raise NotFound("没有找到这个编号，请核对", "There is no such item")
    row, owner = found
    return Found(row, owner, view_of(session, row, owner, home_paths(session, owner)))


def home_paths(session: Session, owner: Organisation) -> tuple[str, ...]:
    """Return the paths of `owner` and of the branch or windows that share its people."""
    shares = or_(
        Organisation.id == owner.linked_branch_id, Organisation.linked_branch_id == owner.id
    )
    return (owner.path, *session.scalars(select(Organisation.path).where(shares)))


def view_of(
    session: Session, row: RectificationItem, owner: Organisation, homes: Sequence[str]
) -> ItemView:
    """Return `row`, with its transitions, evidence and stages, as a value."""
    return ItemView(
        number=row.number,
        source=Source(row.source),
        org_path=owner.path,
        home_paths=tuple(homes),
        state=State(row.state),
        limit_workdays=row.limit_workdays,
        due_on=row.due_on,
        history=tuple(
            Step(
                Act(step.act),
                step.actor,
                State(step.from_state) if step.from_state else None,
                State(step.to_state),
                step.at,
            )
            for step in row.transitions
        ),
        proofs=tuple(
            Proof(EvidenceKind(file.kind), file.uploaded_by, file.uploaded_at)
            for file in row.evidence
        ),
        measures=row.measures,
        needs_recheck=row.needs_recheck,
        recheck=recheck_of(row),
        extension_count=row.extension_count,
        reopen_count=row.reopen_count,
        stage_on=row.stage_on,
        is_works=row.is_works,
        notice_until=row.notice_until,
        stage_dates=stage_dates_of(session, row),
        appeal_until=_appeal_until(row, load_calendar(session)),
        closed_on=row.closed_on,
        few_until=_few_until(row, load_calendar(session)),
    )


def recheck_of(row: RectificationItem) -> Recheck | None:
    """Return the result of the item's recheck, or None when it is not recorded.

    A ledger kept on paper may lack the solved score; such a result is shown and decides nothing.
    """
    values = (row.recheck_n, row.recheck_agree, row.recheck_disagree, row.recheck_score)
    n, agree, disagree, score = values
    if n is None or agree is None or disagree is None or score is None:
        return None
    return Recheck(n, agree, disagree, score, row.recheck_told or 0, row.recheck_unsolved or 0)


def stage_dates_of(session: Session, row: RectificationItem) -> tuple[date, ...]:
    """Return the days of the stages of an item's plan that are not reached yet, in order."""
    pending = (
        select(ItemStage.due_on)
        .where(ItemStage.item_id == row.id, ItemStage.reached_on.is_(None))
        .order_by(ItemStage.due_on)
    )
    return tuple(session.scalars(pending))


def _few_until(row: RectificationItem, calendar: Calendar) -> date | None:
    """Return the last day of a recheck and its extension; None outside of one."""
    if row.state != State.RECHECK:
        return None
    begun = (step for step in reversed(row.transitions) if step.act == Act.START_RECHECK)
    first = next(begun, None)
    if first is None:
        return None
    return few_until(Source(row.source), local_date(first.at), calendar)


def _appeal_until(row: RectificationItem, calendar: Calendar) -> date | None:
    """Return the last day for an appeal, counted from when the owner was given the item."""
    given = (step for step in reversed(row.transitions) if step.to_state == State.ASSIGNED)
    received = next((step for step in given if step.act == Act.ASSIGN), None)
    if received is None:
        return None
    return add_workdays(calendar, local_date(received.at), APPEAL_WORKDAYS)
