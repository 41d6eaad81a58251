"""One step of an item in the database: what changes, what its history tells, what is audited."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from forms.cleaning import clean
from survey.accounts.models import Role
from survey.accounts.policy import RIGHTS, Action, Actor
from survey.audit import service as audit
from survey.org.models import Organisation
from survey.rectification import refusals
from survey.rectification.calendar import load_calendar
from survey.rectification.handling_models import AcceptanceSheet, ItemStage
from survey.rectification.item import (
    CALLED_BACK,
    ENOUGH_RESIDENTS,
    ItemView,
    Recheck,
    Sheet,
    StageGoal,
)
from survey.rectification.loading import Found, view_of
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.rules import (
    Given,
    applied,
    choose_move,
    missing,
    permitted,
    role_for,
)
from survey.rectification.states import Act, Move, Need, State
from survey.rectification.workdays import local_date

GOAL_CHARS = 200
HANDED_IN = (Act.SUBMIT, Act.EXPLAIN)
"""The acts by which the owner says that his part is done."""


def take(
    session: Session, actor: Actor, found: Found, to: State, given: Given, now: datetime
) -> Found:
    """Take a locked item one step on, if that is allowed and complete; return it as it is then.

    Raises:
        SurveyError: the named refusals of `survey.rectification.refusals`.
    """
    move = choose_move(found.view, to, given)
    today = local_date(now)
    refusal = permitted(found.view, actor, move, today=today) or missing(
        found.view, move, given, today=today
    )
    if refusal:
        raise refusal
    row, calendar = found.row, load_calendar(session)
    after = applied(found.view, actor, move, given, at=now, calendar=calendar)
    _write(row, move, after)
    _write_stages(session, row, move, given, today)
    role = role_for(found.view, actor, move) or actor.name
    step = add_transition(row, actor, role, move.act, move.origin, now, _story_note(move, given))
    session.flush()
    if given.sheet is not None and move.independent:
        session.add(AcceptanceSheet(transition_id=step.id, **asdict(given.sheet)))
    record_act(session, actor, row, move.act, move.origin, now)
    return Found(row, found.owner, view_of(session, row, found.owner, found.view.home_paths))


def note_act(
    session: Session,
    actor: Actor,
    found: Found,
    act: Act,
    now: datetime,
    note: str,
    role: str = "",
) -> None:
    """Add something to an item's history that leaves it in its state."""
    state = found.view.state
    add_transition(found.row, actor, role or actor.name, act, state, now, note)
    session.flush()
    record_act(session, actor, found.row, act, state, now)


def add_transition(
    row: RectificationItem,
    actor: Actor,
    role: str,
    act: Act,
    origin: State | None,
    now: datetime,
    note: str,
) -> Transition:
    """Append what was done to the item's history; the item already stands in its new state."""
    step = Transition(
        at=now,
        actor=actor.name,
        actor_name=actor.display_name,
        actor_role=role,
        act=act.value,
        from_state=origin.value if origin else None,
        to_state=row.state,
        note=note,
    )
    row.transitions.append(step)
    _keep_days(row, act, local_date(now))
    # A step within a state changes no column, and must still be seen by whoever looked before.
    flag_modified(row, "state")
    return step


def _keep_days(row: RectificationItem, act: Act, day: date) -> None:
    if act is Act.ASSIGN:
        row.assigned_on = row.assigned_on or day
    elif act is Act.ACCEPT:
        row.accepted_on = row.accepted_on or day
    elif act in HANDED_IN:
        row.handed_in_on = day
    elif act in CALLED_BACK:
        row.is_called_back = True


def acting_role(actor: Actor, org: Organisation, action: Action) -> str:
    """Return the role in which `actor` does this at `org`; operator and system are their own."""
    held = actor.roles_at(org.path)
    roles = (role.value for role in Role if role in held and action in RIGHTS[role])
    return next(roles, actor.name)


def checked_text(text: str, limit: int) -> str:
    """Return what a person wrote, clean; refuse what is too long rather than cut it."""
    text = clean(text).strip()
    if len(text) > limit:
        over = len(text) - limit
        raise refusals.ItemFaulty(
            f"超出{over}字，请删短一点；已写的都还在", f"{over} characters too long"
        )
    return text


def _write(row: RectificationItem, move: Move, after: ItemView) -> None:
    row.state = after.state.value
    row.measures = after.measures
    row.due_on = after.due_on
    row.stage_on = after.stage_on
    row.closed_on = after.closed_on
    row.reopen_count = after.reopen_count
    row.needs_recheck = after.needs_recheck
    row.notice_until = after.notice_until
    # Other moves leave alone what an imported ledger says of a recheck without its score.
    if move.act in (Act.START_RECHECK, Act.RECORD_RECHECK):
        result = after.recheck
        row.recheck_n = result.n if result else None
        row.recheck_agree = result.agree if result else None
        row.recheck_disagree = result.disagree if result else None
        row.recheck_score = result.score if result else None
        row.recheck_told = result.told if result else None
        row.recheck_unsolved = result.unsolved if result else None


def _write_stages(
    session: Session, row: RectificationItem, move: Move, given: Given, today: date
) -> None:
    """Keep a new plan in place of what was left of the old one, or tick off the stage reached."""
    if move.act not in (Act.STAGE, Act.NEXT_STAGE):
        return
    pending = session.scalars(
        select(ItemStage)
        .where(ItemStage.item_id == row.id, ItemStage.reached_on.is_(None))
        .order_by(ItemStage.due_on)
    ).all()
    if move.act is Act.NEXT_STAGE:
        pending[0].reached_on = today
        return
    for stage in pending:
        session.delete(stage)
    session.flush()
    for goal in given.plan:
        words = checked_text(goal.goal, GOAL_CHARS)
        session.add(ItemStage(item_id=row.id, goal=words, due_on=goal.due_on))
    session.flush()


def _story_note(move: Move, given: Given) -> str:
    """Return what the story keeps: later measures and results replace these in the item itself."""
    told = []
    if Need.MEASURES in move.needs:
        told.append(f"措施：{given.measures}")
    if Need.STAGES in move.needs:
        told += [_stage_line(n, stage) for n, stage in enumerate(given.plan, 1)]
    if given.sheet is not None and move.independent:
        told.append(_sheet_line(given.sheet))
    if Need.RECHECK in move.needs and given.recheck:
        told.append(_recheck_line(given.recheck))
    return "\n".join([*told, given.note]).strip()


def _recheck_line(result: Recheck) -> str:
    if not result.n:
        return f"参评不足{ENOUGH_RESIDENTS}人，结果不单列"
    return (
        f"参评{result.n}人，同意销号{result.agree}人，不同意{result.disagree}人；"
        f"解决得分{result.score:g}"
    )


def _stage_line(number: int, stage: StageGoal) -> str:
    return f"第{number}阶段到{stage.due_on:%Y-%m-%d}：{stage.goal}".rstrip("：")


def _sheet_line(sheet: Sheet) -> str:
    ticks = ("问题已解决", sheet.is_solved), ("措施已落实", sheet.are_measures_done)
    more = ("没有反弹", sheet.has_no_relapse), ("机制已建立", sheet.has_mechanism)
    shown = "　".join(f"{'✓' if ticked else '✗'}{label}" for label, ticked in (*ticks, *more))
    return f"验收{sheet.score}分　{shown}"


def record_act(
    session: Session,
    actor: Actor,
    row: RectificationItem,
    act: Act,
    origin: State | None,
    now: datetime,
    **data: int,
) -> None:
    """Write an act on an item to the audit log."""
    audit.record(
        session,
        actor=actor.name,
        act=f"rectification.{act}",
        subject=row.number,
        now=now,
        origin=origin.value if origin else "",
        to=row.state,
        revision=row.revision,
        **data,
    )
