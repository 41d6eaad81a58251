"""Indicators end to end on both databases: tree, values, superiors, scores, reminders."""

import io
from datetime import date, timedelta

import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit import service as audit
from survey.errors import ImportRefused, NotAllowed, NotFound
from survey.indicators import entries, entry_file, scores, sets, standings, tree_file
from survey.indicators.models import IndicatorDecision, IndicatorEntry, Verdict
from survey.indicators.periods import PeriodUnknown, read_period
from survey.indicators.refusals import (
    AnotherChecker,
    EntryDecided,
    EvidenceMissing,
    IndicatorNotFound,
    NotYourIndicator,
    PeriodNotOpen,
    PeriodSettled,
    ReasonMissing,
    SetFrozen,
    SetNotFound,
    SetRefused,
    ValueRefused,
)
from survey.indicators.sets import SetPlan
from survey.indicators.standings import State
from survey.indicators.templates import entry_template, tree_template
from tests.conftest import SAMPLE
from tests.rounds import add_district

TREE = (SAMPLE / "indicators_branch.csv").read_bytes()
TODAY = date(2026, 9, 10)
Q2, Q3 = read_period("2026Q2"), read_period("2026Q3")


def staff(name, role, *path):
    return Actor(name, name, (Grant(role, path[-1], "/".join(path) + "/"),))


SECRETARY = staff("shuji", Role.BRANCH_SECRETARY, "D0", "U01", "B001")
OTHER = staff("linju", Role.BRANCH_SECRETARY, "D0", "U01", "B002")
UNIT = staff("danwei", Role.UNIT_ADMIN, "D0", "U01")
UNIT_TOO = staff("danwei2", Role.UNIT_ADMIN, "D0", "U01")
DISTRICT = staff("quban", Role.DISTRICT_ADMIN, "D0")
APPROVER = staff("shending", Role.APPROVER, "D0")
VERIFIER = staff("yanshou", Role.VERIFIER, "D0")
PLAN = SetPlan("ZB", "党支部量化竞赛指标", "branch")


@pytest.fixture
def tree(session, now):
    add_district(session, now)
    return sets.import_tree(session, DISTRICT, PLAN, TREE, "indicators_branch.csv", now=now)


@pytest.fixture
def enter(session, tree, now):
    def act(actor, node, value, note="", *, org="B001", period="2026Q2"):
        place = entries.place_of(session, actor, "ZB", org, node, period)
        return entries.enter(session, actor, place, value, note, today=TODAY, now=now)

    return act


@pytest.fixture
def approve(session, now):
    def act(actor, entry, verdict=Verdict.APPROVED, reason=""):
        return entries.decide(session, actor, entry.id, verdict, reason, now=now)

    return act


def refusals(found):
    return [(fault.row, fault.column, fault.zh) for fault in found.value.faults]


def test_a_tree_is_mended_until_a_value_was_approved_and_versioned_after(
    session, tree, enter, approve, now
):
    def again(data=TREE, **more):
        plan = SetPlan("ZB", "党支部量化竞赛指标", "branch", **more)
        return sets.import_tree(session, DISTRICT, plan, data, "tree.csv", now=now)

    assert (again().id, again().version) == (tree.id, 1)
    mended = TREE.replace(b",10,,", b",5,,")
    assert again(mended).nodes[9].points_each == 5
    waiting = enter(SECRETARY, "ZZ2", 100)
    with pytest.raises(ImportRefused) as lost:
        again(b"\n".join(line for line in TREE.splitlines() if not line.startswith(b"ZZ2")))
    assert "ZZ2" in refusals(lost)[0][2]

    approve(UNIT, waiting)

    with pytest.raises(SetFrozen):
        again()
    with pytest.raises(SetFrozen):
        again(starts_on=date(2026, 1, 1))
    second = again(starts_on=date(2026, 7, 1))
    assert (second.version, [v.version for v in sets.versions_of(session, "ZB")]) == (2, [2, 1])
    assert sets.set_for(session, SECRETARY, "ZB", Q2).version == 1
    assert sets.set_for(session, SECRETARY, "ZB", Q3).version == 2
    with pytest.raises(SetRefused):
        sets.set_for(session, SECRETARY, "ZB", read_period("2026"))
    with pytest.raises(SetNotFound):
        sets.set_for(session, SECRETARY, "ZB", read_period("2025Q4"))
    with pytest.raises(SetRefused):
        again(starts_on=date(2026, 8, 1))


@pytest.mark.parametrize(
    ("change", "row", "column", "words"),
    [
        ((b"ZZ2,", b"ZZ1,"), 4, "code", "第3行重复"),
        ((b",ZZ,1,step", b",XX,1,step"), 5, "parent", "没有这个上级指标"),
        ((b"linear,higher,100,50", b"linear,higher,,50"), 7, "target", "要填这一格"),
        ((b"linear,lower,3,20", b"linear,lower,20,3"), 10, "target", "不一致"),
        ((b"6:100; 4:85", b"4:85; 6:100"), 8, "steps", "从好到差"),
        ((b"6:100;", b"6-100;"), 8, "steps", "数值:得分"),
        ((b"deduction", b"guess"), 11, "scoring", "linear"),
        ((b",month,", b",week,"), 11, "period", "month"),
        (("组织建设,,40".encode(), "组织建设,ZZ1,40".encode()), 3, "scoring", "下面还有指标"),
        (("组织建设,,40,".encode(), "组织建设,,40,linear".encode()), 2, "scoring", "下面还有指标"),
    ],
)
def test_every_bad_row_of_a_tree_is_named(change, row, column, words):
    data = TREE.replace(*change)
    assert data != TREE
    with pytest.raises(ImportRefused) as refused:
        tree_file.read_tree(data, "tree.csv")

    assert any(fault[:2] == (row, column) and words in fault[2] for fault in refusals(refused)), (
        refusals(refused)
    )


def test_only_the_district_makes_sets(session, now):
    add_district(session, now)
    with pytest.raises(NotAllowed):
        sets.import_tree(session, UNIT, PLAN, TREE, "tree.csv", now=now)
    plan = SetPlan("ZB", "标题", "district")
    with pytest.raises(SetRefused):
        sets.import_tree(session, DISTRICT, plan, TREE, "tree.csv", now=now)


def test_a_value_is_entered_below_and_approved_above_never_by_one_person(
    session, enter, approve, tmp_path, now
):
    entry = enter(SECRETARY, "ZZ2", 98)
    assert enter(SECRETARY, "ZZ2", 98).id == entry.id
    with pytest.raises(NotAllowed):
        approve(SECRETARY, entry)
    with pytest.raises(NotFound):
        approve(OTHER, entry)
    with pytest.raises(ReasonMissing):
        approve(UNIT, entry, Verdict.RETURNED)
    approve(UNIT, entry, Verdict.RETURNED, "与台账不符")
    with pytest.raises(EntryDecided):
        approve(UNIT, entry)

    second = enter(SECRETARY, "ZZ2", 96)
    assert (second.revision, second.note) == (2, "按退回意见更正")
    approve(UNIT, second)
    with pytest.raises(ReasonMissing):
        enter(SECRETARY, "ZZ2", 97)
    enter(SECRETARY, "ZZ2", 97, "漏算一人")
    of = sets.versions_of(session, "ZB")[0]
    held = standings.held_in(session, of, ["2026Q2"])["B001", "ZZ2", "2026Q2"]
    assert (held.value, held.counted, held.state) == (97, 96, State.PENDING)

    behalf = enter(UNIT, "ZZ3", 95)
    with pytest.raises(AnotherChecker):
        approve(UNIT, behalf)
    approve(UNIT_TOO, behalf)
    assert audit.first_broken(session) is None


def test_the_unit_enters_what_is_its_own_and_the_district_approves_it(enter, approve):
    with pytest.raises(NotYourIndicator):
        enter(SECRETARY, "QZ2", 1, period="2026-05")
    with pytest.raises(NotYourIndicator):
        enter(UNIT, "FJ", 0)
    with pytest.raises(NotAllowed):
        enter(VERIFIER, "ZZ2", 1)
    entry = enter(UNIT, "QZ2", 1, period="2026-05")
    with pytest.raises(NotAllowed):
        approve(UNIT_TOO, entry)
    approve(DISTRICT, entry)


def test_what_cannot_be_entered_says_why(session, enter, tree):
    with pytest.raises(PeriodNotOpen):
        enter(SECRETARY, "ZZ2", 98, period="2026Q4")
    with pytest.raises(IndicatorNotFound):
        enter(SECRETARY, "ZZ2", 98, period="2026-05")
    with pytest.raises(IndicatorNotFound):
        enter(SECRETARY, "ZZ", 98)
    with pytest.raises(PeriodUnknown):
        enter(SECRETARY, "ZZ2", 98, period="2026Q5")
    with pytest.raises(NotFound):
        enter(SECRETARY, "ZZ2", 98, org="B002")
    with pytest.raises(ValueRefused):
        enter(SECRETARY, "ZZ2", None)
    with pytest.raises(ValueRefused):
        enter(SECRETARY, "ZZ2", float("inf"))
    assert enter(SECRETARY, "ZZ2", None, "本季度没有应交党费的党员").value is None


def test_evidence_is_drawn_anew_and_asked_for(session, enter, approve, tmp_path, now):
    entry = enter(SECRETARY, "ZZ1", 100)
    with pytest.raises(EvidenceMissing):
        approve(UNIT, entry)
    out = io.BytesIO()
    Image.new("RGB", (3000, 100), "#8fb8bd").save(out, "JPEG")

    def add(actor):
        return entries.add_evidence(
            session, actor, entry.id, out.getvalue(), "记录.jpg", folder=tmp_path, now=now
        )

    file = add(SECRETARY)
    assert add(SECRETARY).id == file.id
    with pytest.raises(NotFound):
        add(OTHER)
    read = entries.open_evidence(session, UNIT, file.id, folder=tmp_path)
    assert Image.open(io.BytesIO(read.content)).width == 2000
    with pytest.raises(NotFound):
        entries.open_evidence(session, OTHER, file.id, folder=tmp_path)
    approve(UNIT, entry)
    with pytest.raises(EntryDecided):
        add(SECRETARY)


def test_the_database_itself_keeps_what_was_done(session, enter, approve, now):
    entry = enter(SECRETARY, "ZZ2", 98)
    session.commit()
    decision = IndicatorDecision(
        entry_id=entry.id,
        entered_by="shuji",
        verdict="approved",
        reason="",
        decided_by="shuji",
        decided_name="",
        decided_at=now,
    )
    session.add(decision)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
    approve(UNIT, session.get(IndicatorEntry, entry.id))
    session.commit()
    for statement in (
        "UPDATE indicator_entry SET value = 1",
        "DELETE FROM indicator_decision",
        "UPDATE indicator_decision SET verdict = 'returned', reason = 'x'",
        "UPDATE indicator_node SET weight = 9",
        "DELETE FROM indicator_node WHERE code = 'FJ'",
        "UPDATE indicator_set SET title = 'x'",
        "INSERT INTO indicator_node (set_id, code, seq, parent, name, weight, scoring, direction,"
        " target, floor, steps, points_each, limit_value, unit, source, owner, cycle,"
        " needs_evidence) SELECT set_id, 'NEW', 99, '', 'x', 1, 'veto', 'lower', 0, 0, '[]', 0,"
        " 0, '', '', 'self', 'month', needs_evidence FROM indicator_node WHERE code = 'FJ'",
    ):
        with pytest.raises(DBAPIError):
            session.execute(text(statement))
        session.rollback()


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
