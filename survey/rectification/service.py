"""Register items, move them, and put their deadlines off; every act leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from forms.cleaning import clean
from survey.accounts.models import Role
from survey.accounts.policy import RIGHTS, Action, Actor
from survey.audit import service as audit
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.rectification import refusals
from survey.rectification.calendar import load_calendar
from survey.rectification.item import ItemView, Recheck, needs_recheck
from survey.rectification.loading import Found, find, home_paths, view_of
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.numbering import reserve
from survey.rectification.rules import (
    Given,
    applied,
    choose_move,
    extension_refused,
    missing,
    permitted,
    role_for,
)
from survey.rectification.states import (
    DEFAULT_WORKDAYS,
    DONE,
    Act,
    Move,
    Need,
    Source,
    State,
    moves_between,
)
from survey.rectification.workdays import Calendar, add_workdays, local_date

SYSTEM = Actor("system", "系统")
NOTE_CHARS = 500
MEASURES_CHARS = 1000
PROBLEM_CHARS = 300
PERSON_CHARS = 40
REF_CHARS = 64
MAX_WORKDAYS = 250
PERSON_BY_LEVEL = {Level.BRANCH: "支部书记", Level.WINDOW: "窗口负责人"}


@dataclass(frozen=True)
class Problem:
    """What is to be put right, by whom, in how many working days."""

    org: Organisation
    source: Source
    text: str
    limit_workdays: int
    ref: str = ""
    round_id: int | None = None
    responsible_person: str = ""


def register(
    session: Session,
    actor: Actor,
    org_id: str,
    *,
    source: Source,
    problem: str,
    now: datetime,
    ref: str = "",
    limit_workdays: int | None = None,
    responsible_person: str = "",
) -> RectificationItem:
    """Add an item that somebody noticed; without a limit that of its source holds.

    Raises:
        NotFound, NotAllowed: the organisation is out of the actor's reach.
        ItemFaulty: there is no problem in words, or the limit cannot be one.
    """
    org = organisations.get_visible(session, actor, Action.REGISTER_ITEMS, org_id)
    limit = DEFAULT_WORKDAYS[source] if limit_workdays is None else limit_workdays
    text = _text(problem, PROBLEM_CHARS)
    if not text:
        raise refusals.ItemFaulty("请写明问题", "Write down the problem")
    if not 1 <= limit <= MAX_WORKDAYS:
        raise refusals.ItemFaulty(
            f"期限应在1到{MAX_WORKDAYS}个工作日之间",
            f"The limit is 1 to {MAX_WORKDAYS} working days",
        )
    person = _text(responsible_person, PERSON_CHARS)
    what = Problem(org, source, text, limit, _text(ref, REF_CHARS), None, person)
    [number] = reserve(session, local_date(now).year)
    item = new_item(session, actor, number, what, load_calendar(session), now=now)
    session.flush()
    _audit(session, actor, item, Act.REGISTER, None, now)
    return item


def new_item(
    session: Session,
    actor: Actor,
    number: str,
    problem: Problem,
    calendar: Calendar,
    *,
    now: datetime,
    note: str = "",
) -> RectificationItem:
    """Add an item with its first transition; the caller flushes and writes the audit record."""
    today = local_date(now)
    usual = PERSON_BY_LEVEL.get(Level(problem.org.level), "")
    item = RectificationItem(
        number=number,
        source=problem.source.value,
        source_ref=problem.ref,
        round_id=problem.round_id,
        org_id=problem.org.id,
        problem=problem.text,
        responsible_person=problem.responsible_person or problem.org.secretary_name or usual,
        state=State.NEW.value,
        registered_on=today,
        limit_workdays=problem.limit_workdays,
        due_on=add_workdays(calendar, today, problem.limit_workdays),
        needs_recheck=needs_recheck(problem.source),
        report_count=1,
    )
    session.add(item)
    role = acting_role(actor, problem.org, Action.REGISTER_ITEMS)
    add_transition(item, actor, role, Act.REGISTER, None, now, note)
    return item


def advance(
    session: Session,
    actor: Actor,
    number: str,
    to: State,
    *,
    now: datetime,
    note: str = "",
    measures: str = "",
    recheck: Recheck | None = None,
    stage_on: date | None = None,
    org_id: str = "",
    responsible_person: str = "",
    revision: int | None = None,
) -> RectificationItem:
    """Take the item `number` to the state `to`, or one step within its state.

    A `recheck` given with the decision is recorded first. `org_id` and `responsible_person` name
    another owner and belong to assigning. `revision` is the one the actor looked at.

    Raises:
        NotFound: there is no such item within what the actor sees.
        ChangedMeanwhile: somebody changed it after `revision`.
        SurveyError: the named refusals of `survey.rectification.refusals`.
    """
    found = find(session, actor, number, lock=True)
    refuse_changed(found.row, revision)
    given = Given(_text(note, NOTE_CHARS), _text(measures, MEASURES_CHARS), recheck, stage_on)
    if recheck is not None and found.view.state is State.RECHECK and to is not State.RECHECK:
        record = choose_move(found.view, State.RECHECK, given)
        found = _take(session, actor, found, record, given, now)
    move = choose_move(found.view, to, given)
    if move.act is Act.ASSIGN and (org_id or responsible_person):
        found, given = _hand_over(session, actor, found, org_id, responsible_person, given)
    return _take(session, actor, found, move, given, now).row


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
        NotFound, ChangedMeanwhile, NotYourStep, ReasonRequired: as in `advance`.
        ExtensionRefused: it was put off too often, by too much, or has no deadline now.
    """
    found = find(session, actor, number, lock=True)
    refuse_changed(found.row, revision)
    reason = _text(reason, NOTE_CHARS)
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
    add_transition(row, actor, role, Act.EXTEND, State(row.state), now, note)
    session.flush()
    _audit(session, actor, row, Act.EXTEND, State(row.state), now, workdays=workdays)
    return row


def acting_role(actor: Actor, org: Organisation, action: Action) -> str:
    """Return the role in which `actor` does this at `org`; operator and system are their own."""
    held = actor.roles_at(org.path)
    roles = (role.value for role in Role if role in held and action in RIGHTS[role])
    return next(roles, actor.name)


def add_transition(
    row: RectificationItem,
    actor: Actor,
    role: str,
    act: Act,
    origin: State | None,
    now: datetime,
    note: str,
) -> None:
    """Append what was done to the item's history; the item already stands in its new state."""
    row.transitions.append(
        Transition(
            at=now,
            actor=actor.name,
            actor_name=actor.display_name,
            actor_role=role,
            act=act.value,
            from_state=origin.value if origin else None,
            to_state=row.state,
            note=note,
        )
    )
    # A step within a state changes no column, and must still be seen by whoever looked before.
    flag_modified(row, "state")


def refuse_changed(row: RectificationItem, revision: int | None) -> None:
    """Refuse to decide on an item that is no longer as the actor saw it."""
    if revision is None or row.revision == revision:
        return
    last = row.transitions[-1]
    done = DONE[Act(last.act)]
    raise refusals.ChangedMeanwhile(
        f"{last.actor_name}刚刚处理了这件（{done}）。请看过新情况再决定；您写的意见已保留",
        f"{last.actor} changed this item ({last.act}) after you had opened it; look again",
    )


def _take(
    session: Session, actor: Actor, found: Found, move: Move, given: Given, now: datetime
) -> Found:
    today = local_date(now)
    refusal = permitted(found.view, actor, move, today=today) or missing(
        found.view, move, given, today=today
    )
    if refusal:
        raise refusal
    row, calendar = found.row, load_calendar(session)
    after = applied(found.view, actor, move, given, at=now, calendar=calendar)
    _write(row, move, after)
    role = role_for(found.view, actor, move) or actor.name
    add_transition(row, actor, role, move.act, move.origin, now, _story_note(move, given))
    session.flush()
    _audit(session, actor, row, move.act, move.origin, now)
    return Found(row, found.owner, view_of(row, found.owner, found.view.home_paths))


def _write(row: RectificationItem, move: Move, after: ItemView) -> None:
    row.state = after.state.value
    row.measures = after.measures
    row.due_on = after.due_on
    row.stage_on = after.stage_on
    row.closed_on = after.closed_on
    row.reopen_count = after.reopen_count
    row.needs_recheck = after.needs_recheck
    # Other moves leave alone what an imported ledger says of a recheck without its score.
    if move.act in (Act.START_RECHECK, Act.RECORD_RECHECK):
        result = after.recheck
        row.recheck_n = result.n if result else None
        row.recheck_agree = result.agree if result else None
        row.recheck_disagree = result.disagree if result else None
        row.recheck_score = result.score if result else None


def _story_note(move: Move, given: Given) -> str:
    """Return what the story keeps: later measures and results replace these in the item itself."""
    told = []
    if Need.MEASURES in move.needs:
        told.append(f"措施：{given.measures}")
    if Need.STAGE_DATE in move.needs:
        told.append(f"这一阶段到{given.stage_on:%Y-%m-%d}")
    if Need.RECHECK in move.needs and given.recheck:
        result = given.recheck
        told.append(
            f"参评{result.n}人，同意销号{result.agree}人，不同意{result.disagree}人；"
            f"解决得分{result.score:g}"
        )
    return "\n".join([*told, given.note]).strip()


def _hand_over(
    session: Session, actor: Actor, found: Found, org_id: str, person: str, given: Given
) -> tuple[Found, Given]:
    """Give an item that is not assigned yet to another owner."""
    row, owner, note = found.row, found.owner, given.note
    [assign] = moves_between(State.NEW, State.ASSIGNED)
    refusal = permitted(found.view, actor, assign, today=row.registered_on)
    if refusal:
        raise refusal
    if org_id and org_id != owner.id:
        owner = organisations.get_visible(session, actor, Action.REGISTER_ITEMS, org_id)
        _refuse_double(session, row, owner)
        note = f"改由{owner.name}负责。{note}".strip()
        row.org_id = owner.id
        row.responsible_person = owner.secretary_name or PERSON_BY_LEVEL.get(Level(owner.level), "")
    row.responsible_person = _text(person, PERSON_CHARS) or row.responsible_person
    view = view_of(row, owner, home_paths(session, owner))
    return Found(row, owner, view), Given(note, given.measures, given.recheck, given.stage_on)


def _refuse_double(session: Session, row: RectificationItem, owner: Organisation) -> None:
    """Refuse an owner who already has this very finding of the round."""
    other = RectificationItem
    twin = session.scalar(
        select(other.number).where(
            other.round_id == row.round_id,
            other.org_id == owner.id,
            other.source == row.source,
            other.source_ref == row.source_ref,
        )
    )
    if twin:
        raise refusals.ItemFaulty(
            f"{owner.name}已经有同一个问题：{twin}", f"That owner has the same problem as {twin}"
        )


def _text(text: str, limit: int) -> str:
    """Return what a person wrote, clean; refuse what is too long rather than cut it."""
    text = clean(text).strip()
    if len(text) > limit:
        over = len(text) - limit
        raise refusals.ItemFaulty(
            f"超出{over}字，请删短一点；已写的都还在", f"{over} characters too long"
        )
    return text


def _audit(
    session: Session,
    actor: Actor,
    row: RectificationItem,
    act: Act,
    origin: State | None,
    now: datetime,
    **data: int,
) -> None:
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
