"""Indicators: the sets, a league by peer group, trees and values from files, settled periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.names import display_names
from survey.accounts.policy import OPERATOR, Action, may
from survey.errors import Fault, ImportRefused, NotFound, SurveyError
from survey.indicators import entry_file, scores, sets, standings, templates
from survey.indicators.models import IndicatorSet
from survey.indicators.periods import Cycle, Period, period_at, periods_between, read_period
from survey.indicators.sets import SetPlan
from survey.indicators.standings import State
from survey.org import queries as organisations
from survey.org.models import Organisation
from survey.web.console import indicator_sheets, indicator_words
from survey.web.console.forms import posted
from survey.web.console.indicator_forms import TableForm, TreeForm
from survey.web.console.indicator_words import today
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.numbers import bounded
from survey.web.policies import TABLE_BYTES, policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("indicators", __name__, url_prefix="/indicators")
bp.register_blueprint(indicator_sheets.bp)
SEE, EDIT, ENTER = Action.SEE_INDICATORS, Action.EDIT_INDICATORS, Action.ENTER_INDICATORS
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN_PERIODS = 4


@dataclass(frozen=True)
class PeriodLine:
    """How far one period of a set has come, within what the reader sees."""

    period: Period
    entered: int
    expected: int
    pending: int
    is_settled: bool
    href: str


@bp.get("/")
@policy(SEE)
def index() -> str:
    """List the sets with their latest periods."""
    with reading() as session:
        found = [(of, _periods_of(session, of)) for of in sets.list_sets(session, actor())]
        return page(
            session,
            "console/indicators.html",
            found=[(of, lines) for of, lines in found if lines or may(actor(), EDIT)],
            name=indicator_words.period_name,
            due=standings.due_on,
            today=today(),
            may_edit=may(actor(), EDIT),
        )


def _periods_of(session: Session, latest: IndicatorSet) -> list[PeriodLine]:
    """Return the latest periods that the version in force has; none where nobody is in sight."""
    day, found = today(), []
    cycle = sets.main_cycle(latest)
    first = sets.versions_of(session, latest.code)[-1].starts_on
    periods = list(periods_between(cycle, first, day)[:SHOWN_PERIODS])
    if cycle is not Cycle.YEAR and any(n.cycle == Cycle.YEAR for n in sets.leaves(latest)):
        periods += periods_between(Cycle.YEAR, latest.starts_on, day)[:1]
    for period in periods:
        of = sets.set_for(session, actor(), latest.code, period)
        orgs = [org for org in standings.measured(session, of) if may(actor(), SEE, org.path)]
        if not orgs:
            return []
        parts = [
            (node.code, part.code)
            for node in sets.leaves(of)
            for part in period.parts(Cycle(node.cycle))
            if part.starts_on <= day
        ]
        held = standings.held_in(
            session, of, {code for _node, code in parts}, [org.id for org in orgs]
        )
        states = [each.state for each in held.values()]
        alone = orgs[0].id if len(orgs) == 1 else None
        found.append(
            PeriodLine(
                period,
                sum(state is not State.RETURNED for state in states),
                len(parts) * len(orgs),
                states.count(State.PENDING),
                standings.is_settled(standings.settled_of(session, of), period),
                url_for(".sheets.show", code=of.code, period=period.code, org_id=alone)
                if alone
                else url_for(".league", code=of.code, period=period.code),
            )
        )
    return found


@bp.get("/waiting")
@policy(Action.CHECK_INDICATORS)
def waiting() -> str:
    """List the sheets with values that wait for the reader's decision."""
    with reading() as session:
        groups: dict[tuple[str, str, str], int] = {}
        titles = {}
        for entry, of in standings.waiting(session, actor()):
            period = indicator_words.sheet_period(of, read_period(entry.period))
            key = (of.code, period.code, entry.org_id)
            groups[key] = groups.get(key, 0) + 1
            titles[of.code] = of.title
        orgs = {org.id: org for org in organisations.visible(session, actor(), SEE)}
        return page(
            session,
            "console/indicators_waiting.html",
            rows=[
                (
                    url_for(".sheets.show", code=code, period=period, org_id=org_id),
                    orgs[org_id],
                    f"{titles[code]}　{indicator_words.period_name(read_period(period))}",
                    count,
                )
                for (code, period, org_id), count in groups.items()
            ],
        )


@bp.get("/<code>/<period>")
@policy(SEE)
def league(code: str, period: str) -> ResponseReturnValue:
    """Show the league of a period, peer group by peer group."""
    return _league(code, period)


@bp.post("/<code>/<period>/settle")
@policy(Action.SETTLE_INDICATORS)
def settle(code: str, period: str) -> ResponseReturnValue:
    """Fix the scores of a period for good."""
    try:
        with transaction() as session:
            at = read_period(period)
            of = sets.set_for(session, actor(), code, at)
            scores.settle(session, actor(), of, at, today=today(), now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _league(code, period, sentence(refused), refused.status)
    return redirect(url_for(".league", code=code, period=period, done="settled"), code=303)


def _league(code: str, period: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        at = read_period(period)
        of = sets.set_for(session, actor(), code, at)
        found = scores.league_of(session, actor(), of, at)
        orgs = {org.id: org for org in organisations.visible(session, actor(), SEE)}
        seen = scores.seen_in(actor(), found, orgs)
        counts = _counts(session, of, at, [orgs[org_id] for org_id in seen])
        return page(
            session,
            "console/indicator_league.html",
            of=of,
            period=at,
            name=indicator_words.period_name(at),
            groups=[
                (sector, group, [row for row in group if row.org_id in seen])
                for sector, group in found.groups.items()
                if any(row.org_id in seen for row in group)
            ],
            orgs=orgs,
            units=_units(orgs),
            counts=counts,
            missing=sum(lacks > 0 for lacks, _ in counts.values()),
            pending=sum(waits for _, waits in counts.values()),
            settled=found.settled,
            settler=_name_of(session, found.settled.settled_by) if found.settled else "",
            bar=indicator_words.bar_of,
            others=_other_periods(session, of, at),
            period_name=indicator_words.period_name,
            may_settle=may(actor(), Action.SETTLE_INDICATORS) and at.ends_on < today(),
            may_enter=may(actor(), ENTER) and not found.settled,
            refused=refused,
        ), status


def _name_of(session: Session, account: str) -> str:
    if account == OPERATOR.name:
        return OPERATOR.display_name
    return display_names(session, [account]).get(account, account)


def _units(orgs: dict[str, Organisation]) -> dict[str, str]:
    return {
        org.id: orgs[org.parent_id].short_name
        for org in orgs.values()
        if org.parent_id in orgs and orgs[org.parent_id].level == "unit"
    }


def _counts(
    session: Session, of: IndicatorSet, period: Period, orgs: list[Organisation]
) -> dict[str, tuple[int, int]]:
    """Return, by organisation, how many values are missing and how many wait for a decision."""
    parts = [
        (node.code, part.code)
        for node in sets.leaves(of)
        for part in period.parts(Cycle(node.cycle))
        if part.starts_on <= today()
    ]
    held = standings.held_in(session, of, {part for _node, part in parts})
    counts = {}
    for org in orgs:
        states = [
            known.state if (known := held.get((org.id, *part))) else State.MISSING for part in parts
        ]
        lacking = states.count(State.MISSING) + states.count(State.RETURNED)
        counts[org.id] = (lacking, states.count(State.PENDING))
    return counts


def _other_periods(session: Session, of: IndicatorSet, period: Period) -> list[Period]:
    """Return the periods to change to: of the same length, and the year where that is longer."""
    first = sets.versions_of(session, of.code)[-1].starts_on
    found = list(periods_between(period.cycle, first, today())[:SHOWN_PERIODS])
    year = period_at(Cycle.YEAR, period.starts_on)
    if period.cycle is not Cycle.YEAR and year.starts_on >= first:
        found.append(year)
    return [each for each in found if each != period]


@bp.get("/<code>")
@policy(SEE)
def tree(code: str) -> ResponseReturnValue:
    """Show the tree of a set and its versions."""
    with reading() as session:
        versions = sets.versions_of(session, code)
        wanted = request.args.get("version", type=bounded)
        of = next((v for v in versions if wanted in (None, v.version)), None)
        if of is None:
            raise NotFound("没有找到这套指标", "There is no such set of indicators")
        return page(
            session,
            "console/indicator_tree.html",
            of=of,
            versions=versions,
            nodes=_ordered(of),
            rule=indicator_words.rule_of,
            owners=indicator_words.OWNERS,
            cycles=indicator_words.CYCLES,
            may_edit=may(actor(), EDIT),
        )


def _ordered(of: IndicatorSet) -> list[tuple[int, Any]]:
    """Return the nodes of a tree with their depth, each branch before what stands under it."""
    found: list[tuple[int, Any]] = []

    def walk(parent: str, depth: int) -> None:
        for node in of.nodes:
            if node.parent == parent:
                found.append((depth, node))
                walk(node.code, depth + 1)

    walk("", 0)
    return found


@bp.get("/import")
@policy(EDIT)
def import_form() -> ResponseReturnValue:
    """Show the form of a tree; with `code`, filled in from the latest version."""
    with reading() as session:
        known = sets.versions_of(session, request.args.get("code", ""))[:1]
        return _import_page(TreeForm(obj=known[0] if known else None))


@bp.post("/import")
@policy(EDIT, max_bytes=TABLE_BYTES)
def import_tree() -> ResponseReturnValue:
    """Import a tree whole, or list every place to mend."""
    form = TreeForm(posted())
    if not form.validate():
        return _import_page(form, status=422)
    file, data = form.file.data, form.data
    names = ("code", "title", "level", "sector", "starts_on", "due_days")
    plan = SetPlan(**{name: data[name] for name in names})
    try:
        with transaction() as session:
            made = sets.import_tree(
                session, actor(), plan, file.read(), file.filename, now=clock.now()
            )
            code = made.code
    except ImportRefused as refused:
        return _import_page(form, refused.faults, status=refused.status)
    except SurveyError as refused:
        return _import_page(form, refused=sentence(refused), status=refused.status)
    return redirect(url_for(".tree", code=code, done="tree"), code=303)


def _import_page(
    form: TreeForm, faults: tuple[Fault, ...] = (), refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        return page(
            session,
            "console/indicators_import.html",
            form=form,
            faults=faults,
            refused=refused,
            columns=templates.TREE_WORDS,
        ), status


@bp.get("/template.xlsx")
@policy(EDIT)
def tree_template() -> Response:
    """Send a workbook for a tree."""
    return send(templates.tree_template(), XLSX, _("指标") + ".xlsx")


@bp.get("/<code>/<period>/values.xlsx")
@policy(ENTER)
def values_template(code: str, period: str) -> Response:
    """Send a workbook with a line for each value that the reader may enter."""
    with reading() as session:
        at = read_period(period)
        of = sets.set_for(session, actor(), code, at)
        lines = entry_file.to_fill(session, actor(), of, at, today=today())
    return send(templates.entry_template(lines), XLSX, f"{of.title}{at.code}.xlsx")


@bp.get("/<code>/<period>/values")
@policy(ENTER)
def values_form(code: str, period: str) -> ResponseReturnValue:
    """Show the form of a file of values."""
    return _values_page(code, period, TableForm())


@bp.post("/<code>/<period>/values")
@policy(ENTER, max_bytes=TABLE_BYTES)
def import_values(code: str, period: str) -> ResponseReturnValue:
    """Enter the values of a file, or list every place to mend."""
    form = TableForm(posted())
    if not form.validate():
        return _values_page(code, period, form, status=422)
    file = form.file.data
    try:
        with transaction() as session:
            of = sets.set_for(session, actor(), code, read_period(period))
            done = entry_file.import_entries(
                session,
                actor(),
                of,
                file.read(),
                file.filename,
                today=today(),
                now=clock.now(),
            )
    except ImportRefused as refused:
        return _values_page(code, period, form, refused.faults, refused.status)
    counts: dict[str, Any] = {"a": done.added, "b": done.changed, "c": done.unchanged}
    where = url_for(".league", code=code, period=period, done="imported", **counts)
    return redirect(where, code=303)


def _values_page(
    code: str,
    period: str,
    form: TableForm,
    faults: tuple[Fault, ...] = (),
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        at = read_period(period)
        of = sets.set_for(session, actor(), code, at)
        return page(
            session,
            "console/indicator_values.html",
            of=of,
            period=at,
            name=indicator_words.period_name(at),
            form=form,
            faults=faults,
            columns=templates.ENTRY_WORDS,
        ), status
