"""The end of a round, broken off between the counting and the rectification items."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from reports.documents import report_html
from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.collection import issuing, keying, keying_batches
from survey.collection.fieldwork import RoundNotReady
from survey.collection.inbox import open_inbox
from survey.collection.keying import Ballot
from survey.collection.keying_models import KeyedBallot
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import Sessions, make_engine, make_sessions
from survey.meetings import service as meetings
from survey.publication import closing
from survey.publication.reports import report_of
from survey.rectification.models import RectificationItem
from survey.rectification.opening import ACT
from survey.web.keying import validate_paper
from tests.conftest import make_config
from tests.rounds import Field, page_key

ANSWERS = 31


class PowerCut(Exception):
    """The process ends here."""


@pytest.fixture
def empty_field(sqlite_url, tmp_path, now) -> Field:
    """A district without a round."""
    config: Config = make_config(sqlite_url, tmp_path)
    engine = make_engine(sqlite_url)
    yield Field(
        make_sessions(engine), open_inbox(config, engine), Keystore(config.keystore), now=now
    )
    engine.dispose()


@pytest.fixture
def field(empty_field) -> Field:
    """An open round in which enough residents are not content with a window."""
    empty_field.open()
    for number in range(ANSWERS):
        empty_field.answer("W01", page_key(number), C03="w1", C50="2", C51=("b1",))
    return empty_field


def close(field: Field) -> closing.ClosedRound:
    stores = (field.sessions, OPERATOR, field.code, field.keystore, field.inbox)
    return closing.close_round(*stores, now=field.now, early_reason="演练")


def numbers(sessions: Sessions) -> set[str]:
    with sessions() as session:
        return {item.number for item in session.query(RectificationItem)}


def test_no_draft_of_paper_outlives_its_round(field):
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        point, counts = field.points["W01"], {"issued": 2, "returned": 1, "spoilt": 0}
        stores = (session, field.keystore, OPERATOR, round_)
        batch = keying_batches.register(*stores, point.code, label="1", now=field.now, **counts)
        key, mark = batch.public_key, keying_batches.mark_of(point)
        keying.begin(session, OPERATOR, round_, batch.id, mark, now=field.now)
        ballot = Ballot({}, is_spoilt=True)
        keying.put_ballot(*stores, batch.id, 1, ballot, validate_paper, now=field.now)
        assert keying_batches.unsettled(session, round_) == 1

    close(field)

    with field.sessions() as session:
        assert session.query(KeyedBallot).count() == 0
        closed = campaigns.get_round(session, OPERATOR, field.code)
        assert keying_batches.unsettled(session, closed) == 0
        assert session.query(AuditEntry).filter(AuditEntry.act == "keying.cancel").count() == 1
    assert not field.keystore.has(key)


def test_who_was_present_stands_with_what_came_in(field):
    with field.sessions.begin() as session:
        code = field.points["W01"].code
        held = meetings.open_meeting(session, OPERATOR, code, "大厅", now=field.now)
        meetings.close_meeting(
            session, field.inbox, OPERATOR, held.id, heads=47, witnesses="甲、乙", now=field.now
        )
    close(field)
    with field.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        report = report_of(session, OPERATOR, round_, "W01", zone=ZoneInfo("Asia/Shanghai"))
    (received,) = [fact for fact in report.facts if fact.label == "收到评议票"]
    assert "到会47人" in received.note


def test_the_printed_report_says_what_became_of_every_slip(empty_field):
    """Issued = used + unused + void, where enough people used theirs to say so in public."""
    field = replace(empty_field, mode="ticket")
    field.open()
    for number, slip in enumerate(field.slips("W01", 14)[:12]):
        field.answer("W01", page_key(number), ticket=slip.code, C03="w1")
    field.slips("W01", 3)
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        batches = {b.size: b.id for b, _ in issuing.list_batches(session, OPERATOR, round_)}
        issuing.withdraw(session, OPERATOR, round_, batches[3], reason="丢了", now=field.now)
    close(field)

    with field.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        report = report_of(session, OPERATOR, round_, "W01", zone=ZoneInfo("Asia/Shanghai"))
    printed = re.sub(r"<[^>]+>|[\s\u2060]", "", report_html(report))
    assert "印发一次性评议票17张：已用12张，未用2张，作废3张，账目相符。" in printed
    assert "发放14张，回收率85.7%" in printed


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
