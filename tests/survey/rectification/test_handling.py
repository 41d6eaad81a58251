"""Ways an item is handled beside the straight one: requests, stages, triage, looking again."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey.accounts.models import Role
from survey.errors import NotAllowed, NotFound, SurveyError
from survey.rectification import (
    evidence,
    follow_ups,
    refusals,
    requests,
    service,
    supervision,
    suspicion,
    triage,
)
from survey.rectification.handling_models import AcceptanceSheet, FollowUp, ItemStage, RequestKind
from survey.rectification.item import Recheck, Sheet, StageGoal
from survey.rectification.models import RectificationItem
from survey.rectification.states import Act, Source, State
from survey.rectification.triage import Handling
from tests.survey.rectification.conftest import PASSED, PDF, START, People, Walk, person

LATER = START + timedelta(days=1)
SUPERVISOR = person("supervisor", (Role.SUPERVISOR, "D0"))


def acts(item: RectificationItem) -> list[str]:
    return [step.act for step in item.transitions]


def test_nobody_changes_what_happened(tree: Session, walk: Walk) -> None:
    walk(State.VERIFIED)
    tree.commit()
    for statement in (
        "UPDATE transition SET note = 'x'",
        "DELETE FROM transition",
        "UPDATE acceptance_sheet SET score = 100",
        "DELETE FROM acceptance_sheet",
    ):
        with pytest.raises(DBAPIError, match="the history of an item is never changed"):
            tree.execute(text(statement))
        tree.rollback()


def test_acceptance_takes_a_sheet_that_passes(tree: Session, walk: Walk) -> None:
    number = walk(State.UNIT_CHECKED).number
    for sheet, refusal in (
        (None, refusals.SheetRequired),
        (Sheet(True, True, True, True, 69), refusals.AcceptanceFailed),
        (Sheet(False, True, True, True, 90), refusals.AcceptanceFailed),
    ):
        with pytest.raises(refusal):
            service.advance(tree, People.verifier, number, State.VERIFIED, now=LATER, sheet=sheet)
    service.advance(tree, People.verifier, number, State.VERIFIED, now=LATER, sheet=PASSED)
    kept = tree.scalars(select(AcceptanceSheet)).one()
    assert (kept.score, kept.is_solved, kept.has_mechanism) == (90, True, True)


def test_an_owner_asks_for_time_and_gets_an_answer(tree: Session, walk: Walk) -> None:
    item = walk(State.IN_PROGRESS)
    number, due, kind = item.number, item.due_on, RequestKind.EXTENSION
    with pytest.raises(refusals.NotYourStep):
        requests.ask(tree, People.unit, number, kind, "等货", now=LATER, workdays=5)
    with pytest.raises(refusals.ExtensionRefused):
        requests.ask(tree, People.secretary, number, kind, "等货", now=LATER, workdays=11)
    requests.ask(tree, People.secretary, number, kind, "等货", now=LATER, workdays=5)
    with pytest.raises(refusals.RequestFaulty):
        requests.ask(tree, People.secretary, number, kind, "还要等", now=LATER, workdays=5)
    with pytest.raises(refusals.NotYourStep):
        requests.decide(tree, People.verifier, number, kind, grants=True, answer="", now=LATER)
    with pytest.raises(refusals.ReasonRequired):
        requests.decide(tree, People.unit, number, kind, grants=False, answer="", now=LATER)
    requests.decide(tree, People.unit, number, kind, grants=False, answer="货已到", now=LATER)
    assert (item.due_on, item.extension_count) == (due, 0)
    requests.ask(tree, People.secretary, number, kind, "验收排期", now=LATER, workdays=5)
    requests.decide(tree, People.unit, number, kind, grants=True, answer="同意", now=LATER)
    assert (item.due_on > due, item.extension_count) == (True, 1)
    requests.ask(tree, People.secretary, number, kind, "还差一点", now=LATER, workdays=3)
    with pytest.raises(refusals.ExtensionRefused):  # The second is the district's.
        requests.decide(tree, People.unit, number, kind, grants=True, answer="", now=LATER)
    requests.decide(tree, People.district, number, kind, grants=True, answer="", now=LATER)
    assert acts(item)[-6:] == ["ask", "decline", "ask", "extend", "ask", "extend"]
    with pytest.raises(refusals.ExtensionRefused):
        requests.ask(tree, People.secretary, number, kind, "再等等", now=LATER, workdays=1)


def test_an_appeal_has_three_working_days(tree: Session, walk: Walk) -> None:
    number = walk(State.ASSIGNED).number  # Thursday the tenth; Tuesday is the third day after.
    kind, late = RequestKind.APPEAL, START + timedelta(days=6)
    with pytest.raises(refusals.TooLate):
        requests.ask(tree, People.secretary, number, kind, "评错了", now=late)
    with pytest.raises(refusals.TooLate):
        service.advance(tree, People.unit, number, State.APPEAL, now=late, note="评错了")
    requests.ask(tree, People.secretary, number, kind, "评错了", now=late - timedelta(days=1))
    item = service.advance(
        tree, People.unit, number, State.APPEAL, now=late - timedelta(days=1), note="评错了"
    )
    assert item.state == State.APPEAL


def test_a_plan_of_several_stages(tree: Session, walk: Walk, tmp_path: Path) -> None:
    item = walk(State.IN_PROGRESS)
    number, kind = item.number, RequestKind.LONGTERM
    first, second = date(2026, 10, 20), date(2026, 12, 1)
    plan = (StageGoal("立项", first), StageGoal("完工", second))
    with pytest.raises(refusals.StageDateRequired):
        requests.ask(tree, People.secretary, number, kind, "要立项", now=LATER, stages=plan[::-1])
    requests.ask(tree, People.secretary, number, kind, "要立项", now=LATER, stages=plan)
    with pytest.raises(refusals.NotYourStep):
        requests.decide(tree, People.unit, number, kind, grants=True, answer="", now=LATER)
    requests.decide(tree, People.district, number, kind, grants=True, answer="同意", now=LATER)
    assert (item.state, item.stage_on) == (State.LONGTERM, first)
    assert "第2阶段到2026-12-01：完工" in item.transitions[-1].note
    due = datetime(2026, 10, 20, 1, tzinfo=START.tzinfo)
    assert triage.resume_due_stages(tree, now=due - timedelta(days=1)) == ()
    assert triage.resume_due_stages(tree, now=due) == (number,)
    assert triage.resume_due_stages(tree, now=due) == ()
    assert (item.state, item.transitions[-1].actor) == (State.IN_PROGRESS, "system")
    with pytest.raises(refusals.EvidenceRequired):
        service.advance(tree, People.unit, number, State.LONGTERM, now=due)
    evidence.add_evidence(
        tree, People.secretary, number, PDF, "立项批复.pdf", folder=tmp_path, now=due
    )
    service.advance(tree, People.unit, number, State.LONGTERM, now=due + timedelta(hours=1))
    assert (item.state, item.stage_on) == (State.LONGTERM, second)
    reached = tree.scalars(select(ItemStage.reached_on).order_by(ItemStage.due_on)).all()
    assert reached == [first, None]
    triage.resume_due_stages(tree, now=datetime(2026, 12, 1, 1, tzinfo=START.tzinfo))
    with pytest.raises(refusals.NotInState, match="further stage"):
        service.advance(
            tree,
            People.unit,
            number,
            State.LONGTERM,
            now=datetime(2026, 12, 2, tzinfo=START.tzinfo),
        )


def test_triage_shortens_for_the_owner_and_lengthens_for_those_above(
    tree: Session, walk: Walk, now: datetime
) -> None:
    item = walk(State.ACCEPTED)
    due = item.due_on
    triage.classify(tree, People.secretary, item.number, Handling.IMMEDIATE, now=LATER)
    assert item.due_on == date(2026, 9, 16)
    with pytest.raises(refusals.NotYourStep):
        triage.classify(tree, People.secretary, item.number, Handling.DATED, now=LATER)
    triage.classify(tree, People.unit, item.number, Handling.DATED, now=LATER, is_works=True)
    assert (item.due_on, item.is_works) == (due, True)
    with pytest.raises(refusals.NotYourStep):
        triage.classify(
            tree, People.secretary, item.number, Handling.DATED, now=LATER, is_works=False
        )
    with pytest.raises(refusals.NotInState, match="complex"):
        triage.classify(tree, People.unit, item.number, Handling.COMPLEX, now=LATER, note="x")
    bad = service.register(
        tree, People.unit, "W01", source=Source.HCP_BAD, problem="差评1份", now=now
    )
    service.advance(tree, People.unit, bad.number, State.ASSIGNED, now=now)
    assert bad.due_on == date(2026, 9, 17)
    with pytest.raises(refusals.ReasonRequired):
        triage.classify(tree, People.unit, bad.number, Handling.COMPLEX, now=LATER)
    triage.classify(tree, People.unit, bad.number, Handling.COMPLEX, now=LATER, note="涉及三个部门")
    assert (bad.due_on, bad.limit_workdays) == (date(2026, 10, 8), 15)


def test_works_are_shown_before_and_after(tree: Session, walk: Walk, tmp_path: Path) -> None:
    item = walk(State.IN_PROGRESS)
    item.is_works = True
    evidence.add_evidence(
        tree, People.secretary, item.number, PDF, "报告.pdf", folder=tmp_path, now=LATER
    )
    with pytest.raises(refusals.EvidenceRequired, match="before and one of after"):
        service.advance(tree, People.secretary, item.number, State.SUBMITTED, now=LATER)


def test_only_a_satisfied_call_lets_the_unit_close_a_bad_rating(
    tree: Session, walk: Walk, item: RectificationItem
) -> None:
    item.source, item.needs_recheck = Source.HCP_BAD.value, False
    walk(State.VERIFIED)
    for act, is_let in (
        (Act.UNREACHED, False),
        (Act.SATISFIED, True),
        (Act.DISSATISFIED, False),
    ):
        from survey.rectification.loading import find
        from survey.rectification.steps import note_act

        found = find(tree, People.unit, item.number, lock=True)
        note_act(tree, People.unit, found, act, LATER, "")
        tree.flush()
        offered = find(tree, People.unit, item.number).view.may_unit_close
        assert offered is is_let
    with pytest.raises(refusals.NotYourStep):
        service.advance(tree, People.unit, item.number, State.CLOSED, now=LATER)


def test_twice_reopened_the_district_accepts(tree: Session, walk: Walk) -> None:
    item = walk(State.UNIT_CHECKED)
    item.reopen_count = 2
    with pytest.raises(refusals.NotYourStep):
        service.advance(tree, People.verifier, item.number, State.VERIFIED, now=LATER, sheet=PASSED)
    service.advance(tree, People.district, item.number, State.VERIFIED, now=LATER, sheet=PASSED)


def test_the_supervisor_judges_what_is_suspected(tree: Session, walk: Walk) -> None:
    item = walk(State.UNIT_CHECKED)
    with pytest.raises(NotAllowed):
        suspicion.suspect(tree, People.unit, item.number, "照片不是这里", now=LATER)
    with pytest.raises(refusals.RequestFaulty):
        suspicion.judge(tree, SUPERVISOR, item.number, is_true=True, note="属实", now=LATER)
    suspicion.suspect(tree, People.verifier, item.number, "照片不是这里", now=LATER)
    with pytest.raises(SurveyError):
        suspicion.judge(tree, People.district, item.number, is_true=False, note="x", now=LATER)
    # A supervisor of one unit sees no other's queue, even where another role shows the item.
    apart = person("apart", (Role.SUPERVISOR, "U02"), (Role.ANALYST, "D0"))
    with pytest.raises(NotAllowed):
        suspicion.judge(tree, apart, item.number, is_true=False, note="x", now=LATER)
    assert supervision.suspicions(tree, apart) == []
    assert [each.number for each in supervision.suspicions(tree, SUPERVISOR)] == [item.number]
    suspicion.judge(tree, SUPERVISOR, item.number, is_true=True, note="属实", now=LATER)
    assert (item.suspicion, acts(item)[-2:]) == ("confirmed", ["suspect", "confirm_suspicion"])


@pytest.fixture
def closed(tree: Session, now: datetime) -> list[str]:
    """Forty items closed 90 days ago, two of them after having been reopened; one too young."""
    made = []
    for n in range(41):
        item = service.register(
            tree, People.unit, "B001", source=Source.MANUAL, problem=f"问题{n}", now=now
        )
        item.state = State.CLOSED.value
        item.closed_on = (now - timedelta(days=90 if n < 40 else 89)).date()
        item.reopen_count = int(n in (3, 4))
        made.append(item.number)
    tree.flush()
    return made


def test_a_tenth_and_all_reopened_are_looked_at_again(
    tree: Session, closed: list[str], now: datetime
) -> None:
    draw = follow_ups.draw_due(tree, now=now, seed="摇号种子")
    assert draw is not None
    assert (len(draw.eligible), draw.reopened) == (38, [closed[3], closed[4]])
    chosen = follow_ups.redrawn(draw)
    assert len(chosen) == 4 + 2
    assert chosen == tuple(sorted({*follow_ups.drawn("摇号种子", draw.eligible), *draw.reopened}))
    tasks = follow_ups.tasks(tree, People.verifier, now=LATER)
    assert [task.number for task in tasks] == list(chosen)
    assert follow_ups.tasks(tree, People.unit, now=LATER) == []
    assert follow_ups.draw_due(tree, now=now) is None
    for statement in ("UPDATE follow_up_draw SET seed = 'x'", "DELETE FROM follow_up_draw"):
        with pytest.raises(DBAPIError, match="a draw is never changed"), tree.begin_nested():
            tree.execute(text(statement))
    follow_ups.record(tree, People.verifier, chosen[0], holds=True, note="", now=now)
    with pytest.raises(refusals.ReasonRequired):
        follow_ups.record(tree, People.verifier, chosen[1], holds=False, note="", now=now)
    follow_ups.record(tree, People.verifier, chosen[1], holds=False, note="又坏了", now=LATER)
    with pytest.raises(NotFound):
        follow_ups.record(tree, People.verifier, chosen[0], holds=True, note="", now=now)
    outcomes = set(tree.scalars(select(FollowUp.outcome)))
    assert outcomes == {"", "holds", "relapsed"}
    rows = {i.number: i.state for i in tree.scalars(select(RectificationItem))}
    assert (rows[chosen[0]], rows[chosen[1]]) == (State.CLOSED, State.REOPENED)
    # A month later only what was in no draw yet is ripe.
    again = follow_ups.draw_due(tree, now=now + timedelta(days=31))
    assert again is not None
    assert (again.eligible, again.reopened) == ([closed[40]], [])


def test_residents_word_is_done_by_itself(tree: Session, walk: Walk) -> None:
    class Said(Recheck):
        suspicions = 3

    item = walk(State.RECHECK)
    few = Said(9, 9, 0, 100.0, 9, 0)
    assert service.record_recheck(tree, item.number, few, now=LATER) == "two_verifiers"
    assert (item.recheck_n, item.recheck_agree, item.notice_until) == (9, 0, date(2026, 9, 18))
    assert (item.state, item.suspicion) == (State.RECHECK, "suspected")
    bad = Said(12, 10, 2, 90.0, 12, 7)
    assert service.record_recheck(tree, item.number, bad, now=LATER) == "reopen"
    assert (item.state, acts(item)[-1]) == (State.REOPENED, "reopen")
