"""Tickets from the request to the count: two people, one vote each, nothing that leads back."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from reports.figures import Audience, Slips
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.collection import issuing, reconciliation, tickets
from survey.collection.boxes import CHINA
from survey.collection.inbox import Inbox
from survey.collection.intake import TicketRefused
from survey.collection.keystore import Keystore
from survey.collection.models import Response, UsedCredential
from survey.collection.opening import close_round, open_due_boxes
from survey.collection.ticket_models import Ticket, TicketBatch
from survey.collection.verification import verify_round
from survey.db import Sessions
from survey.errors import NotAllowed, NotFound
from survey.results.service import release_of
from tests.rounds import BRANCH_FORM, Field, page_key

UNIT = Actor("unit", "单位管理员", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
DISTRICT = Actor("office", "区办", (Grant(Role.DISTRICT_ADMIN, "D0", "D0/"),))
SECRETARY = Actor("b1", "书记", (Grant(Role.BRANCH_SECRETARY, "B001", "D0/U01/B001/"),))


@pytest.fixture
def field(sessions: Sessions, inbox: Inbox, keystore: Keystore, now: datetime) -> Field:
    """An open round in which everybody answers with a ticket."""
    made = Field(sessions, inbox, keystore, now, mode="ticket")
    made.open()
    return made


def close(field: Field) -> None:
    """Open the box early."""
    stores = (field.keystore, field.inbox)
    close_round(
        field.sessions, OPERATOR, field.code, *stores, now=field.now, early=True, reason="测试"
    )


def ask(field: Field, actor: Actor = UNIT, org_id: str = "B001", size: int = 3) -> str:
    """Return the id of a batch that was asked for."""
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        point = field.points[org_id]
        return issuing.request(session, actor, round_, point, size, now=field.now).id


def decide(field: Field, actor: Actor, batch_id: str, allow: bool = True) -> None:
    """Allow or decline a batch."""
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        issuing.decide(session, actor, round_, batch_id, allow=allow, now=field.now)


def issue(field: Field, actor: Actor, batch_id: str, size: int = 3) -> list[tickets.Slip]:
    """Print a batch."""
    slips = issuing.make_slips(size)
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        issuing.issue(session, actor, field.keystore, round_, batch_id, slips, now=field.now)
    return slips


def test_one_asks_another_allows_and_the_slips_work_once(field: Field) -> None:
    batch_id = ask(field)
    decide(field, DISTRICT, batch_id)
    slips = issue(field, UNIT, batch_id)
    assert not field.answer("B001", page_key(1), ticket=slips[0].code).already
    assert field.answer("B001", page_key(1), ticket=slips[0].code).already
    with pytest.raises(TicketRefused):
        field.answer("B001", page_key(2), ticket=slips[0].code)
    field.answer("B001", page_key(2), ticket=slips[1].code)
    with pytest.raises(issuing.BatchNotReady):
        issue(field, UNIT, batch_id)


def test_nobody_allows_what_they_asked_for(field: Field) -> None:
    batch_id = ask(field, DISTRICT)
    with pytest.raises(issuing.SecondPersonNeeded):
        decide(field, DISTRICT, batch_id)
    with pytest.raises(issuing.BatchNotReady):
        issue(field, DISTRICT, batch_id)


def test_a_unit_asks_for_its_own_and_allows_nothing(field: Field) -> None:
    with pytest.raises(NotFound):
        ask(field, UNIT, "B003")
    with pytest.raises(NotAllowed):
        ask(field, SECRETARY)
    batch_id = ask(field, DISTRICT)
    with pytest.raises(NotAllowed):
        decide(field, UNIT, batch_id)


def test_a_declined_batch_is_never_printed(field: Field) -> None:
    batch_id = ask(field)
    decide(field, DISTRICT, batch_id, allow=False)
    for act in (lambda: issue(field, UNIT, batch_id), lambda: decide(field, DISTRICT, batch_id)):
        with pytest.raises(issuing.BatchNotReady):
            act()


@pytest.mark.parametrize("size", [0, -1, issuing.MAX_SIZE + 1])
def test_a_batch_has_a_size(field: Field, size: int) -> None:
    with pytest.raises(issuing.TicketsNotUsed):
        ask(field, UNIT, size=size)


def test_a_ticket_opens_its_own_point_alone(field: Field) -> None:
    (slip,) = field.slips("B001", 1)
    with field.sessions() as session:
        assert tickets.point_of(session, field.keystore, slip.code).org_id == "B001"
    with pytest.raises(TicketRefused):
        field.answer("B002", page_key(1), ticket=slip.code)
    with pytest.raises(TicketRefused):
        field.answer("B001", page_key(1))
    with pytest.raises(TicketRefused):
        field.answer("B001", page_key(1), ticket=tickets.make_slip().code)


def test_a_withdrawn_batch_counts_what_was_given_and_takes_no_more(field: Field) -> None:
    slips = field.slips("B001", 3)
    field.answer("B001", page_key(1), ticket=slips[0].code)
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        (batch,) = session.scalars(select(TicketBatch))
        with pytest.raises(issuing.ReasonNeeded):
            issuing.withdraw(session, DISTRICT, round_, batch.id, reason=" ", now=field.now)
        new = issuing.reprint(session, DISTRICT, round_, batch.id, reason="丢了", now=field.now)
        assert (new.size, new.state) == (3, "requested")
    with pytest.raises(TicketRefused):
        field.answer("B001", page_key(2), ticket=slips[1].code)
    with field.sessions() as session, pytest.raises(tickets.TicketNotFound):
        tickets.point_of(session, field.keystore, slips[1].code)
    close(field)
    with field.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        counted = reconciliation.of_round(session, round_.id)
        assert (counted.issued, counted.used, counted.unused, counted.void) == (3, 1, 0, 2)
        assert session.scalar(select(func.count()).select_from(Response)) == 1


def test_issued_is_used_and_unused_and_void(field: Field) -> None:
    slips = field.slips("B001", 4)
    other = field.slips("W01", 2)
    for number, slip in enumerate(slips[:3]):
        field.answer("B001", page_key(number), ticket=slip.code)
    field.answer("W01", page_key(9), ticket=other[0].code, C03="w1")
    with field.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        assert reconciliation.of_round(session, round_.id) == reconciliation.Reconciled(issued=6)
    close(field)
    with field.sessions() as session:
        counted = reconciliation.of_round(session, round_.id)
        assert (counted.issued, counted.used, counted.unused, counted.void) == (6, 4, 2, 0)
        assert verify_round(session, round_) == []


def test_the_same_ticket_sent_by_many_at_once_counts_once(field: Field) -> None:
    slips = field.slips("B001", 5)
    outcomes: list[bool] = []

    def send(number: int) -> None:
        try:
            field.answer("B001", page_key(number), ticket=slips[number % 5].code)
            outcomes.append(True)
        except TicketRefused:
            outcomes.append(False)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 15 + [True] * 5


def test_a_dump_does_not_lead_from_a_ticket_to_its_use(field: Field) -> None:
    slips = field.slips("B001", 40)
    for number in range(20):
        field.answer("B001", page_key(number), ticket=slips[number].code)
    close(field)
    with field.sessions() as session:
        stored = set(session.scalars(select(Ticket.hash)))
        used = session.execute(select(UsedCredential.credential_hash, UsedCredential.key_hash))
        assert len(stored) == 40
        assert not stored & {hash_ for row in used for hash_ in row}
        written = [entry.data for entry in session.scalars(select(AuditEntry))]
    text = repr(written)
    assert not any(slip.code in text or slip.secret in text for slip in slips)


def test_more_rows_than_slips_are_found_out(field: Field) -> None:
    field.slips("B001", 2)
    with field.sessions.begin() as session:
        batch_id = session.scalars(select(TicketBatch.id)).one()
        session.add(Ticket(hash=b"\1" * 32, batch_id=batch_id))
    close(field)
    with field.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        assert [problem.code for problem in verify_round(session, round_)] == ["TICKET_COUNT"]


def test_a_ticket_used_on_one_day_is_spent_on_the_next(
    sessions: Sessions, inbox: Inbox, keystore: Keystore, now: datetime
) -> None:
    field = Field(sessions, inbox, keystore, now, mode="ticket", opening="daily")
    field.open()
    first, second = field.slips("B001", 2)
    field.answer("B001", page_key(1), ticket=first.code)
    tomorrow = now + timedelta(hours=20)
    with pytest.raises(TicketRefused):
        field.answer("B001", page_key(2), ticket=first.code, at=tomorrow)
    stores = (sessions, OPERATOR, field.code, keystore, inbox)
    assert len(open_due_boxes(*stores, now=tomorrow, zone=CHINA)) == 1
    with pytest.raises(TicketRefused):
        field.answer("B001", page_key(2), ticket=first.code, at=tomorrow)
    assert field.answer("B001", page_key(1), ticket=first.code, at=tomorrow).already
    field.answer("B001", page_key(2), ticket=second.code, at=tomorrow)
    close_round(*stores, now=tomorrow, early=True, reason="测试")
    with sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        counted = reconciliation.of_round(session, round_.id)
        assert (counted.issued, counted.used, counted.unused, counted.void) == (2, 2, 0, 0)
        assert verify_round(session, round_) == []


def test_slips_are_reconciled_on_the_report_and_give_the_rate_of_return(field: Field) -> None:
    slips = field.slips("B001", 20)
    for number, slip in enumerate(slips[:12]):
        field.answer("B001", page_key(number), ticket=slip.code)
    lost = field.slips("B001", 5)
    with field.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        (batch_id,) = session.scalars(select(TicketBatch.id).where(TicketBatch.size == len(lost)))
        issuing.withdraw(session, DISTRICT, round_, batch_id, reason="丢失", now=field.now)
    close(field)
    with field.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, field.code)
        figures = release_of(session, round_, BRANCH_FORM, Audience.PUBLIC)
        target = next(each.target for each in figures if each.target.org_id == "B001")
        assert target.issued == 20
        assert target.slips == Slips(issued=25, used=12, unused=8, void=5)
        assert all(each.target.slips is None for each in figures if each.target is not target)
