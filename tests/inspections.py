"""A small district with two inspectors, a leader and an open round of forms E and I."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.digest import digest
from forms.expressions import Value
from forms.loading import to_data
from survey.accounts import sessions
from survey.accounts.models import Account, Role, RoleGrant
from survey.accounts.policy import OPERATOR, Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.inspections import tasks
from survey.inspections.models import InspectionTask
from survey.inspections.rounds import FormKind, NamedForm, named_forms
from survey.inspections.tasks import Period
from survey.instruments.models import QuestionnaireVersion
from tests.rounds import add_district, form

CHECKLIST, REVIEW = "E_spot_check", "I_leader_review"
PEOPLE = {
    "jian1": ("甲一", Role.INSPECTOR, "D0"),
    "jian2": ("乙二", Role.INSPECTOR, "D0"),
    "jian3": ("丙三", Role.INSPECTOR, "U02"),
    "lingdao": ("丁四", Role.LEADER, "U01"),
    "qu": ("戊五", Role.DISTRICT_ADMIN, "D0"),
    "chuang": ("己六", Role.WINDOW_MANAGER, "W01"),
}


@dataclass
class World:
    """What a test of named acts starts from."""

    session: Session
    now: datetime
    round: Round
    people: dict[str, Actor]

    def form(self, kind: FormKind) -> NamedForm:
        """Return the checklist or the review of the round."""
        return named_forms(self.session, kind, self.round)[0]

    def task(self, org_id: str = "W01", pair: tuple[str, str] = ("jian1", "jian2")):
        """Give an object to a pair."""
        period = Period(self.now.date(), self.now.date() + timedelta(days=7))
        task: InspectionTask = tasks.assign(
            self.session,
            self.people["qu"],
            self.form(FormKind.INSPECTION),
            org_id,
            pair,
            period,
            now=self.now,
        )
        return task


def make_world(session: Session, now: datetime) -> World:
    """Store the district, its people, and an open round of E and I."""
    add_district(session, now)
    for code in (CHECKLIST, REVIEW):
        questionnaire = form(code)
        session.add(
            QuestionnaireVersion(
                digest=digest(questionnaire),
                code=code,
                version=questionnaire.version,
                title=questionnaire.title.to("zh"),
                subject=questionnaire.subject.value,
                definition=to_data(questionnaire),
                imported_at=now,
            )
        )
    session.flush()
    made = {}
    for name, (called, role, place) in PEOPLE.items():
        # A real hash takes time on purpose; the tests of pages sign in with one of their own.
        account = Account(name=name, display_name=called, password_hash="none")
        account.grants.append(RoleGrant(role=role.value, org_id=place))
        session.add(account)
        session.flush()
        made[name] = sessions.actor_named(session, name)
    round_ = campaigns.create_round(
        session,
        OPERATOR,
        code="R1",
        title="实地检查和领导点评",
        uses=[Use(CHECKLIST), Use(REVIEW)],
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=20),
        now=now,
    )
    round_.state = "open"
    session.flush()
    return World(session, now, round_, made)


def checklist(questionnaire: Questionnaire, **changes: Value) -> dict[str, Value]:
    """Return a complete checklist on which everything is met, unless `changes` say otherwise."""
    values: dict[str, Value] = {
        item.code: "2" for item in questionnaire.items if item.scale == "check4"
    }
    values |= {"E01": "onsite", "E02": "2026-09-10T10:00", "E90": "0", "E94": "1"}
    return values | changes


def review(**changes: Value) -> dict[str, Value]:
    """Return a complete review with two problems, unless `changes` say otherwise."""
    values: dict[str, Value] = {
        "I02": "1",
        "I11": "90",
        "I12": "80",
        "I13": "85",
        "I14": "75",
        "I15": "70",
        "I20": "窗口早开十五分钟",
        "I21": "等候时间偏长\n材料清单没有及时更新",
    }
    return values | changes
