"""Two rounds, end to end: what was closed and is found again reopens, public with its round."""

from datetime import timedelta

from sqlalchemy import select

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.campaigns import service as campaigns
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.publication import closing, publishing
from survey.publication.notice_terms import Contact
from survey.rectification import following, visibility
from survey.rectification.models import RectificationItem
from survey.rectification.states import State
from survey.rectification.workdays import local_date
from tests.rounds import BRANCH_FORM
from tests.several_rounds import LOW, Year

CONTACT = Contact("区评议办", "0513-8650", "", "世纪大道1号")
Item = RectificationItem


def person(name, role):
    return Actor(name, name, (Grant(role, "D0", "D0/"),))


OFFICE, APPROVER = person("qu", Role.DISTRICT_ADMIN), person("shending", Role.APPROVER)


def publish(year):
    """Let the results of the round out: proposed, on notice, published, by two people."""

    def act(what, actor, *arguments, days, **options):
        with year.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, year.code)
            now = year.now + timedelta(days=days)
            return what(session, actor, round_, *arguments, now=now, **options)

    digest = act(publishing.propose, OFFICE, CONTACT, days=5).digest
    act(publishing.approve, APPROVER, digest=digest, days=5)
    act(publishing.publish, OFFICE, days=25)


def close(year):
    """Close the round, open its box and make items of what it found."""
    stores = (year.keystore, year.inbox)
    end = year.now + timedelta(days=4)
    closing.close_round(year.sessions, OPERATOR, year.code, *stores, now=end)


def seen(session):
    return set(session.scalars(select(Item.number).where(visibility.is_public(session))))


def test_a_repeat_finding_reopens_what_was_closed_and_shows_once_it_is_published(
    sessions, engine, config, now
):
    year = Year(sessions, open_inbox(config, engine), Keystore(config.keystore), now)
    year.begin()
    year.hold("Q2", BRANCH_FORM, at=now - timedelta(days=60))
    year.many("B001/A", 36, (30, LOW))
    year.many("B002/A", 36)
    close(year)
    with year.sessions() as session:
        found = {item.number for item in session.scalars(select(Item))}
        assert found
        assert seen(session) == set()
    publish(year)
    with year.sessions.begin() as session:
        assert seen(session) == found
        item = session.scalars(select(Item).order_by(Item.number)).first()
        item.state, item.closed_on = State.CLOSED.value, local_date(now - timedelta(days=20))
        number = item.number

    year.hold("Q3", BRANCH_FORM, at=now)
    year.many("B001/A", 36, (30, LOW))
    year.many("B002/A", 36)
    close(year)
    with year.sessions() as session:
        again = session.scalars(select(Item).where(Item.number == number)).one()
        assert (again.state, again.reopen_count) == (State.REOPENED.value, 1)
        assert number not in seen(session)
        assert seen(session) == found - {number}
    publish(year)
    with year.sessions() as session:
        shown = following.public_item(session, number, now=now + timedelta(days=26))
        assert (shown.state, shown.reopen_count) == (State.REOPENED, 1)
        assert "得分" not in shown.problem
