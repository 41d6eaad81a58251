"""What a typographer would not let pass, on pages of the worst data: measured in the PDF."""

import re
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import pypdfium2
import pytest

from reports import letters
from reports.award_list import Awarded, Awards, compile_awards
from reports.charts import Bar
from reports.column_widths import head_parts, report_widths
from reports.district_report import TOO_FEW, compile_district
from reports.documents import chart, report_html
from reports.figures import Audience
from reports.league_report import League, compile_league, groups_of
from reports.ledger import COLUMNS, SUPERVISION_COLUMNS, LedgerRow, LedgerSheet, compile_ledger
from reports.letter_facts import LetterFacts
from reports.notice import Contacts, NoticeFacts, compile_cover, compile_notice
from reports.official import Letterhead
from reports.overview import Overview
from reports.parts import BarFigure, Certificate, Column, Section, Subheading, Table
from reports.pdf import render_pdf
from reports.unit_report import compile_unit
from tests.reports.sample_world import LONG, OCCASION

AS_OF = datetime.fromisoformat("2026-09-30T09:05:00+08:00")
PROBLEM = (
    "每个工作日上午等候时间过长，叫号系统显示的时间与实际不符，有的群众跑了三趟仍没有办成；" * 4
)
NOT_FIRST = "，。、；：！？）》〕”～%"
LETTER = LetterFacts(
    organiser="示范区评议办公室",
    unit=LONG,
    owner=LONG,
    person="喆堃·买买提䶮赟㼆",
    number="ZG-2026-0001",
    source="群众意见 A33（n=23，等候时间）",
    problem=PROBLEM,
    measures=PROBLEM,
    state="群众再评价中",
    registered_on=date(2026, 9, 16),
    due_on=date(2026, 10, 12),
    limit_workdays=15,
    workdays_left=-12,
    extensions=2,
    reopenings=3,
    evidence="整改前照片12张、整改后照片12张",
    acceptance="",
    judgement=None,
    needs_recheck=True,
    again=None,
    as_of=AS_OF,
    letter_number="示创督〔2026〕123号",
)
FACTS = NoticeFacts(
    organiser="中共示范区委创先争优活动领导小组办公室",
    round_title="2026年第三季度评议",
    first_day=date(2026, 9, 1),
    last_day=date(2026, 9, 15),
    judged=(),
    notice_from=None,
    notice_until=None,
    workdays=5,
    contacts=Contacts(),
    as_of=AS_OF,
)


def pages_of(report):
    """Return the lines of each page between its margins, as they are read."""
    found = []
    with pypdfium2.PdfDocument(render_pdf(report_html(report))) as document:
        for page in document:
            text = page.get_textpage().get_text_range().replace("\ufffe", "")
            found.append([line.strip() for line in text.splitlines() if line.strip()])
    return found


def told(pages):
    return re.sub(r"\s", "", "".join("".join(lines) for lines in pages))


@pytest.mark.parametrize("columns", [COLUMNS, SUPERVISION_COLUMNS])
def test_no_line_of_a_ledger_begins_with_a_mark_that_ends_one(columns):
    cells = {
        "问题编号": "ZG-2026-0001",
        "问题描述": PROBLEM,
        "责任单位": LONG,
        "责任人": "喆堃赟",
        "整改措施": PROBLEM[:60],
        "佐证材料": "照片2张",
        "完成情况": "待分派，2026-09-18，逾期27天",
        "群众再评价": "n=23，同意销号95.7%，彻底解决61.0%",
        "督办措施": "黄牌提醒（2026-09-20）、红牌督办（2026-09-27）",
        "整改时限": "15个工作日，2026-10-15到期",
        "销号情况": "未销号",
    }
    rows = [LedgerRow("整改中", tuple(cells.get(head, "") for head in columns)) for _ in range(20)]
    (page, *_) = pages_of(compile_ledger(LedgerSheet("整改台账", columns, rows, AS_OF)))

    assert not [line for line in page if line[0] in NOT_FIRST]
    assert columns is not COLUMNS or "未销号" in page, "a short word is not torn"


@pytest.mark.parametrize(
    ("head", "parts"),
    [
        ("责任人", ["责任人"]),
        ("问题编号", ["问题", "编号"]),
        ("群众再评价", ["群众", "再评价"]),
        ("验收人、验收日期", ["验收人、", "验收", "日期"]),
        ("指数95%区间", ["指数95%区间"]),
    ],
)
def test_heads_break_between_words(head, parts):
    assert head_parts(head) == parts


def test_crowded_words_get_the_room_that_figures_leave():
    columns = (Column("单位", 34), Column("件数", 33, "right"), Column("满意率", 33, "right"))
    rows = ((LONG, "12", "100.0% 34/34"), ("甲", "3", "—"))

    assert report_widths(Table("表", columns, rows[1:])) == (34, 33, 33), "as designed"
    name, *figures = report_widths(Table("表", columns, rows))

    assert name > 60
    assert all(each < 33 for each in figures)


def test_a_column_of_a_form_keeps_its_room_to_write_in():
    columns = (Column("问题", 50), Column("整改措施", 50))
    form = Table("清单", columns, ((PROBLEM, ""),), is_form=True)

    assert report_widths(form)[1] >= 49


def test_a_certificate_is_one_page_whatever_stands_on_it():
    honour = "五星级基层党建示范点暨群众满意的窗口服务单位标兵"
    occasion = replace(OCCASION, round_title=LONG)
    named = tuple(Awarded(f"B{n}", LONG, honour, f"RY-{n}", "2026年12月31日") for n in range(3))
    report = compile_awards(Awards(Audience.PUBLIC, occasion, "评定", 2026, (), named))
    (sheets,) = report.annex

    *_, first, second, third = pages_of(report)

    assert sum(isinstance(block, Certificate) for block in sheets.blocks) == 3
    for page in (first, second, third):
        assert "荣誉证书" in told([page])
        assert "2026年12月31日" in told([page])


@pytest.mark.parametrize("made", [compile_notice, compile_cover])
def test_name_and_date_never_stand_on_a_page_without_text(made):
    for items in range(6):
        contacts = Contacts("示" * 28 * items, "0513-8650 0000")
        pages = pages_of(made(replace(FACTS, contacts=contacts, items=items)))
        (page,) = [told([lines]) for lines in pages if FACTS.organiser in lines]
        before = page[: page.rindex("附件：")] if "附件：" in page else page
        assert len(before) > 8, items


def test_the_day_of_the_imprint_is_not_torn():
    head = Letterhead(FACTS.organiser)
    pages = pages_of(compile_cover(replace(FACTS, letterhead=head)))

    assert [line for lines in pages for line in lines if line.endswith("日印发")]


def test_a_notice_about_nothing_says_why():
    said = told(pages_of(compile_notice(FACTS)))

    assert "没有收到评议" in said
    assert "评议结果如下" not in said
    assert "不列各单位的结果" in said


@pytest.mark.parametrize("made", [letters.order, letters.supervision, letters.closure])
def test_a_form_about_an_item_is_one_page_with_the_longest_words(made):
    assert len(pages_of(made(LETTER))) == 1


def test_no_heading_stands_without_what_it_heads(world):
    full = world[Audience.INTERNAL]
    one = full.surveyed[0]
    units = tuple(
        replace(
            one.units[0], target=replace(one.units[0].target, org_id=f"U{n}", name=f"{LONG}{n}")
        )
        for n in range(22)
    )
    for surveyed in ((replace(one, units=units),), (replace(one, objects=one.objects[:1]),)):
        pages = pages_of(compile_district(replace(full, surveyed=surveyed)))
        for page in pages:
            *_, last = [line for line in page if not re.match(r"— ?\d+|核对码", line)]
            assert not re.match(r"[一二三四五六七八九十]+、|（[一二三]）", last), last


def test_a_level_of_which_nothing_can_be_shown_says_so(world):
    full = world[Audience.INTERNAL]
    hidden = tuple(
        replace(one, units=one.units[:1], objects=tuple(f for f in one.objects if f.rank is None))
        for one in full.surveyed
    )
    blocks = compile_district(replace(full, surveyed=hidden)).sections[2].blocks

    for block, following in zip(blocks, (*blocks[1:], None), strict=True):
        if isinstance(block, Subheading):
            assert following is not None
            assert not isinstance(following, Subheading)
    assert TOO_FEW in [getattr(block, "text", "") for block in blocks]


def test_the_note_of_a_table_stands_on_the_page_where_it_ends():
    columns = (Column("单位", 70), Column("件数", 30, "right"))
    whole = compile_unit(Overview("某单位", Audience.INTERNAL, OCCASION, ()))
    for rows in range(14, 21):
        table = Table("整改事项", columns, (("甲", "1"),) * rows, note="供研究参考。")
        (first, *rest) = pages_of(replace(whole, sections=(Section("一、整改", (table,)),)))
        for page in rest:
            assert not page[0].startswith("注："), rows
        assert first


def test_a_picture_of_many_long_names_leaves_room_for_its_heading():
    bars = tuple(Bar(f"{LONG}{n}", 50.0 + n) for n in range(24))

    drawn = chart(BarFigure("图", bars), "k")

    height = float(re.search(r'viewBox="0 0 590 ([\d.]+)"', drawn)[1])
    assert height <= 640
    assert "…" in drawn


def test_a_single_point_goes_without_a_number():
    report = compile_unit(Overview("某单位", Audience.INTERNAL, OCCASION, ()))
    said = [getattr(block, "text", "") for block in report.sections[-1].blocks]

    assert said == ["巩固成绩，继续听取群众意见。"]


def test_no_row_of_a_table_on_its_side_stands_alone_on_a_page(world):
    overview = world[Audience.INTERNAL]
    groups = groups_of(overview.surveyed)
    report = compile_league(League(Audience.INTERNAL, OCCASION, groups, "群众评议得分", "本轮"))
    cut = 0
    for more in range(6):
        longer = replace(report, summary=(*report.summary, *("补充说明。",) * more))
        pages = [tables_of(page) for page in pages_of(longer)]
        for tables, following in pairwise(pages):
            if tables and following and following[0][0] > 1:
                cut += 1
                assert len(tables[-1]) > 1, more
                assert len(following[0]) > 1, more
    assert cut


def tables_of(page):
    """Return the places that each table of a page lists."""
    found = []
    for line in page:
        if line.startswith("名次 名次区间"):
            found.append([])
        elif row := re.match(r"(\d+) \d+～\d+ ", line):
            found[-1].append(int(row[1]))
    return [each for each in found if each]
