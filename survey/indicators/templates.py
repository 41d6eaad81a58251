"""Workbooks to fill in: a tree of indicators, the values of a period."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from survey.indicators import entry_file, tree_file

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the same rows give the same bytes
TREE_WORDS = (
    ("code", "编号，字母和数字，如K01"),
    ("name", "指标名称"),
    ("parent", "上级指标的编号；最上面的空着"),
    ("weight", "权重，和同一上级下的其他指标比；空着是1"),
    ("scoring", "计分办法：linear线性、step分档、deduction扣分、veto一票否决；分类行空着"),
    ("direction", "higher越高越好、lower越低越好；空着是越高越好"),
    ("target", "线性：得满分的值"),
    ("floor", "线性：得0分的值"),
    ("steps", "分档：数值:得分，从好到差，如3:100; 2:80; 1:60"),
    ("points_each", "扣分：每多1扣几分"),
    ("limit", "一票否决：不能越过的值"),
    ("unit", "单位，如%、件、次、分钟"),
    ("source", "数据从哪里来"),
    ("owner", "谁填报：self本单位、unit上级单位、district区办"),
    ("period", "多久一次：month月、quarter季、year年"),
    ("evidence", "1要附佐证材料，0不用"),
)
ENTRY_WORDS = (
    ("org_id", "单位代码"),
    ("org_name", "单位名称，只供查看"),
    ("indicator", "指标编号"),
    ("indicator_name", "指标名称，只供查看"),
    ("unit", "计量单位，只供查看"),
    ("period", "时段：2026-07、2026Q3或2026"),
    ("value", "数；不适用的写“不适用”"),
    ("note", "说明；不适用和更正必须写"),
)


def tree_template(rows: Sequence[Sequence[Any]] = ()) -> bytes:
    """Return a workbook for a tree, with `rows` in it and what each column means beside."""
    head = [column.header for column in tree_file.COLUMNS]
    return workbook_of("指标", head, rows, TREE_WORDS)


def entry_template(lines: Sequence[entry_file.TemplateRow]) -> bytes:
    """Return a workbook with a line for each value that is to be entered."""
    head = [column.header for column in entry_file.COLUMNS]
    rows = [
        (
            line.org.id,
            line.org.short_name,
            line.node.code,
            line.node.name,
            line.node.unit,
            line.period.code,
            None,
            None,
        )
        for line in lines
    ]
    return workbook_of("填报", head, rows, ENTRY_WORDS)


def workbook_of(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Any]],
    words: Sequence[tuple[str, str]],
) -> bytes:
    """Return an XLSX whose first sheet is to be filled in and whose second explains it."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"created": EPOCH})
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet = book.add_worksheet(title)
    for column, name in enumerate(head):
        sheet.write_string(0, column, name, bold)
        sheet.set_column(column, column, 14)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value)
    sheet.freeze_panes(1, 0)
    told = book.add_worksheet("填写说明")
    told.set_column(1, 1, 70)
    for number, (name, meaning) in enumerate(words):
        told.write_string(number, 0, name, bold)
        told.write_string(number, 1, meaning)
    book.close()
    return stream.getvalue()
