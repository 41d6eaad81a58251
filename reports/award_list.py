"""The award shortlist 评先评优推荐名单 and its certificates 荣誉证书 (domain.md 5).

The list is a filter, never a decision: who is honoured was decided by people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reports import display
from reports.evaluation import numbered
from reports.figures import Audience
from reports.material import Occasion
from reports.notice import Contacts, notice_period, where_to_object
from reports.parts import (
    Block,
    Certificate,
    Column,
    EvaluationReport,
    Paragraph,
    Section,
    Table,
)
from reports.sentences import day, period

LEAST_STAR, LEAST_RATE = 4, 0.9
MOST_NAMED = 20
CONDITIONS = (
    "票数和回收率足以排名",
    "审定星级★4以上",
    "群众满意率不低于90%",
    "没有一票否决情形",
    "没有超期的整改事项",
)


@dataclass(frozen=True)
class Nominee:
    """One organisation of the settled rating.

    Attributes:
        satisfaction: 群众满意率 in the calibre of the gates, 0–1; None when unknown.
        overdue: rectification items that are overdue today.
    """

    org_id: str
    name: str
    sector: str
    star: int | None
    final: float | None
    satisfaction: float | None
    is_rankable: bool
    is_vetoed: bool
    overdue: int

    @property
    def failed(self) -> tuple[str, ...]:
        """The conditions that are not met; empty for a candidate."""
        met = (
            self.is_rankable,
            self.star is not None and self.star >= LEAST_STAR,
            self.satisfaction is not None and self.satisfaction >= LEAST_RATE,
            not self.is_vetoed,
            not self.overdue,
        )
        return tuple(words for words, holds in zip(CONDITIONS, met, strict=True) if not holds)


@dataclass(frozen=True)
class Awarded:
    """What was decided about one organisation; `on` is in words, `number` the certificate's."""

    org_id: str
    name: str
    honour: str
    number: str
    on: str


@dataclass(frozen=True)
class OnNotice:
    """Honours let out for objections, in the district's order; both days inclusive."""

    honours: tuple[Awarded, ...]
    first: date
    last: date
    workdays: int
    contacts: Contacts


@dataclass(frozen=True)
class Awards:
    """Everything the shortlist is compiled from; `nominees` in the order of the tree.

    `notice` is the one that is running; None without one.
    """

    audience: Audience
    occasion: Occasion
    rating: str
    year: int
    nominees: tuple[Nominee, ...]
    awarded: tuple[Awarded, ...]
    calibre: str = ""
    notice: OnNotice | None = None


def candidates(nominees: Sequence[Nominee]) -> list[Nominee]:
    """Return those who meet every condition, the highest score first within each sector."""
    met = [each for each in nominees if not each.failed]
    return sorted(met, key=lambda each: (each.sector, -(each.final or 0.0), each.org_id))


def compile_awards(awards: Awards) -> EvaluationReport:
    """Return the shortlist and a certificate for each honour that was decided.

    Everybody sees what was decided, and no score.
    """
    occasion = awards.occasion
    is_public = awards.audience is Audience.PUBLIC
    parts: list[tuple[str, list[Block]]] = []
    if not is_public:
        parts += [("推荐条件", _conditions(awards)), ("推荐名单", _shortlist(awards))]
        parts.append(("差一项的单位", _near(awards)))
    if awards.notice is not None:
        parts += _notice(awards.notice)
    if awards.awarded or awards.notice is None:
        parts.append(("表彰决定", _decided(awards)))
    sheets = tuple(_certificate(awards, each) for each in awards.awarded)
    return EvaluationReport(
        subject="awards",
        mark=occasion.mark,
        title=(occasion.round_title, _title(awards)),
        occasion=period(occasion.first_day, occasion.last_day),
        facts=(),
        summary=_summary(awards),
        sections=numbered(tuple(Section(t, tuple(b)) for t, b in parts)),
        signatures=() if is_public else ("提名（签字）", "审定（签字）"),
        annex=(Section("", sheets),) if sheets else (),
        organiser=occasion.organiser,
        as_of=occasion.as_of,
    )


def _title(awards: Awards) -> str:
    if awards.audience is Audience.INTERNAL:
        return "评先评优推荐名单"
    return "拟表彰名单公示" if awards.notice is not None else "表彰名单"


def _summary(awards: Awards) -> tuple[str, ...]:
    decided = len(awards.awarded)
    if awards.audience is Audience.PUBLIC:
        if awards.notice is not None:
            return ("经审定，拟对下列单位予以表彰，现予公示，接受群众监督。",)
        return (f"经审定，表彰{decided}个单位。" if decided else "本轮还没有审定的表彰。",)
    met, total = len(candidates(awards.nominees)), len(awards.nominees)
    if not total:
        return ("还没有审定的星级评定，不能列出推荐名单。",)
    share = f"{display.percent(met / total)}（{met}/{total}）"
    return (
        f"{total}个单位中，{met}个符合全部推荐条件，占{share}。",
        "名单只是按条件筛选的结果，不是决定；由单位提名、区办排序、领导小组审定并公示。",
        _standing(awards),
    )


def _standing(awards: Awards) -> str:
    decided, notice = len(awards.awarded), awards.notice
    if notice is not None:
        return f"{len(notice.honours)}项荣誉正在公示，到{day(notice.last)}为止。"
    return f"已表彰{decided}个。" if decided else "先由单位从名单中提名，写明事迹。"


def _notice(notice: OnNotice) -> list[tuple[str, list[Block]]]:
    columns = (Column("序号", 12, "center"), Column("单位", 50), Column("拟授予荣誉", 38))
    rows = tuple(
        (str(place), each.name, each.honour) for place, each in enumerate(notice.honours, 1)
    )
    return [
        ("拟表彰名单", [Table("拟表彰名单", columns, rows)]),
        ("公示时间", [Paragraph(notice_period(notice.first, notice.last, notice.workdays))]),
        ("异议受理", list(map(Paragraph, where_to_object(notice.contacts, "拟表彰名单")))),
    ]


def _conditions(awards: Awards) -> list[Block]:
    rows = tuple(
        (words, f"{met}/{len(awards.nominees)}" if awards.nominees else "—")
        for words in CONDITIONS
        for met in [sum(words not in each.failed for each in awards.nominees)]
    )
    columns = (Column("条件（须全部符合）", 70), Column("符合的单位", 30, "right"))
    note = f"依据{awards.rating}。群众满意率口径：{awards.calibre}。" if awards.rating else ""
    return [Table("推荐条件", columns, rows, note=note)]


def _shortlist(awards: Awards) -> list[Block]:
    met = candidates(awards.nominees)
    if not met:
        why = "没有审定的星级评定" if not awards.nominees else "没有单位符合全部条件"
        return [Paragraph(f"{why}，推荐名单为空。")]
    columns = (
        Column("系统", 14),
        Column("单位", 46),
        Column("星级", 10, "center"),
        Column("综合得分", 15, "right"),
        Column("群众满意率", 15, "right"),
    )
    rows = tuple(
        (
            each.sector or "—",
            each.name,
            f"★{each.star}",
            display.index(each.final) if each.final is not None else "—",
            display.percent(each.satisfaction) if each.satisfaction is not None else "—",
        )
        for each in met
    )
    return [
        Table(
            "推荐名单",
            columns,
            rows,
            note="同一系统内按综合得分排列；得分相近的，不宜据此判定先后。",
        )
    ]


def _near(awards: Awards) -> list[Block]:
    """Return who misses one condition alone, so that nobody is forgotten by a rule."""
    close = [each for each in awards.nominees if len(each.failed) == 1]
    if not close:
        return [Paragraph("没有只差一项条件的单位。")]
    counts = {words: [e for e in close if e.failed[0] == words] for words in CONDITIONS}
    said = "；".join(
        f"只差“{words}”的{len(found)}个：{_names(found)}"
        for words, found in counts.items()
        if found
    )
    return [Paragraph(f"{said}。")]


def _names(found: Sequence[Nominee]) -> str:
    named = "、".join(each.name for each in found[:MOST_NAMED])
    return f"{named}等" if len(found) > MOST_NAMED else named


def _decided(awards: Awards) -> list[Block]:
    if not awards.awarded:
        return [Paragraph("还没有审定的表彰决定；审定后在这里列出，并打印荣誉证书。")]
    columns = (
        Column("证书编号", 18),
        Column("单位", 36),
        Column("荣誉", 26),
        Column("审定日期", 20, "center"),
    )
    rows = tuple((each.number, each.name, each.honour, each.on) for each in awards.awarded)
    return [Table("表彰决定", columns, rows)]


def _certificate(awards: Awards, each: Awarded) -> Certificate:
    words = f"在{awards.occasion.round_title}中成绩突出，群众满意，经审定，授予{awards.year}年度"
    return Certificate(
        each.name, words, f"“{each.honour}”", each.number, awards.occasion.organiser, each.on
    )
