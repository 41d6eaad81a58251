"""Nobody forgets, whichever database it is."""

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.db import Sessions
from survey.notices.models import Delivery
from survey.notices.refusals import ServerDown
from survey.rectification.card_models import ItemCard
from survey.rectification.models import Transition
from survey.rectification.states import Act
from tests.survey.notices.conftest import (
    DUE,
    Box,
    add_item,
    at,
    happen,
    one_round,
    told,
    with_address,
)


def test_the_calendar_of_supervision_is_kept_once(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    """Due − 3 to the owner, +1 to owner and unit, +5 to the secretary, +10 to the group."""
    item = add_item(session, "ZG-2026-0001", DUE)
    session.commit()
    revision = item.revision
    found: dict[str, date] = {}
    days = (date(2026, 8, 26), date(2026, 8, 27), *(date(2026, 9, n) for n in (1, 2, 7, 8, 14, 15)))
    for day in days:
        for _ in range(2):
            for key in one_round(sessions, at(day)).cards:
                found[key.split("/")[1]] = day

    assert found == {
        "reminder": date(2026, 8, 27),
        "yellow": date(2026, 9, 2),
        "red": date(2026, 9, 8),
        "interview": date(2026, 9, 15),
    }
    assert told(session) == {
        ("reminder", staff["shuji"]),
        ("yellow", staff["shuji"]),
        ("yellow", staff["danwei"]),
        ("red", staff["danwei"]),
        ("interview", staff["lingdao"]),
    }
    assert session.scalar(select(func.sum(ItemCard.points))) == 1
    acts = [step.act for step in session.scalars(select(Transition).order_by(Transition.id))]
    assert acts == ["remind", "yellow_card", "red_card", "propose_interview"]
    session.refresh(item)
    assert item.revision == revision, "whoever has the item open is not turned away"


def test_every_step_finds_its_people(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    item = add_item(session, "ZG-2026-0001", date(2026, 12, 1))
    far = add_item(session, "ZG-2026-0002", date(2026, 12, 1), org_id="W01")
    now = at(DUE)
    happen(session, item, Act.ASSIGN, now)
    happen(session, item, Act.SUBMIT, now, actor="shuji")
    happen(session, item, Act.CHECK, now, actor="danwei")
    happen(session, item, Act.VERIFY, now, actor="yanshou")
    happen(session, item, Act.ASK, now, actor="shuji")
    happen(session, item, Act.SUSPECT, now)
    happen(session, item, Act.CLOSE, now, actor="danwei")
    happen(session, item, Act.ACCEPT, now, actor="shuji")
    happen(session, far, Act.ASSIGN, now)
    happen(session, far, Act.ASSIGN, now - timedelta(days=30))
    session.commit()

    one_round(sessions, now)
    made = one_round(sessions, now + timedelta(hours=3)).notices

    assert made == 0
    assert told(session) == {
        ("assigned", staff["shuji"]),
        # Nobody keeps the window, so its unit hears of it; what is long past is told to nobody.
        ("assigned", staff["danwei"]),
        ("to_check", staff["danwei"]),
        ("to_verify", staff["yanshou"]),
        ("to_recheck", staff["danwei"]),
        ("asked", staff["danwei"]),
        ("suspected", staff["jijian"]),
        ("closed", staff["shuji"]),
    }


def test_a_server_that_is_away_makes_no_flood(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    """Nothing is lost, and the day it comes back there is one digest, not one of each day.

    The first person's mail was made up when the server went away; nobody else's was begun.
    """
    with_address(session, "shuji", "danwei")
    item = add_item(session, "ZG-2026-0001", date(2026, 12, 1))
    box = Box()
    box.fails = ServerDown("连不上", "down")
    monday = date(2026, 9, 7)
    for n in range(2):
        for who in (Act.ASSIGN, Act.SUBMIT):
            happen(session, item, who, at(monday + timedelta(n)))
        session.commit()
        done = one_round(sessions, at(monday + timedelta(n), 12), box)
        assert isinstance(done.refused, ServerDown)
    box.fails = None

    one_round(sessions, at(monday + timedelta(2), 8), box)
    one_round(sessions, at(monday + timedelta(2), 16), box)
    assert sorted(d.account for d in box.got) == ["danwei", "shuji"]
    one_round(sessions, at(monday + timedelta(3), 8), box)

    assert sorted(d.account for d in box.got) == ["danwei", "danwei", "shuji"]
    assert sum(len(d.lines) for d in box.got) == 4
    session.expire_all()
    assert {each.state for each in session.scalars(select(Delivery))} == {"sent"}
