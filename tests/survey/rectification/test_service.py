"""Items in the database: registered, moved by the right people, and every act on record."""

import threading
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.db import Sessions
from survey.errors import NotAllowed, NotFound
from survey.org.models import Organisation
from survey.rectification import evidence, refusals, requests, service
from survey.rectification.calendar import load_calendar
from survey.rectification.item import EvidenceKind, Recheck, Sheet
from survey.rectification.loading import find
from survey.rectification.models import RectificationItem, Transition, Workday
from survey.rectification.numbering import reserve
from survey.rectification.rules import Given, applied, choose_move
from survey.rectification.states import Act, Source, State
from tests.survey.rectification.conftest import PASSED, PDF, People, Walk, person


def test_register_gives_a_number_an_owner_and_a_deadline(item: RectificationItem) -> None:
    assert (item.number, item.state) == ("ZG-2026-0001", "new")
    assert (item.responsible_person, item.needs_recheck) == ("禾和渡", True)
    # 15 working days after 10 September 2026, over a worked Sunday and two holidays.
    assert (item.registered_on, item.due_on) == (date(2026, 9, 10), date(2026, 10, 8))
    [step] = item.transitions
    assert (step.act, step.from_state, step.to_state) == ("register", None, "new")
    assert (step.actor, step.actor_role) == ("unit", "unit_admin")


def test_a_window_without_a_name_is_answered_for_by_its_manager(
    tree: Session, now: datetime
) -> None:
    item = service.register(
        tree, OPERATOR, "W01", source=Source.MANUAL, problem="叫号乱", now=now, limit_workdays=3
    )
    assert item.responsible_person == "窗口负责人"
    assert item.due_on == date(2026, 9, 15)
    assert item.transitions[0].actor_role == "operator"


def test_register_refuses_what_is_no_problem(tree: Session, now: datetime) -> None:
    for problem, limit in ((" \u200b ", 5), ("x" * 301, 5), ("x", 0), ("x", 251)):
        with pytest.raises(refusals.ItemFaulty):
            service.register(
                tree,
                OPERATOR,
                "B001",
                source=Source.MANUAL,
                problem=problem,
                now=now,
                limit_workdays=limit,
            )


def test_register_beyond_the_own_subtree(tree: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        service.register(tree, People.unit, "B002", source=Source.MANUAL, problem="x", now=now)
    with pytest.raises(NotAllowed):
        service.register(tree, People.secretary, "B001", source=Source.MANUAL, problem="x", now=now)


def test_an_imported_holiday_replaces_the_shipped_year(tree: Session, now: datetime) -> None:
    tree.add(Workday(day=date(2026, 9, 11), is_working=False, name="全区停工"))
    item = service.register(
        tree, OPERATOR, "B001", source=Source.MANUAL, problem="x", now=now, limit_workdays=6
    )
    # The table's 2026 knows neither the Sunday worked nor any other holiday.
    assert item.due_on == date(2026, 9, 21)


def test_from_new_to_closed(tree: Session, walk: Walk) -> None:
    item = walk(State.CLOSED)
    assert item.closed_on == date(2026, 9, 10)
    assert (item.recheck_n, item.recheck_agree, item.recheck_score) == (35, 31, 83.4)
    acts = [step.act for step in item.transitions]
    assert acts == [
        "register", "assign", "accept", "plan", "submit", "check", "verify", "start_recheck",
        "record_recheck", "close",
    ]  # fmt: skip
    roles = [step.actor_role for step in item.transitions[1:7]]
    assert roles == [
        "unit_admin", "branch_secretary", "branch_secretary", "branch_secretary", "unit_admin",
        "verifier",
    ]  # fmt: skip
    audited = tree.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert audited == [
        *(f"rectification.{act}" for act in acts[:4]),
        "rectification.add_evidence",
        *(f"rectification.{act}" for act in acts[4:]),
    ]
    assert audit.first_broken(tree) is None


def test_what_the_database_holds_is_what_the_rules_said(tree: Session, walk: Walk) -> None:
    item = walk(State.RECHECK)
    found = find(tree, OPERATOR, item.number)
    given = Given(recheck=Recheck(12, 6, 6, 50), note="多数反对")
    move = choose_move(found.view, State.RECHECK, given)
    at = item.transitions[-1].at + timedelta(hours=1)
    expected = applied(
        found.view, People.district, move, given, at=at, calendar=load_calendar(tree)
    )
    service.advance(
        tree, People.district, item.number, State.RECHECK, now=at, recheck=given.recheck
    )
    assert find(tree, OPERATOR, item.number).view == expected


def test_who_is_refused(tree: Session, walk: Walk, now: datetime) -> None:
    number = walk(State.UNIT_CHECKED).number
    for actor, refusal in (
        (People.foreign, NotFound),
        (People.secretary, refusals.NotYourStep),
        (People.unit, refusals.NotYourStep),
        (People.linked, refusals.SameBranch),
    ):
        with pytest.raises(refusal):
            service.advance(tree, actor, number, State.VERIFIED, now=now, sheet=PASSED)
    service.advance(tree, People.second, number, State.VERIFIED, now=now, sheet=PASSED)


def test_who_checked_for_the_unit_does_not_accept(tree: Session, walk: Walk, now: datetime) -> None:
    number = walk(State.SUBMITTED).number
    both = person("both", (Role.UNIT_ADMIN, "U01"), (Role.VERIFIER, "D0"))
    service.advance(tree, both, number, State.UNIT_CHECKED, now=now)

    with pytest.raises(refusals.SamePerson):
        service.advance(tree, both, number, State.VERIFIED, now=now, sheet=PASSED)
    service.advance(tree, People.verifier, number, State.VERIFIED, now=now, sheet=PASSED)


def test_the_operator_is_one_person_too(
    tree: Session, item: RectificationItem, now: datetime
) -> None:
    for to in (State.ASSIGNED, State.ACCEPTED, State.IN_PROGRESS):
        service.advance(tree, OPERATOR, item.number, to, now=now, measures="改")
    with pytest.raises(refusals.EvidenceRequired):
        service.advance(tree, OPERATOR, item.number, State.SUBMITTED, now=now)


def test_changed_meanwhile_names_who_did_it(tree: Session, walk: Walk, now: datetime) -> None:
    item = walk(State.SUBMITTED)
    seen = item.revision
    service.advance(
        tree, People.unit, item.number, State.IN_PROGRESS, now=now, note="缺照片", revision=seen
    )
    with pytest.raises(refusals.ChangedMeanwhile) as found:
        service.advance(
            tree, People.district, item.number, State.UNIT_CHECKED, now=now, revision=seen
        )
    assert found.value.zh.startswith("unit同志刚刚处理了这件（单位退回）")


def test_every_step_makes_a_new_revision(tree: Session, walk: Walk, now: datetime) -> None:
    item = walk(State.RECHECK)
    few = Recheck(3, 3, 0, 100)
    # A window and its one extension are ten working days; fewer than ten residents wait for both.
    with pytest.raises(refusals.RecheckTooEarly):
        service.advance(tree, People.district, item.number, State.RECHECK, now=now, recheck=few)
    now += timedelta(days=25)
    service.advance(tree, People.district, item.number, State.RECHECK, now=now, recheck=few)
    seen = item.revision
    service.advance(tree, People.second, item.number, State.RECHECK, now=now, sheet=PASSED)
    assert item.revision > seen
    with pytest.raises(refusals.NoticeRunning):
        service.advance(tree, People.district, item.number, State.CLOSED, now=now)
    over = now + timedelta(days=10)
    with pytest.raises(refusals.ReasonRequired):
        service.advance(tree, People.district, item.number, State.CLOSED, now=over)
    service.advance(tree, People.district, item.number, State.CLOSED, now=over, note="现场看过")


def test_a_failed_recheck_is_recorded_with_the_reopening(
    tree: Session, walk: Walk, now: datetime
) -> None:
    item = walk(State.RECHECK)
    later = now + timedelta(days=1)
    bad = Recheck(20, 4, 16, 20)
    with pytest.raises(refusals.RecheckFailed):
        service.advance(tree, People.district, item.number, State.CLOSED, now=later, recheck=bad)


def test_reopening_and_again(tree: Session, walk: Walk, now: datetime, tmp_path: Path) -> None:
    item = walk(State.CLOSED)
    later = now + timedelta(days=5)
    service.advance(tree, People.second, item.number, State.REOPENED, now=later, note="又反弹")
    assert (item.reopen_count, item.closed_on) == (1, None)
    assert item.due_on == date(2026, 9, 24)  # 8 of 15 working days after the 15th
    service.advance(
        tree, People.secretary, item.number, State.IN_PROGRESS, now=later, measures="换人盯"
    )
    with pytest.raises(refusals.EvidenceRequired):
        service.advance(tree, People.secretary, item.number, State.SUBMITTED, now=later)
    # The very same file does not show new work.
    for data, refused in ((PDF, True), (PDF + b"%2", False)):
        evidence.add_evidence(
            tree, People.secretary, item.number, data, "a.pdf", folder=tmp_path, now=later
        )
        if refused:
            with pytest.raises(refusals.EvidenceRequired):
                service.advance(tree, People.secretary, item.number, State.SUBMITTED, now=later)
    service.advance(tree, People.secretary, item.number, State.SUBMITTED, now=later)
    notes = [step.note for step in item.transitions if step.act in (Act.PLAN, Act.RESTART)]
    assert notes == ["措施：每月核对承诺", "措施：换人盯"]


def test_appeal_longterm_explained_void(
    tree: Session, item: RectificationItem, now: datetime, tmp_path: Path
) -> None:
    def go(actor: object, to: State, day: int, **given: object) -> None:
        service.advance(tree, actor, item.number, to, now=now + timedelta(day), **given)  # type: ignore[arg-type]

    go(People.unit, State.ASSIGNED, 0)
    go(People.unit, State.APPEAL, 0, note="评错了对象")
    due = item.due_on
    go(People.district, State.ACCEPTED, 4, note="没有评错")  # Monday: two working days later
    assert item.due_on == date(2026, 10, 10) > due
    evidence.add_evidence(
        tree, People.secretary, item.number, PDF, "说明.pdf", folder=tmp_path, now=now
    )
    go(People.secretary, State.EXPLAINED, 4, note="没有政策依据，已当面说明")
    go(People.unit, State.IN_PROGRESS, 4, note="群众不认可")
    with pytest.raises(refusals.MeasuresRequired):
        go(People.secretary, State.SUBMITTED, 4)
    go(People.secretary, State.IN_PROGRESS, 4, measures="分两步改")
    stage = date(2026, 12, 31)
    go(People.district, State.LONGTERM, 4, note="第一步年底前", stage_on=stage)
    assert item.stage_on == stage
    with pytest.raises(refusals.StageNotDue):
        go(People.secretary, State.IN_PROGRESS, 5)
    go(People.district, State.IN_PROGRESS, 5)
    assert item.stage_on is None


def test_the_wrong_owner_hands_back_once_and_another_is_named(
    tree: Session, item: RectificationItem, now: datetime
) -> None:
    number = item.number
    service.advance(tree, People.unit, number, State.ASSIGNED, now=now)
    service.advance(tree, People.secretary, number, State.NEW, now=now, note="是窗口的事")
    with pytest.raises(NotFound):
        service.advance(tree, People.unit, number, State.ASSIGNED, now=now, org_id="B002")
    service.advance(
        tree,
        People.unit,
        number,
        State.ASSIGNED,
        now=now,
        org_id="W01",
        responsible_person="屿秋岸",
    )
    assert (item.org_id, item.responsible_person) == ("W01", "屿秋岸")
    assert item.transitions[-1].note == "改由云澜综合窗口负责。"
    with pytest.raises(refusals.HandedBackBefore):
        service.advance(tree, People.window, number, State.NEW, now=now, note="也不归我们")
    service.advance(tree, People.window, number, State.ACCEPTED, now=now)


def test_problems_of_no_round_are_handed_to_an_owner_who_has_others(
    tree: Session, item: RectificationItem, now: datetime
) -> None:
    """Neither has a finding to be compared by: both are some problem that somebody noticed."""
    other = service.register(
        tree,
        People.unit,
        "W01",
        source=Source(item.source),
        problem="叫号乱",
        ref=item.source_ref,
        now=now,
    )
    assert (item.round_id, other.round_id) == (None, None)

    service.advance(tree, People.unit, item.number, State.ASSIGNED, now=now, org_id="W01")
    assert item.org_id == other.org_id == "W01"


def test_only_who_may_assign_may_name_another_owner(
    tree: Session, item: RectificationItem, now: datetime
) -> None:
    with pytest.raises(refusals.NotYourStep):
        service.advance(tree, People.secretary, item.number, State.ASSIGNED, now=now, org_id="W01")


def test_extension(tree: Session, item: RectificationItem, now: datetime) -> None:
    number = item.number
    with pytest.raises(refusals.ReasonRequired):
        requests.extend(tree, People.unit, number, 10, " ", now=now)
    requests.extend(tree, People.unit, number, 10, "等材料", now=now)
    assert (item.due_on, item.extension_count) == (date(2026, 10, 21), 1)
    assert item.transitions[-1].note == "延10个工作日，到2026-10-21。等材料"
    with pytest.raises(refusals.ExtensionRefused):
        requests.extend(tree, People.unit, number, 1, "再等", now=now)
    requests.extend(tree, People.district, number, 1, "再等", now=now)
    assert item.transitions[-1].actor_role == "district_admin"


def test_notes_are_cleaned_and_never_cut(
    tree: Session, item: RectificationItem, now: datetime
) -> None:
    note = "<script>\0\u202e不属实\r\n=1+1"
    service.advance(tree, People.district, item.number, State.VOID, now=now, note=note)
    assert item.transitions[-1].note == "<script>不属实\n=1+1"
    with pytest.raises(refusals.ItemFaulty, match="1 characters"):
        service.advance(tree, People.district, item.number, State.VOID, now=now, note="长" * 501)


def test_a_number_that_is_none(tree: Session, now: datetime) -> None:
    for number in ("", "ZG-2026-9999", "x\0", "ZG-2026-0001' --", "１"):
        with pytest.raises(NotFound):
            service.advance(tree, OPERATOR, number, State.ASSIGNED, now=now)


def test_numbers_are_unique_when_many_register_at_once(
    tree: Session, sessions: Sessions, now: datetime
) -> None:
    tree.commit()

    def one() -> None:
        for _ in range(5):
            with sessions.begin() as session:
                org = session.get_one(Organisation, "B001")
                problem = service.Problem(org, Source.MANUAL, "x", 5)
                [number] = reserve(session, 2026)
                calendar = load_calendar(session)
                service.new_item(session, OPERATOR, number, problem, calendar, now=now)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        found = session.scalars(select(RectificationItem.number)).all()
        assert sorted(found) == [f"ZG-2026-{n:04d}" for n in range(1, 21)]


def test_numbers_go_on_after_9999(tree: Session, item: RectificationItem, now: datetime) -> None:
    item.number = "ZG-2026-10000"
    tree.flush()
    assert reserve(tree, 2026, 2) == ["ZG-2026-10001", "ZG-2026-10002"]
    assert reserve(tree, 2027) == ["ZG-2027-0001"]


def test_two_people_decide_at_the_same_time(
    tree: Session, walk: Walk, sessions: Sessions, now: datetime
) -> None:
    item = walk(State.UNIT_CHECKED)
    number, seen = item.number, item.revision
    tree.commit()
    told: list[object] = []
    barrier = threading.Barrier(2)

    def decide(actor: Actor, to: State, note: str, sheet: Sheet | None) -> None:
        barrier.wait()
        try:
            with sessions.begin() as session:
                service.advance(
                    session, actor, number, to, now=now, note=note, sheet=sheet, revision=seen
                )
            told.append("done")
        except refusals.ChangedMeanwhile as refusal:
            told.append(refusal.code)

    tries = [
        threading.Thread(target=decide, args=(People.verifier, State.VERIFIED, "", PASSED)),
        threading.Thread(target=decide, args=(People.second, State.IN_PROGRESS, "没做完", None)),
    ]
    for one in tries:
        one.start()
    for one in tries:
        one.join()
    assert sorted(map(str, told)) == ["CHANGED_MEANWHILE", "done"]
    with sessions() as session:
        steps = session.scalar(
            select(func.count(Transition.id)).where(Transition.act.in_(["verify", "refuse"]))
        )
        assert steps == 1


def test_who_worked_on_it_may_not_accept_it(
    tree: Session, walk: Walk, now: datetime, tmp_path: Path
) -> None:
    number = walk(State.IN_PROGRESS).number
    photo = EvidenceKind.BEFORE
    with pytest.raises(refusals.NotYourStep):
        evidence.add_evidence(
            tree, People.verifier, number, PDF, "a.pdf", folder=tmp_path, now=now, kind=photo
        )
