"""A small district whose items have come as far as the residents' word."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from survey.accounts.policy import OPERATOR, SYSTEM
from survey.campaigns.models import Round
from survey.collection import intake, opening, points
from survey.collection.boxes import CHINA
from survey.collection.models import CollectionPoint
from survey.collection.points import PointView
from survey.db import reading
from survey.rectification import rechecks, service
from survey.rectification.models import RectificationItem
from survey.rectification.recheck_models import RecheckWindow
from survey.rectification.recheck_rounds import Tools
from survey.rectification.recheck_votes import Vote, credential_of
from survey.rectification.states import Act, Source, State
from survey.rectification.steps import add_transition
from survey.web.platform import Platform
from tests.rounds import full_answers, page_key, render

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=CHINA)


@dataclass
class Town:
    """A small district with items in recheck, and its clock."""

    held: Platform
    now: datetime = MONDAY

    @property
    def tools(self) -> Tools:
        return Tools(self.held.keystore, self.held.inbox, render)

    def add_item(self, org_id: str = "W01", source: Source = Source.MANUAL) -> str:
        """Store an item that has come as far as its recheck."""
        with self.held.sessions.begin() as session:
            item = service.register(
                session, OPERATOR, org_id, source=source, problem="灯坏了", now=self.now
            )
            self._recheck(item, State.VERIFIED)
            return item.number

    def _recheck(self, item: RectificationItem, origin: State) -> None:
        item.state = State.RECHECK.value
        item.needs_recheck = True
        add_transition(item, SYSTEM, "system", Act.START_RECHECK, origin, self.now, "")

    def again(self, number: str) -> None:
        """Bring an item that was reopened to its next recheck."""
        with self.held.sessions.begin() as session:
            self._recheck(item_of(session, number), State.VERIFIED)

    def step(self, now: datetime | None = None) -> rechecks.Due:
        """Open the boxes that are due, then do what is due of rechecks."""
        self.now = now or self.now
        with reading(self.held.sessions) as session:
            opened = select(Round.code).where(Round.state == "open").order_by(Round.id)
            codes = session.scalars(opened).all()
        for code in codes:
            stores = (self.held.sessions, OPERATOR, code, self.held.keystore, self.held.inbox)
            opening.open_due_boxes(*stores, now=self.now, zone=CHINA)
        return rechecks.do_due(self.held.sessions, self.tools, now=self.now)

    def point(self, number: str) -> PointView:
        """Return the newest point at which an item is judged."""
        with reading(self.held.sessions) as session:
            query = select(CollectionPoint.code).where(CollectionPoint.item == number)
            code = session.scalars(query.order_by(CollectionPoint.id.desc())).first()
            assert code is not None
            return points.find_point(session, code)

    def judge(self, number: str, key: int, vote: Vote | None = None, **values: Any) -> None:
        """Hand in form H about an item."""
        point = self.point(number)
        with self.held.sessions() as session:
            questionnaire = points.questionnaire_of(session, point)
            credential = None
            if vote is not None:
                keystore = self.held.keystore
                credential = credential_of(session, keystore, point, vote, now=self.now)
            intake.record(
                session,
                self.held.inbox,
                self.held.keystore,
                point,
                questionnaire,
                full_answers(questionnaire) | {"H01": "1"} | values,
                key=page_key(key),
                seconds=60,
                now=self.now,
                credential=credential,
            )

    def window(self, number: str) -> RecheckWindow:
        with reading(self.held.sessions) as session:
            return rechecks.window_of(session, item_of(session, number)) or pytest.fail("none")

    def state(self, number: str) -> str:
        with reading(self.held.sessions) as session:
            return item_of(session, number).state


def item_of(session, number: str) -> RectificationItem:
    return session.scalars(
        select(RectificationItem).where(RectificationItem.number == number)
    ).one()
