"""The running round that rechecks are answered in: one for many items, a box for each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import (
    CollectionMode,
    OpeningKind,
    Round,
    RoundQuestionnaire,
    RoundState,
)
from survey.campaigns.service import Use
from survey.campaigns.targets import item_target
from survey.collection import fieldwork
from survey.collection.boxes import CHINA, midnight
from survey.collection.forms_ahead import Render, facts_of
from survey.collection.inbox import Inbox
from survey.collection.keystore import Keystore
from survey.collection.models import CollectionPoint
from survey.collection.points import PointView
from survey.org.models import Organisation
from survey.rectification.models import RectificationItem

FORM = "H_rectify_recheck"
CODE_PREFIX = "HTK"
TITLE = "整改回头看（{day:%Y年%m月%d日}起）"
ROUND_DAYS = 92
"""How long such a round runs; the next one is made when too little of it is left."""
MOST_DAYS_NEEDED = 40
"""No two windows of five working days are longer, whatever holidays lie between."""
WORKER = Actor("worker", "后台任务", is_operator=True)


@dataclass(frozen=True)
class Tools:
    """What it takes to open rounds and points: the keys, the boxes, and the pages of forms."""

    keystore: Keystore
    inbox: Inbox
    render: Render
    zone: tzinfo = CHINA


def is_running(round_: Round) -> bool:
    """Whether a round is one of those that rechecks are answered in, made by the platform."""
    return round_.code.startswith(CODE_PREFIX) and round_.opening == OpeningKind.DAILY


def point_for(
    session: Session, tools: Tools, item: RectificationItem, closes_at: datetime, *, now: datetime
) -> PointView:
    """Return a new point at which residents judge `item` until `closes_at`, open at once.

    Those whom the round behind the item asked by ticket are asked by ticket again; everybody else
    by a poster.

    Raises:
        QuestionnaireNotFound: the form of rechecks has not been imported.
        KeyUnavailable, TooManyDays: a new round was needed and could not be opened.
    """
    used = _running(session, item, now) or _new_round(session, tools, now)
    owner = session.get_one(Organisation, item.org_id)
    target = item_target(owner, item.number, item.source, item.problem, item.measures)
    return fieldwork.add_point(
        session,
        used,
        facts_of(session, target),
        tools.render,
        mode=_mode_of(session, item),
        closes_at=closes_at,
    )


def _running(session: Session, item: RectificationItem, now: datetime) -> RoundQuestionnaire | None:
    """Return the newest round that lasts long enough and has no point of this item yet."""
    has_point = (
        select(CollectionPoint.id)
        .where(
            CollectionPoint.round_questionnaire_id == RoundQuestionnaire.id,
            CollectionPoint.item == item.number,
        )
        .exists()
    )
    query = (
        select(RoundQuestionnaire)
        .join(Round, Round.id == RoundQuestionnaire.round_id)
        .where(
            RoundQuestionnaire.code == FORM,
            Round.code.startswith(CODE_PREFIX),
            Round.state == RoundState.OPEN,
            Round.opening == OpeningKind.DAILY,
            Round.opens_at <= now,
            Round.closes_at >= now + timedelta(MOST_DAYS_NEEDED),
            ~has_point,
        )
        .order_by(Round.opens_at.desc(), Round.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _new_round(session: Session, tools: Tools, now: datetime) -> RoundQuestionnaire:
    today = now.astimezone(tools.zone).date()
    round_ = campaigns.create_round(
        session,
        WORKER,
        code=_free_code(session, f"{CODE_PREFIX}{today:%Y%m%d}"),
        title=TITLE.format(day=today),
        uses=[Use(FORM)],
        opens_at=now,
        closes_at=midnight(today + timedelta(ROUND_DAYS), tools.zone),
        opening=OpeningKind.DAILY.value,
        now=now,
    )
    fieldwork.open_running(
        session, WORKER, round_, tools.keystore, tools.inbox, now=now, zone=tools.zone
    )
    return round_.questionnaires[0]


def _free_code(session: Session, wanted: str) -> str:
    taken = set(session.scalars(select(Round.code).where(Round.code.startswith(wanted))))
    numbered = (f"{wanted}.{number}" for number in range(2, len(taken) + 2))
    return wanted if wanted not in taken else next(name for name in numbered if name not in taken)


def _mode_of(session: Session, item: RectificationItem) -> CollectionMode:
    """Return how the people behind `item` were asked; by poster where no round was behind it."""
    asked = (
        select(CollectionPoint.mode)
        .where(
            CollectionPoint.round_id == item.round_id,
            CollectionPoint.org_id == item.org_id,
            CollectionPoint.item == "",
        )
        .limit(1)
    )
    is_ticket = item.round_id is not None and session.scalar(asked) == CollectionMode.TICKET
    return CollectionMode.TICKET if is_ticket else CollectionMode.OPEN
