"""What the holder of a receipt may ask: was my answer counted, and nothing else."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from survey.collection.models import Box, BoxState, Receipt
from survey.collection.points import PointView
from survey.collection.receipts import receipt_hash


class Standing(StrEnum):
    """What is known of a receipt."""

    NOT_OPENED = "not_opened"
    COUNTED = "counted"
    NOT_COUNTED = "not_counted"


def standing_of(session: Session, point: PointView, receipt: str) -> Standing:
    """Return whether the answer with this receipt was counted at `point`.

    `receipt` is in its written form (`receipts.read_code`). Before the box is opened nobody
    knows; afterwards a receipt that belongs to another point is not on this one's list.
    """
    box = session.get(Box, point.box_id)
    if box is None or box.state in (BoxState.SEALED, BoxState.COUNTED):
        return Standing.NOT_OPENED
    listed = receipt_hash(point.round_code, point.code, receipt)
    if session.get(Receipt, (point.round_id, listed)) is None:
        return Standing.NOT_COUNTED
    return Standing.COUNTED
