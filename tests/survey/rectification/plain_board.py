"""The board counted item by item from their histories: slow, and what domain.md 4.9 says."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.org.models import Organisation
from survey.rectification.board import AGES, FUNNEL, REACHED, Age, Board, Line
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem
from survey.rectification.states import OPEN_STATES, OWNER_WORKS, Act, Source, State
from survey.rectification.statistics import Share, Statistics
from survey.rectification.workdays import last_workday, local_date, workdays_between

Between = Callable[[date, date], int]


@dataclass(frozen=True)
class Case:
    """An item with the days of its acts."""

    item: RectificationItem
    owner: Organisation

    @property
    def state(self) -> State:
        return State(self.item.state)

    def days(self, *acts: Act) -> list[date]:
        steps = sorted(self.item.transitions, key=lambda step: step.at)
        return [local_date(step.at) for step in steps if step.act in acts]

    def is_late(self, today: date) -> bool:
        return self.state in OWNER_WORKS and self.item.due_on < today


def plain_board(session: Session, *, now: datetime, since: date | None = None) -> Board:
    """Return the board of all items."""
    calendar = load_calendar(session)
    today = last_workday(calendar, local_date(now))

    def between(start: date, end: date) -> int:
        return workdays_between(calendar, start, end)

    query = (
        select(RectificationItem, Organisation)
        .join(Organisation, Organisation.id == RectificationItem.org_id)
        .order_by(Organisation.path)
    )
    cases = [
        Case(item, owner)
        for item, owner in session.execute(query)
        if item.state != State.VOID and (since is None or item.registered_on >= since)
    ]
    units, sectors = {}, {}
    for case in cases:
        below = case.owner.level in ("branch", "window") and case.owner.parent_id
        unit = session.get_one(Organisation, below or case.owner.id)
        units.setdefault((unit.id, unit.short_name), []).append(case)
        if sector := case.owner.sector:
            sectors.setdefault((sector, sector), []).append(case)
    states = Counter(case.state for case in cases)
    return Board(
        since=since,
        whole=line("", "", cases, today, between),
        units=tuple(line(*key, inside, today, between) for key, inside in units.items()),
        sectors=tuple(line(*key, inside, today, between) for key, inside in sectors.items()),
        funnel=tuple(
            (name, sum(REACHED[case.state] >= place for case in cases))
            for place, name in enumerate(FUNNEL)
        ),
        ages=tuple(ages(cases, today, local_date(now))),
        states=states,
    )


def ages(cases: Iterable[Case], workday: date, today: date) -> Iterable[Age]:
    open_ = [case for case in cases if case.state in OPEN_STATES]
    for low, high in zip((0, *(end + 1 for end in AGES)), (*AGES, None), strict=True):
        held = [c for c in open_ if low <= (today - c.item.registered_on).days <= (high or 10**6)]
        yield Age(low, high, len(held), sum(case.is_late(workday) for case in held))


def line(code: str, name: str, cases: Sequence[Case], today: date, between: Between) -> Line:
    return Line(
        code=code,
        name=name,
        total=len(cases),
        open=sum(case.state in OPEN_STATES for case in cases),
        overdue=sum(case.is_late(today) for case in cases),
        reopened=sum(case.item.reopen_count > 0 for case in cases),
        closed=sum(case.state is State.CLOSED for case in cases),
        statistics=statistics_of(cases, today, between),
    )


def statistics_of(cases: Sequence[Case], today: date, between: Between) -> Statistics:
    closed = [case for case in cases if case.state is State.CLOSED]
    ended = [case for case in cases if case.state is State.CLOSED or case.item.reopen_count]
    rated = [
        case
        for case in cases
        if case.item.source == Source.HCP_BAD and case.days(Act.SUBMIT, Act.EXPLAIN)
    ]
    took = [between(c.item.registered_on, c.item.closed_on) for c in closed if c.item.closed_on]
    agree = sum(case.item.recheck_agree or 0 for case in cases)
    return Statistics(
        accepted_in_time=accepted(cases, today, between),
        fixed_in_time=fixed(cases, today),
        closed=Share(len(closed), len(cases)),
        reopened=Share(sum(case.item.reopen_count > 0 for case in cases), len(ended)),
        called_back=Share(
            sum(bool(case.days(Act.SATISFIED, Act.DISSATISFIED)) for case in rated), len(rated)
        ),
        agreeing=Share(agree, agree + sum(case.item.recheck_disagree or 0 for case in cases)),
        median_days=float(median(took)) if took else None,
        measured=len(took),
    )


def accepted(cases: Sequence[Case], today: date, between: Between) -> Share:
    part = whole = 0
    for case in cases:
        assigned, taken = case.days(Act.ASSIGN), case.days(Act.ACCEPT)
        if not assigned:
            continue
        is_quick = between(assigned[0], taken[0] if taken else today) <= 2
        if taken or not is_quick:
            whole += 1
            part += bool(taken and is_quick)
    return Share(part, whole)


def fixed(cases: Sequence[Case], today: date) -> Share:
    part = whole = 0
    for case in cases:
        handed_in = case.days(Act.SUBMIT, Act.EXPLAIN)
        at_work = case.state in OWNER_WORKS or case.state is State.LONGTERM
        if handed_in and not at_work:
            whole += 1
            part += handed_in[-1] <= case.item.due_on
        elif case.is_late(today):
            whole += 1
    return Share(part, whole)
