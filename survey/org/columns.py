"""What the columns of the import files hold: how each cell is read, and what to write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from survey.errors import Fault
from survey.org.models import Level
from survey.tables import Row, Table, shown

LEVELS = {
    "district": Level.DISTRICT.value,
    "unit": Level.UNIT.value,
    "branch": Level.BRANCH.value,
    "window": Level.WINDOW.value,
}
LEVEL_NAMES = {"district": "区", "unit": "单位", "branch": "党支部", "window": "窗口"}
# domain.md 1.1: the strata of comparison; an office that needs another adds it here.
SECTORS = (
    "农村",
    "社区",
    "机关",
    "非公企业",
    "社会组织",
    "窗口单位",
    "学校",
    "国企",
    "医院",
    "高校",
    "金融",
)
UNIT_TYPES = ("区", "镇区园", "部门", "党支部", "服务窗口")
GENDERS = ("男", "女")
MEMBER_CATEGORIES = ("正式党员", "预备党员")
COMMITMENT_STATES = ("in_progress", "partly", "completed", "overdue")
ADULT_YEARS = 18

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?( 00:00(:00)?)?")
_NAME_MARKS = frozenset(" ·•‧・.'’-()（）")


class Unreadable(Exception):
    """A cell cannot be read; `zh` and `en` say what to write instead."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    """One column of a file.

    `attribute` is what it fills; a column without one is checked and dropped. `is_expected`: the
    header must have it; `is_filled`: so must every row. `empty` is what an empty cell means.
    """

    header: str
    attribute: str
    read: Reader
    is_expected: bool = False
    is_filled: bool = False
    empty: Any = None


@dataclass(frozen=True)
class Draft:
    """A row that was read: the row itself, and the values by attribute that could be read."""

    row: Row
    values: Mapping[str, Any]

    def fault(self, header: str, zh: str, en: str) -> Fault:
        """Return a fault in this row."""
        return fault_in(self.row, header, zh, en)


def fault_in(row: Row, header: str, zh: str, en: str) -> Fault:
    """Return a fault of one cell of `row`."""
    return Fault(row.number, header, shown(row.cells.get(header, "")), zh, en)


def read_rows(table: Table, columns: Sequence[Column]) -> tuple[list[Draft], list[Fault]]:
    """Return every row with the values that could be read, and a fault for each that could not."""
    drafts, faults = [], []
    present = [column for column in columns if column.header in table.header]
    for row in table.rows:
        values: dict[str, Any] = {}
        for column in present:
            text = row.cells[column.header]
            if not text and column.is_filled:
                faults.append(
                    fault_in(row, column.header, "没有填，请填上", "is empty; fill it in")
                )
                continue
            try:
                value = column.read(text) if text else column.empty
            except Unreadable as why:
                faults.append(fault_in(row, column.header, why.zh, why.en))
                continue
            if column.attribute:
                values[column.attribute] = value
        drafts.append(Draft(row, values))
    return drafts, faults


def identifier(text: str) -> str:
    """Read an office's own code."""
    if not _ID.fullmatch(text):
        raise Unreadable(
            "代码请用半角字母和数字，如B012，最多32个字符",
            "codes take letters and digits such as B012, at most 32",
        )
    return text


def line(limit: int) -> Reader:
    """Return a reader of one line of text of at most `limit` characters."""

    def read(text: str) -> str:
        if "\n" in text:
            raise Unreadable("里面有换行，请改成一行", "write it in one line")
        return _within(text, limit)

    return read


def paragraph(limit: int) -> Reader:
    """Return a reader of text of at most `limit` characters, line breaks included."""
    return lambda text: _within(text, limit)


def name(limit: int) -> Reader:
    """Return a reader of what an organisation is called: one line with a letter in it."""
    one_line = line(limit)

    def read(text: str) -> str:
        if not any(character.isalpha() for character in text):
            raise Unreadable("这不像名称，请填写名称", "this is no name; write the name")
        return str(one_line(text))

    return read


def person(limit: int) -> Reader:
    """Return a reader of a person's name."""
    called = name(limit)

    def read(text: str) -> str:
        for character in text:
            if unicodedata.category(character)[0] not in "LMN" and character not in _NAME_MARKS:
                raise Unreadable(
                    "姓名里有别的符号，请只填姓名", "write the name only, no other signs"
                )
        return str(called(text))

    return read


def whole(low: int, high: int) -> Reader:
    """Return a reader of a whole number from `low` to `high`."""

    def read(text: str) -> int:
        value = _number(text, "请改成数字，如12", "write a number, such as 12")
        if value != int(value):
            raise Unreadable("请改成整数，如12", "write a whole number, such as 12")
        if not low <= value <= high:
            raise Unreadable(f"应在{low}到{high}之间，请核对", f"must be from {low} to {high}")
        return int(value)

    return read


def decimal(low: float, high: float) -> Reader:
    """Return a reader of a number from `low` to `high`."""

    def read(text: str) -> float:
        value = _number(text, "请改成数字，如86.5", "write a number, such as 86.5")
        if not low <= value <= high:
            raise Unreadable(
                f"应在{low:g}到{high:g}之间，请核对", f"must be from {low:g} to {high:g}"
            )
        return value

    return read


def one_of(values: Mapping[str, Any] | Collection[str], explained: str = "") -> Reader:
    """Return a reader of a closed list; a mapping says what each word stands for."""
    meanings = values if isinstance(values, Mapping) else {value: value for value in values}
    zh = f"请填{explained or '、'.join(values)}"
    en = f"write one of {', '.join(values)}"

    def read(text: str) -> Any:
        if text not in meanings:
            raise Unreadable(zh, en)
        return meanings[text]

    return read


def flag(text: str) -> bool:
    """Read 1 or 0."""
    if text not in ("0", "1"):
        raise Unreadable("请填1（是）或0（否）", "write 1 (yes) or 0 (no)")
    return text == "1"


def day(text: str) -> date:
    """Read a day, 2026-03-05 or 2026/3/5, between 1949 and 2100."""
    parts = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
    try:
        if not parts:
            raise ValueError
        value = date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        raise Unreadable("请改成日期，如2026-03-05", "write a day, such as 2026-03-05") from None
    if not 1949 <= value.year <= 2100:
        raise Unreadable("年份不对，请核对", "the year cannot be right")
    return value


def _number(text: str, zh: str, en: str) -> float:
    plain = unicodedata.normalize("NFKC", text)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise Unreadable(zh, en)
    return float(plain)


def _within(text: str, limit: int) -> str:
    if len(text) > limit:
        over = len(text) - limit
        raise Unreadable(f"超出{over}字，请删短一点", f"is {over} characters too long")
    return text
