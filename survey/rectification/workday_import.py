"""Import the arrangement of a year's holidays and 调休, as the State Council publishes it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.errors import Fault, ImportRefused
from survey.rectification.calendar import load_calendar
from survey.rectification.models import Workday
from survey.rectification.workdays import SATURDAY
from survey.tables import Row, check_header, read_table

COLUMNS = ("day", "is_working", "name")
KINDS = {"0": False, "休": False, "放假": False, "1": True, "班": True, "上班": True}
NAME_CHARS = 40
FEWEST_DAYS = 7
"""A year has at least seven holidays off; a file with fewer lacks some."""
WARNED_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Imported:
    """The years that the file replaced, and how many days it named."""

    years: tuple[int, ...]
    days: int


def import_workdays(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> Imported:
    """Keep the days of a table (.csv or .xlsx); it replaces the years it names whole.

    Columns: day (2027-01-01), is_working (0 or 休: off; 1 or 班: worked), name. All rows or none.

    Raises:
        NotAllowed: the calendar is the district's.
        ImportRefused: every bad row, by its number, with what to do.
    """
    require(actor, Action.RUN_ROUNDS)
    table = read_table(data, file_name)
    if wrong := check_header(table, required=COLUMNS[:2], optional=COLUMNS[2:]):
        raise ImportRefused(wrong)
    faults: list[Fault] = []
    found: dict[date, Workday] = {}
    for row in table.rows:
        made = _read(row, found, faults, table.sheet)
        if made is not None:
            found[made.day] = made
    counts = Counter(day.year for day, each in found.items() if not each.is_working)
    for year in sorted({day.year for day in found}):
        if counts[year] < FEWEST_DAYS and not faults:
            zh = f"{year}年只有{counts[year]}个放假的工作日，一年至少有{FEWEST_DAYS}个，请补全"
            en = f"only {counts[year]} days off in {year}; a year has at least {FEWEST_DAYS}"
            faults.append(Fault(0, "day", str(year), zh, en, table.sheet))
    if faults or not found:
        empty = Fault(0, "", "", "文件里没有一天", "the file names no day", table.sheet)
        raise ImportRefused(faults or [empty])
    years = sorted({day.year for day in found})
    for year in years:
        span = Workday.day.between(date(year, 1, 1), date(year, 12, 31))
        session.execute(delete(Workday).where(span))
    session.add_all(found.values())
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="rectification.import_workdays",
        subject="、".join(map(str, years)),
        now=now,
        days=len(found),
    )
    return Imported(tuple(years), len(found))


def missing_years(session: Session, today: date) -> tuple[int, ...]:
    """Return the years whose holidays are needed now and not known: this one and, soon, the next.

    The State Council publishes a year's arrangement in the autumn before it.
    """
    years = {today.year, (today + WARNED_BEFORE).year}
    return tuple(sorted(years - load_calendar(session).years))


def _read(row: Row, found: dict[date, Workday], faults: list[Fault], sheet: str) -> Workday | None:
    def fault(column: str, zh: str, en: str) -> None:
        faults.append(Fault(row.number, column, row.cells.get(column, ""), zh, en, sheet))

    try:
        day = date.fromisoformat(row.cells["day"].replace("/", "-"))
    except ValueError:
        fault("day", "不是日期，请写成2027-01-01", "not a day; write it as 2027-01-01")
        return None
    kind = KINDS.get(row.cells["is_working"])
    if kind is None:
        fault("is_working", "请填0（放假）或1（上班）", "write 0 (off) or 1 (worked)")
        return None
    if day in found:
        fault("day", "这一天写了两次，请删去一行", "this day is named twice; remove one row")
        return None
    if kind is (day.weekday() < SATURDAY):
        usual = ("周末本来就放假", "is a weekend anyway"), ("本来就是工作日", "is worked anyway")
        zh, en = usual[kind]
        fault("is_working", f"{zh}，不用写这一行", f"this day {en}; remove the row")
        return None
    return Workday(day=day, is_working=kind, name=row.cells.get("name", "")[:NAME_CHARS])
