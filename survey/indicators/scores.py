"""Scores of a period: of one organisation, and of each peer group; fixed when it is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.indicators import (
    Benchmark,
    Indicator,
    NodeScore,
    benchmarks,
    period_scores,
    without,
)
from survey.accounts.policy import Action, Actor, may, require
from survey.audit import service as audit
from survey.indicators.entries import fits
from survey.indicators.models import (
    IndicatorDecision,
    IndicatorEntry,
    IndicatorNode,
    IndicatorPeriod,
    IndicatorSet,
)
from survey.indicators.periods import Cycle, Period, read_period
from survey.indicators.refusals import (
    AnotherChecker,
    IndicatorNotFound,
    PeriodNotOpen,
    PeriodSettled,
)
from survey.indicators.sets import leaves, tree_of
from survey.indicators.standings import (
    Held,
    Key,
    State,
    due_on,
    held_in,
    is_settled,
    measured,
    settled_of,
)
from survey.org import queries as organisations
from survey.org.models import Organisation

SEE = Action.SEE_INDICATORS


@dataclass(frozen=True)
class Line:
    """One value of one organisation's sheet.

    Attributes:
        period: the one it is entered for, inside the sheet's.
        held: None where nothing was entered.
        points: of the value that counts; None where none does.
    """

    node: IndicatorNode
    period: Period
    held: Held | None
    points: float | None

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.held.state if self.held else State.MISSING


@dataclass(frozen=True)
class Sheet:
    """All values of one organisation in one period, with its scores and where it stands.

    Attributes:
        scores: by node; "" is the whole.
        marks: the peer group's benchmarks by node, this organisation's own points in them; nodes
            without points of its own are absent.
        due_on: last day for the values.
    """

    of: IndicatorSet
    period: Period
    org: Organisation
    lines: tuple[Line, ...]
    scores: Mapping[str, NodeScore]
    marks: Mapping[str, Benchmark]
    due_on: date
    is_settled: bool

    @property
    def whole(self) -> NodeScore:
        """The score of the whole tree."""
        return self.scores[""]


@dataclass(frozen=True)
class Row:
    """One organisation of a league; `score` None where nothing counts yet."""

    org_id: str
    sector: str
    score: float | None
    known: float
    is_veto: bool
    benchmark: Benchmark | None = None


@dataclass(frozen=True)
class League:
    """The organisations of a set in one period, by peer group; `settled` when it was fixed."""

    of: IndicatorSet
    period: Period
    groups: Mapping[str, tuple[Row, ...]]
    settled: IndicatorPeriod | None

    @property
    def rows(self) -> dict[str, Row]:
        """Every organisation by its code."""
        return {row.org_id: row for group in self.groups.values() for row in group}


def sheet_of(
    session: Session, actor: Actor, of: IndicatorSet, period: Period, org_id: str, *, today: date
) -> Sheet:
    """Return the sheet of one organisation; values of periods that have not begun are left out.

    Raises:
        NotFound: the organisation is not there for the actor.
        IndicatorNotFound: the set is for others.
    """
    org = organisations.get_visible(session, actor, Action.SEE_INDICATORS, org_id)
    if not fits(of, org):
        raise IndicatorNotFound
    tree = tree_of(of)
    peers = [each for each in measured(session, of) if each.sector == org.sector]
    everyone = {each.id for each in peers} | {org.id}
    held = held_in(session, of, _codes(of, period), everyone)
    scored = {each: _scores(tree, of, period, each, held) for each in everyone}
    points = {
        code: {each: s[code].score for each, s in scored.items() if code in s}
        for code in ["", *(node.code for node in of.nodes)]
    }
    marks = {}
    for code, group in points.items():
        known = {each: score for each, score in group.items() if score is not None}
        if org.id in known:
            marks[code] = benchmarks(code, known)[org.id]
    lines = tuple(
        _line(node, part, held.get((org.id, node.code, part.code)), tree)
        for node in leaves(of)
        for part in period.parts(Cycle(node.cycle))
        if part.starts_on <= today
    )
    settled = is_settled(settled_of(session, of), period)
    return Sheet(of, period, org, lines, scored[org.id], marks, due_on(of, period), settled)


def league_of(session: Session, actor: Actor, of: IndicatorSet, period: Period) -> League:
    """Return every organisation's score, best first inside its peer group.

    Peers are the organisations of one level and sector. A settled period is as it was settled.
    The caller decides whom of it a reader sees by name.
    """
    require(actor, Action.SEE_INDICATORS)
    query = select(IndicatorPeriod).where(
        IndicatorPeriod.set_id == of.id, IndicatorPeriod.period == period.code
    )
    settled = session.scalar(query)
    rows = (
        [Row(org_id, *kept) for org_id, kept in settled.outcome.items()]
        if settled
        else _rows(session, of, period)
    )
    groups: dict[str, tuple[Row, ...]] = {}
    for sector in dict.fromkeys(row.sector for row in rows):
        group = [row for row in rows if row.sector == sector]
        marks = benchmarks("", {row.org_id: row.score for row in group if row.score is not None})
        placed = [
            Row(r.org_id, r.sector, r.score, r.known, r.is_veto, marks.get(r.org_id)) for r in group
        ]
        groups[sector] = tuple(sorted(placed, key=lambda r: (r.score is None, -(r.score or 0.0))))
    return League(of, period, groups, settled)


def settle(
    session: Session, actor: Actor, of: IndicatorSet, period: Period, *, today: date, now: datetime
) -> IndicatorPeriod:
    """Fix the scores of a period for good.

    Raises:
        NotAllowed: the actor does not settle.
        PeriodNotOpen: it is not over, a value still waits for a decision, or nothing counts.
        PeriodSettled: it is settled.
        AnotherChecker: the actor entered or approved one of its values.
    """
    require(actor, Action.SETTLE_INDICATORS)
    if is_settled(settled_of(session, of), period):
        raise PeriodSettled(period.label)
    if period.ends_on >= today:
        raise PeriodNotOpen(f"{period.label}还没有结束，不能定稿", "The period is not over")
    held = held_in(session, of, _codes(of, period))
    pending = sum(each.state is State.PENDING for each in held.values())
    if pending:
        raise PeriodNotOpen(
            f"还有{pending}个数等上级审核，审完再定稿",
            f"{pending} values still wait",
        )
    if not any(each.is_counted for each in held.values()):
        raise PeriodNotOpen("还没有审核通过的数，不能定稿", "No value has been approved yet")
    _refuse_own(session, actor, of, period)
    rows = _rows(session, of, period)
    made = IndicatorPeriod(
        set_id=of.id,
        period=period.code,
        outcome={row.org_id: [row.sector, row.score, row.known, row.is_veto] for row in rows},
        settled_by=actor.name,
        settled_at=now,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="indicators.settle",
        subject=f"{of.code} {period.code}",
        now=now,
        version=of.version,
        organisations=len(rows),
    )
    return made


def settled_scores(session: Session, org_id: str) -> list[tuple[str, Period, float]]:
    """Return the latest settled score of an organisation in each set: title, period, score.

    The caller has checked who reads.
    """
    query = (
        select(IndicatorSet, IndicatorPeriod)
        .join(IndicatorPeriod, IndicatorPeriod.set_id == IndicatorSet.id)
        .order_by(IndicatorPeriod.settled_at.desc(), IndicatorPeriod.id.desc())
    )
    found: dict[str, tuple[str, Period, float]] = {}
    for of, settled in session.execute(query):
        kept = settled.outcome.get(org_id)
        if kept is not None and kept[1] is not None and of.code not in found:
            found[of.code] = (of.title, read_period(settled.period), kept[1])
    return list(found.values())


def seen_in(actor: Actor, league: League, orgs: Mapping[str, Organisation]) -> set[str]:
    """Return the codes of the organisations in `league` that `actor` sees by name."""
    return {
        org_id
        for org_id in league.rows
        if org_id in orgs and may(actor, Action.SEE_INDICATORS, orgs[org_id].path)
    }


def _refuse_own(session: Session, actor: Actor, of: IndicatorSet, period: Period) -> None:
    """Refuse whoever had a hand in the values: nobody both scores and approves."""
    if actor.is_operator:
        return
    query = (
        select(IndicatorEntry.id)
        .outerjoin(IndicatorDecision, IndicatorDecision.entry_id == IndicatorEntry.id)
        .where(
            IndicatorEntry.set_id == of.id,
            IndicatorEntry.period.in_(_codes(of, period)),
            (IndicatorEntry.entered_by == actor.name)
            | (IndicatorDecision.decided_by == actor.name),
        )
    )
    if session.scalar(query.limit(1)) is not None:
        raise AnotherChecker


def _rows(session: Session, of: IndicatorSet, period: Period) -> list[Row]:
    tree = tree_of(of)
    held = held_in(session, of, _codes(of, period))
    rows = []
    for org in measured(session, of):
        whole = _scores(tree, of, period, org.id, held)[""]
        rows.append(Row(org.id, org.sector, whole.score, whole.known, whole.is_veto))
    return rows


def _codes(of: IndicatorSet, period: Period) -> list[str]:
    """Return the codes of the periods that values of `period` are entered for."""
    cycles = {Cycle(node.cycle) for node in leaves(of)}
    return [part.code for cycle in cycles for part in period.parts(cycle)]


def _scores(
    tree: Sequence[Indicator],
    of: IndicatorSet,
    period: Period,
    org_id: str,
    held: Mapping[Key, Held],
) -> dict[str, NodeScore]:
    """Return the scores of one organisation from the values that were approved."""
    values: dict[str, list[float | None]] = {}
    gone: set[str] = set()
    for node in leaves(of):
        expected: list[float | None] = []
        for part in period.parts(Cycle(node.cycle)):
            found = held.get((org_id, node.code, part.code))
            if found is None or not found.is_counted:
                expected.append(None)
            elif found.counted is not None:
                expected.append(found.counted)
        if expected:
            values[node.code] = expected
        else:
            gone.add(node.code)
    return period_scores(without(tree, gone), values)


def _line(node: IndicatorNode, part: Period, held: Held | None, tree: Sequence[Indicator]) -> Line:
    value = held.counted if held else None
    score = None
    if value is not None:
        alone = [each for each in tree if each.code == node.code]
        score = period_scores(alone, {node.code: (value,)})[node.code].score
    return Line(node, part, held, score)
