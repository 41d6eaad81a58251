"""Take over the organisation tree, the roster and the commitments from files: all rows or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.typefaces import missing_characters
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.errors import Fault, ImportRefused
from survey.org import formats
from survey.org.columns import ADULT_YEARS, Column, Draft, read_rows
from survey.org.models import Commitment, Level, Member, Organisation
from survey.org.tree import Directory, merged, paths, tree_faults
from survey.tables import Table, check_header, read_table

Record = TypeVar("Record", Organisation, Member, Commitment)

# A row that others refer to is stored before them.
_LEVEL_ORDER = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True)
class ImportSummary:
    """What an import did, in rows; `sheet` is the sheet that was read, empty for CSV."""

    added: int
    changed: int
    unchanged: int
    sheet: str = ""
    unprintable: tuple[str, ...] = ()
    """Values with characters that no bundled font has: these would be printed as boxes."""
    others: tuple[str, ...] = ()
    """Sheets of the workbook that have something in them and were not read."""


def import_organisations(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> ImportSummary:
    """Add or change the organisations in a file; those it does not name stay as they are.

    Raises:
        ImportRefused: names every place to mend; nothing was changed.
    """
    require(actor, Action.IMPORT_ORGANISATIONS)
    table, drafts, faults = _read(data, file_name, formats.organisation_columns(now.date()))
    stored = _stored(session, Organisation)
    directory = merged(stored.values(), drafts)
    faults += _repeated(drafts, "org_id", stored)
    faults += tree_faults(drafts, stored, directory)
    _refuse(faults)
    placed = paths(directory)
    drafts = [
        replace(draft, values={**draft.values, "path": placed[draft.values["id"]]})
        for draft in sorted(drafts, key=lambda draft: _LEVEL_ORDER[draft.values["level"]])
    ]
    summary = _store(session, Organisation, drafts, stored, table.sheet)
    # A unit that moved takes along what is below it.
    for code, known in stored.items():
        if known.path != placed[code]:
            known.path = placed[code]
    return _recorded(session, actor, "organisations", summary, now)


def import_members(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> ImportSummary:
    """Add or change the party members in a file; those it does not name stay as they are.

    Raises:
        ImportRefused: names every place to mend; nothing was changed.
    """
    require(actor, Action.IMPORT_ORGANISATIONS)
    table, drafts, faults = _read(data, file_name, formats.member_columns(now.date()))
    directory = merged(_stored(session, Organisation).values(), ())
    stored = _stored(session, Member)
    faults += _repeated(drafts, "member_id", stored)
    for draft in drafts:
        faults += _reference_faults(draft, "branch_id", directory, [Level.BRANCH])
        born, joined = draft.values.get("birth_year"), draft.values.get("join_year")
        if born and joined and joined < born + ADULT_YEARS:
            zh = f"入党时不满{ADULT_YEARS}岁，请核对出生年和入党年"
            faults.append(draft.fault("join_year", zh, "joined before coming of age; check years"))
    _refuse(faults)
    summary = _store(session, Member, drafts, stored, table.sheet)
    return _recorded(session, actor, "members", summary, now)


def import_commitments(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> ImportSummary:
    """Add or change the public commitments in a file; those it does not name stay as they are.

    Raises:
        ImportRefused: names every place to mend; nothing was changed.
    """
    require(actor, Action.IMPORT_ORGANISATIONS)
    table, drafts, faults = _read(data, file_name, formats.commitment_columns())
    directory = merged(_stored(session, Organisation).values(), ())
    stored = _stored(session, Commitment)
    faults += _repeated(drafts, "commitment_id", stored)
    faults += _same_commitments(drafts, stored)
    for draft in drafts:
        faults += _reference_faults(draft, "org_id", directory, list(Level))
        faults += _reference_faults(draft, "approved_by", directory, [Level.DISTRICT, Level.UNIT])
        faults += _commitment_faults(draft, directory)
    _refuse(faults)
    summary = _store(session, Commitment, drafts, stored, table.sheet)
    return _recorded(session, actor, "commitments", summary, now)


def _read(
    data: bytes, file_name: str, columns: Sequence[Column]
) -> tuple[Table, list[Draft], list[Fault]]:
    table = read_table(data, file_name)
    expected = [column.header for column in columns if column.is_expected]
    optional = [column.header for column in columns if not column.is_expected]
    _refuse(check_header(table, required=expected, optional=optional))
    drafts, faults = read_rows(table, columns)
    return table, drafts, faults


def _refuse(faults: Collection[Fault]) -> None:
    if faults:
        raise ImportRefused(sorted(faults, key=lambda fault: fault.row))


def _stored(session: Session, kind: type[Record]) -> dict[str, Record]:
    return {record.id: record for record in session.scalars(select(kind))}


def _repeated(drafts: Iterable[Draft], header: str, known: Iterable[str]) -> list[Fault]:
    """Return a fault for every code that stands twice, or differs from another only in case.

    Codes become names of files, which some systems do not tell apart by case.
    """
    faults = []
    spelled = {code.casefold(): code for code in known}
    rows: dict[str, int] = {}
    for draft in drafts:
        if not (code := draft.values.get("id")):
            continue
        row = rows.setdefault(code.casefold(), draft.row.number)
        other = spelled.get(code.casefold(), code)
        if row != draft.row.number:
            zh = f"和第{row}行重复，请只留一行"
            faults.append(draft.fault(header, zh, f"repeats row {row}; keep one"))
        elif other != code:
            zh = f"和已有的{other}只差大小写，请写成一样"
            faults.append(draft.fault(header, zh, f"differs from {other} only in case"))
    return faults


def _reference_faults(
    draft: Draft, header: str, directory: Directory, levels: Sequence[Level]
) -> list[Fault]:
    code = draft.values.get(header)
    if not code:
        return []
    node = directory.nodes.get(code)
    if node is None:
        return [draft.fault(header, *directory.unknown(code, levels))]
    if node.level not in levels:
        return [draft.fault(header, *directory.unfit(code, levels))]
    return []


def _commitment_faults(draft: Draft, directory: Directory) -> list[Fault]:
    values, faults = draft.values, []
    node = directory.nodes.get(values.get("org_id", ""))
    written = draft.row.cells.get("org_level")
    if node and written and written != node.level:
        zh = f"{node.id}的层次是{node.level}，请核对"
        faults.append(draft.fault("org_level", zh, f"{node.id} is a {node.level}"))
    due, published = values.get("due_on"), values.get("published_on")
    if due and published and due < published:
        zh = "期限早于公布日期，请核对"
        faults.append(draft.fault("due_date", zh, "is before the day of publication"))
    return faults


def _same_commitments(drafts: Iterable[Draft], stored: Mapping[str, Commitment]) -> list[Fault]:
    """Return a fault for every commitment that an organisation has twice in a year."""
    named = {draft.values.get("id") for draft in drafts}
    taken: dict[tuple[object, ...], str] = {}
    for known in stored.values():
        if known.id not in named:
            taken[known.org_id, known.year, known.seq] = known.id
            taken[known.org_id, known.year, known.content] = known.id
    faults = []
    for draft in drafts:
        values = draft.values
        for header in ("seq", "content"):
            key = (values.get("org_id"), values.get("year"), values.get(header))
            other = taken.setdefault(key, values.get("id", "")) if None not in key else ""
            if other and other != values.get("id"):
                zh = f"和{other}重复，请只留一条"
                faults.append(draft.fault(header, zh, f"repeats {other}; keep one"))
                break
    return faults


def _store(
    session: Session,
    kind: type[Record],
    drafts: Sequence[Draft],
    stored: Mapping[str, Record],
    sheet: str,
) -> ImportSummary:
    done: Counter[str] = Counter()
    for draft in drafts:
        record = stored.get(draft.values["id"])
        if record is None:
            session.add(kind(**draft.values))
            done["added"] += 1
            continue
        changes = {
            attribute: value
            for attribute, value in draft.values.items()
            if getattr(record, attribute) != value
        }
        for attribute, value in changes.items():
            setattr(record, attribute, value)
        done["changed" if changes else "unchanged"] += 1
    return ImportSummary(
        done["added"], done["changed"], done["unchanged"], sheet, _unprintable(drafts)
    )


def _unprintable(drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Name the values that documents could not print whole, with the row of each."""
    found = []
    for draft in drafts:
        for value in draft.values.values():
            lacking = missing_characters(value) if isinstance(value, str) else ""
            if lacking:
                codes = "、".join(f"{each} U+{ord(each):04X}" for each in lacking)
                found.append(f"{draft.row.number}: {value}（{codes}）")
    return tuple(found)


def _recorded(
    session: Session, actor: Actor, subject: str, summary: ImportSummary, now: datetime
) -> ImportSummary:
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="org.import",
        subject=subject,
        now=now,
        added=summary.added,
        changed=summary.changed,
        unchanged=summary.unchanged,
    )
    return summary
