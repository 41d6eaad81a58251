"""The public notice 公示 of results and the covering notice 通知 (domain.md 6.1 (7), 6.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from reports import display
from reports.figures import Figures, Method, Rate
from reports.official import PLAIN_PAPER, Imprint, Letterhead, Official
from reports.overview_passages import withheld
from reports.parts import Block, Column, EvaluationReport, Paragraph, Section, Table
from reports.sentences import day, period

MOST_INLINE = 12
"""Rows of a table that stands in the text; a longer one is attached."""

BANDS = {1: "第一梯队", 2: "第二梯队", 3: "第三梯队"}
COLUMNS = (
    Column("序号", 8, "center"),
    Column("单位", 28),
    Column("有效票", 11, "right"),
    Column("基本满意以上率", 20, "right"),
    Column("95%区间", 20, "right"),
    Column("档次", 13, "center"),
)
HOW_TO_OBJECT = (
    "反映问题要实事求是，有具体事实和线索。以单位名义反映的，请加盖公章；以个人名义反映的，"
    "请签署真实姓名并提供联系方式，以便核实和答复。受理单位对反映人的情况严格保密。"
)


@dataclass(frozen=True)
class Contacts:
    """Where objections are taken; what is not known yet is left to be written in."""

    office: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True)
class Judged:
    """What one questionnaire found: what its objects are called, their figures, their total.

    `chosen` are the answers behind the total's weighted rate (“1,050/1,234”); empty where hidden.
    """

    name: str
    objects: tuple[Figures, ...]
    total: Figures | None = None
    chosen: str = ""


@dataclass(frozen=True)
class NoticeFacts:
    """What a notice is compiled from.

    Attributes:
        organiser: who runs the round and signs.
        round_title: as residents read it.
        first_day, last_day: of the fieldwork, both inclusive.
        judged: what each questionnaire found, after disclosure control for the public.
        notice_from, notice_until: of the notice, both inclusive; None before it is approved.
        workdays: how many working days that is, or at least is to be.
        contacts: for objections.
        as_of: when the counts were closed; aware, in local time.
        mark: 送审稿 or the like.
        rules: the version of the rule set.
        letterhead: the office's head.
        units: names of the units that the covering notice is addressed to.
        measures_by: when measures are due; None where items are not made yet.
        items: number of public items that the round brought up; None before there are any.
    """

    organiser: str
    round_title: str
    first_day: date
    last_day: date
    judged: tuple[Judged, ...]
    notice_from: date | None
    notice_until: date | None
    workdays: int
    contacts: Contacts
    as_of: datetime
    mark: str = ""
    rules: str = ""
    letterhead: Letterhead = PLAIN_PAPER
    units: tuple[str, ...] = ()
    measures_by: date | None = None
    items: int | None = None


def compile_notice(facts: NoticeFacts) -> EvaluationReport:
    """Return the public notice; tables too long for the text are attached to it."""
    shown = sum(map(len, map(_shown, _evaluated(facts.judged))))
    is_attached = shown > MOST_INLINE
    names = tuple(map(_caption, _evaluated(facts.judged))) if is_attached else ()
    where = "评议结果见附件。" if names else "评议结果如下。" if shown else _NOTHING
    results: list[Block] = [Paragraph(words) for words in map(_total_words, facts.judged) if words]
    results.append(Paragraph(where))
    if not is_attached:
        results += [block for each in _evaluated(facts.judged) for block in _blocks(each)]
    if shown:
        results.append(Paragraph(_HOW_READ))
    sections = (
        Section("", (Paragraph(_opening(facts)),)),
        Section("一、评议情况", tuple(Paragraph(words) for words in _what(facts))),
        Section("二、评议结果", tuple(results)),
        Section("三、公示时间", (Paragraph(_when(facts)),)),
        Section("四、异议受理", tuple(map(Paragraph, where_to_object(facts.contacts, "评议结果")))),
    )
    imprint = Imprint("", facts.organiser, _signed_on(facts)) if facts.letterhead.agency else None
    return _document(
        facts,
        subject="notice",
        title=(f"关于{facts.round_title}", f"{_results(facts)}的公示"),
        sections=sections,
        annex=_annex(facts.judged) if is_attached else (),
        official=Official(
            agency=facts.letterhead.agency,
            has_star=facts.letterhead.has_star,
            attachments=names,
            signed=facts.organiser,
            day=_signed_on(facts),
            imprint=imprint,
        ),
    )


def compile_cover(facts: NoticeFacts) -> EvaluationReport:
    """Return the covering notice, which sends the results to the units that have to act on them."""
    attached = f"关于{facts.round_title}{_results(facts)}的公示"
    ledger = (f"{facts.round_title}整改台账",) if facts.items else ()
    sections = (
        Section("", (Paragraph(_cover_opening(facts)),)),
        Section("一、认真组织公示", (Paragraph(_cover_notice(facts)),)),
        Section("二、抓紧落实整改", (Paragraph(_cover_items(facts)),)),
        Section("三、如实回应群众", (Paragraph(_COVER_ANSWER),)),
    )
    return _document(
        facts,
        subject="cover",
        title=(f"关于做好{facts.round_title}", f"{_results(facts)}公示和整改工作的通知"),
        sections=sections,
        annex=(),
        official=Official(
            agency=facts.letterhead.agency,
            has_star=facts.letterhead.has_star,
            addressee=_addressee(facts.units),
            attachments=(attached, *ledger),
            signed=facts.organiser,
            day=_signed_on(facts),
            remark="此件公开发布",
            imprint=Imprint("创先争优活动领导小组各成员单位", facts.organiser, _signed_on(facts)),
        ),
    )


_HOW_READ = (
    "有效票太少的单位，为保护参评群众，不列结果；满意率的区间相互重叠的单位，不宜据此判定先后。"
)
_NOTHING = "各单位的有效票都太少，为保护参评群众，不列各单位的结果。"
_COVER_ANSWER = (
    "对群众反映的问题，能立即解决的立行立改，一时难以解决的说明理由、限期整改，缺乏依据的做好解释。"
    "整改结果由群众再评价，群众不满意的不销号。不得打听、追查参评群众，不得对反映问题的人打击报复。"
)
_OPEN_DAY = "　　年　　月　　日"


def _document(
    facts: NoticeFacts,
    *,
    subject: str,
    title: tuple[str, ...],
    sections: tuple[Section, ...],
    annex: tuple[Section, ...],
    official: Official,
) -> EvaluationReport:
    return EvaluationReport(
        subject=subject,
        mark=facts.mark,
        title=title,
        occasion="",
        facts=(),
        summary=(),
        sections=sections,
        signatures=(),
        annex=annex,
        organiser=facts.organiser,
        as_of=facts.as_of,
        rules=facts.rules,
        layout="official",
        official=official,
    )


def _results(facts: NoticeFacts) -> str:
    """Return what follows the title of the round; many end in 评议 themselves."""
    return "结果" if facts.round_title.endswith("评议") else "群众评议结果"


def _opening(facts: NoticeFacts) -> str:
    return (
        f"根据群众评议工作安排，{facts.organiser}组织开展了{facts.round_title}。"
        "现将评议结果予以公示，接受群众监督。"
    )


def _what(facts: NoticeFacts) -> list[str]:
    fieldwork = period(facts.first_day, facts.last_day)
    objects = "、".join(f"{each.name}{len(each.objects)}个" for each in _evaluated(facts.judged))
    told = f"评议对象为{objects}" if objects else "没有收到评议"
    return [
        f"评议时间为{fieldwork}。{told}。群众不记名填写评议表，"
        "评议期间任何人看不到票，截止以后一并启封、统计。"
    ]


def _total_words(judged: Judged) -> str:
    total = judged.total
    if total is None or not total.is_shown or total.overall is None or total.overall.top3 is None:
        return ""
    votes = f"有效票{total.n:,}张，" if total.n is not None else ""
    rate = total.overall.top3
    words = f"{judged.name}：{votes}群众满意率（基本满意以上）{display.percent(rate.share)}"
    words += f"（加权；{judged.chosen}张）" if judged.chosen else "（加权）"
    if rate.interval is not None:
        words += f"，95%区间{display.percent_interval(rate.interval)}"
    return f"{words}。"


def _evaluated(judged: Sequence[Judged]) -> list[Judged]:
    return [each for each in judged if each.objects]


def _shown(judged: Judged) -> list[Figures]:
    return [each for each in judged.objects if each.is_shown]


def _caption(judged: Judged) -> str:
    return f"{judged.name}群众评议结果"


def _blocks(judged: Judged, *, is_headed: bool = False) -> list[Block]:
    """Return the results of one questionnaire; who has too few ballots is named in a sentence.

    Rows of dashes, one for each of hundreds, would bury those that say something.
    """
    shown = _shown(judged)
    found: list[Block] = []
    if shown:
        caption = "" if is_headed else _caption(judged)
        note = _HOW_READ if is_headed else ""
        found.append(Table(caption, COLUMNS, tuple(_rows(shown)), note=note))
    return [*found, *withheld(judged.objects)]


def _rows(objects: Sequence[Figures]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for number, figures in enumerate(objects, 1):
        overall = figures.overall
        shown, interval = display.SUPPRESSED, "—"
        if overall is not None and overall.top3 is not None:
            shown, interval = _share(overall.top3), _interval(overall.top3)
        elif overall is not None and overall.unanimous_mark:
            shown = overall.unanimous_mark
        votes = f"{figures.n:,}" if figures.n is not None else "—"
        band = BANDS[figures.rank.band] if figures.rank else "—"
        rows.append((str(number), figures.target.name, votes, shown, interval, band))
    return rows


def _share(rate: Rate) -> str:
    words = display.percent(rate.share)
    if rate.chosen is None or rate.base is None:
        return words
    return f"{words} {display.fraction(rate.chosen, rate.base)}"


def _interval(rate: Rate) -> str:
    if rate.method is Method.CENSUS:
        return display.CENSUS
    return display.percent_interval(rate.interval) if rate.interval else "—"


def _annex(judged: Sequence[Judged]) -> tuple[Section, ...]:
    found, attached = [], _evaluated(judged)
    for number, each in enumerate(attached, 1):
        head = f"附件{number}" if len(attached) > 1 else "附件"
        blocks = _blocks(each, is_headed=True)
        found.append(Section(head, (Paragraph(_caption(each)), *blocks)))
    return tuple(found)


def _when(facts: NoticeFacts) -> str:
    return notice_period(facts.notice_from, facts.notice_until, facts.workdays)


def notice_period(first: date | None, last: date | None, workdays: int) -> str:
    """Return from when to when a notice stands, both inclusive; without days room for them."""
    if first is None or last is None:
        return f"公示期为{_OPEN_DAY}至{_OPEN_DAY}，不少于{workdays}个工作日。"
    return f"公示期为{period(first, last)}，共{workdays}个工作日。"


def where_to_object(contacts: Contacts, about: str) -> list[str]:
    """Return how and where people object to `about`, a paragraph each."""
    blank = "　" * 8
    lines = [
        f"公示期内，对{about}有异议的，可以书面、电话、电子邮件或者当面向受理单位反映。",
        HOW_TO_OBJECT,
        f"受理单位：{contacts.office or blank}",
        f"联系电话：{contacts.phone or blank}",
    ]
    if contacts.email:
        lines.append(f"电子邮箱：{contacts.email}")
    return [*lines, f"通信地址：{contacts.address or blank}"]


def _signed_on(facts: NoticeFacts) -> str:
    return day(facts.notice_from) if facts.notice_from else _OPEN_DAY


def _addressee(units: Sequence[str]) -> str:
    few = 6
    named = "、".join(units[:few])
    return f"{named}等{len(units)}个单位" if len(units) > few else named or "各单位"


def _cover_opening(facts: NoticeFacts) -> str:
    return (
        f"{facts.round_title}已经结束。经审定，现将评议结果印发给你们，"
        "请认真组织公示，抓好整改落实，并就有关事项通知如下。"
    )


def _cover_notice(facts: NoticeFacts) -> str:
    contacts = facts.contacts
    office = contacts.office or "　" * 8
    phone = f"（电话：{contacts.phone}）" if contacts.phone else ""
    return (
        f"请在党务公开栏、办事大厅等群众看得到的地方张贴《公示》。{_when(facts)}"
        f"群众有异议的，告知其向{office}{phone}反映，不得推诿、截留。"
    )


def _cover_items(facts: NoticeFacts) -> str:
    count = f"本次评议共登记整改事项{facts.items}件。" if facts.items else ""
    limit = (
        f"请于{day(facts.measures_by)}前逐件填写整改措施、责任人和时限"
        if (facts.measures_by)
        else "请逐件填写整改措施、责任人和时限"
    )
    return (
        f"{count}{limit}，按期完成，并上传整改前后的照片或者材料。逾期的，按规定提醒、督办、约谈。"
    )
