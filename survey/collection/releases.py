"""What of a running daily round may be shown: never a step of fewer than k answers.

Boxes are opened day by day, so figures made of all opened boxes could be subtracted from those of
the day before, and a day on which three people answered would give away what the three said. A
point's released counts therefore move on only by k answers or more, and only while at least k
further ones lie behind them, so that the end of the round, when everything is shown, is no
smaller step either.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import rules, tally
from reports.tally import TargetTally
from survey.campaigns.models import Round
from survey.collection.models import CollectionPoint, ReleasedTally, StoredTally


def advance(session: Session, round_: Round) -> None:
    """Move on what may be shown of each point of a daily round, after a box was opened.

    Moved on twice for one opening, it stays where it was.
    """
    k = rules.from_data(round_.rules).k_public
    for point_id, total in counts_of(session, round_.id).items():
        released = session.get(ReleasedTally, point_id)
        if released is None:
            nothing = tally.to_data(TargetTally())
            released = ReleasedTally(point_id=point_id, shown=nothing, waiting=nothing)
            session.add(released)
        if total.official.n - tally.from_data(released.waiting).official.n >= k:
            released.shown, released.waiting = released.waiting, tally.to_data(total)
    session.flush()


def shown_of(session: Session, round_id: int) -> dict[int, TargetTally]:
    """Return what may be shown of a daily round while it runs, by point."""
    query = (
        select(ReleasedTally.point_id, ReleasedTally.shown)
        .join(CollectionPoint, CollectionPoint.id == ReleasedTally.point_id)
        .where(CollectionPoint.round_id == round_id)
    )
    return {point_id: tally.from_data(data) for point_id, data in session.execute(query)}


def counts_of(session: Session, round_id: int) -> dict[int, TargetTally]:
    """Return the counts of a round by point, those of several boxes added up."""
    query = (
        select(StoredTally.point_id, StoredTally.data)
        .join(CollectionPoint, CollectionPoint.id == StoredTally.point_id)
        .where(CollectionPoint.round_id == round_id)
    )
    counts: dict[int, TargetTally] = {}
    for point_id, data in session.execute(query):
        counts[point_id] = counts.get(point_id, TargetTally()) + tally.from_data(data)
    return counts
