"""What became of closed items: the figure they were opened for, in their round and in the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.figures import Figures
from survey.campaigns.models import Round
from survey.rectification.models import RectificationItem
from survey.rectification.states import Source, State

MEASURED = (Source.LOW_SCORE.value, Source.IPA_Q2.value, Source.COMMENT.value)
"""Sources whose problem has a figure of its own in a round."""


@dataclass(frozen=True)
class Aftermath:
    """A closed item beside its figure: the index, 0 to 100, before and after; None where hidden.

    `is_back`: the later round found it again, and the item was reopened or has a follower.
    """

    number: str
    org_id: str
    problem: str
    closed_on: date | None
    ref: str
    before: float | None
    after: float | None
    is_back: bool

    @property
    def change(self) -> float | None:
        """The later index less the earlier one; None unless both are shown."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


def aftermath_of(
    session: Session,
    earlier: Round,
    before: Mapping[str, Figures],
    after: Mapping[str, Figures],
) -> list[Aftermath]:
    """Return the items of a round that were closed, each beside its figure then and now.

    `before` and `after` are the figures of one questionnaire by organisation, as they may be shown
    to the reader; nothing that disclosure control withheld comes back here. Items are in the order
    of their numbers. Whether the change is more than chance is the trend's to say (domain.md 3.10).
    """
    item = RectificationItem
    query = (
        select(item)
        .where(item.round_id == earlier.id, item.source.in_(MEASURED), item.closed_on.is_not(None))
        .order_by(item.number)
    )
    reopened = (
        select(item)
        .where(item.round_id == earlier.id, item.source.in_(MEASURED), item.reopen_count > 0)
        .order_by(item.number)
    )
    rows = {each.id: each for each in (*session.scalars(query), *session.scalars(reopened))}
    numbers = [each.number for each in rows.values()]
    followed = set(session.scalars(select(item.precursor).where(item.precursor.in_(numbers))))
    return [
        Aftermath(
            number=each.number,
            org_id=each.org_id,
            problem=each.problem,
            closed_on=each.closed_on,
            ref=each.source_ref,
            before=index_of(before.get(each.org_id), each.source_ref),
            after=index_of(after.get(each.org_id), each.source_ref),
            is_back=each.number in followed or each.state != State.CLOSED.value,
        )
        for each in sorted(rows.values(), key=lambda found: found.number)
    ]


def index_of(figures: Figures | None, ref: str) -> float | None:
    """Return the index of an item or a dimension among figures; None where it is not shown."""
    if figures is None or not figures.is_shown:
        return None
    if ref in figures.items:
        return figures.items[ref].index
    if ref in figures.dimensions:
        return figures.dimensions[ref].index
    return None
