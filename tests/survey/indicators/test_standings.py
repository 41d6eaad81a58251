"""What follows from values: scores and leagues, settled periods, reminders, files and templates."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.errors import ImportRefused, NotAllowed
from survey.indicators import entries, entry_file, scores, sets, standings
from survey.indicators.models import IndicatorEntry, Verdict
from survey.indicators.periods import PeriodUnknown, read_period
from survey.indicators.refusals import PeriodNotOpen, PeriodSettled
from survey.indicators.sets import SetPlan
from survey.indicators.standings import State
from survey.indicators.templates import entry_template, tree_template
from tests.survey.indicators.conftest import (
    APPROVER,
    DISTRICT,
    OTHER,
    Q2,
    Q3,
    SECRETARY,
    TODAY,
    UNIT,
    VERIFIER,
    refusals,
    staff,
)

FULL = {"ZZ1": 100, "ZZ2": 100, "ZZ3": 96, "CN1": 100, "CN2": 6, "QZ1": 3}


def fill(session, enter, approve, org, values, *, folder, now, period="2026Q2"):
    secretary = staff(f"s-{org}", Role.BRANCH_SECRETARY, *parent(session, org), org)
    for node, value in values.items():
        entry = enter(secretary, node, value, org=org, period=period)
        if node == "ZZ1":
            pdf = b"%PDF-1.4\n%%EOF\n"
            entries.add_evidence(session, secretary, entry.id, pdf, "a.pdf", folder=folder, now=now)
        approve(OPERATOR, entry)


def parent(session, org):
    return {"B001": ("D0", "U01"), "B002": ("D0", "U01"), "B003": ("D0", "U02")}[org]


def test_scores_benchmarks_and_a_settled_period(session, enter, approve, tmp_path, now):
    folder = {"folder": tmp_path, "now": now}
    fill(session, enter, approve, "B001", FULL, **folder)
    fill(session, enter, approve, "B002", {**FULL, "CN1": 75, "ZZ2": 90}, **folder)
    for month, value in (("2026-04", 0), ("2026-05", 2)):
        approve(DISTRICT, enter(UNIT, "QZ2", value, period=month))
    approve(OPERATOR, enter(DISTRICT, "FJ", 1, org="B002"))
    of = sets.set_for(session, DISTRICT, "ZB", Q2)

    sheet = scores.sheet_of(session, SECRETARY, of, Q2, "B001", today=TODAY)

    # 4月0件100分，5月2件80分，6月还没有填：90；群众工作 (2×100 + 90) / 3。
    assert sheet.scores["QZ2"].score == pytest.approx(90)
    assert sheet.whole.score == pytest.approx((40 * 100 + 30 * 100 + 30 * (290 / 3)) / 100)
    assert sheet.scores["QZ2"].known == pytest.approx(2 / 3)
    assert (sheet.marks[""].place, sheet.marks[""].of) == (1, 2)
    assert sheet.due_on == date(2026, 7, 10)
    assert [line.state for line in sheet.lines if line.node.code == "QZ2"] == [
        State.APPROVED,
        State.APPROVED,
        State.MISSING,
    ]

    league = scores.league_of(session, UNIT, of, Q2)
    assert list(league.groups) == ["社区", "农村"]
    first, second = league.groups["社区"]
    assert (first.org_id, second.org_id, second.is_veto) == ("B001", "B002", True)
    assert second.score == pytest.approx(
        (40 * ((2 * 100 + 50 + 100) / 4) + 30 * (2 * 50 + 100) / 3 + 30 * 100) / 100
    )
    assert league.groups["农村"][0].score is None

    settle = {"today": TODAY, "now": now}
    with pytest.raises(NotAllowed):
        scores.settle(session, DISTRICT, of, Q2, **settle)
    with pytest.raises(PeriodNotOpen):
        scores.settle(session, APPROVER, of, Q3, **settle)
    waiting = enter(UNIT, "QZ2", 0, period="2026-06")
    with pytest.raises(PeriodNotOpen):
        scores.settle(session, APPROVER, of, Q2, **settle)
    approve(DISTRICT, waiting)
    scores.settle(session, APPROVER, of, Q2, **settle)
    with pytest.raises(PeriodSettled):
        enter(SECRETARY, "ZZ2", 1, "晚了")
    with pytest.raises(PeriodSettled):
        enter(UNIT, "QZ2", 1, "晚了", period="2026-06")
    with pytest.raises(PeriodSettled):
        scores.settle(session, APPROVER, of, Q2, **settle)
    kept = scores.league_of(session, UNIT, of, Q2)
    assert kept.rows["B002"] == scores.league_of(session, DISTRICT, of, Q2).rows["B002"]
    assert kept.rows["B001"].score == pytest.approx(70 + 30 * (200 + 280 / 3) / 300)
    assert scores.seen_in(SECRETARY, kept, {o.id: o for o in standings.measured(session, of)}) == {
        "B001"
    }


def test_whoever_owes_is_reminded_and_whoever_waits_is_told(session, enter, approve, tree):
    def owed(actor, **more):
        return [
            (each.org.id, each.period.code, len(each.nodes), each.is_late)
            for each in standings.missing(session, actor, today=TODAY, **more)
        ]

    assert owed(SECRETARY) == [("B001", "2026Q1", 6, True), ("B001", "2026Q2", 6, True)]
    assert {row[1] for row in owed(UNIT, only_own=True)} == {f"2026-0{m}" for m in range(1, 9)}
    assert len(owed(UNIT)) == 2 * (2 + 8)
    with pytest.raises(NotAllowed):
        owed(VERIFIER)
    entry = enter(SECRETARY, "ZZ2", 98)
    assert ("B001", "2026Q2", 5, True) in owed(SECRETARY)
    assert [each.id for each, _ in standings.waiting(session, UNIT)] == [entry.id]
    assert standings.waiting(session, OTHER) == []
    approve(UNIT, entry, Verdict.RETURNED, "请核对")
    assert ("B001", "2026Q2", 6, True) in owed(SECRETARY)
    assert standings.waiting(session, UNIT) == []
    on_the_day = standings.missing(session, SECRETARY, today=date(2026, 7, 10))
    assert [each.is_late for each in on_the_day] == [True, False]


def test_values_come_from_a_file_whole_or_not_at_all(session, tree, enter, now):
    head = "org_id,indicator,period,value,note\n"

    def take(rows, actor=UNIT):
        return entry_file.import_entries(
            session, actor, tree, (head + rows).encode(), "a.csv", today=TODAY, now=now
        )

    enter(SECRETARY, "ZZ2", 90)
    bad = (
        "B001,ZZ2,2026Q2,95,\n"
        "B003,ZZ2,2026Q2,95,\n"
        "B001,XX,2026Q2,95,\n"
        "B001,ZZ1,2026Q2,95,\n"
        "B001,FJ,2026Q2,0,\n"
        "B001,ZZ3,2026-05,95,\n"
        "B001,ZZ3,2026Q4,95,\n"
        "B001,CN1,2026Q2,不适用,\n"
        "B001,CN2,2026Q2,三,\n"
        "B002,CN2,2026Q2,3,\n"
        "B002,CN2,2026Q2,3,\n"
    )
    with pytest.raises(ImportRefused) as refused:
        take(bad)
    assert [fault[:2] for fault in refusals(refused)] == [
        (2, "note"),
        (3, "org_id"),
        (4, "indicator"),
        (5, "indicator"),
        (6, "indicator"),
        (7, "period"),
        (8, "period"),
        (9, "note"),
        (10, "value"),
        (12, "indicator"),
    ]
    assert len(session.scalars(select(IndicatorEntry)).all()) == 1

    done = take(
        "B001,ZZ2,2026Q2,95,录入有误\nB002,ZZ2,2026Q2,88.5,\nB002,CN1,2026Q2,不适用,没有到期承诺\n"
    )
    assert (done.added, done.changed, done.unchanged) == (2, 1, 0)
    assert take("B002,ZZ2,2026Q2,88.5,\n").unchanged == 1
    assert take("B002,QZ2,2026-04-01,1,\n").added == 1
    with pytest.raises(NotAllowed):
        take("B001,ZZ2,2026Q2,95,\n", VERIFIER)


def test_templates_read_back(session, tree, now):
    lines = entry_file.to_fill(session, SECRETARY, tree, Q2, today=TODAY)
    assert [line.node.code for line in lines] == ["ZZ2", "ZZ3", "CN1", "CN2", "QZ1"]
    with pytest.raises(ImportRefused) as refused:
        entry_file.import_entries(
            session, SECRETARY, tree, entry_template(lines), "a.xlsx", today=TODAY, now=now
        )
    assert [fault[1] for fault in refusals(refused)] == ["value"] * 5
    rows = [("K1", "按期办结率", None, 1, "linear", "higher", 100, 60)]
    plan = SetPlan("KF", "窗口指标", "window", starts_on=date(2026, 1, 1))
    made = sets.import_tree(session, DISTRICT, plan, tree_template(rows), "t.xlsx", now=now)
    assert [(node.code, node.target, node.cycle) for node in made.nodes] == [("K1", 100, "quarter")]
    assert sets.main_cycle(made).value == "quarter"


def test_periods_know_their_parts():
    assert [part.code for part in read_period("2026Q4").parts(read_period("2026-01").cycle)] == [
        "2026-10",
        "2026-11",
        "2026-12",
    ]
    assert read_period("2026-12").ends_on == date(2026, 12, 31)
    assert (Q2.label, read_period("2026-07").label) == ("2026年二季度", "2026年7月")
    assert read_period("2026").holds(Q2)
    assert Q2.starts_on - timedelta(days=1) == date(2026, 3, 31)
    for wrong in ("2026Q0", "2026-13", "", "1999", "2026Q22", "2026-7"):
        with pytest.raises(PeriodUnknown):
            read_period(wrong)
