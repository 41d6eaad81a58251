"""Ledgers as offices keep them on paper and in Excel, brought into the columns of our own file.

Heads have other names, digits and codes come in full width, owners are named instead of coded,
numbers and limits are missing. What can be told for certain is filled in; the rest stays as it is
and is named as a fault by whoever reads the rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from survey.errors import Fault
from survey.org import columns as read
from survey.org.models import Organisation
from survey.rectification.workdays import Calendar, workdays_between
from survey.tables import Row, Table, shown

HEADS: Mapping[str, tuple[str, ...]] = {
    "item_no": ("问题编号", "编号", "台账编号"),
    "source": ("问题来源", "来源", "来源渠道"),
    "org_id": ("单位代码", "责任单位代码", "组织代码"),
    "org_name": ("责任单位", "整改单位", "责任支部", "单位名称", "责任主体"),
    "problem": ("问题描述", "问题", "存在问题", "具体问题", "主要问题"),
    "measure": ("整改措施", "措施", "整改内容"),
    "responsible_unit": ("主管单位", "上级单位", "牵头单位"),
    "responsible_person": ("责任人", "整改责任人", "负责人"),
    "found_date": ("发现日期", "登记日期", "挂号日期", "发现时间", "登记时间"),
    "limit_workdays": ("整改期限（工作日）", "期限（工作日）", "时限（工作日）", "工作日"),
    "due_date": ("整改时限", "完成时限", "到期日", "整改期限", "完成时间", "限期"),
    "state": ("状态", "整改状态", "进展", "完成情况", "销号情况", "是否销号"),
    "closed_date": (
        "销号日期", "销号时间", "办结日期", "办结时间", "实际完成日期", "实际完成时间",
        "完成日期", "整改完成时间", "整改完成日期",
    ),
    "reopen_count": ("复号次数",),
    "extension_count": ("延期次数",),
}  # fmt: skip
MAX_NEAR = 50
"""How many unknown owners of one file are compared with all the known ones."""
DROPPED = ("序号", "备注", "佐证材料", "验收人", "验收日期", "验收人、验收日期")
STATES: Mapping[str, str] = {
    **dict.fromkeys(("已完成", "已整改", "整改完成", "是", "完成"), "已销号"),
    **dict.fromkeys(("未销号", "否", "正在整改", "未完成", "推进中"), "整改中"),
    **dict.fromkeys(("未开始", "未受理"), "待受理"),
}
DATED = re.compile(r"(已销号|已完成|已整改|整改完成|完成)[\s，,：:（(]*(20\d\d[^\s）)]+)[）)]?")
"""Done, and when, in one cell."""
PLAIN = (
    "item_no", "org_id", "found_date", "due_date", "closed_date", "limit_workdays", "reopen_count",
    "extension_count",
)  # fmt: skip


@dataclass(frozen=True)
class Tidied:
    """The table in our columns, and the faults of owners that cannot be told.

    `heads` has what the file itself calls each of our columns, for those who mend it.
    """

    table: Table
    faults: tuple[Fault, ...]
    has_numbers: bool
    heads: Mapping[str, str]


def tidied(table: Table, owners: Iterable[Organisation], calendar: Calendar) -> Tidied:
    """Return `table` in the columns of our own file; one that has them stays as it is."""
    names = _names(table.header)
    by_name: dict[str, str] = {}
    for org in owners:
        for name in (org.name, org.short_name, org.id):
            # A name that two have tells neither.
            by_name[name] = "" if by_name.get(name, org.id) != org.id else org.id
    faults: list[Fault] = []
    near: dict[str, str] = {}
    rows = tuple(_row(row, names, by_name, calendar, faults, near) for row in table.rows)
    header = list(dict.fromkeys(name for name in names.values() if name))
    has_days = any(row.cells.get("closed_date") for row in rows)
    derived = ("org_id", "limit_workdays", *(("closed_date",) if has_days else ())) if rows else ()
    header += [name for name in derived if name not in header]
    has_numbers = "item_no" in header
    if not has_numbers:
        header.insert(0, "item_no")
    return Tidied(
        replace(table, header=tuple(header), rows=rows), tuple(faults), has_numbers, _heads(names)
    )


def _names(header: tuple[str, ...]) -> dict[str, str]:
    """Return what each head is called in our file; empty for what is dropped."""
    known = {alias: name for name, aliases in HEADS.items() for alias in aliases}
    found: dict[str, str] = {}
    for head in header:
        plain = unicodedata.normalize("NFKC", head).replace("(", "（").replace(")", "）").strip()
        name = "" if plain in DROPPED else known.get(plain, head)
        # Of two heads that mean the same, the first counts.
        found[head] = "" if name in found.values() else name
    return found


def _heads(names: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the file calls our columns; one that it lacks has its usual name there."""
    own = {name: head for head, name in names.items() if name}
    is_ours = all(head == name for name, head in own.items())
    return own if is_ours else {name: heads[0] for name, heads in HEADS.items()} | own


def _row(
    row: Row,
    names: Mapping[str, str],
    by_name: Mapping[str, str],
    calendar: Calendar,
    faults: list[Fault],
    near: dict[str, str],
) -> Row:
    cells = {name: row.cells.get(head, "") for head, name in names.items() if name}
    for name in PLAIN:
        if name in cells:
            cells[name] = unicodedata.normalize("NFKC", cells[name]).strip()
    state = cells.get("state", "")
    # Ledgers that have no column for it, our own among them, write the day beside the word.
    if not cells.get("closed_date") and (dated := DATED.fullmatch(state)):
        state, cells["closed_date"] = dated.groups()
    cells["state"] = STATES.get(state, state)
    if not cells.get("org_id"):
        cells["org_id"], fault = _owner(row, cells.get("org_name", ""), by_name, near)
        faults += [fault] if fault else []
    if not cells.get("limit_workdays"):
        cells["limit_workdays"] = _limit(cells, calendar)
    return Row(row.number, {"item_no": "", **cells})


def _owner(
    row: Row, name: str, by_name: Mapping[str, str], near: dict[str, str]
) -> tuple[str, Fault | None]:
    """Return the code of the owner called `name`, or a fault that proposes whom it may mean.

    `near` remembers what was proposed: a name is compared with those of the whole district once,
    and only the first MAX_NEAR are.
    """
    if by_name.get(name):
        return by_name[name], None
    if name and name not in near and len(near) < MAX_NEAR:
        close = get_close_matches(name, by_name, n=3, cutoff=0.5)
        near[name] = "、".join(f"{each}（{by_name[each]}）" for each in close if by_name[each])
    named = near.get(name)
    zh = f"没有这个单位，是不是：{named}" if named else "没有这个单位，或不归您管，请写全称或代码"
    en = f"no such organisation; did you mean: {named}" if named else "no such organisation"
    return "", Fault(row.number, "责任单位", shown(name), zh, en)


def _limit(cells: Mapping[str, str], calendar: Calendar) -> str:
    """Return the working days from found to due; empty where either day cannot be read."""
    try:
        found, due = (read.day(cells.get(name, "")) for name in ("found_date", "due_date"))
    except read.Unreadable:
        return ""
    if not (isinstance(found, date) and isinstance(due, date)):
        return ""
    return str(max(1, workdays_between(calendar, found, due)))
