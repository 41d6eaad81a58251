"""The form whose bad ratings are dealt with one day at a time (domain.md 2.8, 3.13)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.campaigns.models import RoundQuestionnaire
from survey.collection.models import Box, BoxKind, CollectionPoint

FORM, RATING = "D_service_hcp", "D02"
BAD_LEVELS = {"2": "D12", "1": "D11"}
"""Levels that are bad ratings, and the items that ask for the reasons."""


def reference_of(day: str) -> str:
    """Return the reference of the item that the bad ratings of a place on `day` become."""
    return f"{RATING} {day}"


def occasions_of(session: Session, box: Box) -> dict[int, str]:
    """Return the day that a number left in `box` belongs to, by point.

    The form asks for a number after a bad rating alone, and only those are tied to an item
    (domain.md 2.4, 8): of every other form the day is not kept.
    """
    if box.kind != BoxKind.DAY:
        return {}
    query = (
        select(CollectionPoint.id)
        .join(RoundQuestionnaire, RoundQuestionnaire.id == CollectionPoint.round_questionnaire_id)
        .where(CollectionPoint.round_id == box.round_id, RoundQuestionnaire.code == FORM)
    )
    return dict.fromkeys(session.scalars(query), box.label)
