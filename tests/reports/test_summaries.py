"""Summaries of the sample district: real figures and worst ones, for either audience."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.alongside import Alongside, Before, Grades, Promise, Recalled, Topic
from reports.annex_report import Round, compile_annex
from reports.award_list import Awarded, Awards, Nominee, compile_awards
from reports.comparison import changes, gaps
from reports.district_report import compile_district
from reports.documents import report_html
from reports.duty_report import Duty, DutyItem, compile_duty
from reports.evaluation import compile_report
from reports.figures import Audience
from reports.league_report import League, compile_league, groups_of
from reports.material import Material
from reports.overview import Overview, Promised, Rectified
from reports.parts import ScatterFigure, ShiftFigure, Table, to_data
from reports.rules import DEFAULT
from reports.trend import Verdict
from reports.unit_report import compile_unit
from tests.reports.sample_world import LONG, OCCASION

PERCENT = re.compile(r"\d+\.\d%")
FORBIDDEN = ("最差", "最后一名", "倒数")


def league_of(overview):
    return League(overview.audience, OCCASION, groups_of(overview.surveyed), "群众评议得分", "本轮")


def annex_of(overview):
    return Round(overview.audience, OCCASION, DEFAULT, overview.surveyed)


MAKERS = {
    "unit": compile_unit,
    "district": compile_district,
    "league": lambda overview: compile_league(league_of(overview)),
    "annex": lambda overview: compile_annex(annex_of(overview)),
}


def texts(report):
    """Return every string of a report's data."""
    found = []

    def walk(value):
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(to_data(report))
    return found


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("kind", MAKERS)
def test_real_figures_make_whole_documents(world, kind, audience):
    report = MAKERS[kind](world[audience])

    said = "".join(texts(report))
    assert not any(word in said for word in FORBIDDEN)
    assert len(report.summary) == 3
    assert all(section.blocks for section in report.sections), "nothing stands empty"
    html = report_html(report)
    assert html.count("<svg") == html.count('role="img"') == html.count("<desc")


@pytest.mark.parametrize("kind", MAKERS)
def test_a_percentage_in_the_text_stands_beside_what_it_was_made_of(world, kind):
    report = MAKERS[kind](world[Audience.INTERNAL])
    blocks = [b for section in report.sections for b in section.blocks]
    paragraphs = [b.text for b in blocks if b.kind == "paragraph"]
    for text in (*paragraphs, report.summary[0]):
        for match in PERCENT.finditer(text):
            before, after = text[: match.start()], text[match.end() :]
            is_bound = before.endswith(("区间", "～", "之间", "在", "不低于")) or after.startswith(
                ("～", "的可排名")
            )
            is_interval = re.search(r"(区间|在)[\d.%～]*$", before) is not None
            assert is_bound or is_interval or after.startswith("（"), text


def test_everybody_sees_bands_and_no_hidden_figure(world):
    public = world[Audience.PUBLIC]
    league = compile_league(league_of(public))
    tables = [b for s in league.sections for b in s.blocks if isinstance(b, Table)]
    assert tables
    assert all(t.columns[0].head == "档次" for t in tables)
    assert not any("名次" in c.head or "得分" in c.head for t in tables for c in t.columns)
    hidden = {f.target.name for one in public.surveyed for f in one.objects if not f.is_shown}
    assert hidden, "the sample district has an object that may not be shown"
    for kind in ("unit", "district", "league"):
        report = MAKERS[kind](public)
        for table in (b for s in report.sections for b in s.blocks if isinstance(b, Table)):
            for row in table.rows:
                assert not hidden & set(row) or set(row) <= hidden | {"—", "样本不足"}, row
    district = compile_district(public)
    assert not [b for s in district.sections for b in s.blocks if isinstance(b, ScatterFigure)]
    assert LONG not in "".join(texts(replace_units(district)))


def replace_units(report):
    """Return the section on leaders alone."""
    return replace(report, sections=report.sections[4:5], annex=(), facts=(), summary=())


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("kind", MAKERS)
def test_nothing_to_show_says_why(world, kind, audience):
    full = world[audience]
    empty = Overview("某单位", audience, OCCASION, ())
    unanswered = replace(
        full,
        surveyed=tuple(replace(one, whole=None, units=(), sectors=()) for one in full.surveyed),
        rated=(),
        sided=(),
        promised=Promised(),
        rectified=Rectified("合计"),
    )
    for overview in (empty, unanswered):
        report = MAKERS[kind](overview)
        assert report.summary
        assert all(section.blocks for section in report.sections)
        report_html(report)


def test_three_hundred_objects_with_long_names_make_a_table_and_no_chart_of_bars(world):
    one = world[Audience.INTERNAL].surveyed[0]
    figures = next(f for f in one.objects if f.is_shown)
    many = tuple(
        replace(figures, target=replace(figures.target, org_id=f"B{n}", name=LONG))
        for n in range(300)
    )
    report = compile_unit(replace(world[Audience.INTERNAL], surveyed=(replace(one, objects=many),)))

    blocks = [b for s in report.sections for b in s.blocks]
    assert max(len(b.rows) for b in blocks if isinstance(b, Table)) == 300
    assert all(len(b.bars) <= 24 for b in blocks if b.kind == "bars")


def test_a_branch_with_everything_beside_it(world, branch_form):
    one = world[Audience.INTERNAL].surveyed[0]
    figures = next(f for f in one.objects if f.is_rankable)
    org = figures.target.org_id
    change = changes({org: figures}, [figures], DEFAULT)[org]
    alongside = Alongside(
        before=Before("上一轮", figures=figures, score=change.score, items=change.items),
        topics=(Topic("路灯", LONG, 12, "ZG-1"), Topic("办事", "排队", None)),
        grades=Grades("民主评议", 12, {"4": 40, "3": 60, "2": 3, "1": 0}, None, 4),
        promises=(Promise(LONG, date(2026, 6, 30), "逾期未兑现", False, True, 30, 40, 76.5),),
        promise_score=76.5,
        recalled=(
            Recalled("ZG-2", LONG, date(2026, 5, 1), "五个好", 61.0, 80.0, Verdict.UP),
            Recalled("ZG-3", "没有可比的分数", None),
        ),
    )
    material = Material(figures, branch_form, DEFAULT, OCCASION, alongside=alongside)
    report = compile_report(material)

    said = "".join(texts(report))
    for words in ("基本持平", "不足5条", "党员互评103票，“优秀”40", "75.0% 30/40", "实质上升1项"):
        assert words in said, words
    assert sum(isinstance(b, ShiftFigure) for s in report.sections for b in s.blocks) == 2
    assert "上轮问题回看" in said
    duty = Duty(
        material,
        gaps([figures], {org: figures}, {org: 90.0}).get(org),
        final=86.5,
        parts={"mass": 85.0, "leader": 90.0},
        star=4,
        last=3,
        rating="2026年度星级评定",
        items=(DutyItem("ZG-9", LONG, "低分题", "整改中", "6月1日", is_open=True, is_late=True),),
    )
    packet = compile_duty(duty)
    assert "述职前先办结超期的1件" in packet.summary[2]
    assert "晋升1星" in "".join(texts(packet))
    report_html(packet)
    report_html(compile_duty(Duty(replace(material, alongside=Alongside()))))


def test_a_certificate_for_what_was_decided_and_for_nobody_else():
    nominee = Nominee("B1", LONG, "农村", 5, 93.0, 0.97, True, False, 0)
    other = replace(nominee, org_id="B2", name="乙", overdue=1)
    awards = Awards(
        Audience.INTERNAL, OCCASION, "评定", 2026, (nominee, other),
        (Awarded("B1", LONG, "先进", "RY-2026-0001", "2026年9月1日"),), "基本满意以上",
    )  # fmt: skip
    for audience in Audience:
        report = compile_awards(replace(awards, audience=audience))
        html = report_html(report)
        assert html.count('class="certificate"') == 1
        assert "RY-2026-0001" in html
    assert "93.00" in json.dumps(to_data(compile_awards(awards)), ensure_ascii=False)
    assert "93.00" not in html, "everybody is told no score"


@settings(max_examples=30)
@given(
    st.integers(0, 400), st.integers(0, 400), st.integers(0, 400), st.integers(0, 400),
    st.none() | st.floats(0, 900),
)  # fmt: skip
def test_progress_with_any_counts(waiting, closed, overdue, due, days):
    whole = Rectified("合计", waiting, 0, 0, closed, overdue, closed, due, min(due, closed), days)
    report = compile_unit(
        Overview("某单位", Audience.INTERNAL, OCCASION, (), rectified=whole, by_source=(whole,))
    )
    said = "".join(texts(report))
    assert (f"登记整改事项{whole.total:,}件" in said) is bool(whole.total)
