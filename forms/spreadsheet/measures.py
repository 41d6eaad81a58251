"""The sheet `items`, which pyxform drops: what each item measures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from forms.spreadsheet.choices import number
from forms.spreadsheet.columns import Grid
from forms.spreadsheet.faults import FormFault
from forms.spreadsheet.workbook import Row

MAX_WEIGHT = 1_000
YES = frozenset({"1", "yes", "true", "true()"})
NO = frozenset({"", "0", "no", "false", "false()"})


@dataclass(frozen=True)
class Measure:
    """What one item measures; `weight` is None where the rule set decides."""

    row: Row
    dimension: str
    weight: float | None
    is_veto: bool


def read_measures(
    grid: Grid,
    scales: Mapping[str, str],
    also_known: Collection[str],
    report: Callable[[FormFault], None],
) -> dict[str, Measure]:
    """Return the measures by item name; every fault goes to `report`.

    Args:
        grid: the sheet.
        scales: item name → its option list, or `text`.
        also_known: items of the survey sheet that were refused there.
        report: called once for each fault.
    """
    measures: dict[str, Measure] = {}
    for row in grid.rows:
        name = grid.text(row, "name")
        if name in also_known:
            continue
        if name not in scales:
            report(
                grid.fault(
                    row,
                    "name",
                    "survey表里没有这道题",
                    "no question in the sheet survey is called so",
                )
            )
        elif name in measures:
            report(grid.fault(row, "name", "这道题写了两次", "this item is there twice"))
        else:
            _check_scale(grid, row, scales[name], report)
            measures[name] = _measure(grid, row, report)
    return measures


def _check_scale(grid: Grid, row: Row, scale: str, report: Callable[[FormFault], None]) -> None:
    stated = grid.text(row, "scale")
    if stated and stated != scale:
        report(
            grid.fault(
                row,
                "scale",
                f"survey表里这道题用的是“{scale}”，请改成一致",
                f"the sheet survey says {scale}; make them agree",
            )
        )


def _measure(grid: Grid, row: Row, report: Callable[[FormFault], None]) -> Measure:
    try:
        weight = number(grid.text(row, "weight"), MAX_WEIGHT)
    except ValueError:
        weight = None
        report(
            grid.fault(
                row,
                "weight",
                "权重应是0以上的数；空着就按评分规则",
                "a weight is a number from 0; empty means the rule set's",
            )
        )
    return Measure(row, grid.text(row, "dimension"), weight, flag(grid, row, "veto", report))


def flag(grid: Grid, row: Row, column: str, report: Callable[[FormFault], None]) -> bool:
    """Return whether the cell says yes; anything but yes and no goes to `report`."""
    text = grid.text(row, column).lower()
    if text not in YES | NO:
        report(grid.fault(row, column, "请填 yes 或 no", "write yes or no"))
    return text in YES
