"""What stands behind a report's text: data tables and the technical note."""

from __future__ import annotations

from collections.abc import Sequence

from reports import display, sentences
from reports.figures import Figures, ItemFigures, Rate
from reports.material import Material
from reports.parts import Block, Column, Note, Section, Table
from reports.reliability import remark_of
from reports.rule_words import lines_of
from reports.rules import dimension_label, overall_item, points_of


def breakdown_table(material: Material) -> list[Block]:
    """Return how each group judged; nothing where no group may be shown."""
    rows, hidden = [], 0
    for breakdown in material.figures.breakdowns:
        for cell in breakdown.cells:
            label = material.option(breakdown.item_code, cell.code)
            hidden += cell.n is None
            if cell.n:
                rows.append(
                    (
                        label,
                        f"{cell.n:,}",
                        _share(cell.top2),
                        display.index(cell.index) if cell.index is not None else "—",
                    )
                )
    if not rows:
        return []
    columns = (
        Column("参评人员", 46),
        Column("评价人数", 16, "right"),
        Column("满意率", 24, "right"),
        Column("指数", 14, "right"),
    )
    note = f"少于{material.threshold}人的{hidden}类，为保护填票人，不列。" if hidden else ""
    return [Table("", columns, tuple(rows), note=note)]


def item_table(material: Material, items: Sequence[ItemFigures]) -> list[Block]:
    """Return every figure of scored items; how many judged one stands below its rates."""
    if not items:
        return []
    columns = (
        Column("评议内容", 37),
        Column("指数", 8, "right"),
        Column("满意率", 18.5, "right"),
        Column("基本满意以上率", 18.5, "right"),
        Column("不了解率", 18, "right"),
    )
    rows = tuple(_item_row(material, item) for item in items)
    return [Table("", columns, rows)]


def _item_row(material: Material, item: ItemFigures) -> tuple[str, ...]:
    label = material.short(item.code)
    if item.index is None:
        return (label, "—", "—", item.unanimous_mark or "—", "—")
    return (
        label,
        display.index(item.index),
        _share(item.top2),
        _share(item.top3),
        _dont_know(item),
    )


def _share(rate: Rate | None) -> str:
    """Return a share with what it was made of: “86.0% 74/86”."""
    if rate is None:
        return "—"
    words = display.percent(rate.share)
    if rate.chosen is not None and rate.base is not None:
        words += f" {display.fraction(rate.chosen, rate.base)}"
    return words


def _dont_know(item: ItemFigures) -> str:
    if item.dont_know_share is None:
        return "—"
    words = display.percent(item.dont_know_share)
    if item.dont_know is not None and item.n is not None:
        words += f" {display.fraction(item.dont_know, item.n + item.dont_know)}"
    return words


def technical_note(material: Material) -> Section:
    """Return how the figures were made, for who checks them (domain.md 6.1, 9)."""
    figures, rules, occasion = material.figures, material.rules, material.occasion
    overall = figures.overall
    notes = [
        "口径：满意率（满意以上）和基本满意以上率都以有实质评价的票为分母，“不了解”和未作答不计入；"
        "指数是各等次赋分的平均数，百分制。",
        f"赋分：{points_words(material)}。",
    ]
    if overall is not None and overall.top2 is not None:
        notes.append(
            f"区间：{sentences.METHODS[overall.top2.method]}；指数用t区间，票数少于"
            f"{rules.rankable_base}时不列。"
        )
    notes.append(exclusion_words(figures, is_on=rules.suspects_excluded))
    notes += _sign_words(figures)
    notes += _alpha_words(material)
    notes.append(
        f"保护：少于{material.threshold}张票的结果不列；能用相减推出的，一并不列；"
        "汇总数字不含任何单张票的内容。"
    )
    if occasion.lost_days:
        notes.append(
            f"缺失：{'、'.join(occasion.lost_days)}的票箱密钥丢失，那时的评议谁也打不开，已经销毁，"
            "没有计入任何数字。"
        )
    if sentences.is_self_selected(figures):
        notes.append("代表性：参评出于自愿，不是随机样本，结果反映参评群众的意见。")
    notes.append(
        f"问卷：{material.questionnaire.title.to('zh')}，版本{occasion.form_version or '—'}，"
        f"摘要{occasion.form_digest[:16] or '—'}。"
    )
    notes.append(_rules_note(material))
    if occasion.anchor:
        notes.append(f"核验：本轮启封记录的核验码前32位为{grouped(occasion.anchor[:32])}。")
    if occasion.release:
        notes.append(f"版本：数字取自{occasion.release}；同版的网页、报告、数据文件数字相同。")
    return Section("统计说明", tuple(Note(note) for note in notes))


STATED = (
    (("rankable_base", "rankable_return"), "满{}且回收率满{}的参加排名"),
    (("item_base",), "一道题满{}才计入维度"),
    (("importance_base",), "满{}才用重要程度加权、划四象限"),
    (
        ("low_base", "low_top3", "low_index"),
        "满{}才判断要不要整改，标准为基本满意以上率{}、指数{}",
    ),
    (("k_public", "k_internal"), "对外满{}公布，内部满{}查看"),
)
"""Rules that every evaluation report rests on; the method sheet beside data files has all."""


def _rules_note(material: Material) -> str:
    """Return which rule set made the figures, and the values of it that this report rests on."""
    occasion, form = material.occasion, f"forms.{material.questionnaire.code}.mass."
    lines = lines_of(material.rules)
    values = {line.key: line.value for line in lines}
    shares = [
        f"{line.label.partition('：')[2]}{line.value}"
        for line in lines
        if line.key.startswith(form)
    ]
    said = [f"群众评议得分按{'、'.join(shares)}计算"] if shares else []
    said += [words.format(*(values[key] for key in keys)) for keys, words in STATED]
    name, digest = occasion.rules_name or "没有编号", occasion.rules_digest[:16] or "—"
    return f"规则：{name}，摘要{digest}；{'；'.join(said)}。"


def grouped(code: str) -> str:
    """Return a long code in groups of eight, which people can compare."""
    return " ".join(code[start : start + 8] for start in range(0, len(code), 8))


SIGNS = {
    "fast": "答得过快",
    "straight": "连续八题以上相同",
    "dup": "同一部手机再次填写",
    "burst": "一分钟内集中交票",
    "assisted": "由他人代填",
    "nopow": "没有经过防刷验算",
    "trap": "像是程序填的",
}


def _sign_words(figures: Figures) -> list[str]:
    """Return how many ballots carry a sign; none of them lowers or drops anything by itself."""
    known = [
        f"{label}{figures.signs[sign]}张" for sign, label in SIGNS.items() if sign in figures.signs
    ]
    return [f"答题情况：{'、'.join(known)}；只作提示，不单独影响结果。"] if known else []


def _alpha_words(material: Material) -> list[str]:
    """Return how well the items of each dimension go together; nothing where it is not known."""
    known = [
        f"{dimension_label(material.questionnaire.code, code, material.rules)}{alpha:.2f}"
        + (f"（{remark_of(alpha)}）" if remark_of(alpha) else "")
        for code, alpha in material.figures.alphas.items()
    ]
    return [f"一致性：各维度的克隆巴赫α系数为{'、'.join(known)}。"] if known else []


def points_words(material: Material) -> str:
    """Return the points of the overall item's levels in words."""
    item = overall_item(material.questionnaire)
    if item is None:
        return "按问卷"
    return "，".join(
        f"{material.option(item.code, code)}{points:g}分"
        for code, points in points_of(item, material.rules).items()
    )


def exclusion_words(figures: Figures, *, is_on: bool) -> str:
    """Return what was left out, and how that changes the overall index."""
    if not is_on:
        return "剔除：没有剔除，答得过快且连续八题以上选同一等次的票也计入结果。"
    rule = "剔除：答得过快且连续八题以上选同一等次的票，不计入结果"
    effect = figures.suspects
    if effect is None:
        return f"{rule}。"
    if effect.index_with is None or effect.index_without is None:
        return f"{rule}；指数因此变化不到{effect.change_under:g}分。"
    return (
        f"{rule}；本次剔除{effect.suspects}张，总体指数由{display.index(effect.index_with)}变为"
        f"{display.index(effect.index_without)}。"
    )
