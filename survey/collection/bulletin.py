"""What the holder of a receipt may ask: was my answer counted, and nothing else."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.campaigns.models import RoundState
from survey.collection.boxes import UNOPENED
from survey.collection.models import Box, BoxState, Receipt
from survey.collection.points import PointView
from survey.collection.receipts import receipt_hash


class Standing(StrEnum):
    """What is known of a receipt."""

    NOT_OPENED = "not_opened"
    COUNTED = "counted"
    NOT_COUNTED = "not_counted"
    ABANDONED = "abandoned"
    DAY_LOST = "day_lost"


def standing_of(session: Session, point: PointView, receipt: str) -> Standing:
    """Return whether the answer with this receipt was counted at `point`.

    `receipt` is in its written form (`receipts.read_code`). Before the box is opened nobody
    knows; afterwards a receipt that belongs to another point is not on this one's list. Where a
    day of the round was given up, a receipt that is on no list may be of that day.
    """
    listed = receipt_hash(point.round_code, point.code, receipt)
    if session.get(Receipt, (point.round_id, listed)) is not None:
        return Standing.COUNTED
    if point.round_state == RoundState.ABANDONED:
        return Standing.ABANDONED
    states = session.scalars(select(Box.state).where(Box.round_id == point.round_id)).all()
    if BoxState.ABANDONED in states:
        return Standing.DAY_LOST
    if not states or any(state in UNOPENED for state in states):
        return Standing.NOT_OPENED
    return Standing.NOT_COUNTED
