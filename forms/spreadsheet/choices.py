"""The sheet `choices`: option lists, with our column `points`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from forms.definition import DEFAULT_LANGUAGE, ResponseOption
from forms.spreadsheet.columns import Grid
from forms.spreadsheet.faults import FormFault
from forms.spreadsheet.workbook import Row

MAX_POINTS = 100
OPTION_CODE = re.compile(r"[A-Za-z0-9_.-]{1,32}")

OptionLists = dict[str, tuple[ResponseOption, ...]]


def read_choices(grid: Grid, report: Callable[[FormFault], None]) -> OptionLists:
    """Return the option lists by name; every fault goes to `report`."""
    lists: dict[str, list[ResponseOption]] = {}
    for row in grid.rows:
        name = grid.text(row, "list_name")
        if not name:
            report(grid.fault(row, "list_name", "没有填列表名", "the name of the list is missing"))
            continue
        options = lists.setdefault(name, [])
        option = _option(grid, row, report)
        if option.code in {other.code for other in options}:
            report(
                grid.fault(
                    row,
                    "name",
                    f"列表“{name}”里已经有这个选项编码",
                    f"the list {name} has this option already",
                )
            )
        options.append(option)
    return {name: tuple(options) for name, options in lists.items()}


def _option(grid: Grid, row: Row, report: Callable[[FormFault], None]) -> ResponseOption:
    code = grid.text(row, "name")
    if not OPTION_CODE.fullmatch(code):
        report(
            grid.fault(
                row,
                "name",
                "选项编码只含英文字母、数字、_ . -，不超过32个字符",
                "an option's name has letters, digits, _ . - only, up to 32",
            )
        )
    label = grid.wording(row, "label")
    if DEFAULT_LANGUAGE not in dict(label.texts):
        report(grid.fault(row, "label", "缺少中文", "the Chinese label is missing"))
    try:
        points = number(grid.text(row, "points"), MAX_POINTS)
    except ValueError:
        points = None
        report(
            grid.fault(
                row,
                "points",
                "分值应是0到100的数；不计分就空着",
                "points are a number from 0 to 100, or empty",
            )
        )
    return ResponseOption(code, label, points)


def number(text: str, most: float) -> float | None:
    """Return the number from 0 to `most` that `text` spells, or None for an empty cell.

    Raises:
        ValueError: it spells no such number.
    """
    if not text:
        return None
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= most) or not text.isascii() or "_" in text:
        raise ValueError(text)
    return value
