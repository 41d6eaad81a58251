"""What residents said of an item when its time was up, read from the tallies of opened boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import tally
from reports.tally import TargetTally
from survey.collection.boxes import UNOPENED
from survey.collection.models import Box, BoxKind, CollectionPoint, StoredTally
from survey.rectification.item import ENOUGH_RESIDENTS
from survey.rectification.recheck_models import RecheckWindow

SOLVED, AGREED, FALSIFIED = "H02", "H04", "H06"
POINTS = {"5": 100, "4": 80, "3": 50, "2": 0, "1": 0}
"""What an answer to `SOLVED` is worth (domain.md 4.8); 9 is no answer."""
UNSOLVED = ("2", "1")


@dataclass(frozen=True)
class Said:
    """The counts of a recheck: how many took part, for and against closing, and the rest.

    `unsolved` said that nothing is solved or that it has come back, of `told` who said how far it
    is solved; `points` is the sum of what those answers are worth.
    """

    n: int
    agree: int
    disagree: int
    told: int
    unsolved: int
    points: int
    suspicions: int

    @classmethod
    def of(cls, counts: TargetTally) -> Said:
        """Return what a tally of the form says; answers that are suspect are left out."""
        items = counts.official.items
        solved: Mapping[str, int] = items.get(SOLVED, {})
        agreed: Mapping[str, int] = items.get(AGREED, {})
        return cls(
            n=counts.official.n,
            agree=agreed.get("1", 0),
            disagree=agreed.get("0", 0),
            told=sum(solved.get(code, 0) for code in POINTS),
            unsolved=sum(solved.get(code, 0) for code in UNSOLVED),
            points=sum(worth * solved.get(code, 0) for code, worth in POINTS.items()),
            suspicions=items.get(FALSIFIED, {}).get("1", 0),
        )

    @property
    def score(self) -> float:
        """How far it is solved, 0 to 100; 0 where nobody could say."""
        return self.points / self.told if self.told else 0.0

    @property
    def disclosed(self) -> Said:
        """What may be written down of it: nothing of what fewer than ten said."""
        if self.n >= ENOUGH_RESIDENTS:
            return self
        return Said(0, 0, 0, 0, 0, 0, self.suspicions)


def is_counted(session: Session, window: RecheckWindow) -> bool:
    """Whether every box that answers of a window lie in has been opened, or was given up."""
    sealed = (
        select(Box.id)
        .join(CollectionPoint, CollectionPoint.round_id == Box.round_id)
        .where(
            CollectionPoint.id == window.point_id,
            Box.kind == BoxKind.DAY,
            Box.state.in_(UNOPENED),
            Box.starts_at < window.closes_at,
        )
    )
    return session.scalar(sealed.limit(1)) is None


def said_in(session: Session, window: RecheckWindow) -> Said:
    """Return what was said in a window; call it once `is_counted`."""
    total = TargetTally()
    query = select(StoredTally.data).where(StoredTally.point_id == window.point_id)
    for data in session.scalars(query):
        total += tally.from_data(data)
    return Said.of(total)
