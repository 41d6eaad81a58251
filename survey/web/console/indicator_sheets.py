"""The indicators of one organisation: entered on a phone, checked above, corrected in the open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action, may
from survey.errors import NotFound, SurveyError
from survey.indicators import entries, scores, sets
from survey.indicators.entries import Place
from survey.indicators.models import IndicatorEntry, Verdict
from survey.indicators.periods import read_period
from survey.indicators.refusals import ValueRefused
from survey.indicators.scores import Line, Sheet
from survey.indicators.standings import State, home_of, may_check
from survey.org.columns import Unreadable, decimal
from survey.web.console import indicator_words
from survey.web.console.forms import posted
from survey.web.console.indicator_forms import TableForm
from survey.web.console.indicator_words import today
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.numbers import bounded
from survey.web.platform import platform
from survey.web.policies import EVIDENCE_BYTES, policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction
from survey.web.uploads import received

bp = Blueprint("sheets", __name__)
SEE, ENTER, CHECK = Action.SEE_INDICATORS, Action.ENTER_INDICATORS, Action.CHECK_INDICATORS
Given = Mapping[str, str]


@dataclass(frozen=True)
class Slot:
    """A value that is still to be entered: its field, and what was typed when that was refused.

    `because` is why the superior returned the last one.
    """

    line: Line
    field: str
    given: str
    note: str
    is_void: bool
    refused: str
    because: str


@bp.get("/<code>/<period>/<org_id>")
@policy(SEE)
def show(code: str, period: str, org_id: str) -> ResponseReturnValue:
    """Show the sheet of one organisation and what the reader may do with it."""
    return _sheet_page(code, period, org_id)


@bp.post("/<code>/<period>/<org_id>")
@policy(ENTER)
def enter(code: str, period: str, org_id: str) -> ResponseReturnValue:
    """Enter every value that was typed in, all or none."""
    given, refused, count = request.form, {}, 0
    now = clock.now()
    try:
        with transaction() as session:
            sheet = _sheet(session, code, period, org_id)
            for line in _open_lines(sheet):
                field = _field(line)
                value, note = given.get(field, "").strip(), given.get(f"n-{field}", "")
                is_void = f"x-{field}" in given
                if not value and not is_void:
                    continue
                try:
                    place = Place(sheet.of, line.node, sheet.org, line.period)
                    number = None if is_void else _number(value, line.node.unit)
                    entries.enter(session, actor(), place, number, note, today=today(), now=now)
                    count += 1
                except SurveyError as why:
                    refused[field] = sentence(why)
            if refused or not count:
                # What was taken in before is undone with the rest: all or none.
                raise ValueRefused(
                    "还没有填好，请看下面标出来的几项", "Look at what is marked below"
                )
    except NotFound:
        raise
    except SurveyError as why:
        said = sentence(why) if refused else _("请先填数，再交")
        return _sheet_page(code, period, org_id, said, given, refused, why.status)
    where = url_for(".show", code=code, period=period, org_id=org_id, done="entered", a=count)
    return redirect(where, code=303)


@bp.post("/<code>/<period>/<org_id>/approve")
@policy(CHECK)
def approve(code: str, period: str, org_id: str) -> ResponseReturnValue:
    """Approve the values that stood on the page, all or none."""
    ids = request.form.getlist("entry", type=bounded)
    return _decided(code, period, org_id, ids, Verdict.APPROVED)


@bp.post("/<code>/<period>/<org_id>/return")
@policy(CHECK)
def send_back(code: str, period: str, org_id: str) -> ResponseReturnValue:
    """Return one value with a reason."""
    ids = request.form.getlist("entry", type=bounded)[:1]
    return _decided(code, period, org_id, ids, Verdict.RETURNED, request.form.get("reason", ""))


def _decided(
    code: str, period: str, org_id: str, ids: list[int], verdict: Verdict, reason: str = ""
) -> ResponseReturnValue:
    try:
        with transaction() as session:
            for entry_id in ids:
                entries.decide(session, actor(), entry_id, verdict, reason, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _sheet_page(code, period, org_id, sentence(refused), status=refused.status)
    done = "approved_values" if verdict is Verdict.APPROVED else "returned_value"
    where = url_for(".show", code=code, period=period, org_id=org_id, done=done, a=len(ids))
    return redirect(where, code=303)


@bp.get("/<code>/<period>/<org_id>/<node>")
@policy(SEE)
def history(code: str, period: str, org_id: str, node: str) -> ResponseReturnValue:
    """Show how one value came about, and let it be corrected."""
    return _history_page(code, period, org_id, node)


@bp.post("/<code>/<period>/<org_id>/<node>")
@policy(ENTER)
def correct(code: str, period: str, org_id: str, node: str) -> ResponseReturnValue:
    """Enter a further value in place of one."""
    form = request.form
    try:
        with transaction() as session:
            place = entries.place_of(session, actor(), code, org_id, node, period)
            typed = form.get("value", "").strip()
            number = None if "void" in form else _number(typed, place.node.unit)
            note = form.get("note", "")
            entries.enter(session, actor(), place, number, note, today=today(), now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _history_page(code, period, org_id, node, sentence(refused), refused.status)
    where = url_for(
        ".history", code=code, period=period, org_id=org_id, node=node, done="entered", a=1
    )
    return redirect(where, code=303)


@bp.post("/<code>/<period>/<org_id>/<node>/evidence")
@policy(ENTER, max_bytes=EVIDENCE_BYTES)
def add_evidence(code: str, period: str, org_id: str, node: str) -> ResponseReturnValue:
    """Add a file to the latest entry of a value."""
    form = TableForm(posted())
    if not form.validate():
        return _history_page(code, period, org_id, node, form.first_error(), 422)
    try:
        with transaction() as session:
            place = entries.place_of(session, actor(), code, org_id, node, period)
            entry = entries.latest_of(session, place)
            if entry is None:
                raise ValueRefused("请先填数，再加材料", "Enter the value first")
            entries.add_evidence(
                session,
                actor(),
                entry.id,
                received(form.file.data),
                form.file.data.filename,
                folder=platform().config.evidence,
                now=clock.now(),
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return _history_page(code, period, org_id, node, sentence(refused), refused.status)
    back = request.form.get("sheet", "")
    where = url_for(".history", code=code, period=period, org_id=org_id, node=node, done="evidence")
    if back:
        where = url_for(".show", code=code, period=back, org_id=org_id, done="evidence")
    return redirect(where, code=303)


@bp.get("/evidence/<int:evidence_id>")
@policy(SEE)
def open_evidence(evidence_id: int) -> Response:
    """Send a file beside a value: pictures to look at, everything else to save."""
    with reading() as session:
        file = entries.open_evidence(
            session, actor(), evidence_id, folder=platform().config.evidence
        )
    is_picture = file.media_type.startswith("image/")
    return send(file.content, file.media_type, file.file_name, is_shown=is_picture)


def _sheet(session: Session, code: str, period: str, org_id: str) -> Sheet:
    at = read_period(period)
    of = sets.set_for(session, actor(), code, at)
    return scores.sheet_of(session, actor(), of, at, org_id, today=today())


def _open_lines(sheet: Sheet) -> list[Line]:
    """Return the lines that the reader may fill in now."""
    if sheet.is_settled:
        return []
    return [
        line
        for line in sheet.lines
        if line.state in (State.MISSING, State.RETURNED)
        and may(actor(), ENTER, home_of(line.node, sheet.org))
    ]


def _field(line: Line) -> str:
    return f"{line.node.code}-{line.period.code}"


def _number(text: str, unit: str) -> float:
    """Return the number that was typed, with or without its unit."""
    plain = text.replace("％", "%").removesuffix(unit).strip()
    try:
        return float(decimal(-entries.BIG, entries.BIG)(plain))
    except Unreadable as why:
        raise ValueRefused(why.zh, why.en) from why


def _sheet_page(
    code: str,
    period: str,
    org_id: str,
    refused: str = "",
    given: Given | None = None,
    faults: Given | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        sheet = _sheet(session, code, period, org_id)
        held = _entries(session, sheet)
        pending = [line for line in sheet.lines if line.state is State.PENDING]
        slots = [
            _slot(line, held.get(_field(line)), given or {}, faults or {})
            for line in _open_lines(sheet)
        ]
        homes = {grant.org_path for grant in actor().grants}
        own = [slot for slot in slots if home_of(slot.line.node, sheet.org) in homes]
        to_check = [
            (line, held[_field(line)])
            for line in pending
            if may_check(actor(), line.node, sheet.org)
            and held[_field(line)].entered_by != actor().name
        ]
        return page(
            session,
            "console/indicator_sheet.html",
            sheet=sheet,
            name=indicator_words.period_name(sheet.period),
            title=_title(sheet, len(to_check), len(own), len(pending)),
            slots=own,
            on_behalf=[slot for slot in slots if slot not in own],
            unproved=[
                (line, held[_field(line)])
                for line in pending
                if line.node.needs_evidence
                and line.held is not None
                and line.held.value is not None
                and not held[_field(line)].evidence
                and may(actor(), ENTER, home_of(line.node, sheet.org))
            ],
            to_check=to_check,
            names={node.code: node for node in sheet.of.nodes},
            words=indicator_words,
            refused=refused,
        ), status


def _title(sheet: Sheet, to_check: int, own: int, pending: int) -> str:
    """Return the fact of the page: what the reader is to do, else the score."""
    said = {"name": sheet.org.short_name, "period": indicator_words.period_name(sheet.period)}
    if to_check:
        return _("%(name)s：%(period)s有%(count)s个数等您审核", count=to_check, **said)
    if own:
        return _("%(name)s：%(period)s还有%(count)s项没填", count=own, **said)
    if pending:
        return _("%(name)s：%(period)s%(count)s项等上级审核", count=pending, **said)
    if sheet.whole.score is not None:
        score = f"{sheet.whole.score:.1f}"
        return _("%(name)s：%(period)s%(score)s分", score=score, **said)
    return _("%(name)s：%(period)s的指标", **said)


def _entries(session: Session, sheet: Sheet) -> dict[str, IndicatorEntry]:
    """Return the latest entries of a sheet by their fields."""
    found = {}
    for line in sheet.lines:
        entry = session.get(IndicatorEntry, line.held.entry_id) if line.held else None
        if entry is not None:
            found[_field(line)] = entry
    return found


def _slot(line: Line, entry: IndicatorEntry | None, given: Given, faults: Given) -> Slot:
    field = _field(line)
    decision = entry.decision if entry else None
    return Slot(
        line,
        field,
        given.get(field, "")[:40],
        given.get(f"n-{field}", "")[: entries.NOTE_CHARS],
        f"x-{field}" in given,
        faults.get(field, ""),
        decision.reason if decision else "",
    )


def _history_page(
    code: str, period: str, org_id: str, node: str, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        place = entries.place_of(session, actor(), code, org_id, node, period)
        found = entries.history_of(session, place)
        sheet_period = indicator_words.sheet_period(place.of, place.period)
        whole = _sheet(session, code, sheet_period.code, org_id)
        is_open = place.period.starts_on <= today() and not whole.is_settled
        return page(
            session,
            "console/indicator_history.html",
            place=place,
            found=found,
            name=indicator_words.period_name(place.period),
            sheet_period=sheet_period,
            words=indicator_words,
            may_enter=is_open and may(actor(), ENTER, home_of(place.node, place.org)),
            may_add=is_open
            and bool(found)
            and found[0].decision is None
            and may(actor(), ENTER, home_of(place.node, place.org)),
            refused=refused,
        ), status
