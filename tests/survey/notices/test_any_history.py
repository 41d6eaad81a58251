"""Whatever happens to items, however often rounds are run and broken off: once, and one a day."""

import shutil
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select

from survey.accounts.policy import OPERATOR
from survey.accounts.sessions import actor_named
from survey.db import make_engine, make_sessions
from survey.notices import addresses, delivering, running
from survey.notices.delivering import Outlet
from survey.notices.digest import Digest
from survey.notices.models import Delivery, Notice, Sort, Way
from survey.notices.quiet import is_quiet
from survey.notices.refusals import AddressRefused, ServerDown
from survey.rectification.calendar import shipped
from survey.rectification.card_models import ItemCard
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.states import Act
from tests.survey.notices.conftest import add_item, happen, populate

CHINA = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 9, 25, 9, tzinfo=CHINA)
"""Before the holidays of National Day, so that many days are quiet."""
ACTS = (Act.ASSIGN, Act.SUBMIT, Act.CHECK, Act.SEND_BACK, Act.CLOSE, Act.REOPEN, Act.SUSPECT)


class Lost(BaseException):
    """The lights go out."""


STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("wait"), some.sampled_from((1, 3, 9, 24, 72))),
        some.tuples(some.just("act"), some.sampled_from(ACTS)),
        some.tuples(some.just("due"), some.integers(-12, 4)),
        # A round that the server lets through, refuses, is away for, or that dies at the n-th mail.
        some.tuples(some.just("run"), some.sampled_from(("ok", "ok", "down", "refused", 0, 1))),
    ),
    min_size=4,
    max_size=14,
)


@given(steps=STEPS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_thing_once_and_one_digest_a_day(sqlite_template: Path, steps: list) -> None:
    # In memory where that is a folder: nothing here is about disks.
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "pingyi.sqlite"
        shutil.copyfile(sqlite_template, path)
        engine = make_engine(f"sqlite:///{path}")
        try:
            _walk(make_sessions(engine), steps)
        finally:
            engine.dispose()


def _walk(sessions, steps) -> None:
    now = START
    with sessions.begin() as session:
        populate(session)
        for name in ("danwei", "shuji", "qu"):
            person = actor_named(session, name)
            addresses.set_address(session, OPERATOR, person, f"{name}@example.org", now=now)
        item_id = add_item(session, "ZG-2026-0001", now.date() + timedelta(30)).id
    handed: list[tuple[str, str, datetime, bool]] = []

    def a_round(how) -> None:
        count = 0

        def hand_over(digest: Digest, address: str) -> None:
            nonlocal count
            if how == "down":
                raise ServerDown("x", "x")
            if how == "refused" and address.startswith("danwei"):
                raise AddressRefused("x", "x")
            dies = how == count
            count += 1
            handed.append((digest.account, digest.key, now, dies))
            if dies:
                raise Lost

        with suppress(Lost):
            running.deliver(
                sessions,
                [Outlet(Way.MAIL, hand_over)],
                running.prepare(sessions, now=now),
                now=lambda: now,
                zone=CHINA,
                base_url="https://pingyi.example",
            )

    for what, value in (*steps, ("run", "ok"), ("run", "ok")):
        if what == "wait":
            now += timedelta(hours=value)
        elif what == "act":
            with sessions.begin() as session:
                happen(session, session.get_one(RectificationItem, item_id), value, now)
        elif what == "due":
            with sessions.begin() as session:
                row = session.get_one(RectificationItem, item_id)
                row.due_on = now.date() + timedelta(value)
        else:
            a_round(value)
    _hold(sessions, handed, now)


def _hold(sessions, handed, now: datetime) -> None:
    with sessions() as session:
        pairs = session.execute(select(Notice.account_id, Notice.transition_id)).all()
        assert len(pairs) == len(set(pairs)), "nobody is told twice"
        keys = session.scalars(select(ItemCard.key)).all()
        cards = session.scalar(
            select(func.count()).select_from(Transition).where(Transition.actor == "system")
        )
        assert len(keys) == len(set(keys)) == cards, "a card and its line in the story are one"
        days = Counter(
            session.execute(
                select(Delivery.account_id, Delivery.day, Delivery.sort).where(
                    Delivery.sort == Sort.DIGEST
                )
            ).all()
        )
        assert all(count == 1 for count in days.values())
    for account in {each[0] for each in handed}:
        mine = [each for each in handed if each[0] == account]
        # Sent again only where the process died with it in hand, and then under its own name.
        names = Counter(key for _, key, _, _ in mine)
        died = Counter(key for _, key, _, dies in mine if dies)
        assert all(count <= 1 + died[key] for key, count in names.items())
        local = Counter((at.date(), key) for _, key, at, _ in mine)
        per_day = Counter(day for day, _ in local)
        assert all(count <= 2 for count in per_day.values()), "a digest, and one that presses"
        assert not any(is_quiet(at, CHINA, shipped(), 20, 8) for _, _, at, _ in mine)
    if not is_quiet(now, CHINA, shipped(), 20, 8):
        _nothing_is_forgotten(sessions, now)


def _nothing_is_forgotten(sessions, now: datetime) -> None:
    """What is not carried waits for tomorrow because today, or a broken-off mail, stands before."""
    with sessions() as session:
        waiting = delivering.people_to_tell(session, Way.MAIL, now=now)
        ids = {actor_named(session, name).account_id for name in ("danwei", "shuji", "qu")}
        today = set(
            session.scalars(select(Delivery.account_id).where(Delivery.day == now.date()))
        ) | set(
            session.scalars(select(Delivery.account_id).where(Delivery.state.in_(delivering.OPEN)))
        )
        assert {each for each in waiting if each in ids} <= today
