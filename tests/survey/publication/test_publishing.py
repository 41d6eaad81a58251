"""What goes out is frozen, audited with all that is out, and let out by two people."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from reports.figures import Audience
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Action, Actor, Grant
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.campaigns.service import RoundInvalid
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import Sessions
from survey.errors import NotAllowed
from survey.org.models import Organisation
from survey.publication import (
    archiving,
    closing,
    frozen_reports,
    objections,
    public_results,
    publishing,
)
from survey.publication.frozen_reports import freeze_reports
from survey.publication.models import Outcome
from survey.publication.notice_terms import Contact
from survey.publication.refusals import (
    NoticeRunning,
    NotPublished,
    ObjectionsOpen,
    PublicationRefused,
    ReleaseChanged,
    SecondPerson,
)
from survey.publication.reports import compile_of, report_of
from survey.rectification.models import RectificationItem
from survey.results import frozen, rows
from survey.results import service as results
from survey.results.rows import RowsNotAllowed
from tests.rounds import BRANCH_FORM, Field, page_key

CHINA = ZoneInfo("Asia/Shanghai")
CONTACT = Contact("区评议办", "0513-8650", "", "世纪大道1号")
ANSWERS = {"B001": 40, "B002": 12, "B003": 4}
"""B003 has too few, alone in its unit and sector: both are hidden with it."""


def person(name: str, *roles: Role) -> Actor:
    return Actor(name, name, tuple(Grant(role, "D0", "D0/") for role in roles))


OFFICE = person("qu", Role.DISTRICT_ADMIN)
BOTH = person("both", Role.DISTRICT_ADMIN, Role.APPROVER, Role.ANALYST)
APPROVER = person("shending", Role.APPROVER)
ANALYST = person("tongji", Role.ANALYST)


@dataclass
class World:
    """A closed round of the small district."""

    field: Field

    def act(self, act, *arguments, days: int = 0, **options):
        """Do something with the round in a transaction of its own."""
        now = self.field.now + timedelta(days=days)
        with self.field.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, "R1")
            actor, *rest = arguments
            return act(session, actor, round_, *rest, now=now, **options)

    def read(self) -> tuple[Session, Round]:
        """Return a session, and the round in it."""
        session = self.field.sessions()
        return session, campaigns.get_round(session, OPERATOR, "R1")

    def announce(self) -> str:
        """Put the results on notice and return their digest."""
        digest = self.act(publishing.propose, OFFICE, CONTACT).digest
        self.act(publishing.approve, APPROVER, digest=digest)
        return digest


@pytest.fixture
def world(sessions: Sessions, engine: Engine, config: Config, now) -> Iterator[World]:
    """The round, closed by the operator."""
    field = Field(sessions, open_inbox(config, engine), Keystore(config.keystore), now=now)
    field.open()
    number = 0
    for org_id, count in ANSWERS.items():
        for place in range(count):
            number += 1
            level = "44321"[place % 5]
            scored = {f"A{item}": level for item in (11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 30)}
            field.answer(org_id, page_key(number), A01="resident", A02="a2", **scored)
    stores = (field.keystore, field.inbox)
    closing.close_round(sessions, OPERATOR, "R1", *stores, now=now, early_reason="演练")
    return World(field)


def test_others_write_while_reports_are_compiled(world: World, monkeypatch: pytest.MonkeyPatch):
    world.announce()
    compiled = []

    def compile_beside_a_writer(session, round_, target, **options):
        with world.field.sessions.begin() as other:
            other.get_one(Organisation, target.id).name += "（改）"
        compiled.append(target.id)
        return compile_of(session, round_, target, **options)

    monkeypatch.setattr(frozen_reports, "compile_of", compile_beside_a_writer)
    number = freeze_reports(world.field.sessions, "R1", zone=CHINA)

    objects = len(compiled)
    assert number > objects > 0, "summaries are frozen with the reports on single objects"
    freeze_reports(world.field.sessions, "R1", zone=CHINA)
    assert len(compiled) == objects, "what is frozen stays as it is"


def test_a_round_goes_out_by_two_people_and_stays_as_it_was(world: World):
    proposed = world.act(publishing.propose, BOTH, CONTACT).digest
    with pytest.raises(SecondPerson):
        world.act(publishing.approve, BOTH, digest=proposed)
    with pytest.raises(ReleaseChanged):
        world.act(publishing.approve, APPROVER, digest="0" * 64)
    world.act(publishing.approve, APPROVER, digest=proposed)
    world.act(objections.record, OFFICE, text="会没有开", received_on=world.field.now.date(),
              org_id="B001")  # fmt: skip
    with pytest.raises(NoticeRunning):
        world.act(publishing.publish, OFFICE)
    with pytest.raises(ObjectionsOpen):
        world.act(publishing.publish, OFFICE, days=20)
    world.act(objections.answer, OFFICE, 1, outcome=Outcome.UPHELD, text="属实")
    world.act(publishing.ask_withdrawal, OFFICE, "名册有误")
    with pytest.raises(PublicationRefused):
        world.act(publishing.publish, OFFICE, days=20)
    world.act(publishing.keep, APPROVER)
    freeze_reports(world.field.sessions, "R1", zone=CHINA)
    with world.field.sessions.begin() as session:
        session.get_one(Organisation, "B001").name = "改了名的支部"
        session.get_one(Organisation, "B002").eligible_mass = 9999
    world.act(publishing.publish, OFFICE, days=20)

    session, round_ = world.read()
    with session:
        release = frozen.latest(session, round_, Audience.PUBLIC)
        assert release is not None
        assert (round_.state, release.digest) == (RoundState.PUBLISHED, proposed)
        assert (release.released_by, release.approved_by) == ("both", "shending")
        assert frozen.damaged(session, release) == []
        figures = results.release_of(session, round_, BRANCH_FORM, Audience.PUBLIC)
        told = {f.target.key: f for f in figures if f.roll_up is None}
        assert told["B001"].target.name == "第一社区党支部"
        assert told["B002"].target.population == 200
        assert not told["B003"].is_shown
        report = report_of(session, OPERATOR, round_, "B001", zone=CHINA)
        assert report.title[0] == "第一社区党支部"
        assert "送审稿" not in report.mark
        [edition] = public_results.listed(session)
        assert (edition.name, public_results.objections_of(session, edition)) == ("R1", (1, 1))
        assert session.query(RectificationItem).filter_by(source="objection").count() == 1


def test_a_round_on_file_stays_public_and_takes_nothing_more(world: World):
    def supplement(session, actor, round_, code, *, now):
        until = now + timedelta(days=1)
        return campaigns.create_supplement(
            session, actor, round_, code=code, paper_until=until, now=now
        )

    world.announce()
    with pytest.raises(PublicationRefused):
        world.act(archiving.archive, OFFICE)
    world.act(publishing.publish, OFFICE, days=20)
    world.act(supplement, OPERATOR, "R1_late")
    with pytest.raises(PublicationRefused, match="R1_late"):
        world.act(archiving.archive, OFFICE)
    with world.field.sessions.begin() as session:
        late = campaigns.get_round(session, OPERATOR, "R1_late")
        late.state = RoundState.CLOSED
    with pytest.raises(NotAllowed):
        world.act(archiving.archive, APPROVER)
    world.act(archiving.archive, OFFICE, days=30)

    session, round_ = world.read()
    with session:
        entry = archiving.filed(session, round_)
        assert entry is not None
        release = frozen.latest(session, round_, Audience.PUBLIC)
        assert release is not None
        assert (round_.state, entry.actor) == (RoundState.ARCHIVED, "qu")
        assert entry.data["digest"] == release.digest
        assert [edition.name for edition in public_results.listed(session)] == ["R1"]
        assert "送审稿" not in report_of(session, OPERATOR, round_, "B001", zone=CHINA).mark
    for again in (archiving.archive, publishing.publish, publishing.correct):
        with pytest.raises(PublicationRefused):
            world.act(again, OFFICE, days=40)
    with pytest.raises(RoundInvalid):
        world.act(supplement, OPERATOR, "R1_later")

    world.act(publishing.ask_withdrawal, BOTH, "名册有误")
    with pytest.raises(SecondPerson):
        world.act(publishing.withdraw, BOTH)
    world.act(publishing.withdraw, APPROVER)
    session, round_ = world.read()
    with session:
        assert round_.state == RoundState.CLOSED
        assert frozen.latest(session, round_, Audience.PUBLIC) is None
        assert archiving.filed(session, round_) is None


def test_what_was_released_is_never_changed(world: World):
    world.announce()
    for statement in (
        "UPDATE release SET digest = 'x'",
        "DELETE FROM release",
        "UPDATE release_part SET place = 0",
        "DELETE FROM release_part",
    ):
        with pytest.raises(DBAPIError), world.field.sessions.begin() as session:
            session.execute(text(statement))


def test_what_was_withdrawn_comes_back_as_another_edition(world: World):
    digest = world.announce()
    with pytest.raises(PublicationRefused):
        world.act(publishing.withdraw, APPROVER)
    world.act(publishing.ask_withdrawal, BOTH, "名册有误")
    with pytest.raises(SecondPerson):
        world.act(publishing.withdraw, BOTH)
    world.act(publishing.withdraw, APPROVER)
    session, round_ = world.read()
    with session:
        assert public_results.listed(session) == []
        assert public_results.find(session, "R1").is_withdrawn
        with pytest.raises(NotPublished):
            public_results.find(session, "R1-2")
    with world.field.sessions.begin() as session:
        session.get_one(Organisation, "B001").name = "第一社区党总支"
    world.act(publishing.correct, OFFICE)

    assert world.announce() != digest
    session, round_ = world.read()
    with session:
        editions = frozen.editions(session, round_, Audience.PUBLIC)
        assert [each.edition for each in editions] == [1, 2]
        assert public_results.find(session, "R1").release.edition == 2
        assert public_results.find(session, "R1-1").is_withdrawn


def test_single_answers_are_shuffled_and_name_no_small_place(world: World):
    made = world.act(rows.ask, BOTH, "核对算法")
    with pytest.raises(RowsNotAllowed):
        world.act(rows.decide, BOTH, made.id, allow=True)
    with pytest.raises(RowsNotAllowed):
        world.act(rows.take, BOTH, made.id)
    world.act(rows.decide, APPROVER, made.id, allow=True)
    taken = world.act(rows.take, BOTH, made.id)
    with pytest.raises(RowsNotAllowed):
        world.act(rows.take, BOTH, made.id)
    found = list(csv.DictReader(io.StringIO(taken.data.decode("utf-8-sig"))))

    assert (taken.count, taken.left_out) == (52, 4)
    assert {row["org"] for row in found} == {"B001", "B002"}
    assert [row["org"] for row in found] != sorted(row["org"] for row in found)
    assert {row["A01"] for row in found} == {"resident"}
    assert not {"id", "at", "channel"} & found[0].keys()


def test_rights_to_publish_and_to_single_answers_lie_apart():
    for action in (Action.PROPOSE_PUBLICATION, Action.APPROVE_PUBLICATION):
        assert sum(bool(who.scopes(action)) for who in (OFFICE, APPROVER, ANALYST)) == 1
