"""Who may do what to an item, and what it takes: the tables and stories of the domain."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from survey.accounts.policy import RIGHTS
from survey.rectification import refusals
from survey.rectification.asking import extension_refused
from survey.rectification.calendar import shipped
from survey.rectification.item import EvidenceKind, Proof, Recheck, Step, Verdict
from survey.rectification.rules import (
    Given,
    applied,
    choose_move,
    missing,
    offers,
    permitted,
    upload_refused,
)
from survey.rectification.states import (
    LOOKS,
    MOVES,
    OPEN_STATES,
    SETTLED_STATES,
    SIDES,
    Act,
    Move,
    Side,
    State,
    moves_from,
)
from tests.survey.rectification.cast import (
    DISTRICT,
    PASSED,
    PEOPLE,
    SECOND_VERIFIER,
    SECRETARY,
    START,
    TODAY,
    UNIT,
    VERIFIER,
    an_item,
)


def move(act: Act, origin: State) -> Move:
    return next(m for m in MOVES if m.act is act and m.origin is origin)


def test_every_state_has_a_look_and_can_be_reached_from_new() -> None:
    assert set(LOOKS) == set(State)
    reached = {State.NEW}
    for _ in State:
        reached |= {m.to for m in MOVES if m.origin in reached}
    assert reached == set(State)


def test_the_ways_are_those_of_the_domain() -> None:
    drawn = """new assigned, new void, assigned new, assigned accepted, assigned appeal,
        accepted in_progress, accepted explained, accepted appeal, appeal accepted, appeal void,
        in_progress submitted, in_progress longterm, longterm in_progress, submitted unit_checked,
        submitted in_progress, unit_checked verified, unit_checked in_progress, explained verified,
        explained in_progress, verified recheck, verified closed, recheck closed, recheck reopened,
        closed reopened, reopened in_progress"""
    expected = {tuple(pair.split()) for pair in drawn.split(",")}
    assert {(m.origin.value, m.to.value) for m in MOVES if m.origin is not m.to} == expected


def test_the_rights_are_those_of_the_domain() -> None:
    """The table of domain.md 4.3: owner, unit, verifier, district; what only the system adds."""
    lines = """accept: owner unit; plan: owner unit; submit: owner; check: unit district;
        verify: verifier district; start_recheck: unit district; reopen: unit verifier district;
        void: district; appeal: unit; uphold_appeal: district; dismiss_appeal: district"""
    for line in lines.split(";"):
        act, _, sides = line.strip().partition(": ")
        for each in (one for one in MOVES if one.act == act):
            assert {side.value for side in each.by if side is not Side.SYSTEM} == set(sides.split())
    by_system = {one.act.value for one in MOVES if Side.SYSTEM in one.by}
    expected = "assign resume start_recheck record_recheck close reopen"
    assert by_system == set(expected.split())


def test_sets_of_states_are_whole() -> None:
    assert set(State) == OPEN_STATES | SETTLED_STATES
    assert moves_from(State.VOID) == ()


@pytest.mark.parametrize("each", MOVES, ids=lambda m: f"{m.act}-{m.origin}")
def test_every_side_of_a_move_has_a_role_with_the_right(each: Move) -> None:
    for side in set(each.by) - {Side.SYSTEM}:
        roles = [role for role, found in SIDES.items() if found is side]
        assert any(not RIGHTS[role].isdisjoint(each.rights) for role in roles)


def test_every_story_of_the_domain_can_be_lived_by_the_right_people() -> None:
    item = replace(an_item(), proofs=(Proof(EvidenceKind.AFTER, "secretary", START),))
    good = Recheck(12, 10, 1, 80.0)
    for actor, to, given in (
        (UNIT, State.ASSIGNED, Given()),
        (SECRETARY, State.NEW, Given(note="不归我们")),
        (UNIT, State.ASSIGNED, Given()),
        (SECRETARY, State.ACCEPTED, Given()),
        (UNIT, State.APPEAL, Given(note="评错了")),
        (DISTRICT, State.ACCEPTED, Given(note="没有评错")),
        (SECRETARY, State.EXPLAINED, Given(note="没有依据")),
        (UNIT, State.IN_PROGRESS, Given(note="还是要改")),
        (SECRETARY, State.IN_PROGRESS, Given(measures="增开窗口")),
        (DISTRICT, State.LONGTERM, Given(note="分两步", stage_on=date(2026, 9, 20))),
        (DISTRICT, State.IN_PROGRESS, Given()),
        (SECRETARY, State.SUBMITTED, Given()),
        (UNIT, State.IN_PROGRESS, Given(note="缺照片")),
        (SECRETARY, State.SUBMITTED, Given()),
        (UNIT, State.UNIT_CHECKED, Given()),
        (VERIFIER, State.IN_PROGRESS, Given(note="没有做完")),
        (SECRETARY, State.SUBMITTED, Given()),
        (UNIT, State.UNIT_CHECKED, Given()),
        (VERIFIER, State.VERIFIED, Given(sheet=PASSED)),
        (UNIT, State.RECHECK, Given()),
        (DISTRICT, State.RECHECK, Given(recheck=good)),
        (DISTRICT, State.CLOSED, Given()),
        (VERIFIER, State.REOPENED, Given(note="反弹")),
        (SECRETARY, State.IN_PROGRESS, Given(measures="再增开")),
    ):
        step = choose_move(item, to, given)
        assert permitted(item, actor, step, today=TODAY) is None, step
        assert missing(item, step, given, today=TODAY) is None, step
        item = applied(item, actor, step, given, at=START, calendar=shipped())
    assert (item.reopen_count, item.needs_recheck, item.closed_on) == (1, True, None)
    assert item.due_on == date(2026, 9, 21)  # 8 working days, Sunday the 20th being one of them


@pytest.mark.parametrize(
    ("recheck", "expected"),
    [
        (Recheck(10, 8, 2, 70), Verdict.CLOSE),
        (Recheck(35, 31, 4, 83.4), Verdict.CLOSE),
        (Recheck(10, 8, 2, 69.9), Verdict.DISTRICT),
        (Recheck(10, 6, 4, 90), Verdict.DISTRICT),
        (Recheck(100, 59, 41, 90), Verdict.REOPEN),
        (Recheck(12, 0, 0, 90), Verdict.DISTRICT),
        (Recheck(9, 9, 0, 100), Verdict.TWO_VERIFIERS),
        (Recheck(9, 0, 9, 0), Verdict.TWO_VERIFIERS),
        (Recheck(10, 8, 2, 70, told=10, unsolved=5), Verdict.CLOSE),
        (Recheck(11, 9, 2, 70, told=11, unsolved=6), Verdict.REOPEN),
    ],
)
def test_what_a_recheck_allows(recheck: Recheck, expected: Verdict) -> None:
    assert recheck.verdict is expected


@pytest.mark.parametrize(
    "recheck",
    [Recheck(0, 0, 0, 50), Recheck(5, 4, 2, 50), Recheck(5, -1, 2, 50), Recheck(5, 1, 1, 101)],
)
def test_a_recheck_must_add_up(recheck: Recheck) -> None:
    item = an_item(State.RECHECK)
    step = move(Act.RECORD_RECHECK, State.RECHECK)
    found = missing(item, step, Given(recheck=recheck), today=TODAY)
    assert isinstance(found, refusals.RecheckFaulty)


def test_few_residents_ask_for_a_second_verifier_and_a_reason() -> None:
    few = Recheck(4, 4, 0, 100)
    accepted = Step(Act.VERIFY, "verifier", State.UNIT_CHECKED, State.VERIFIED, START)
    base = an_item(State.RECHECK)
    over = date(2026, 9, 17)
    item = replace(base, recheck=few, history=(*base.history, accepted), notice_until=over)
    close = move(Act.CLOSE, State.RECHECK)
    again = move(Act.ACCEPT_AGAIN, State.RECHECK)
    found = permitted(item, DISTRICT, close, today=TODAY)
    assert isinstance(found, refusals.SecondAcceptanceRequired)
    found = permitted(item, VERIFIER, again, today=TODAY)
    assert isinstance(found, refusals.SamePerson)
    assert permitted(item, SECOND_VERIFIER, again, today=TODAY) is None
    item = applied(item, SECOND_VERIFIER, again, Given(), at=START, calendar=shipped())
    assert isinstance(permitted(item, DISTRICT, close, today=over), refusals.NoticeRunning)
    assert permitted(item, DISTRICT, close, today=over + timedelta(1)) is None
    found = missing(item, close, Given(), today=TODAY)
    assert isinstance(found, refusals.ReasonRequired)


def test_a_clear_no_cannot_be_closed() -> None:
    item = replace(an_item(State.RECHECK), recheck=Recheck(20, 5, 15, 20))
    found = permitted(item, DISTRICT, move(Act.CLOSE, State.RECHECK), today=TODAY)
    assert isinstance(found, refusals.RecheckFailed)


def test_the_clock_stands_still_in_appeal() -> None:
    item = an_item(State.ASSIGNED)
    item = applied(
        item, UNIT, move(Act.APPEAL, State.ASSIGNED), Given(note="x"), at=START, calendar=shipped()
    )
    later = START + timedelta(days=5)  # Thursday to Tuesday: three working days
    step = move(Act.DISMISS_APPEAL, State.APPEAL)
    item = applied(item, DISTRICT, step, Given(note="x"), at=later, calendar=shipped())
    assert item.due_on == date(2026, 10, 10)  # three more, over the holiday; Saturday is worked


def test_reopening_ends_after_ninety_days() -> None:
    item = replace(an_item(State.CLOSED), closed_on=TODAY - timedelta(90))
    step = move(Act.REOPEN, State.CLOSED)
    assert permitted(item, UNIT, step, today=TODAY) is None
    found = permitted(item, UNIT, step, today=TODAY + timedelta(1))
    assert isinstance(found, refusals.TooLate)


def test_extension_once_by_the_unit_and_once_by_the_district() -> None:
    item = an_item(State.IN_PROGRESS)
    assert extension_refused(item, UNIT, 10) is None
    assert extension_refused(item, UNIT, 11) is not None
    assert extension_refused(item, UNIT, 0) is not None
    assert isinstance(extension_refused(item, SECRETARY, 5), refusals.NotYourStep)
    item = replace(item, extension_count=1)
    assert extension_refused(item, UNIT, 5) is not None
    assert extension_refused(item, DISTRICT, 5) is None
    assert extension_refused(replace(item, extension_count=2), DISTRICT, 5) is not None
    assert extension_refused(an_item(State.APPEAL), DISTRICT, 5) is not None


def test_who_may_add_files() -> None:
    after, paper = EvidenceKind.AFTER, EvidenceKind.DOCUMENT
    working, checked = an_item(State.IN_PROGRESS), an_item(State.UNIT_CHECKED)
    assert upload_refused(working, SECRETARY, after) is None
    assert isinstance(upload_refused(checked, SECRETARY, paper), refusals.NotInState)
    assert upload_refused(checked, VERIFIER, paper) is None
    assert upload_refused(checked, VERIFIER, after) is not None
    assert upload_refused(an_item(State.CLOSED), DISTRICT, paper) is not None
    refused = Step(Act.REFUSE, "all", State.UNIT_CHECKED, State.IN_PROGRESS, START)
    judged = replace(working, history=(*working.history, refused))
    everybody = next(one for one in PEOPLE if one.name == "all")
    assert isinstance(upload_refused(judged, everybody, after), refusals.SamePerson)


def test_a_photo_of_before_proves_nothing_and_old_proof_not_the_new_work() -> None:
    before = replace(an_item(), proofs=(Proof(EvidenceKind.BEFORE, "secretary", START),))
    assert not before.has_proof
    assert replace(before, proofs=(Proof(EvidenceKind.AFTER, "secretary", START),)).has_proof
    reopened = Step(Act.REOPEN, "unit", State.CLOSED, State.REOPENED, START + timedelta(seconds=1))
    item = replace(
        an_item(State.REOPENED),
        history=(*an_item().history, reopened),
        proofs=(Proof(EvidenceKind.AFTER, "secretary", START),),
    )
    assert not item.has_proof


def test_offers_show_what_is_mine_and_why_it_waits() -> None:
    item = replace(an_item(State.IN_PROGRESS), measures="增开窗口")
    mine = {offer.move.act: offer.refusal for offer in offers(item, SECRETARY, today=TODAY)}
    assert set(mine) == {Act.SUBMIT, Act.REVISE}
    assert isinstance(mine[Act.SUBMIT], refusals.EvidenceRequired)
    assert offers(item, VERIFIER, today=TODAY) == ()


def test_no_way_leads_past_the_steps() -> None:
    with pytest.raises(refusals.NotInState) as found:
        choose_move(an_item(State.IN_PROGRESS), State.CLOSED, Given())
    assert "申请销号" in found.value.zh
