"""The technical annex of a whole round 统计说明 (domain.md 6.1, 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from reports import annexes, display
from reports.charts import Bar, Level, Stack
from reports.evaluation import numbered
from reports.figures import Audience, Figures, Method, Status
from reports.material import Occasion
from reports.overview import Surveyed
from reports.parts import (
    BarFigure,
    Block,
    Column,
    EvaluationReport,
    Paragraph,
    Section,
    StackFigure,
    Table,
)
from reports.reliability import remark_of
from reports.rule_words import lines_of
from reports.rules import RuleSet, dimension_label
from reports.sentences import METHODS, period

STATUSES = (
    (Status.RANKABLE, "可排名", 5),
    (Status.LOW_RETURN, "回收率低", 4),
    (Status.SMALL_SAMPLE, "样本偏少", 3),
    (Status.SUPPRESSED, "样本不足", 1),
)
FORMULAS = (
    ("满意率", "满意以上、基本满意以上两种口径并列；分母为有实质评价的票，“不了解”和未作答不计入"),
    ("指数", "各等次赋分的平均数，0—100；区间用t分布，票数少于30或没有离散时不列"),
    (
        "率的区间",
        "95%威尔逊区间（Wilson 1927）；回收率达标的作有限总体修正，小总体用精确区间",
    ),
    ("全员参评", "应评人员全部参评的，没有抽样误差，不列区间"),
    ("汇总", "支部按应评人数、窗口按年办件量加权的分层平均；票数不足的对象隐去，但仍计入汇总"),
    ("名次区间", "按后验分布模拟排名，取2.5%和97.5%位次（Marshall、Spiegelhalter 1998）"),
    ("档次", "指数区间高于本系统平均为第一梯队，低于为第三梯队，其余为第二梯队"),
    ("变化", "率用两比例检验和Newcombe区间，指数用Welch检验，多重比较用Benjamini—Hochberg校正"),
    ("一致性", "克隆巴赫α系数，三题以上的维度、票数30以上时计算"),
    ("可疑票", "答得过快且连续八题以上选同一等次，两条同时满足的票"),
)


@dataclass(frozen=True)
class Round:
    """What the annex says of a whole round.

    Attributes:
        forms: questionnaire → (title, version, digest), as it was imported.
        modes: questionnaire → how its answers were collected, in words.
        roster: where the numbers of people entitled come from, and of which day.
    """

    audience: Audience
    occasion: Occasion
    rules: RuleSet
    surveyed: tuple[Surveyed, ...]
    forms: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    roster: str = ""

    @property
    def threshold(self) -> int:
        """Fewest ballots that the reader may see."""
        is_public = self.audience is Audience.PUBLIC
        return self.rules.k_public if is_public else self.rules.k_internal


def compile_annex(round_: Round) -> EvaluationReport:
    """Return how the figures of a round were made, for who checks them."""
    parts: tuple[tuple[str, list[Block]], ...] = (
        ("结果的使用范围", _statuses(round_)),
        ("票数和剔除", _ballots(round_)),
        ("区间方法", _methods(round_)),
        ("口径和公式", [_formulas()]),
        ("问卷和赋分", _forms(round_)),
        ("题目的一致性", _alphas(round_)),
        ("样本不足的保护", _protection(round_)),
        ("与上轮比较", _comparison(round_)),
        ("名册和代表性", _roster(round_)),
        ("规则", [_rules(round_)]),
        ("核验", _verification(round_)),
    )
    occasion = round_.occasion
    return EvaluationReport(
        subject="annex",
        mark=occasion.mark,
        title=(occasion.round_title, "统计说明"),
        occasion=period(occasion.first_day, occasion.last_day),
        facts=(),
        summary=_summary(round_),
        sections=numbered(tuple(Section(t, tuple(b)) for t, b in parts)),
        signatures=(),
        annex=(),
        organiser=occasion.organiser,
        as_of=occasion.as_of,
    )


def _summary(round_: Round) -> tuple[str, ...]:
    objects = [each for surveyed in round_.surveyed for each in surveyed.objects]
    if not objects:
        return ("本轮没有评议对象，没有数字可以说明。",)
    shown = sum(each.is_shown for each in objects)
    usable = sum(each.is_rankable for each in objects)
    total = len(objects)
    return (
        f"本轮评议{total:,}个对象，列出结果的{shown:,}个（{shown}/{total}）。",
        f"票数和回收率足以比较的{usable:,}个（{usable}/{total}），其余只供参考，不排名次。",
        "使用数字以前，先看“区间方法”和“结果的使用范围”两节。",
    )


def _formulas() -> Table:
    columns = (Column("项目", 16), Column("怎么算", 84))
    return Table("口径和公式", columns, FORMULAS, note="公式和出处见系统的方法文档。")


def _forms(round_: Round) -> list[Block]:
    if not round_.surveyed:
        return [Paragraph("本轮没有使用问卷。")]
    rows = []
    for surveyed in round_.surveyed:
        code = surveyed.questionnaire.code
        title, version, digest = round_.forms.get(code, (code, "", ""))
        whole = surveyed.whole or next(iter(surveyed.objects), None)
        points = annexes.points_words(surveyed.material(whole, round_.occasion)) if whole else "—"
        rows.append(
            (title, round_.modes.get(code, "—"), version or "—", digest[:16] or "—", points)
        )
    columns = (
        Column("问卷", 22),
        Column("方式", 16),
        Column("版本", 12),
        Column("摘要", 20),
        Column("总体题赋分", 30),
    )
    return [Table("问卷", columns, tuple(rows), note=f"计分方案：{round_.rules.points_preset}。")]


def _ballots(round_: Round) -> list[Block]:
    rows = []
    for surveyed in round_.surveyed:
        whole = surveyed.whole
        if whole is None or not whole.is_shown or not whole.received:
            rows.append((surveyed.noun, "—", "—", "—", "—", "—"))
            continue
        valid, received = whole.n or 0, whole.received
        rows.append(
            (
                surveyed.noun,
                f"{received:,}",
                f"{valid:,}",
                f"{whole.excluded:,}" if whole.excluded is not None else "—",
                f"{whole.void:,}" if whole.void is not None else "—",
                f"{display.percent(valid / received)} {valid:,}/{received:,}",
            )
        )
    if not rows:
        return [Paragraph("本轮没有收到评议票。")]
    columns = (
        Column("对象", 18),
        Column("收到", 14, "right"),
        Column("有效", 14, "right"),
        Column("可疑票剔除", 16, "right"),
        Column("无效", 12, "right"),
        Column("有效率", 26, "right"),
    )
    is_on = round_.rules.suspects_excluded
    said = "".join(
        f"{surveyed.noun}：{annexes.exclusion_words(surveyed.whole, is_on=is_on)}"
        for surveyed in round_.surveyed
        if surveyed.whole is not None and surveyed.whole.is_shown
    )
    table = Table("票数", columns, tuple(rows), note="“—”为样本不足，不予公布。")
    return [table, Paragraph(said)] if said else [table]


def _methods(round_: Round) -> list[Block]:
    counts: dict[Method, int] = {}
    for surveyed in round_.surveyed:
        for each in surveyed.objects:
            if each.is_shown and each.overall is not None and each.overall.top2 is not None:
                method = each.overall.top2.method
                counts[method] = counts.get(method, 0) + 1
    if not counts:
        return [Paragraph("没有列出结果的对象，没有区间。")]
    total = sum(counts.values())
    bars = tuple(
        Bar(METHODS[method], 100 * counts[method] / total, note=f"{counts[method]}/{total}个")
        for method in Method
        if method in counts
    )
    words = "每个率按票数、回收率和名册分别选用方法：全员参评，精确区间，有限总体修正，威尔逊。"
    return [Paragraph(words), BarFigure("总体满意率所用的区间方法", bars, unit="%")]


def _statuses(round_: Round) -> list[Block]:
    stacks = []
    for surveyed in round_.surveyed:
        counts = tuple(sum(e.status is s for e in surveyed.objects) for s, _, _ in STATUSES)
        if sum(counts):
            stacks.append(Stack(surveyed.noun, counts))
    if not stacks:
        return [Paragraph("本轮没有评议对象。")]
    levels = tuple(Level(name, tone) for _, name, tone in STATUSES)
    rules = round_.rules
    words = (
        f"票数不少于{rules.rankable_base}、回收率（发票的）不低于"
        f"{display.percent(rules.rankable_return)}的可排名；票数10至{rules.rankable_base - 1}的"
        "样本偏少，只供参考；不足10的样本不足，不公布。"
    )
    return [
        Paragraph(words),
        StackFigure("结果的使用范围", tuple(stacks), levels, "条内为百分比。", "个数"),
    ]


def _alphas(round_: Round) -> list[Block]:
    rows = []
    for surveyed in round_.surveyed:
        known: dict[str, list[float]] = {}
        for each in surveyed.objects:
            for code, alpha in each.alphas.items():
                known.setdefault(code, []).append(alpha)
        for code, values in known.items():
            label = dimension_label(surveyed.questionnaire.code, code, round_.rules)
            middle = median(values)
            rows.append(
                (
                    f"{surveyed.noun}：{label}",
                    str(len(values)),
                    f"{min(values):.2f}",
                    f"{middle:.2f}",
                    f"{max(values):.2f}",
                    remark_of(middle) or "合适",
                )
            )
    if not rows:
        return [Paragraph("没有三题以上、票数30以上的维度，不计算一致性。")]
    columns = (
        Column("维度", 34),
        Column("对象数", 12, "right"),
        Column("最低", 12, "right"),
        Column("中位", 12, "right"),
        Column("最高", 12, "right"),
        Column("评价（中位）", 18, "center"),
    )
    note = "低于0.7说明几道题量的不是一回事，高于0.95说明题目可能重复。"
    return [Table("克隆巴赫α系数", columns, tuple(rows), note=note)]


def _protection(round_: Round) -> list[Block]:
    totals = [
        each
        for surveyed in round_.surveyed
        for each in (*surveyed.units, *surveyed.sectors, *_one(surveyed.whole))
    ]
    objects = [each for surveyed in round_.surveyed for each in surveyed.objects]
    hidden, folded = (sum(not each.is_shown for each in group) for group in (objects, totals))
    k = round_.threshold
    return [
        Paragraph(
            f"少于{k}张票的结果不列；同一合计下只有一个被隐去的，再隐去一个，避免相减推出；"
            f"票数不足30而意见完全一致的，不列具体比例。本版隐去{hidden}个对象（{hidden}/"
            f"{len(objects)}）、{folded}个合计（{folded}/{len(totals)}）；被隐去的仍计入上一级汇总。"
        )
    ]


def _comparison(round_: Round) -> list[Block]:
    blocks: list[Block] = []
    for surveyed in round_.surveyed:
        if surveyed.refused:
            why = "；".join(surveyed.refused)
            blocks.append(Paragraph(f"{surveyed.noun}不与{surveyed.before}比较：{why}。"))
        elif surveyed.before:
            n = sum(
                f"{e.target.level}/{e.target.key}" in surveyed.changes for e in surveyed.objects
            )
            blocks.append(Paragraph(f"{surveyed.noun}与{surveyed.before}比较，可比对象{n}个。"))
    return blocks or [Paragraph("没有问卷、赋分和方式都相同的上一轮，不作比较。")]


def _roster(round_: Round) -> list[Block]:
    words = round_.roster or "窗口没有名册，参评出于自愿，区间不作有限总体修正。"
    tail = "自愿参评不是随机抽样，区间只反映抽样误差，不能反映没有参评的人的看法。"
    return [Paragraph(words + tail)]


def _rules(round_: Round) -> Table:
    rows = tuple((line.group, line.label, line.value) for line in lines_of(round_.rules))
    columns = (Column("类别", 26), Column("规则", 48), Column("取值", 26))
    name = round_.occasion.rules_name or "没有编号"
    digest = round_.occasion.rules_digest[:16] or "—"
    return Table(f"本轮规则：{name}，摘要{digest}", columns, rows)


def _verification(round_: Round) -> list[Block]:
    occasion = round_.occasion
    words = []
    if occasion.release:
        words.append(f"数字取自{occasion.release}，同一版本的网页、报告和数据文件数字相同。")
    if occasion.anchor:
        words.append(f"本轮启封记录的核验码前32位为{annexes.grouped(occasion.anchor[:32])}。")
    if occasion.lost_days:
        lost = "、".join(occasion.lost_days)
        words.append(f"{lost}的票箱密钥丢失，没有启封，没有计入任何数字。")
    return [Paragraph("".join(words) or "本轮还没有定稿的版本，数字以定稿为准。")]


def _one(figures: Figures | None) -> Sequence[Figures]:
    return () if figures is None else (figures,)
