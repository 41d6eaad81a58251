"""Trees of indicators and the values in them, on both databases: who enters, who approves."""

import io
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from survey.audit import service as audit
from survey.errors import ImportRefused, NotAllowed, NotFound
from survey.indicators import entries, sets, standings, tree_file
from survey.indicators.models import IndicatorDecision, IndicatorEntry, Verdict
from survey.indicators.periods import PeriodUnknown, read_period
from survey.indicators.refusals import (
    AnotherChecker,
    EntryDecided,
    EvidenceMissing,
    IndicatorNotFound,
    NotYourIndicator,
    PeriodNotOpen,
    ReasonMissing,
    SetFrozen,
    SetNotFound,
    SetRefused,
    ValueRefused,
)
from survey.indicators.sets import SetPlan
from survey.indicators.standings import State
from tests.rounds import add_district
from tests.survey.indicators.conftest import (
    DISTRICT,
    OTHER,
    PLAN,
    Q2,
    Q3,
    SECRETARY,
    TREE,
    UNIT,
    UNIT_TOO,
    VERIFIER,
    refusals,
)


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
