"""Rule sets: two people make a version, no version changes, and an opened round keeps its rules."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from forms.digest import digest_of
from reports.figures import Audience
from reports.rule_files import presets, read_file, write_file
from reports.rules import to_data
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns import ruling
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.opening import close_round
from survey.collection.rules_check import problems_of
from survey.config import Config
from survey.db import Sessions
from survey.errors import NotAllowed
from survey.results import service as results
from survey.rulesets import drafts, versions
from survey.rulesets.models import RuleSetDraft, RuleSetVersion
from survey.rulesets.refusals import (
    RulesChanged,
    RulesFrozen,
    RulesNotFound,
    RulesOwnApproval,
    RulesPromised,
    RulesRefused,
    RulesSame,
    RulesUnfit,
    RulesWaiting,
)
from tests.rounds import BRANCH_FORM, Field, add_district, add_round

WINDOW = "W01"


def person(name: str, role: Role) -> Actor:
    return Actor(name, name, (Grant(role, "D0", "D0/"),))


OFFICE = person("qu", Role.DISTRICT_ADMIN)
APPROVER = person("shending", Role.APPROVER)
ANALYST = person("tongji", Role.ANALYST)


def approved(session: Session, now: datetime, code: str = "OURS", **changes: object) -> str:
    """Return the name of a version that differs from the standard one by `changes`."""
    draft = drafts.start_draft(session, OFFICE, code=code, title="本区规则", base="pass60", now=now)
    draft = drafts.change_draft(
        session, OFFICE, draft, draft.revision, title="本区规则", changes=changes, now=now
    )
    drafts.propose(session, OFFICE, draft, now=now)
    return drafts.approve(session, APPROVER, draft, now=now).name


def test_of_two_who_write_at_once_the_second_meets_what_the_first_wrote(
    sessions: Sessions, now: datetime
) -> None:
    """SQLite lets in one writer at a time; PostgreSQL holds the draft for whoever acts on it."""
    with sessions.begin() as session:
        drafts.start_draft(session, OFFICE, code="OURS", title="本区", base="linear", now=now)
    with sessions() as first, sessions() as second:
        if first.get_bind().dialect.name != "postgresql":
            return
        mine, theirs = (each.scalars(select(RuleSetDraft)).one() for each in (first, second))
        drafts.change_draft(first, OFFICE, mine, 1, title="甲", changes={}, now=now)
        first.commit()
        with pytest.raises(RulesChanged):
            drafts.change_draft(second, OFFICE, theirs, 1, title="乙", changes={}, now=now)


def test_one_writes_and_another_approves(session: Session, now: datetime) -> None:
    def change(draft: RuleSetDraft, changes: dict[str, object]) -> None:
        drafts.change_draft(session, OFFICE, draft, 1, title="本区", changes=changes, now=now)

    draft = drafts.start_draft(session, OFFICE, code="OURS", title="本区", base="linear", now=now)
    assert draft.derived_from == "linear"
    with pytest.raises(RulesRefused) as refused:
        drafts.change_draft(
            session, OFFICE, draft, 1, title="本区", changes={"k_public": 9}, now=now
        )
    assert [fault.key for fault in refused.value.faults] == ["k_public"]
    drafts.change_draft(
        session, OFFICE, draft, 1, title="本区", changes={"low_index": 75.0}, now=now
    )
    with pytest.raises(RulesChanged):
        change(draft, {})
    with pytest.raises(RulesWaiting):
        drafts.approve(session, APPROVER, draft, now=now)
    drafts.propose(session, OFFICE, draft, now=now)
    for act in (drafts.propose, drafts.delete_draft):
        with pytest.raises(RulesWaiting):
            act(session, OFFICE, draft, now=now)
    both = Actor("qu", "qu", (*OFFICE.grants, *APPROVER.grants))
    with pytest.raises(RulesOwnApproval):
        drafts.approve(session, both, draft, now=now)
    with pytest.raises(NotAllowed):
        drafts.approve(session, OFFICE, draft, now=now)
    with pytest.raises(RulesUnfit):
        drafts.send_back(session, APPROVER, draft, " ", now=now)
    drafts.send_back(session, APPROVER, draft, "请写明依据", now=now)
    assert (draft.state, draft.returned_because) == ("draft", "请写明依据")
    drafts.propose(session, OFFICE, draft, now=now)
    version = drafts.approve(session, APPROVER, draft, now=now)

    assert (version.name, version.created_by, version.approved_by) == ("OURS@1", "qu", "shending")
    assert version.digest == digest_of(version.content)
    assert version.content["points_preset"] == "linear"
    assert version.content["low_index"] == 75
    assert session.scalars(select(RuleSetDraft)).all() == []
    acted = select(AuditEntry.act).where(AuditEntry.act.like("rules.%")).order_by(AuditEntry.id)
    acts = session.scalars(acted).all()
    assert acts == [
        "rules.draft",
        "rules.propose",
        "rules.send_back",
        "rules.propose",
        "rules.approve",
    ]


def test_who_may_see_and_write(session: Session, now: datetime) -> None:
    assert [each.name for each in versions.list_all(session, ANALYST)] == list(presets())
    for act in (
        lambda who: drafts.start_draft(session, who, code="X", title="甲", base="even", now=now),
        lambda who: drafts.import_draft(session, who, b"{}", now=now),
        lambda who: drafts.list_drafts(session, who),
    ):
        with pytest.raises(NotAllowed):
            act(ANALYST)
    assert drafts.list_drafts(session, APPROVER) == []
    with pytest.raises(NotAllowed):
        versions.list_all(session, person("jiancha", Role.INSPECTOR))


@pytest.mark.parametrize("code", ["pass60", "a b", "", "x" * 41])
def test_a_code_that_cannot_be(session: Session, now: datetime, code: str) -> None:
    with pytest.raises(RulesUnfit):
        drafts.start_draft(session, OFFICE, code=code, title="甲", base="pass60", now=now)


def test_versions_are_numbered_found_and_never_changed(session: Session, now: datetime) -> None:
    first = approved(session, now, low_index=75.0)
    second = approved(session, now, low_index=80.0)
    session.commit()
    assert (first, second) == ("OURS@1", "OURS@2")
    assert versions.file_of(session, ANALYST, "OURS").rules.low_index == 80
    assert versions.file_of(session, ANALYST, "OURS@1").rules.low_index == 75
    for wanted in ("OURS@3", "THEIRS", "OURS@", "\0", "pass60@1"):
        with pytest.raises(RulesNotFound):
            versions.file_of(session, ANALYST, wanted)
    draft = drafts.start_draft(session, OFFICE, code="OURS", title="本区", base="OURS", now=now)
    assert draft.derived_from == "OURS@2"
    with pytest.raises(RulesSame):
        drafts.propose(session, OFFICE, draft, now=now)
    session.commit()
    for command in (
        "UPDATE rule_set SET title_zh = 'x'",
        "DELETE FROM rule_set",
        "UPDATE rule_set SET content = '{}' WHERE version = 1",
    ):
        with pytest.raises(DBAPIError, match="never changes"):
            session.execute(text(command))
        session.rollback()
    kept = session.scalars(select(RuleSetVersion)).all()
    assert len(kept) == 2
    session.add(RuleSetVersion(**_row(kept[0]) | {"version": 9, "approved_by": "qu"}))
    with pytest.raises(DBAPIError, match="approved_by_another"):
        session.flush()


def _row(version: RuleSetVersion) -> dict[str, object]:
    return {
        column.name: getattr(version, column.name)
        for column in RuleSetVersion.__table__.columns
        if column.name != "id"
    }


def test_a_file_is_read_in_and_given_out(session: Session, now: datetime) -> None:
    data = json.loads(write_file(presets()["fivestar"]))
    data |= {"code": "OURS", "title": {"zh": "本区五星", "en": "Ours"}}
    draft = drafts.import_draft(session, OFFICE, json.dumps(data).encode(), now=now)
    data["rules"]["k_public"] = 3
    with pytest.raises(RulesRefused, match="k_public = 3"):
        drafts.import_draft(session, OFFICE, json.dumps(data).encode(), now=now)
    drafts.propose(session, OFFICE, draft, now=now)
    with pytest.raises(RulesWaiting):
        drafts.import_draft(session, OFFICE, write_file(versions.as_file(draft)), now=now)
    version = drafts.approve(session, OPERATOR, draft, now=now)
    again = read_file(write_file(versions.file_of(session, ANALYST, "OURS")))
    assert (again.title.en, again.digest) == ("Ours", version.digest)
    assert again.digest == presets()["fivestar"].digest


def test_a_round_takes_the_preset_of_its_questionnaires_or_the_one_named(
    session: Session, now: datetime
) -> None:
    add_district(session, now)
    standard = add_round(session, now)
    assert standard.rules == to_data(presets()["pass60"].rules)
    version = versions.get_version(session, ANALYST, standard.rule_set_id)
    assert version is not None
    assert (version.name, version.is_shipped) == ("pass60@1", True)
    assert add_round(session, now, "R2").rule_set_id == standard.rule_set_id
    ours = approved(session, now, k_internal=8)
    named = add_round(session, now, "R3", rules=ours)
    assert ruling.rules_of(named).k_internal == 8
    with pytest.raises(RulesNotFound):
        add_round(session, now, "R4", rules="NONE")
    assert list(problems_of(session, named)) == []


@pytest.fixture
def field(sessions: Sessions, config: Config, engine: Engine, now: datetime) -> Field:
    inbox = open_inbox(config, engine)
    keystore = Keystore(config.keystore)
    made = Field(sessions, inbox, keystore, now)
    made.open()
    return made


def _released(session: Session, round_: Round) -> str:
    figures = results.release_of(session, round_, BRANCH_FORM, Audience.INTERNAL)
    return repr(figures)


def test_rules_may_change_until_the_first_box_is_opened_and_never_after(
    field: Field, session: Session, now: datetime
) -> None:
    for number in range(12):
        field.answer("B001", f"{number:022d}")
    with field.sessions.begin() as writing:
        lower = approved(writing, now, "LOWER", low_index=60.0)
        higher = approved(writing, now, "HIGHER", k_internal=8, k_public=11, item_base=11)
        round_ = campaigns.get_round(writing, OPERATOR, field.code)
        ruling.choose(writing, OFFICE, round_, higher, now=now)
        # Residents read eight by now; five would break a promise.
        with pytest.raises(RulesPromised):
            ruling.choose(writing, OFFICE, round_, lower, now=now)
        with pytest.raises(NotAllowed):
            ruling.choose(writing, ANALYST, round_, higher, now=now)
    close_round(
        field.sessions,
        OPERATOR,
        field.code,
        field.keystore,
        field.inbox,
        now=now + timedelta(days=4),
    )
    round_ = campaigns.get_round(session, OPERATOR, field.code)
    before = _released(session, round_)
    assert round_.are_rules_fixed
    with pytest.raises(RulesFrozen):
        ruling.choose(session, OFFICE, round_, "pass60", now=now)
    later = approved(
        session,
        now,
        "HIGHER",
        k_internal=9,
        k_public=40,
        item_base=40,
        low_base=40,
        rankable_base=40,
        importance_base=40,
        unanimity_base=40,
    )
    assert later == "HIGHER@2"
    assert _released(session, round_) == before
    late = campaigns.create_supplement(
        session, OPERATOR, round_, code="R1B", paper_until=now + timedelta(days=9), now=now
    )
    assert (late.rules, late.rule_set_id) == (round_.rules, round_.rule_set_id)
    with pytest.raises(RulesFrozen):
        ruling.choose(session, OFFICE, late, later, now=now)
    session.commit()
    for command in (
        "UPDATE round SET rules = '{}' WHERE code = 'R1'",
        "UPDATE round SET are_rules_fixed = false WHERE code = 'R1'",
        "UPDATE round SET rule_set_id = NULL WHERE code = 'R1'",
    ):
        with pytest.raises(DBAPIError, match="fixed once a box"):
            session.execute(text(command))
        session.rollback()
    session.execute(text("UPDATE round SET title = 'x' WHERE code = 'R1'"))


def test_rules_that_nobody_decided_are_found(field: Field, session: Session) -> None:
    round_ = campaigns.get_round(session, OPERATOR, field.code)
    assert list(problems_of(session, round_)) == []
    round_.rules = round_.rules | {"low_index": 1.0}
    session.flush()
    found = [problem.code for problem in problems_of(session, round_)]
    assert found == ["RULES_DIFFER", "RULES_UNRECORDED"]
