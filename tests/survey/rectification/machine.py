"""Everybody tries every act on a real item in a database; what gets through obeys the law."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from survey import schema
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, SYSTEM, Actor
from survey.db import make_engine
from survey.errors import SurveyError
from survey.rectification import evidence, service
from survey.rectification.item import EvidenceKind, ItemView, Recheck, Sheet, Verdict
from survey.rectification.loading import find
from survey.rectification.models import Transition
from survey.rectification.states import Act, Move, Source, State, moves_from
from survey.rectification.workdays import local_date
from tests.survey.rectification.conftest import PDF, People, organisation, person

START = datetime(2026, 9, 10, 2, tzinfo=UTC)
BOTH = person("both", (Role.BRANCH_SECRETARY, "B001"), (Role.VERIFIER, "D0"))
ABROAD = person("abroad", (Role.BRANCH_SECRETARY, "B002"))
PEOPLE: tuple[Actor, ...] = (
    People.secretary, People.unit, People.verifier, People.second, People.district,
    People.linked, People.foreign, BOTH, ABROAD, OPERATOR, SYSTEM,
)  # fmt: skip
ONWARD = {Act.ASSIGN, Act.ACCEPT, Act.PLAN, Act.SUBMIT, Act.CHECK, Act.VERIFY, Act.CLOSE}
ONWARD |= {Act.START_RECHECK, Act.RESUME, Act.RESTART, Act.CONFIRM, Act.DISMISS_APPEAL}
TRIED: Counter[str] = Counter()
"""How many acts were tried, and how many of them were let through."""


def add_tree(session: Session) -> None:
    """Add the places that every example has; they are kept, which saves most of its beginning."""
    for org_id, level, parent in (
        ("D0", "district", None), ("U01", "unit", "D0"), ("U02", "unit", "D0"),
        ("B001", "branch", "U01"), ("B002", "branch", "U02"), ("W01", "window", "U01"),
    ):  # fmt: skip
        linked = {"linked_branch_id": "B001"} if org_id == "W01" else {}
        session.add(organisation(org_id, level, org_id, parent, **linked))
        session.flush()


class Items(RuleBasedStateMachine):
    """One item in a database of its own kind; every example is rolled back."""

    folder: Path
    """Where database and evidence go: given by whoever searches."""
    engine: Engine | None = None

    def __init__(self) -> None:
        super().__init__()
        if Items.engine is None:
            Items.engine = make_engine(f"sqlite:///{self.folder}/items.db")
            schema.upgrade(Items.engine)
            with Session(Items.engine) as session:
                add_tree(session)
                session.commit()
        self.session = Session(Items.engine)
        self.at = START

    @initialize(source=st.sampled_from(list(Source)), is_works=st.booleans())
    def register(self, source: Source, is_works: bool) -> None:
        made = service.register(
            self.session, OPERATOR, "B001", source=source, problem="问题", now=self.at
        )
        made.is_works = is_works
        self.session.flush()
        self.number = made.number

    @rule(
        pick=st.integers(0, 999), actor=st.sampled_from(PEOPLE), n=st.integers(0, 25),
        score=st.integers(60, 100), days=st.integers(0, 12), is_full=st.booleans(),
    )  # fmt: skip
    def act(self, pick: int, actor: Actor, n: int, score: int, days: int, is_full: bool) -> None:
        before = find(self.session, OPERATOR, self.number).view
        ways = moves_from(before.state)
        if not ways:
            return
        move = ways[pick % len(ways)]
        # Half of the time the right one acts, so that most searches come near the end.
        if pick % 2:
            actor = next((one for one in PEOPLE if one.name in _likely(move.by)), actor)
        recheck = Recheck(n, n - n // 4, n // 4, float(score if n else 0)) if is_full else None
        self.try_(before, actor, move, recheck, score, days, is_full=is_full)

    def try_(
        self,
        before: ItemView,
        actor: Actor,
        move: Move,
        recheck: Recheck | None,
        score: int,
        days: int,
        *,
        is_full: bool,
    ) -> None:
        self.at += timedelta(hours=1, days=days)
        TRIED["tried"] += 1
        try:
            with self.session.begin_nested():
                service.advance(
                    self.session, actor, self.number, move.to, now=self.at,
                    note="理由" if is_full else "", measures="措施" if is_full else "",
                    recheck=recheck, stage_on=local_date(self.at) + timedelta(9),
                    sheet=Sheet(is_full, True, True, True, score),
                )  # fmt: skip
        except SurveyError:
            after = find(self.session, OPERATOR, self.number).view
            assert after == before
            return
        TRIED["taken"] += 1
        self.check(before.history, actor)

    @rule(actor=st.sampled_from(PEOPLE), kind=st.sampled_from(list(EvidenceKind)))
    def upload(self, actor: Actor, kind: EvidenceKind) -> None:
        self.at += timedelta(minutes=1)
        TRIED["tried"] += 1
        try:
            with self.session.begin_nested():
                evidence.add_evidence(
                    self.session, actor, self.number, PDF, f"{len(str(self.at))}.pdf",
                    folder=self.folder, kind=kind, now=self.at,
                )  # fmt: skip
        except SurveyError:
            return
        TRIED["taken"] += 1

    @rule(n=st.integers(4, 25), steps=st.integers(1, 8))
    def go_on(self, n: int, steps: int) -> None:
        """Let the right people take it on, so that most searches come near the end."""
        for _ in range(steps):
            item = find(self.session, OPERATOR, self.number).view
            forward = [move for move in moves_from(item.state) if move.act in ONWARD]
            if not forward:
                return
            if Act.SUBMIT in {move.act for move in forward} and not item.has_both_pictures:
                for kind in (EvidenceKind.BEFORE, EvidenceKind.AFTER):
                    self.upload(People.secretary, kind)
                item = find(self.session, OPERATOR, self.number).view
            move = next((m for m in forward if m.to is not item.state), forward[0])
            name = next(iter(_likely(move.by)), "district")
            actor = next(one for one in PEOPLE if one.name == name)
            days = 8 if n < 10 else 0
            self.try_(item, actor, move, Recheck(n, n, 0, 90.0), 80, days, is_full=True)

    def check(self, known: tuple[object, ...], actor: Actor) -> None:
        item = find(self.session, OPERATOR, self.number).view
        assert item.history[: len(known)] == known
        assert len(item.history) > len(known)
        assert not item.judges & item.handlers - {"operator"}
        assert (
            actor.is_operator
            or actor.is_system
            or any(item.org_path.startswith(grant.org_path) for grant in actor.grants)
        )
        for name in item.acceptors:
            accepted = next(one for one in PEOPLE if one.name == name)
            assert not any(g.org_path.startswith(item.home_paths) for g in accepted.grants)
        if item.state is State.CLOSED:
            TRIED["closed"] += 1
            assert item.has_proof
            assert item.acceptors - item.handlers
            if item.needs_recheck:
                assert item.recheck is not None
                assert item.recheck.verdict is not Verdict.REOPEN
                is_few = item.recheck.n < 10
                assert not is_few or len(item.acceptors) >= 2
                assert not is_few or (item.notice_until or local_date(self.at)) < local_date(
                    self.at
                )
        if item.state is State.VOID:
            assert actor.is_operator or actor.name == "district"

    def teardown(self) -> None:
        if self.session.scalar(select(func.count()).select_from(Transition)):
            with pytest.raises(DBAPIError, match="never changed"):
                self.session.execute(text("DELETE FROM transition"))
        self.session.rollback()
        self.session.close()


def _likely(sides: tuple[str, ...]) -> list[str]:
    names = {"owner": "secretary", "unit": "unit", "verifier": "verifier", "district": "district"}
    return [names[side] for side in sides if side in names]
