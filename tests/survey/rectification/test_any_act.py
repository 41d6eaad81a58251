"""Everybody tries every act: no way to the end of an item but with the right people."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from survey.accounts.policy import Actor
from survey.rectification.calendar import shipped
from survey.rectification.item import EvidenceKind, ItemView, Proof, Recheck, Step, Verdict
from survey.rectification.rules import Given, applied, missing, offers, permitted, upload_refused
from survey.rectification.states import SIDES, Act, Move, Need, Side, Source, State, moves_from
from survey.rectification.workdays import local_date
from tests.survey.rectification.cast import HOME, LINKED, PASSED, PEOPLE, START, TODAY, an_item

GIVEN = Given("理由", "措施", Recheck(12, 11, 1, 90.0), date(2026, 12, 31), sheet=PASSED)


ONWARD = {Act.ASSIGN, Act.ACCEPT, Act.PLAN, Act.EXPLAIN, Act.CONFIRM, Act.SUBMIT, Act.CHECK}
ONWARD |= {Act.VERIFY, Act.START_RECHECK, Act.RECORD_RECHECK, Act.ACCEPT_AGAIN, Act.CLOSE}
ONWARD |= {Act.REOPEN, Act.RESTART}


class AnybodyTriesAnything(RuleBasedStateMachine):
    """Everybody tries every act in every order; what gets through must satisfy the law."""

    def __init__(self) -> None:
        super().__init__()
        self.item = an_item()
        self.at = START
        self.seen: tuple[Step, ...] = self.item.history

    @initialize(source=st.sampled_from(list(Source)))
    def register(self, source: Source) -> None:
        self.item = an_item(source=source)
        self.seen = self.item.history

    @rule(pick=st.integers(0, 99), n=st.integers(1, 30), days=st.integers(0, 100))
    def stray(self, pick: int, n: int, days: int) -> None:
        """Take one of all the steps that anybody is let take."""
        self.take(moves_from(self.item.state), pick, n, days)

    @rule(pick=st.integers(0, 99), n=st.integers(1, 30))
    def go_on(self, pick: int, n: int) -> None:
        """Take a step towards the end, so that most searches come near it."""
        onward = [step for step in moves_from(self.item.state) if step.act in ONWARD]
        self.take(onward, pick, n, 0)

    def take(self, ways: Iterable[Move], pick: int, n: int, days: int) -> None:
        waits = self.item.state in (State.LONGTERM, State.RECHECK)
        self.at += timedelta(days=days if waits else 0, hours=7)
        today = local_date(self.at)
        recheck = Recheck(n, n - n // 6, n // 6, 90.0)
        given = replace(GIVEN, recheck=recheck, stage_on=today + timedelta(9))
        before = self.item
        tries = [
            (step, actor)
            for step in ways
            if missing(before, step, given, today=today) is None
            for actor in PEOPLE
            if permitted(before, actor, step, today=today) is None
        ]
        assume(tries)
        step, actor = tries[pick % len(tries)]
        self.item = applied(before, actor, step, given, at=self.at, calendar=shipped())
        self.check(before, actor, step)

    @rule(actor=st.sampled_from(PEOPLE), kind=st.sampled_from(list(EvidenceKind)))
    def upload(self, actor: Actor, kind: EvidenceKind) -> None:
        if upload_refused(self.item, actor, kind) is None:
            self.at += timedelta(minutes=1)
            proof = Proof(kind, actor.name, self.at)
            self.item = replace(self.item, proofs=(*self.item.proofs, proof))

    def check(self, before: ItemView, actor: Actor, step: Move) -> None:
        held = [grant for grant in actor.grants if HOME.startswith(grant.org_path)]
        sides = {SIDES.get(grant.role) for grant in held}
        assert actor.is_operator or sides & set(step.by)
        if step.independent:
            assert actor.name not in before.handlers
            assert not any(grant.org_path.startswith((HOME, LINKED)) for grant in actor.grants)
        if step.to is State.VOID:
            assert actor.is_operator or Side.DISTRICT in sides
        if step.to is State.CLOSED:
            self.check_closed(before)

    def check_closed(self, item: ItemView) -> None:
        acts = [each.act for each in item.cycle]
        assert item.has_proof
        assert Act.CHECK in acts or Act.CONFIRM in acts
        assert item.acceptors
        assert not item.acceptors & item.handlers
        if item.needs_recheck:
            assert item.recheck is not None
            assert item.recheck.verdict is not Verdict.REOPEN
            if item.recheck.n < 10:
                assert len(item.acceptors) >= 2
                assert item.notice_until is not None
                assert item.notice_until < local_date(self.at)

    @invariant()
    def history_only_grows(self) -> None:
        assert self.item.history[: len(self.seen)] == self.seen
        self.seen = self.item.history

    @invariant()
    def nobody_is_on_both_sides(self) -> None:
        assert not self.item.judges & self.item.handlers

    @invariant()
    def strangers_see_nothing(self) -> None:
        strangers = [one for one in PEOPLE if one.name.startswith(("foreign", "nobody"))]
        assert all(offers(self.item, one, today=TODAY) == () for one in strangers)

    @invariant()
    def what_an_act_needs_is_asked_for(self) -> None:
        for step in moves_from(self.item.state):
            lacking = missing(self.item, step, Given(), today=TODAY)
            assert (lacking is not None) or not set(step.needs) - {Need.EVIDENCE}


AnybodyTriesAnything.TestCase.settings = settings(
    max_examples=60, stateful_step_count=60, deadline=None
)
TestAnybodyTriesAnything = AnybodyTriesAnything.TestCase
