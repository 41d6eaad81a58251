"""Register items, move them, and put their deadlines off; every act leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import SYSTEM, Action, Actor
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.rectification import refusals
from survey.rectification.calendar import load_calendar
from survey.rectification.closing import recorded_too_early
from survey.rectification.item import (
    ENOUGH_RESIDENTS,
    SUSPICIONS,
    UNTOLD,
    Recheck,
    Said,
    Sheet,
    StageGoal,
    Suspicion,
    Verdict,
    needs_recheck,
)
from survey.rectification.loading import Found, find, home_paths, view_of
from survey.rectification.models import RectificationItem
from survey.rectification.numbering import reserve
from survey.rectification.recheck_models import RecheckWindow
from survey.rectification.rules import (
    Given,
    choose_move,
    permitted,
)
from survey.rectification.states import (
    DEFAULT_WORKDAYS,
    DONE,
    Act,
    Need,
    Source,
    State,
    moves_between,
)
from survey.rectification.steps import (
    acting_role,
    add_transition,
    checked_text,
    note_act,
    record_act,
    take,
)
from survey.rectification.workdays import Calendar, add_workdays, local_date

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
    reports: int = 1


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
    text = checked_text(problem, PROBLEM_CHARS)
    if not text:
        raise refusals.ItemFaulty("请写明问题", "Write down the problem")
    if not 1 <= limit <= MAX_WORKDAYS:
        raise refusals.ItemFaulty(
            f"期限应在1到{MAX_WORKDAYS}个工作日之间",
            f"The limit is 1 to {MAX_WORKDAYS} working days",
        )
    person = checked_text(responsible_person, PERSON_CHARS)
    what = Problem(org, source, text, limit, checked_text(ref, REF_CHARS), None, person)
    [number] = reserve(session, local_date(now).year)
    item = new_item(session, actor, number, what, load_calendar(session), now=now)
    session.flush()
    record_act(session, actor, item, Act.REGISTER, None, now)
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
        needs_recheck=needs_recheck(problem.source, report_count=problem.reports),
        report_count=problem.reports,
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
    stages: tuple[StageGoal, ...] = (),
    sheet: Sheet | None = None,
    org_id: str = "",
    responsible_person: str = "",
    revision: int | None = None,
) -> RectificationItem:
    """Take the item `number` to the state `to`, or one step within its state.

    A `recheck` given with the decision is recorded first. `stages` is the whole of a long-term
    plan, `stage_on` one of a single stage; `sheet` goes with an acceptance. `org_id` and
    `responsible_person` name another owner and belong to assigning; the person also to measures.
    `revision` is the one the actor looked at.

    Raises:
        NotFound: there is no such item within what the actor sees.
        ChangedMeanwhile: somebody changed it after `revision`.
        SurveyError: the named refusals of `survey.rectification.refusals`.
    """
    found = find(session, actor, number, lock=True)
    refuse_changed(found.row, revision)
    if recheck is not None and _are_residents_asked(session, found.row):
        raise refusals.RecheckRunning
    if refusal := recorded_too_early(found.view, recheck, local_date(now)):
        raise refusal
    words = checked_text(note, NOTE_CHARS), checked_text(measures, MEASURES_CHARS)
    given = Given(*words, recheck, stage_on, stages, sheet)
    if recheck is not None and found.view.state is State.RECHECK and to is not State.RECHECK:
        found = take(session, actor, found, State.RECHECK, given, now)
    move = choose_move(found.view, to, given)
    if move.act is Act.ASSIGN and (org_id or responsible_person):
        found, given = _hand_over(session, actor, found, org_id, responsible_person, given)
    elif Need.MEASURES in move.needs and responsible_person:
        found.row.responsible_person = checked_text(responsible_person, PERSON_CHARS)
    return take(session, actor, found, to, given, now).row


def _are_residents_asked(session: Session, row: RectificationItem) -> bool:
    """Whether residents have their say about an item since it was last reopened."""
    window = select(RecheckWindow.id).where(
        RecheckWindow.item_id == row.id, RecheckWindow.cycle == row.reopen_count
    )
    return session.scalar(window) is not None


def record_recheck(session: Session, number: str, said: Said, *, now: datetime) -> Verdict:
    """Record what residents said by form H, and do what follows by itself (domain.md 4.8).

    Enough of them content: the item is closed. Too many not: it is reopened. Otherwise it stays
    where it is: for the district to decide, or, with fewer than ten, for two verifiers and a public
    notice that starts today. Whoever calls has seen to the one extension of the time.

    Raises:
        NotFound, NotInState: there is no such item, or it does not stand in its recheck.
    """
    found = find(session, SYSTEM, number, lock=True)
    result = Recheck(said.n, said.agree, said.disagree, said.score, said.told, said.unsolved)
    if result.verdict is Verdict.TWO_VERIFIERS:
        # Of what fewer than ten said, nothing but their number may stand in the ledger.
        result = Recheck(said.n, 0, 0, 0.0)
    found = take(session, SYSTEM, found, State.RECHECK, Given(recheck=result), now)
    if said.suspicions >= SUSPICIONS:
        # Nor may the owner read how many of fewer than ten spoke against the work.
        is_few = said.n < ENOUGH_RESIDENTS
        who = "有群众" if is_few else f"至少{SUSPICIONS}人"
        note_act(
            session,
            SYSTEM,
            found,
            Act.SUSPECT,
            now,
            f"{who}反映整改应付了事或弄虚作假",
        )
        found.row.suspicion = Suspicion.SUSPECTED.value
    if result.verdict is Verdict.CLOSE:
        take(session, SYSTEM, found, State.CLOSED, Given(), now)
    elif result.verdict is Verdict.REOPEN:
        take(session, SYSTEM, found, State.REOPENED, Given("群众再评价不满意，自动复号"), now)
    session.flush()
    return result.verdict


def refuse_changed(row: RectificationItem, revision: int | None) -> None:
    """Refuse to decide on an item that is no longer as the actor saw it."""
    if revision is None or row.revision == revision:
        return
    # Whoever must not read of a suspicion is told of the step before it.
    last = next(step for step in reversed(row.transitions) if Act(step.act) not in UNTOLD)
    done = DONE[Act(last.act)]
    raise refusals.ChangedMeanwhile(
        f"{last.actor_name}刚刚处理了这件（{done}）。请看过新情况再决定；您写的意见已保留",
        f"{last.actor} changed this item ({last.act}) after you had opened it; look again",
    )


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
    row.responsible_person = checked_text(person, PERSON_CHARS) or row.responsible_person
    view = view_of(session, row, owner, home_paths(session, owner))
    return Found(row, owner, view), replace(given, note=note)


def _refuse_double(session: Session, row: RectificationItem, owner: Organisation) -> None:
    """Refuse an owner who already has this very finding of the round; others are no findings."""
    if row.round_id is None:
        return
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
