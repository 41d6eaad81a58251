"""Values of many organisations from one file: all rows or none, every fault named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, may, require
from survey.errors import Fault, ImportRefused
from survey.indicators import entries
from survey.indicators.entries import BIG, NOTE_CHARS, Place
from survey.indicators.models import IndicatorNode, IndicatorSet
from survey.indicators.periods import Cycle, Period, PeriodUnknown, read_period
from survey.indicators.sets import leaves
from survey.indicators.standings import (
    State,
    held_in,
    home_of,
    is_settled,
    measured,
    settled_of,
)
from survey.org import columns as read
from survey.org.columns import Column, Draft, Unreadable, read_rows
from survey.org.models import Organisation
from survey.org.service import ImportSummary
from survey.tables import check_header, read_table

NOT_APPLICABLE = "不适用"


@dataclass(frozen=True)
class TemplateRow:
    """One line of a template: a value that is still to be entered."""

    org: Organisation
    node: IndicatorNode
    period: Period


def _period(text: str) -> Period:
    try:
        # A spreadsheet makes a day of 2026-07 that somebody typed.
        return read_period(text.removesuffix("-01") if text.count("-") == 2 else text)
    except PeriodUnknown as unknown:
        raise Unreadable("请写2026-07、2026Q3或2026", "write 2026-07, 2026Q3 or 2026") from unknown


def _value(text: str) -> float | str:
    if text in (NOT_APPLICABLE, "n/a"):
        return NOT_APPLICABLE
    return float(read.decimal(-BIG, BIG)(text))


COLUMNS: tuple[Column, ...] = (
    Column("org_id", "org_id", read.identifier, is_expected=True, is_filled=True),
    # Names are for whoever fills the file in; the codes count.
    Column("org_name", "", read.line(120)),
    Column("indicator", "node", read.identifier, is_expected=True, is_filled=True),
    Column("indicator_name", "", read.line(80)),
    Column("unit", "", read.line(20)),
    Column("period", "period", _period, is_expected=True, is_filled=True),
    Column("value", "value", _value, is_expected=True, is_filled=True),
    Column("note", "note", read.paragraph(NOTE_CHARS), empty=""),
)


def import_entries(
    session: Session,
    actor: Actor,
    of: IndicatorSet,
    data: bytes,
    file_name: str,
    *,
    today: date,
    now: datetime,
) -> ImportSummary:
    """Enter the values of a file; each waits for the superior like one typed in.

    A value that stands there already and differs is a correction and needs a note.

    Raises:
        ImportRefused: names every place to mend; nothing was entered.
    """
    require(actor, Action.ENTER_INDICATORS)
    sheet, drafts, faults = _read(data, file_name)
    orgs = {
        org.id: org for org in measured(session, of) if may(actor, Action.SEE_INDICATORS, org.path)
    }
    settled = settled_of(session, of)
    rows: dict[tuple[str, ...], int] = {}
    places: list[tuple[Draft, Place]] = []
    for draft in drafts:
        found, place = _placed(actor, of, draft, orgs)
        faults += found
        if place is not None:
            faults += _period_faults(draft, place, settled, today)
            faults += _repeated(draft, place, rows)
            places.append((draft, place))
    held = held_in(session, of, {place.period.code for _, place in places}, orgs)
    done = {"added": 0, "changed": 0, "unchanged": 0}
    wanted: list[tuple[Place, float | None, str]] = []
    for draft, place in places:
        known = held.get((place.org.id, place.node.code, place.period.code))
        value, note = draft.values.get("value"), draft.values.get("note", "")
        number = None if value == NOT_APPLICABLE else value
        if known and known.value == number and known.state is not State.RETURNED:
            done["unchanged"] += 1
            continue
        done["changed" if known else "added"] += 1
        if value is not None:
            faults += _note_faults(draft, number, note, known.state if known else None)
        wanted.append((place, number, note))
    _refuse(faults)
    for place, number, note in wanted:
        entries.enter(session, actor, place, number, note, today=today, now=now)
    return ImportSummary(done["added"], done["changed"], done["unchanged"], sheet)


def _read(data: bytes, file_name: str) -> tuple[str, list[Draft], list[Fault]]:
    table = read_table(data, file_name)
    expected = [column.header for column in COLUMNS if column.is_expected]
    optional = [column.header for column in COLUMNS if not column.is_expected]
    _refuse(check_header(table, required=expected, optional=optional))
    drafts, faults = read_rows(table, COLUMNS)
    return table.sheet, drafts, faults


def to_fill(
    session: Session, actor: Actor, of: IndicatorSet, period: Period, *, today: date
) -> list[TemplateRow]:
    """Return what `actor` may still enter in `period`: the lines of a template."""
    orgs = [o for o in measured(session, of) if may(actor, Action.SEE_INDICATORS, o.path)]
    parts = {node.code: period.parts(Cycle(node.cycle)) for node in leaves(of)}
    codes = {part.code for each in parts.values() for part in each}
    held = held_in(session, of, codes, [org.id for org in orgs])
    return [
        TemplateRow(org, node, part)
        for org in orgs
        for node in leaves(of)
        if may(actor, Action.ENTER_INDICATORS, home_of(node, org)) and not node.needs_evidence
        for part in parts[node.code]
        if part.starts_on <= today
        and (
            (known := held.get((org.id, node.code, part.code))) is None
            or known.state is State.RETURNED
        )
    ]


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise ImportRefused(sorted(faults, key=lambda fault: fault.row))


def _placed(
    actor: Actor, of: IndicatorSet, draft: Draft, orgs: Mapping[str, Organisation]
) -> tuple[list[Fault], Place | None]:
    values, faults = draft.values, []
    org = orgs.get(values.get("org_id", ""))
    nodes = {node.code: node for node in leaves(of)}
    node = nodes.get(values.get("node", ""))
    period = values.get("period")
    if "org_id" in values and org is None:
        zh = "这套指标不考核这个单位，或不归您管，请核对代码"
        faults.append(draft.fault("org_id", zh, "not measured by this set within your reach"))
    if "node" in values and node is None:
        zh = f"没有这项计分指标，请填{'、'.join(nodes)}"
        faults.append(draft.fault("indicator", zh, f"write one of {', '.join(nodes)}"))
    if node is None or org is None or period is None:
        return faults, None
    if not may(actor, Action.ENTER_INDICATORS, home_of(node, org)):
        zh = "这项由上级填报，请删去这一行"
        return [*faults, draft.fault("indicator", zh, "is entered above; remove the row")], None
    if node.needs_evidence:
        zh = "这项要附佐证材料，请在页面上填报，删去这一行"
        return [*faults, draft.fault("indicator", zh, "needs evidence; enter it on its page")], None
    return faults, Place(of, node, org, period)


def _period_faults(
    draft: Draft, place: Place, settled: tuple[Period, ...], today: date
) -> list[Fault]:
    period = place.period
    if period.cycle is not Cycle(place.node.cycle):
        kind = {"month": "按月，如2026-07", "quarter": "按季，如2026Q3", "year": "按年，如2026"}
        zh = f"这项{kind[place.node.cycle]}"
        return [draft.fault("period", zh, f"is entered by {place.node.cycle}")]
    if period.starts_on < place.of.starts_on:
        zh = f"这套指标从{place.of.starts_on}起用，请核对"
        return [draft.fault("period", zh, f"this set begins on {place.of.starts_on}")]
    if period.starts_on > today:
        return [draft.fault("period", "还没有开始，到时再填", "has not begun")]
    if is_settled(settled, period):
        return [draft.fault("period", "已经定稿，不能再填", "is settled")]
    return []


def _repeated(draft: Draft, place: Place, rows: dict[tuple[str, ...], int]) -> list[Fault]:
    key = (place.org.id, place.node.code, place.period.code)
    first = rows.setdefault(key, draft.row.number)
    if first == draft.row.number:
        return []
    zh = f"和第{first}行重复，请只留一行"
    return [draft.fault("indicator", zh, f"repeats row {first}; keep one")]


def _note_faults(draft: Draft, number: float | None, note: str, state: State | None) -> list[Fault]:
    if note:
        return []
    if number is None:
        return [draft.fault("note", "不适用的，请写明为什么", "say why it does not apply")]
    if state in (State.PENDING, State.APPROVED):
        zh = "已经填过另一个数，更正请写明理由"
        return [draft.fault("note", zh, "another value stands there; say why it changes")]
    return []
