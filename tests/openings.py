"""Boxes filled, opened, and looked at afterwards: what every test of openings needs."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reports import tally
from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round, RoundState
from survey.collection.models import (
    Box,
    BoxState,
    Receipt,
    Response,
    StoredTally,
    UsedCredential,
    Verbatim,
)
from survey.collection.opening import Closed, close_round
from tests.rounds import Field, page_key

ANSWERS = 30


def fill(field_round: Field, count: int = ANSWERS) -> None:
    """Hand in answers at every point; some with texts, a number, or suspect."""
    for number in range(count):
        if number % 3:
            field_round.answer(
                f"B00{number % 3}", page_key(number), A34=f"意见{number}", seconds=None
            )
        elif number % 2:
            field_round.answer(
                "W01",
                page_key(number),
                C50="1",
                C51=("b1",),
                C55="1",
                C56=f"138{number:08d}",
            )
        else:
            field_round.answer("W01", page_key(number), seconds=5)


def close(field_round: Field, **changes: object) -> Closed:
    """Close the round after everything is over."""
    options = {"now": field_round.now + timedelta(days=4)} | changes
    return close_round(
        field_round.sessions,
        OPERATOR,
        field_round.code,
        field_round.keystore,
        field_round.inbox,
        **options,  # type: ignore[arg-type]
    )


def rows(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def assert_opened_once(field_round: Field, count: int = ANSWERS) -> None:
    """Everything is there exactly once, and nothing is left to open."""
    with field_round.sessions() as session:
        box = session.scalars(select(Box)).one()
        assert box.state == BoxState.KEY_DESTROYED
        assert (box.answer_count, box.unreadable_count) == (count, 0)
        assert session.scalars(select(Round.state)).one() == RoundState.CLOSED
        assert [rows(session, table) for table in (Response, Receipt, UsedCredential)] == [
            count
        ] * 3
        stored = [tally.from_data(data) for data in session.scalars(select(StoredTally.data))]
        assert sum(each.received for each in stored) == count
        texts = Counter(session.scalars(select(Verbatim.text)))
        assert texts == Counter(f"意见{number}" for number in range(count) if number % 3)
        assert session.scalar(select(func.count(AuditEntry.id)).filter_by(act="box.open")) == 1
        assert not field_round.keystore.has(box.public_key)
        assert field_round.inbox.counts(box.id) == {}
