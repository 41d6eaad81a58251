"""Passages of summaries on work that goes on: public commitments and rectification."""

from __future__ import annotations

from collections.abc import Sequence

from reports import display, sentences
from reports.charts import Level, Stack
from reports.overview import Promised, Rectified
from reports.parts import Block, Column, Paragraph, StackFigure, Table

STAGES = (Level("已销号", 5), Level("审核验收", 4), Level("整改中", 3), Level("待受理", 1))
MOST_STACKS = 24


def promised(kept: Promised, name: str) -> list[Block]:
    """Return how public commitments stand."""
    if not kept.total:
        return [Paragraph(f"{name}没有登记公开承诺。")]
    words = (
        f"公开承诺{kept.total:,}项，已兑现{kept.kept:,}项，占"
        f"{display.percent(kept.kept / kept.total)}（{kept.kept:,}/{kept.total:,}）"
        f"；部分兑现{kept.partly:,}项，正在办理{kept.running:,}项，逾期{kept.late:,}项。"
    )
    if kept.scores:
        mean = sum(kept.scores) / len(kept.scores)
        words += f"群众评议承诺兑现的{len(kept.scores)}个单位，平均{display.index(mean)}分。"
    levels = (Level("已兑现", 5), Level("部分兑现", 4), Level("正在办理", 3), Level("逾期", 1))
    stack = Stack("公开承诺", (kept.kept, kept.partly, kept.running, kept.late))
    picture = StackFigure("承诺兑现情况", (stack,), levels, "条内为百分比。", "项数")
    return [Paragraph(words), picture]


def progress(whole: Rectified, parts: Sequence[Rectified], head: str) -> list[Block]:
    """Return where rectification stands: the whole in words, the parts as picture and table."""
    if not whole.total:
        return [Paragraph("没有登记的整改事项，没有进度可列。")]
    day = f"截至{sentences.day(whole.on)}，" if whole.on else ""
    words = (
        f"{day}登记整改事项{whole.total:,}件，已销号{whole.closed:,}件，销号率"
        f"{display.percent(whole.closed / whole.total)}（{whole.closed:,}/{whole.total:,}）"
    )
    if whole.due:
        rate = display.percent(whole.in_time / whole.due)
        words += f"；到期{whole.due:,}件，按期整改率{rate}（{whole.in_time:,}/{whole.due:,}）"
    if whole.closed:
        rate = display.percent(min(1.0, whole.reopened / whole.closed))
        words += f"；复号{whole.reopened:,}件，复号率{rate}（{whole.reopened:,}/{whole.closed:,}）"
    words += f"；超期未办结{whole.overdue:,}件。"
    if whole.days is not None:
        words += f"从登记到销号一般用{display.rounded(whole.days, 0)}天（中位数）。"
    shown = [each for each in parts if each.total]
    stacks = tuple(
        Stack(each.label, (each.closed, each.checking, each.working, each.waiting))
        for each in (whole, *shown[:MOST_STACKS])
    )
    blocks: list[Block] = [
        Paragraph(words),
        StackFigure("整改进度", stacks, STAGES, "条内为百分比。", "件数"),
    ]
    if len(shown) > 1:
        blocks.append(_progress_table(shown, head))
    return blocks


def _progress_table(parts: Sequence[Rectified], head: str) -> Table:
    columns = (
        Column(head, 34),
        Column("登记", 10, "right"),
        Column("已销号", 18, "right"),
        Column("整改中", 12, "right"),
        Column("超期", 12, "right"),
        Column("复号", 14, "right"),
    )
    rows = tuple(
        (
            each.label,
            f"{each.total:,}",
            f"{display.percent(each.closed / each.total)} {each.closed}/{each.total}",
            f"{each.waiting + each.working + each.checking:,}",
            f"{each.overdue:,}",
            f"{each.reopened:,}",
        )
        for each in parts
    )
    return Table("整改事项", columns, rows)
