"""A small district with forms A and C, and an open round on it, for tests of what comes after."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.digest import digest
from forms.expressions import Value
from forms.loading import to_data
from forms.xlsform import read_xlsform
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.campaigns.service import Use
from survey.collection import fieldwork, intake, issuing, points, tickets
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.points import PointView
from survey.db import Sessions
from survey.instruments.models import QuestionnaireVersion
from survey.org.models import Organisation
from survey.web.platform import Platform

FORMS = Path(__file__).resolve().parents[1] / "sample" / "xlsforms"
BRANCH_FORM, WINDOW_FORM, RATING_FORM = "A_branch_mass", "C_window_sat", "D_service_hcp"


@cache
def form(code: str) -> Questionnaire:
    """Return a questionnaire of the sample district."""
    return read_xlsform((FORMS / f"{code}.xlsx").read_bytes(), f"{code}.xlsx")


@dataclass(frozen=True)
class FakePage:
    """A form page with nothing on it."""

    head: bytes = b"head"
    tail: bytes = b"tail"
    csp: str = "default-src 'none'"


def render(_questionnaire: Questionnaire, _point: PointView, _language: str) -> FakePage:
    """Stand in for the pages of the web."""
    return FakePage()


TREE = [
    ("D0", None, "district", "区创先争优办", ""),
    ("U01", "D0", "unit", "云澜街道党工委", "社区"),
    ("U02", "D0", "unit", "禾湾镇党委", "农村"),
    ("B001", "U01", "branch", "第一社区党支部", "社区"),
    ("B002", "U01", "branch", "第二社区党支部", "社区"),
    ("B003", "U02", "branch", "禾湾村党支部", "农村"),
    ("B004", "U02", "branch", "停用党支部", "农村"),
    ("W01", "U01", "window", "便民服务中心综合窗口", "窗口单位"),
]


def add_district(session: Session, now: datetime) -> None:
    """Store the tree and forms A and C."""
    paths: dict[str | None, str] = {None: ""}
    for number, (org_id, parent_id, level, name, sector) in enumerate(TREE):
        paths[org_id] = f"{paths[parent_id]}{org_id}/"
        session.add(
            Organisation(
                id=org_id,
                parent_id=parent_id,
                path=paths[org_id],
                level=level,
                name=name,
                short_name=name,
                sector=sector,
                sort_no=number,
                eligible_mass=200 if level == "branch" else None,
                is_active=org_id != "B004",
            )
        )
        session.flush()
    for code in (BRANCH_FORM, WINDOW_FORM):
        add_form(session, form(code), now)


def add_form(session: Session, questionnaire: Questionnaire, now: datetime) -> None:
    """Store a questionnaire as an import does."""
    session.add(
        QuestionnaireVersion(
            digest=digest(questionnaire),
            code=questionnaire.code,
            version=questionnaire.version,
            title=questionnaire.title.to("zh"),
            subject=questionnaire.subject.value,
            definition=to_data(questionnaire),
            imported_at=now,
        )
    )
    session.flush()


def add_round(
    session: Session,
    now: datetime,
    code: str = "R1",
    *,
    asks_proof: bool = False,
    mode: str = "open",
    opening: str = "at_close",
    rules: str = "",
) -> Round:
    """Store a draft round of forms A and C that runs from an hour ago to tomorrow."""
    return campaigns.create_round(
        session,
        OPERATOR,
        code=code,
        title="群众评议",
        uses=[Use(BRANCH_FORM), Use(WINDOW_FORM)],
        opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=1),
        paper_until=now + timedelta(days=3),
        asks_proof=asks_proof,
        mode=mode,
        opening=opening,
        rules=rules,
        now=now,
    )


@dataclass
class Field:
    """An open round of the small district."""

    sessions: Sessions
    inbox: Inbox
    keystore: Keystore
    now: datetime
    code: str = "R1"
    mode: str = "open"
    opening: str = "at_close"
    points: dict[str, PointView] = field(default_factory=dict)

    def open(self) -> None:
        """Make the district and open the round."""
        with self.sessions.begin() as session:
            add_district(session, self.now)
            add_round(session, self.now, self.code, mode=self.mode, opening=self.opening)
        self.open_planned()

    def open_planned(self) -> None:
        """Open the round, which somebody has planned."""
        with self.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            fieldwork.open_round(
                session,
                OPERATOR,
                round_,
                self.keystore,
                self.inbox,
                render,
                now=self.now,
                no_key_copy=True,
            )
        self.reload()

    def reload(self) -> None:
        """Read the points anew."""
        with self.sessions() as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            self.points = {
                view.org_id: view for view in points.list_points(session, OPERATOR, round_)
            }

    @property
    def box_id(self) -> int:
        """The round's box."""
        return next(iter(self.points.values())).box_id

    def answer(
        self,
        org_id: str,
        key: str,
        *,
        at: datetime | None = None,
        seconds: float | None = 120,
        ticket: str = "",
        **values: Value,
    ) -> intake.Recorded:
        """Hand in an answer sheet, complete unless `values` change it."""
        point = self.points[org_id]
        with self.sessions() as session:
            questionnaire = points.questionnaire_of(session, point)
            credential = None
            if ticket:
                credential = tickets.usable_credential(session, self.keystore, point, ticket)
            return intake.record(
                session,
                self.inbox,
                self.keystore,
                point,
                questionnaire,
                full_answers(questionnaire) | values,
                key=key,
                seconds=seconds,
                now=at or self.now,
                credential=credential,
            )

    def slips(self, org_id: str, count: int) -> list[tickets.Slip]:
        """Return fresh, valid slips of an object, in one batch."""
        made = issuing.make_slips(count)
        with self.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            point = self.points[org_id]
            batch = issuing.request(session, OPERATOR, round_, point, count, now=self.now)
            issuing.decide(session, OPERATOR, round_, batch.id, allow=True, now=self.now)
            issuing.issue(session, OPERATOR, self.keystore, round_, batch.id, made, now=self.now)
        return made


def open_ratings(held: Platform, now: datetime, *, days: int) -> Field:
    """Open a round of service ratings in the small district, with a box for every day."""
    with held.sessions.begin() as session:
        add_district(session, now)
        add_form(session, form(RATING_FORM), now)
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code="H1",
            title="好差评",
            uses=[Use(RATING_FORM)],
            opens_at=now,
            closes_at=now + timedelta(days=days),
            opening="daily",
            now=now,
        )
        stores = (session, OPERATOR, round_, held.keystore, held.inbox, render)
        fieldwork.open_round(*stores, now=now, no_key_copy=True)
    opened = Field(held.sessions, held.inbox, held.keystore, now, code="H1")
    opened.reload()
    return opened


def full_answers(questionnaire: Questionnaire) -> dict[str, Value]:
    """Return an answer to every required item that is asked then: the second option."""
    values: dict[str, Value] = {}
    for item in questionnaire.items:
        if item.required and not item.relevant and item.options:
            code = item.option_codes[1]
            values[item.code] = (code,) if item.kind == "select_multiple" else code
    return values


def page_key(number: int) -> str:
    """Return a page key of a phone's own."""
    return f"{number:022d}"
