"""The end of a round, broken off between the counting and the rectification items."""

import pytest
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.collection.fieldwork import RoundNotReady
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import Sessions, make_engine, make_sessions
from survey.publication import closing
from survey.rectification.models import RectificationItem
from survey.rectification.opening import ACT
from tests.conftest import make_config
from tests.rounds import Field, page_key

ANSWERS = 31


class PowerCut(Exception):
    """The process ends here."""


@pytest.fixture
def field(sqlite_url, tmp_path, now) -> Field:
    """An open round in which enough residents are not content with a window."""
    config: Config = make_config(sqlite_url, tmp_path)
    engine = make_engine(sqlite_url)
    made = Field(
        make_sessions(engine), open_inbox(config, engine), Keystore(config.keystore), now=now
    )
    made.open()
    for number in range(ANSWERS):
        made.answer("W01", page_key(number), C03="w1", C50="2", C51=("b1",))
    yield made
    engine.dispose()


def close(field: Field) -> closing.ClosedRound:
    stores = (field.sessions, OPERATOR, field.code, field.keystore, field.inbox)
    return closing.close_round(*stores, now=field.now, early_reason="演练")


def numbers(sessions: Sessions) -> set[str]:
    with sessions() as session:
        return {item.number for item in session.query(RectificationItem)}


def test_items_are_made_after_all_when_closing_broke_off_before_them(field, monkeypatch):
    def cut(*_args: object, **_kwargs: object) -> None:
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(closing, "open_items", cut)
        with pytest.raises(PowerCut):
            close(field)
    assert numbers(field.sessions) == set()

    closed = close(field)

    assert (closed.answers, closed.unreadable) == (ANSWERS, 0)
    assert closed.created
    assert numbers(field.sessions) == set(closed.created)


def test_a_round_that_is_quite_closed_is_not_closed_again(field):
    first = close(field)

    with pytest.raises(RoundNotReady):
        close(field)
    assert numbers(field.sessions) == set(first.created)
    with field.sessions() as session:
        assert opened(session) == 1


def opened(session: Session) -> int:
    return session.query(AuditEntry).filter_by(act=ACT).count()
