"""The published list of counted receipts: in parts so small that asking for one tells nothing.

`docs/verification.md` describes the format for whoever writes a checker.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.campaigns.models import Round
from survey.collection.boxes import UNOPENED, boxes_of
from survey.collection.hashes import ordered, packed_root
from survey.collection.leaves import stored_hashes
from survey.collection.models import Box, Receipt
from survey.collection.verification import OPENED
from survey.errors import NotFound

SHARD_LEAST = 64
"""Receipts that a part holds on average at least: whoever asks for one is one of so many."""
MAX_PREFIX = 4
WHOLE = "all"
"""Name of the one part of a list too short to be divided."""
_PREFIX = re.compile(f"[0-9a-f]{{1,{MAX_PREFIX}}}")


class NothingCounted(NotFound):
    """The round has no opened box, or its list no such part."""

    code = "NOTHING_COUNTED"

    def __init__(self) -> None:
        super().__init__(
            "这一轮还没有启封，没有回执清单", "No box of this round is opened; there is no list"
        )


def prefix_length(count: int) -> int:
    """Return how many hex digits name a part of a list of `count` receipts."""
    length = 0
    while length < MAX_PREFIX and count >= SHARD_LEAST * 16 ** (length + 1):
        length += 1
    return length


def names(count: int) -> list[str]:
    """Return the names of all parts of a list of `count` receipts."""
    length = prefix_length(count)
    return [f"{number:0{length}x}" for number in range(16**length)] if length else [WHOLE]


def index_of(session: Session, round_: Round) -> dict[str, Any]:
    """Return what a phone needs to look its receipt up, and the roots of all lists.

    Raises:
        NothingCounted: no box is opened yet.
    """
    boxes = opened_boxes(session, round_)
    if not boxes:
        raise NothingCounted
    count = _count(session, round_)
    return {
        "format": 1,
        "round": round_.code,
        "receipts": count,
        "prefix": prefix_length(count),
        "root": round_root(session, round_.id),
        "is_complete": not any(box.state in UNOPENED for box in boxes_of(session, round_.id)),
        "boxes": [{"label": box.label, "receipts_root": box.receipts_root} for box in boxes],
    }


def shard(session: Session, round_: Round, name: str) -> list[str]:
    """Return the hashes of one part of the list, sorted.

    Raises:
        NothingCounted: there is no such part.
    """
    count = _count(session, round_)
    is_whole = name == WHOLE and prefix_length(count) == 0
    is_part = _PREFIX.fullmatch(name) is not None and len(name) == prefix_length(count)
    if not opened_boxes(session, round_) or not (is_whole or is_part):
        raise NothingCounted
    query = select(Receipt.hash).where(Receipt.round_id == round_.id).order_by(Receipt.hash)
    if is_part:
        # "g" comes after every hex digit.
        query = query.where(Receipt.hash >= name, Receipt.hash < f"{name}g")
    return list(session.scalars(query))


def round_root(session: Session, round_id: int) -> str:
    """Return the Merkle root over the sorted receipt hashes of all opened boxes of a round."""
    query = select(Receipt.hash).where(Receipt.round_id == round_id)
    return packed_root(ordered(stored_hashes(session, query)))


def opened_boxes(session: Session, round_: Round) -> list[Box]:
    """Return the opened boxes of a round, days that became a month left out."""
    return [box for box in boxes_of(session, round_.id) if box.state in OPENED]


def _count(session: Session, round_: Round) -> int:
    return session.scalar(select(func.count()).where(Receipt.round_id == round_.id)) or 0
