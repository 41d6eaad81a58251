"""Results of other evaluations (年度考核, 党员民主评议, 行风评议): imported whole, shown beside."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports.outside import GRADES, OutsideReading
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.errors import Fault, ImportRefused
from survey.org import columns as read
from survey.org import queries as organisations
from survey.org.columns import Column, Draft, read_rows
from survey.org.models import Organisation
from survey.org.service import ImportSummary
from survey.ratings.outside_models import OutsideResult
from survey.tables import check_header, read_table

SOURCES = ("年度考核", "党员民主评议", "行风评议")
"""What the directive names; an office may import others under names of their own."""
WORDS = (
    ("source", "来源：年度考核、党员民主评议、行风评议，或别的名称"),
    ("year", "年度，如2026"),
    ("org_id", "单位代码"),
    ("org_name", "单位名称；填了就会核对"),
    ("score", "得分，0到100；只有等次的空着"),
    ("grade", f"等次：{'、'.join(GRADES)}；只有得分的空着"),
    ("note", "说明，可以空着"),
)
COLUMNS: tuple[Column, ...] = (
    Column("source", "source", read.name(40), is_expected=True, is_filled=True),
    Column("year", "year", read.whole(2000, 2100), is_expected=True, is_filled=True),
    Column("org_id", "org_id", read.identifier, is_expected=True, is_filled=True),
    Column("org_name", "name", read.line(120), empty=""),
    Column("score", "score", read.decimal(0, 100), is_expected=True),
    Column("grade", "grade", read.one_of(list(GRADES)), is_expected=True, empty=""),
    Column("note", "note", read.paragraph(300), empty=""),
)
HEAD = tuple(column.header for column in COLUMNS)


@dataclass(frozen=True)
class SourceSummary:
    """One source of one year: how many organisations it has."""

    source: str
    year: int
    count: int
    imported_at: datetime


def import_results(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> ImportSummary:
    """Add or change the results in a file; those it does not name stay as they are.

    Raises:
        ImportRefused: names every place to mend; nothing was changed.
    """
    require(actor, Action.IMPORT_SOURCES)
    table = read_table(data, file_name)
    expected = [column.header for column in COLUMNS if column.is_expected]
    optional = [column.header for column in COLUMNS if not column.is_expected]
    _refuse(check_header(table, required=expected, optional=optional))
    drafts, faults = read_rows(table, COLUMNS)
    seen = organisations.visible(session, actor, Action.IMPORT_SOURCES)
    orgs = {org.id: org for org in seen}
    rows: dict[tuple[object, ...], int] = {}
    for draft in drafts:
        faults += _org_faults(draft, orgs.get(draft.values.get("org_id", "")))
        faults += _value_faults(draft, rows)
    _refuse(faults)
    digest = hashlib.sha256(data).hexdigest()
    done = _store(session, actor, drafts, digest, now)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="sources.import",
        subject="、".join(sorted({draft.values["source"] for draft in drafts}))[:120],
        now=now,
        digest=digest,
        added=done["added"],
        changed=done["changed"],
        unchanged=done["unchanged"],
    )
    return ImportSummary(done["added"], done["changed"], done["unchanged"], table.sheet)


def results_of(
    session: Session, org_id: str, *, up_to: int, years: int = 2
) -> list[OutsideReading]:
    """Return what other evaluations said of an organisation up to the year `up_to`.

    Args:
        session: only read; the caller has checked who reads.
        org_id: of the organisation.
        up_to: the year of the round they stand beside.
        years: how many years back from it, that one included.
    """
    query = (
        select(OutsideResult)
        .where(
            OutsideResult.org_id == org_id,
            OutsideResult.year <= up_to,
            OutsideResult.year > up_to - years,
        )
        .order_by(OutsideResult.year.desc(), OutsideResult.source)
    )
    return [
        OutsideReading(each.source, each.year, each.score, each.grade, each.note)
        for each in session.scalars(query)
    ]


def list_sources(session: Session, actor: Actor) -> list[SourceSummary]:
    """Return every source by year, the latest first.

    Raises:
        NotAllowed: the actor imports none.
    """
    require(actor, Action.IMPORT_SOURCES)
    query = (
        select(
            OutsideResult.source,
            OutsideResult.year,
            func.count(),
            func.max(OutsideResult.imported_at),
        )
        .group_by(OutsideResult.source, OutsideResult.year)
        .order_by(OutsideResult.year.desc(), OutsideResult.source)
    )
    return [SourceSummary(*row) for row in session.execute(query)]


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise ImportRefused(sorted(faults, key=lambda fault: fault.row))


def _org_faults(draft: Draft, org: Organisation | None) -> list[Fault]:
    if "org_id" not in draft.values:
        return []
    if org is None:
        zh = "没有这个单位，请核对代码"
        return [draft.fault("org_id", zh, "no such organisation; check the code")]
    name = draft.values.get("name")
    if name and name not in (org.name, org.short_name):
        zh = f"{org.id}叫“{org.name}”，请核对代码和名称"
        return [draft.fault("org_name", zh, f"{org.id} has another name; check both")]
    return []


def _value_faults(draft: Draft, rows: dict[tuple[object, ...], int]) -> list[Fault]:
    values, faults = draft.values, []
    cells = draft.row.cells
    if not cells.get("score") and not cells.get("grade"):
        zh = "得分和等次至少填一个"
        faults.append(draft.fault("score", zh, "give a score or a grade"))
    key = (values.get("source"), values.get("year"), values.get("org_id"))
    first = rows.setdefault(key, draft.row.number)
    if None not in key and first != draft.row.number:
        zh = f"和第{first}行重复，请只留一行"
        faults.append(draft.fault("org_id", zh, f"repeats row {first}; keep one"))
    return faults


def _store(
    session: Session, actor: Actor, drafts: Sequence[Draft], digest: str, now: datetime
) -> Counter[str]:
    years = {draft.values["year"] for draft in drafts}
    query = select(OutsideResult).where(OutsideResult.year.in_(years))
    known: dict[tuple[object, ...], OutsideResult] = {
        (each.source, each.year, each.org_id): each for each in session.scalars(query)
    }
    done: Counter[str] = Counter()
    for draft in drafts:
        values = {name: draft.values.get(name) for name in ("source", "year", "org_id", "score")}
        values |= {name: draft.values.get(name, "") for name in ("grade", "note")}
        stored = known.get((values["source"], values["year"], values["org_id"]))
        if stored is not None and all(getattr(stored, n) == v for n, v in values.items()):
            done["unchanged"] += 1
            continue
        done["added" if stored is None else "changed"] += 1
        if stored is None:
            stored = OutsideResult()
            session.add(stored)
        for name, value in values.items():
            setattr(stored, name, value)
        stored.digest, stored.imported_by, stored.imported_at = digest, actor.name, now
    return done
