"""Public items of one place, as anybody may follow them: what is wrong and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey.campaigns.models import Round, RoundState
from survey.rectification.models import RectificationItem
from survey.rectification.states import LOOKS, Look, State

PUBLISHED = (RoundState.PUBLISHED, RoundState.ARCHIVED)
MOST = 50


@dataclass(frozen=True)
class PublicItem:
    """An item as residents see it; `done_on` is the day it was closed, None before that."""

    number: str
    problem: str
    measures: str
    look: Look
    due_on: date
    done_on: date | None


def public_items(session: Session, org_id: str) -> list[PublicItem]:
    """Return the public items of an organisation, newest first.

    An item that a round brought up appears once that round's results are published: before that
    it would tell of them.
    """
    query = (
        select(RectificationItem)
        .outerjoin(Round, Round.id == RectificationItem.round_id)
        .where(
            RectificationItem.org_id == org_id,
            RectificationItem.is_public,
            RectificationItem.state != State.VOID,
            or_(RectificationItem.round_id.is_(None), Round.state.in_(PUBLISHED)),
        )
        .order_by(RectificationItem.registered_on.desc(), RectificationItem.number.desc())
        .limit(MOST)
    )
    return [
        PublicItem(
            number=item.number,
            problem=item.problem,
            measures=item.measures,
            look=LOOKS[State(item.state)],
            due_on=item.due_on,
            done_on=item.closed_on,
        )
        for item in session.scalars(query)
    ]
