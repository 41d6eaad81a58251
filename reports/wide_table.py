"""Figures as a wide table, one row for each object: what Excel and SPSS files hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forms.definition import Questionnaire
from reports.figures import Figures, Rate, Slips
from reports.rules import RuleSet, dimension_label

Value = str | float | int | None


class Unit(StrEnum):
    """What a column counts, which decides how it is printed."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    SCORE = "score"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: a name that every program takes: ASCII letters, digits and underscores.
        label: what it is, in Chinese.
        unit: what it counts.
        values: code → label of a text column with few values, in order; empty for others.
    """

    name: str
    label: str
    unit: Unit
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class WideTable:
    """Columns and rows; a cell is None where there is no value or it may not be shown."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


Pick = Callable[[Figures], Value]
RatePick = Callable[[Figures], Rate | None]

LEVELS = (
    ("branch", "党支部"),
    ("window", "服务窗口"),
    ("unit", "单位"),
    ("sector", "系统"),
    ("district", "全区"),
)
STATUSES = (
    ("suppressed", "样本不足"),
    ("small_sample", "样本偏少"),
    ("low_return", "回收率不足"),
    ("rankable", "可排名"),
)


def wide_table(
    figures: Sequence[Figures], questionnaires: Sequence[Questionnaire], rules: RuleSet
) -> WideTable:
    """Return a row for each object and questionnaire, in the order given."""
    picks = [*_common(), *(p for q in questionnaires for p in _measures(q, rules))]
    return WideTable(
        tuple(column for column, _ in picks),
        tuple(tuple(pick(each) for _, pick in picks) for each in figures),
    )


def _common() -> list[tuple[Column, Pick]]:
    def text(
        name: str, label: str, pick: Pick, values: tuple[tuple[str, str], ...] = ()
    ) -> tuple[Column, Pick]:
        return Column(name, label, Unit.TEXT, values), pick

    def count(name: str, label: str, pick: Pick) -> tuple[Column, Pick]:
        return Column(name, label, Unit.COUNT), pick

    return [
        text("org", "编码", lambda f: f.target.org_id),
        text("name", "名称", lambda f: f.target.name),
        text("level", "层次", lambda f: f.target.level, LEVELS),
        text("sector", "系统", lambda f: f.target.sector),
        text("unit", "所属单位", lambda f: f.target.unit_id),
        text("questionnaire", "问卷", lambda f: f.questionnaire),
        text("status", "样本状态", lambda f: f.status.value, STATUSES),
        count("n", "有效票", lambda f: f.n),
        count("received", "收到", lambda f: f.received),
        count("excluded", "剔除", lambda f: f.excluded),
        count("void", "无效票", lambda f: f.void),
        count("issued", "发放", lambda f: f.target.issued),
        count("slips_used", "评议票已用", _slips(lambda s: s.used)),
        count("slips_unused", "评议票未用", _slips(lambda s: s.unused)),
        count("slips_void", "评议票作废", _slips(lambda s: s.void)),
        count("present", "到会", lambda f: f.target.present),
        count("rank", "名次", lambda f: f.rank.place if f.rank else None),
        count("rank_low", "名次区间上限", lambda f: f.rank.low if f.rank else None),
        count("rank_high", "名次区间下限", lambda f: f.rank.high if f.rank else None),
        count("band", "梯队", lambda f: f.rank.band if f.rank else None),
    ]


def _measures(questionnaire: Questionnaire, rules: RuleSet) -> list[tuple[Column, Pick]]:
    """Return the columns of one questionnaire; objects of others leave them empty."""
    own = questionnaire.code
    short = own.partition("_")[0]
    found: list[tuple[Column, Pick]] = []

    def add(name: str, label: str, unit: Unit, pick: Pick) -> None:
        found.append(
            (Column(name, label, unit), lambda f: pick(f) if f.questionnaire == own else None)
        )

    add(f"{short}_mass", "群众评议得分", Unit.SCORE, lambda f: f.mass.score if f.mass else None)
    add(f"{short}_csi", "综合满意度", Unit.SCORE, lambda f: f.csi)
    for item in questionnaire.items:
        if item.is_scored:
            for name, label, unit, pick in _item_measures(item.code):
                add(f"{item.code}_{name}", f"{item.label.to('zh')}（{label}）", unit, pick)
    for code in dict.fromkeys(i.dimension for i in questionnaire.items if i.is_scored):
        if code:
            label = f"{dimension_label(own, code, rules)}（维度指数）"
            add(f"{short}_dim_{code}", label, Unit.SCORE, _dimension_index(code))
    return found


def _item_measures(code: str) -> list[tuple[str, str, Unit, Pick]]:
    measures: list[tuple[str, str, Unit, Pick]] = [
        ("n", "评价人数", Unit.COUNT, lambda f: f.items[code].n),
        ("index", "指数", Unit.SCORE, lambda f: f.items[code].index),
    ]
    rates: tuple[tuple[str, str, RatePick], ...] = (
        ("top2", "满意率", lambda f: f.items[code].top2),
        ("top3", "基本满意以上率", lambda f: f.items[code].top3),
    )
    for name, label, rate in rates:
        measures += [
            (name, label, Unit.SHARE, _share_of(rate)),
            (f"{name}_low", f"{label}95%区间下限", Unit.SHARE, _end_of(rate, "low")),
            (f"{name}_high", f"{label}95%区间上限", Unit.SHARE, _end_of(rate, "high")),
        ]
    return measures


def _dimension_index(code: str) -> Pick:
    return lambda f: f.dimensions[code].index if code in f.dimensions else None


def _slips(pick: Callable[[Slips], int]) -> Pick:
    return lambda f: pick(f.target.slips) if f.target.slips else None


def _share_of(rate: RatePick) -> Pick:
    def pick(figures: Figures) -> Value:
        found = rate(figures)
        return None if found is None else found.share

    return pick


def _end_of(rate: RatePick, end: str) -> Pick:
    def pick(figures: Figures) -> Value:
        found = rate(figures)
        if found is None or found.interval is None:
            return None
        return found.interval.low if end == "low" else found.interval.high

    return pick
