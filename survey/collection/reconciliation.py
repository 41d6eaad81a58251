"""What became of the tickets of a round: issued = used + unused + void, batch by batch.

Nothing says so while boxes are sealed, since a count of used tickets is a count of answers. At
each opening the credentials that came out of the box are laid beside those of every ticket;
only the numbers are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import rules
from reports.figures import Audience
from reports.veiling import threshold
from survey.campaigns.models import Round, RoundState
from survey.collection.hashes import Hashes, among, packed
from survey.collection.keystore import Keystore
from survey.collection.ticket_models import Ticket, TicketBatch, TicketBatchState
from survey.collection.tickets import credential_of

PRINTED = (TicketBatchState.ISSUED, TicketBatchState.VOID)
TICKETS = 5_000
"""Tickets looked at at a time."""
UNDECIDED = (
    RoundState.DRAFT,
    RoundState.SCHEDULED,
    RoundState.OPEN,
    RoundState.ABANDONED,
)


@dataclass(frozen=True)
class Reconciled:
    """Slips that were printed, and what became of them; None until a box was opened."""

    issued: int = 0
    void_batches: int = 0
    used: int | None = None
    unused: int | None = None
    void: int | None = None

    @property
    def in_force(self) -> int | None:
        """Slips with which somebody answered or could have; None where none were printed.

        Slips that became void and were not used gave nobody a vote, so no share is taken of them.
        """
        if not self.issued:
            return None
        return self.issued - (self.void or 0)

    def __add__(self, other: Reconciled) -> Reconciled:
        """Return both together."""
        return Reconciled(
            self.issued + other.issued,
            self.void_batches + other.void_batches,
            _sum(self, other, self.used, other.used),
            _sum(self, other, self.unused, other.unused),
            _sum(self, other, self.void, other.void),
        )


@dataclass(frozen=True)
class Shown:
    """What staff may read of a round's tickets: nothing of few people, nothing before the close.

    Attributes:
        total: of the round; None where no slip was printed.
        points: by point, those with figures that may be shown.
        batches: ids of the batches whose figures may be shown.
    """

    total: Reconciled | None
    points: Mapping[int, Reconciled]
    batches: frozenset[str]

    def of(self, batch: TicketBatch) -> Reconciled:
        """Return what became of a batch, as far as it may be shown."""
        counts = of_batch(batch)
        return counts if batch.id in self.batches else _veiled(counts)


def note_used(session: Session, keystore: Keystore, round_: Round, credentials: Hashes) -> None:
    """Add to every batch how many of its tickets are among the `credentials` of an opened box.

    Called once for each box, in the transaction that stores what was in it; `credentials` are in
    order.
    """
    batches = {
        batch.id: batch
        for batch in session.scalars(
            select(TicketBatch).where(
                TicketBatch.round_id == round_.id, TicketBatch.state.in_(PRINTED)
            )
        )
    }
    if not batches:
        return
    query = select(Ticket.hash, Ticket.batch_id).where(Ticket.batch_id.in_(batches))
    used: Counter[str] = Counter()
    rows = session.connection().execute(query.execution_options(yield_per=TICKETS))
    for part in rows.partitions():
        theirs = packed([credential_of(keystore, round_.code, hash_) for hash_, _ in part])
        is_used = among(theirs, credentials).tolist()
        used.update(batch_id for (_, batch_id), found in zip(part, is_used, strict=True) if found)
    for batch_id, batch in batches.items():
        batch.used_count = (batch.used_count or 0) + used[batch_id]


def of_batch(batch: TicketBatch) -> Reconciled:
    """Return what became of one batch."""
    if batch.state not in PRINTED:
        return Reconciled()
    is_void = batch.state == TicketBatchState.VOID
    if batch.used_count is None:
        return Reconciled(issued=batch.size, void_batches=int(is_void))
    rest = batch.size - batch.used_count
    return Reconciled(
        issued=batch.size,
        void_batches=int(is_void),
        used=batch.used_count,
        unused=0 if is_void else rest,
        void=rest if is_void else 0,
    )


def by_point(session: Session, round_id: int) -> Mapping[int, Reconciled]:
    """Return what became of the tickets of each point that has any."""
    found: dict[int, Reconciled] = {}
    for batch in session.scalars(select(TicketBatch).where(TicketBatch.round_id == round_id)):
        if batch.state in PRINTED:
            found[batch.point_id] = found.get(batch.point_id, Reconciled()) + of_batch(batch)
    return found


def of_round(session: Session, round_id: int) -> Reconciled:
    """Return what became of all tickets of a round."""
    return sum(by_point(session, round_id).values(), Reconciled())


def stored_tickets(session: Session, round_id: int) -> Mapping[str, int]:
    """Return how many tickets each batch has in the table."""
    query = (
        select(Ticket.batch_id, func.count())
        .join(TicketBatch, TicketBatch.id == Ticket.batch_id)
        .where(TicketBatch.round_id == round_id)
        .group_by(Ticket.batch_id)
    )
    return dict(session.execute(query).all())


def _sum(one: Reconciled, other: Reconciled, first: int | None, second: int | None) -> int | None:
    """Return a sum of which neither part is still unknown; nothing printed adds nothing."""
    if not one.issued:
        return second
    if not other.issued:
        return first
    return None if first is None or second is None else first + second


def shown(session: Session, round_: Round, audience: Audience = Audience.INTERNAL) -> Shown:
    """Return what became of a round's tickets, objects with few answers left out.

    An object is shown from the threshold of `audience` on. Where it would be the only one left out,
    the smallest other one is left out too, since both make up the total; and the batches of an
    object are shown if all of them can be.
    """
    query = select(TicketBatch).where(
        TicketBatch.round_id == round_.id, TicketBatch.state.in_(PRINTED)
    )
    batches: dict[int, list[TicketBatch]] = {}
    for batch in session.scalars(query.order_by(TicketBatch.id)):
        batches.setdefault(batch.point_id, []).append(batch)
    counts = {point: _together(each) for point, each in batches.items()}
    if not counts:
        return Shown(None, {}, frozenset())
    total = _together([batch for each in batches.values() for batch in each])
    if round_.state in UNDECIDED:
        return Shown(_veiled(total), {}, frozenset())
    least = threshold(rules.from_data(round_.rules), audience)
    if (total.used or 0) < least:
        return Shown(_veiled(total), {}, frozenset())
    by_use = sorted(counts, key=lambda point: (counts[point].used or 0, point))
    hidden = {point for point in by_use if (counts[point].used or 0) < least}
    if len(hidden) == 1:
        hidden |= set(by_use[:2])
    open_ = {point: counts[point] for point in by_use if point not in hidden}
    named = {
        batch.id
        for point in open_
        for batch in batches[point]
        if len(batches[point]) == 1 or all((b.used_count or 0) >= least for b in batches[point])
    }
    return Shown(total, open_, frozenset(named))


def _together(batches: Sequence[TicketBatch]) -> Reconciled:
    return sum((of_batch(batch) for batch in batches), Reconciled())


def _veiled(counts: Reconciled) -> Reconciled:
    return replace(counts, used=None, unused=None, void=None)
