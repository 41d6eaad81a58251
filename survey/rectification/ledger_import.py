"""Take over a ledger that was kept elsewhere: all rows or none, every fault named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.errors import Fault, ImportRefused
from survey.org import columns as read
from survey.org import queries as organisations
from survey.org.columns import Column, Draft, read_rows
from survey.org.models import Organisation
from survey.org.service import ImportSummary
from survey.rectification.calendar import load_calendar
from survey.rectification.item import needs_recheck
from survey.rectification.models import RectificationItem
from survey.rectification.numbering import PATTERN, hold, reserve
from survey.rectification.old_layouts import laid_out
from survey.rectification.old_ledgers import tidied
from survey.rectification.service import (
    MAX_WORKDAYS,
    MEASURES_CHARS,
    PERSON_CHARS,
    PROBLEM_CHARS,
    REF_CHARS,
)
from survey.rectification.states import LOOKS, SOURCE_LABELS, Act, Source, State
from survey.rectification.steps import acting_role, add_transition
from survey.rectification.workdays import local_date
from survey.tables import Sheet, Table, check_header, read_table

# The domain's names of the states carry their order in front; both spellings are in use.
_DOMAIN_STATES = {
    "S0_new": State.NEW,
    "S1_assigned": State.ASSIGNED,
    "S2_accepted": State.ACCEPTED,
    "S3_in_progress": State.IN_PROGRESS,
    "S4_submitted": State.SUBMITTED,
    "S5_unit_checked": State.UNIT_CHECKED,
    "S6_verified": State.VERIFIED,
    "S7_recheck": State.RECHECK,
    "S8_closed": State.CLOSED,
    "S9_reopened": State.REOPENED,
    "SE_explained": State.EXPLAINED,
    "SX_appeal": State.APPEAL,
    "SY_longterm": State.LONGTERM,
}
SHOWN = 20
_STATES: dict[str, State] = (
    _DOMAIN_STATES
    | {state.value: state for state in State}
    | {look.label: state for state, look in LOOKS.items()}
)
_SOURCES: dict[str, Source] = {source.value: source for source in Source} | {
    label: source for source, label in SOURCE_LABELS.items()
}


def _number(text: str) -> str:
    if not PATTERN.fullmatch(text):
        raise read.Unreadable("编号请写成ZG-2026-0001", "write it as ZG-2026-0001")
    return text


COLUMNS: tuple[Column, ...] = (
    Column("item_no", "number", _number, is_expected=True, is_filled=True),
    Column("source", "source", read.one_of(_SOURCES, "来源代码，如low_score"), True, True),
    Column("source_ref", "ref", read.line(REF_CHARS), empty=""),
    Column("org_id", "org_id", read.identifier, is_expected=True, is_filled=True),
    Column("org_name", "org_name", read.line(120)),
    Column("problem", "problem", read.paragraph(PROBLEM_CHARS), True, True),
    Column("measure", "measures", read.paragraph(MEASURES_CHARS), empty=""),
    # Follows from the tree; taken so that a printed ledger fits.
    Column("responsible_unit", "", read.line(120)),
    Column("responsible_person", "person", read.line(PERSON_CHARS), empty=""),
    Column("found_date", "found", read.day, is_expected=True, is_filled=True),
    Column("limit_workdays", "limit", read.whole(1, MAX_WORKDAYS), True, True),
    Column("due_date", "due", read.day, is_expected=True, is_filled=True),
    Column("state", "state", read.one_of(_STATES, "状态，如整改中或in_progress"), True, True),
    Column("closed_date", "closed", read.day),
    # Follows from the deadline and the day.
    Column("overdue", "", read.flag),
    Column("extension_count", "extensions", read.whole(0, 2), empty=0),
    Column("reopen_count", "reopenings", read.whole(0, 99), empty=0),
    Column("recheck_n", "n", read.whole(1, 100_000)),
    Column("recheck_agree_rate", "rate", read.decimal(0, 1)),
    Column("public", "public", read.flag, empty=True),
    Column("synthetic", "", read.line(20)),
)


def import_ledger(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> ImportSummary:
    """Add the items of a ledger file, each in the state it has there.

    What happened to them before stays on paper: the history begins with the import. The file has
    only the share of a recheck that agreed; counts are rounded from it, and as the solved score
    is not known, a recheck that still runs is recorded anew before the item can be closed.

    Raises:
        NotAllowed: the actor registers no items.
        ImportRefused: names every place to mend; nothing was added.
    """
    hold(session)
    read_ = _read(session, actor, data, file_name, now)
    for draft in read_.drafts:
        session.add(_item(draft, read_.owners[draft.values["org_id"]], actor, now))
    session.flush()
    table = read_.table
    summary = ImportSummary(len(read_.drafts), 0, 0, table.sheet, others=table.others)
    audit.record(
        session,
        actor=actor.name,
        act="rectification.import",
        subject="ledger",
        now=now,
        added=summary.added,
    )
    return summary


@dataclass(frozen=True)
class PreviewRow:
    """What a row of the file would become."""

    row: int
    number: str
    problem: str
    owner: str
    person: str
    due: date
    state: State


@dataclass(frozen=True)
class Preview:
    """What a file would add: how many items, and the first of them.

    `skipped` are rows taken for sums, notes or the head once more: numbers and texts, the first of
    `skipped_count`; `others` the sheets of the workbook that were not read, besides `sheet`.
    `undated`: so many are closed without a day, and can neither be looked at again nor reopened.
    """

    total: int
    rows: tuple[PreviewRow, ...]
    sheet: str = ""
    others: tuple[str, ...] = ()
    skipped: tuple[tuple[int, str], ...] = ()
    skipped_count: int = 0
    undated: int = 0


def preview_ledger(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> Preview:
    """Return what `import_ledger` would add; nothing is stored.

    Raises:
        NotAllowed, ImportRefused: as `import_ledger`.
    """
    found = _read(session, actor, data, file_name, now)
    rows = tuple(
        PreviewRow(
            draft.row.number,
            draft.values["number"],
            draft.values["problem"],
            found.owners[draft.values["org_id"]].name,
            draft.values.get("person", ""),
            draft.values["due"],
            draft.values["state"],
        )
        for draft in found.drafts[:SHOWN]
    )
    table = found.table
    return Preview(
        len(found.drafts),
        rows,
        table.sheet,
        table.others,
        table.skipped[:SHOWN],
        len(table.skipped),
        sum(
            draft.values["state"] is State.CLOSED and draft.values.get("closed") is None
            for draft in found.drafts
        ),
    )


@dataclass(frozen=True)
class _Read:
    drafts: Sequence[Draft]
    owners: Mapping[str, Organisation]
    table: Table


def _read(session: Session, actor: Actor, data: bytes, file_name: str, now: datetime) -> _Read:
    """Return the rows of a ledger without a fault; those without a number get the next ones."""
    require(actor, Action.REGISTER_ITEMS)
    owners = {org.id: org for org in organisations.visible(session, actor, Action.REGISTER_ITEMS)}
    found = read_table(data, file_name, _ledger_on)
    tidy = tidied(found, owners.values(), load_calendar(session))
    expected = [column.header for column in COLUMNS if column.is_expected]
    optional = [column.header for column in COLUMNS if not column.is_expected]
    _refuse(check_header(tidy.table, required=expected, optional=optional), tidy.heads)
    table = tidy.table if tidy.has_numbers else _numbered(session, tidy.table, now)
    drafts, faults = read_rows(table, COLUMNS)
    unknown = {fault.row for fault in tidy.faults}
    faults = [f for f in faults if not (f.column == "org_id" and f.row in unknown)]
    faults += tidy.faults
    taken = set(session.scalars(select(RectificationItem.number)))
    rows: dict[str, int] = {}
    for draft in drafts:
        faults += _number_faults(draft, rows, taken)
        faults += _owner_faults(draft, owners) if draft.row.number not in unknown else []
        faults += _value_faults(draft)
        faults += _closing_faults(draft, local_date(now))
    _refuse(faults, tidy.heads)
    return _Read(drafts, owners, table)


def _ledger_on(sheet: Sheet) -> Sheet:
    """Return a sheet laid out; a cover sheet without a head is refused, and the others named.

    Raises:
        ImportRefused: the ledger seems to be on another sheet.
    """
    found = laid_out(sheet)
    if found is sheet and sheet.others:
        named = "、".join(sheet.others)
        zh = f"这张工作表不像台账，只读最前面的一张。没有读的还有：{named}；请把台账移到最前面"
        en = f"this sheet is no ledger, and only the first is read. Not read: {named}; move it"
        raise ImportRefused([Fault(0, "", "", zh, en, sheet.name)])
    return found


def _numbered(session: Session, table: Table, now: datetime) -> Table:
    numbers = reserve(session, local_date(now).year, len(table.rows))
    rows = (
        replace(row, cells={**row.cells, "item_no": number})
        for row, number in zip(table.rows, numbers, strict=True)
    )
    return replace(table, rows=tuple(rows))


def _refuse(faults: Sequence[Fault], heads: Mapping[str, str]) -> None:
    """Refuse a file with faults, which are named by the heads that stand in it."""
    if faults:
        named = [replace(each, column=heads.get(each.column, each.column)) for each in faults]
        raise ImportRefused(sorted(named, key=lambda fault: fault.row))


def _number_faults(draft: Draft, rows: dict[str, int], taken: set[str]) -> list[Fault]:
    number = draft.values.get("number")
    if number is None:
        return []
    first = rows.setdefault(number, draft.row.number)
    if first != draft.row.number:
        zh = f"和第{first}行重复，请只留一行"
        return [draft.fault("item_no", zh, f"repeats row {first}; keep one")]
    if number in taken:
        zh = "这个编号已经登记过，请删去这一行或换一个编号"
        return [draft.fault("item_no", zh, "this number is registered; remove the row")]
    return []


def _owner_faults(draft: Draft, owners: Mapping[str, Organisation]) -> list[Fault]:
    code, name = draft.values.get("org_id"), draft.values.get("org_name")
    if code is None:
        return []
    owner = owners.get(code)
    if owner is None:
        zh = "没有这个单位，或不归您管，请核对代码"
        return [draft.fault("org_id", zh, "no such organisation within your reach")]
    # A column of units that holds codes names nobody wrongly.
    if name and name not in (code, owner.name, owner.short_name):
        zh = f"{code}叫“{owner.name}”，请核对代码和名称"
        return [draft.fault("org_name", zh, f"{code} has another name; check both")]
    return []


def _value_faults(draft: Draft) -> list[Fault]:
    values, faults = draft.values, []
    found, due = values.get("found"), values.get("due")
    if found and due and due < found:
        zh = "期限早于发现日期，请核对"
        faults.append(draft.fault("due_date", zh, "is before the day it was found"))
    if (values.get("n") is None) != (values.get("rate") is None):
        header = "recheck_n" if values.get("n") is None else "recheck_agree_rate"
        if header in draft.row.cells and not draft.row.cells[header]:
            zh = "参评人数和同意销号率要一起填"
            faults.append(draft.fault(header, zh, "give the number and the share together"))
    return faults


def _closing_faults(draft: Draft, today: date) -> list[Fault]:
    values = draft.values
    found, closed, state = (values.get(name) for name in ("found", "closed", "state"))
    if closed is None or state is None:
        return []
    # What was taken up again had been closed once; that day tells nothing of how it stands.
    if state not in (State.CLOSED, State.REOPENED, State.VOID):
        zh = "写了销号的日子，状态却还没有销号，请改一处"
        return [draft.fault("closed_date", zh, "has a day of closing, but is not closed")]
    if found and closed < found:
        return [draft.fault("closed_date", "早于发现日期，请核对", "is before it was found")]
    if closed > today:
        return [draft.fault("closed_date", "这一天还没有到，请核对", "this day is yet to come")]
    return []


def _item(draft: Draft, owner: Organisation, actor: Actor, now: datetime) -> RectificationItem:
    values = draft.values
    n, rate = values.get("n"), values.get("rate")
    agree = round(n * rate) if n is not None and rate is not None else None
    state, source = values["state"], values["source"]
    item = RectificationItem(
        number=values["number"],
        source=source.value,
        source_ref=values.get("ref", ""),
        org_id=owner.id,
        problem=values["problem"],
        measures=values.get("measures", ""),
        responsible_person=values.get("person", "") or owner.secretary_name,
        state=state.value,
        registered_on=values["found"],
        limit_workdays=values["limit"],
        due_on=values["due"],
        extension_count=values.get("extensions", 0),
        reopen_count=values.get("reopenings", 0),
        needs_recheck=needs_recheck(source, reopen_count=values.get("reopenings", 0)),
        recheck_n=n,
        recheck_agree=agree,
        recheck_disagree=None if agree is None else n - agree,
        is_public=values.get("public", True),
        closed_on=values.get("closed") if state is State.CLOSED else None,
    )
    role = acting_role(actor, owner, Action.REGISTER_ITEMS)
    add_transition(item, actor, role, Act.IMPORT, None, now, f"台账第{draft.row.number}行")
    return item
