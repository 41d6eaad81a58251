"""The chained record of staff acts: `survey/audit/service.py`."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from survey.audit import service as audit

NOON = datetime(2026, 9, 10, 12, tzinfo=UTC)


@pytest.fixture
def chained(session: Session) -> Session:
    """A record of three acts, one of them noted in local time."""
    for number, moment in enumerate((NOON, NOON.astimezone(ZoneInfo("Asia/Shanghai")), NOON)):
        audit.record(session, actor="clerk", act="act", subject=str(number), now=moment, count=3)
    session.commit()
    session.expire_all()
    return session


def test_an_untouched_chain_holds(chained: Session) -> None:
    assert audit.first_broken(chained) is None


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit_entry SET actor = 'somebody' WHERE id = 2", 2),
        ("DELETE FROM audit_entry WHERE id = 2", 3),
        ("DELETE FROM audit_entry WHERE id = 1", 2),
        ("UPDATE audit_entry SET previous_hash = 'x' WHERE id = 3", 3),
    ],
)
def test_tampering_is_found_where_it_happened(chained: Session, tampering: str, found: int) -> None:
    chained.execute(text(tampering))
    assert audit.first_broken(chained) == found
