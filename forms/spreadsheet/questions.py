"""The sheet `survey`: groups become sections, rows become items."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from forms.definition import ACKNOWLEDGED, DEFAULT_LANGUAGE, Item, ItemKind, Section, Wording
from forms.spreadsheet.choices import OptionLists
from forms.spreadsheet.columns import SURVEY, Grid
from forms.spreadsheet.faults import FormFault
from forms.spreadsheet.measures import flag
from forms.spreadsheet.workbook import Row

METADATA = frozenset({"start", "end", "today"})
HIDDEN = frozenset({"org_id", "round_id", "ballot_token", "item_no"})
"""Dropped: the platform knows these, and times of answers are not kept at all."""

CHOICE_TYPE = re.compile(r"(select[_ ]one|select[_ ]multiple)\s+(\S+)")
INSERTED_ANSWER = "${"
PLAIN_TYPES = frozenset(ItemKind) - {ItemKind.SINGLE_CHOICE, ItemKind.MULTIPLE_CHOICE}
IMAGE_PARAMETERS = re.compile(r"(?:max-pixels=\d+)?")
"""Pictures are made smaller than any of these when they arrive, so the wish is always met."""

RANGE_PARAMETER = re.compile(r"(start|end|step)=(-?\d{1,9}(?:\.\d{1,6})?)")


@dataclass
class Draft:
    """The questions read so far; rows stand beside items and sections for messages.

    `refused` holds the names of rows that are not supported, so that a condition that reads one
    is not reported as well.
    """

    sections: list[Section] = field(default_factory=list)
    section_rows: list[Row | None] = field(default_factory=list)
    item_rows: list[Row] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)


@dataclass
class _Group:
    row: Row | None
    items: list[Item] = field(default_factory=list)


def read_questions(
    grid: Grid, lists: OptionLists | None, report: Callable[[FormFault], None]
) -> Draft:
    """Return the sections and items; every fault goes to `report`.

    `lists` is None where the sheet choices is missing, which is one fault and not one per row.
    """
    draft = Draft()
    opened: list[Row] = []
    group = _Group(None)
    for row in grid.rows:
        kind = grid.text(row, "type").replace("begin ", "begin_").replace("end ", "end_")
        if kind == "begin_group":
            if opened:
                report(grid.fault(row, "type", "组里不能再套组", "a group cannot stand in a group"))
            else:
                _close(grid, draft, group)
                group = _Group(row)
            opened.append(row)
        elif kind == "end_group":
            if not opened:
                report(
                    grid.fault(
                        row, "type", "前面没有对应的 begin_group", "no begin_group before it"
                    )
                )
            elif opened.pop() is group.row:
                _close(grid, draft, group)
                group = _Group(None)
        elif item := _item(grid, row, kind, lists, draft, report):
            group.items.append(item)
            draft.item_rows.append(row)
    _close(grid, draft, group)
    for row in opened:
        report(grid.fault(row, "type", "后面没有对应的 end_group", "no end_group after it"))
    return draft


def _close(grid: Grid, draft: Draft, group: _Group) -> None:
    if group.row is None and not group.items:
        return
    draft.sections.append(
        Section(
            code=grid.text(group.row, "name") if group.row else f"_{len(draft.sections) + 1}",
            title=grid.wording(group.row, "label") if group.row else Wording(),
            items=tuple(group.items),
            relevant=grid.text(group.row, "relevant") if group.row else "",
        )
    )
    draft.section_rows.append(group.row)


def _item(
    grid: Grid,
    row: Row,
    kind: str,
    lists: OptionLists | None,
    draft: Draft,
    report: Callable[[FormFault], None],
) -> Item | None:
    """Return the item of a row, or None where nothing is asked or the row is refused."""
    name = grid.text(row, "name")
    if kind in METADATA or (kind == "hidden" and name in HIDDEN):
        return None
    choice = CHOICE_TYPE.fullmatch(kind)
    scale = choice[2] if choice else ""
    fault = None
    if kind not in PLAIN_TYPES and not choice:
        fault = _unknown_type(grid, row, kind)
    elif choice and lists is not None and scale not in lists:
        zh, en = f"choices表里没有列表“{scale}”", f"the sheet choices has no list {scale}"
        fault = grid.fault(row, "type", zh, en)
    if fault:
        report(fault)
        draft.refused.add(name)
        return None
    read = ItemKind(choice[1].replace(" ", "_") if choice else kind)
    _check_wordings(grid, row, read, report)
    return Item(
        code=name,
        kind=read,
        label=grid.wording(row, "label"),
        hint=grid.wording(row, "hint"),
        required=flag(grid, row, "required", report),
        required_message=grid.wording(row, "required_message"),
        relevant=grid.text(row, "relevant"),
        constraint=grid.text(row, "constraint"),
        constraint_message=grid.wording(row, "constraint_message"),
        scale=scale,
        options=(ACKNOWLEDGED,) if kind == "acknowledge" else (lists or {}).get(scale, ()),
        appearance=grid.text(row, "appearance"),
        calculation=grid.text(row, "calculation"),
        bounds=_bounds(grid, row, read, report),
    )


def _bounds(
    grid: Grid, row: Row, kind: ItemKind, report: Callable[[FormFault], None]
) -> tuple[float, float, float] | None:
    """Return least, most and step of a range; other kinds have no parameters that matter."""
    text = grid.text(row, "parameters")
    if kind is ItemKind.RANGE:
        parts = [RANGE_PARAMETER.fullmatch(part) for part in re.split(r"[\s,;]+", text) if part]
        stated = {part[1]: float(part[2]) for part in parts if part}
        least, most, step = (
            stated.get(name, value) for name, value in (("start", 1.0), ("end", 10.0), ("step", 1))
        )
        if all(parts) and least < most and 0 < step <= most - least:
            return least, most, float(step)
        zh, en = "应写成 start=0 end=10 step=1", "write start=0 end=10 step=1"
        report(grid.fault(row, "parameters", zh, en))
    elif text and not (kind is ItemKind.IMAGE and IMAGE_PARAMETERS.fullmatch(text)):
        zh, en = "暂不支持这个参数，请清空", "this parameter is not supported; leave it empty"
        report(grid.fault(row, "parameters", zh, en))
    return None


def _unknown_type(grid: Grid, row: Row, kind: str) -> FormFault:
    names = sorted(PLAIN_TYPES)
    known = f"select_one 列表名、select_multiple 列表名、{'、'.join(names)}、begin_group、end_group"
    if not kind:
        return grid.fault(row, "type", f"没有填题型；可用：{known}", "the type is missing")
    return grid.fault(
        row,
        "type",
        f"暂不支持这种题型；可用：{known}",
        "this type is not supported; there are select_one LIST, select_multiple LIST, "
        f"{', '.join(names)}, begin_group and end_group",
    )


def _check_wordings(
    grid: Grid, row: Row, kind: ItemKind, report: Callable[[FormFault], None]
) -> None:
    if kind is not ItemKind.CALCULATE and not row[grid.header("label", DEFAULT_LANGUAGE)]:
        report(grid.fault(row, "label", "缺少中文题目", "the Chinese label is missing"))
    for column in grid.columns:
        if column.meaning not in SURVEY.translated or INSERTED_ANSWER not in row[column.header]:
            continue
        if kind is not ItemKind.NOTE or column.meaning != "label":
            report(
                FormFault(
                    grid.table.sheet,
                    row.number,
                    column.header,
                    row[column.header],
                    "只有说明文字（note）里可以引用答案，请删掉 ${…}",
                    "answers can be inserted into notes only; delete the ${…}",
                )
            )
