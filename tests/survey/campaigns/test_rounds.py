"""Planning a round: what holds together is stored as a draft, all else refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.loading import to_data
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.campaigns.service import NoTargets, RoundExists, RoundInvalid, RoundNotFound, Use
from survey.errors import NotAllowed
from survey.instruments.models import QuestionnaireVersion
from survey.instruments.service import QuestionnaireNotFound
from survey.org.models import Organisation
from tests.rounds import BRANCH_FORM, form

TREE = [("D0", None, "district", ""), ("U01", "D0", "unit", "社区")]
TREE += [
    (f"B{number}", "U01", "branch", "社区" if number < 3 else "农村") for number in range(1, 5)
]


@pytest.fixture(autouse=True)
def district(session: Session, now: datetime) -> None:
    paths: dict[str | None, str] = {None: ""}
    for org_id, parent_id, level, sector in TREE:
        paths[org_id] = f"{paths[parent_id]}{org_id}/"
        session.add(
            Organisation(
                id=org_id,
                parent_id=parent_id,
                path=paths[org_id],
                level=level,
                name=org_id,
                short_name=org_id,
                sector=sector,
                is_active=org_id != "B4",
            )
        )
        session.flush()
    for digest, imported_at in (("old", now - timedelta(days=1)), ("new", now)):
        session.add(
            QuestionnaireVersion(
                digest=digest,
                code="A",
                version=digest,
                title="A",
                subject="branch",
                definition=to_data(form(BRANCH_FORM)),
                imported_at=imported_at,
            )
        )
    session.flush()


def create(session: Session, now: datetime, **changes: Any) -> Round:
    plan: dict[str, Any] = {
        "code": "R1",
        "title": "群众评议",
        "uses": [Use("A")],
        "opens_at": now,
        "closes_at": now + timedelta(days=7),
    }
    actor = changes.pop("actor", OPERATOR)
    return campaigns.create_round(session, actor, now=now, **plan | changes)


def test_a_round_is_a_draft_that_pins_the_newest_version(session: Session, now: datetime) -> None:
    round_ = create(session, now)

    assert round_.state == RoundState.DRAFT
    assert [used.digest for used in round_.questionnaires] == ["new"]
    assert round_.paper_until == round_.closes_at
    assert campaigns.get_round(session, OPERATOR, "R1") is round_
    assert campaigns.list_rounds(session, OPERATOR) == [round_]


def test_targets_follow_from_subject_sector_and_choice(session: Session, now: datetime) -> None:
    uses = {
        ("B1", "B2", "B3"): Use("A"),
        ("B1", "B2"): Use("A", sector="社区"),
        ("B3",): Use("A", org_ids=("B3",)),
    }
    for number, (expected, use) in enumerate(uses.items()):
        round_ = create(session, now, code=f"R{number}", uses=[use])
        targets = campaigns.targets_of(session, round_.questionnaires[0])
        assert tuple(target.id for target in targets) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"code": ""},
        {"code": "R 1"},
        {"code": "../R1"},
        {"code": "R" * 41},
        {"code": "轮"},
        {"title": " "},
        {"title": "长" * 201},
        {"title": "a\0b"},
        {"uses": []},
        {"uses": [Use("A"), Use("A", sector="社区")]},
        {"uses": [Use("A", org_ids=("U01",))]},
        {"uses": [Use("A", org_ids=("B1", "B4"))]},
        {"uses": [Use("A", mode="tickets")]},
        {"mode": "closed"},
        {"opening": "never"},
    ],
)
def test_a_plan_that_does_not_hold_is_refused(
    session: Session, now: datetime, changes: dict[str, Any]
) -> None:
    with pytest.raises(RoundInvalid):
        create(session, now, **changes)


def test_a_round_opens_before_it_closes(session: Session, now: datetime) -> None:
    with pytest.raises(RoundInvalid):
        create(session, now, closes_at=now)
    with pytest.raises(RoundInvalid):
        create(session, now, paper_until=now + timedelta(days=6))


def test_a_code_is_used_once(session: Session, now: datetime) -> None:
    create(session, now)
    with pytest.raises(RoundExists):
        create(session, now)


def test_unknown_questionnaires_and_empty_targets_are_refused(
    session: Session, now: datetime
) -> None:
    with pytest.raises(QuestionnaireNotFound):
        create(session, now, uses=[Use("B")])
    with pytest.raises(NoTargets):
        create(session, now, uses=[Use("A", sector="机关")])


@pytest.mark.parametrize("code", ["R2", "r1", "", "R1\0", "%"])
def test_an_unknown_round_is_not_found(session: Session, now: datetime, code: str) -> None:
    create(session, now)
    with pytest.raises(RoundNotFound):
        campaigns.get_round(session, OPERATOR, code)


def test_only_the_district_plans_rounds_and_the_record_says_who(
    session: Session, now: datetime
) -> None:
    unit = Actor("u", "单位", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
    with pytest.raises(NotAllowed):
        create(session, now, actor=unit)

    create(session, now, actor=Actor("d", "区办", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),)))
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.act, entry.subject) == ("d", "round.create", "R1")
