"""Nobody forgets: who is told what, once, and how it reaches them, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.accounts.sessions import actor_named
from survey.db import Sessions
from survey.errors import NotFound
from survey.jobs.models import Job
from survey.notices import addresses, refusals, running, service
from survey.notices.delivering import Outlet
from survey.notices.digest import Digest
from survey.notices.models import Notice, NoticeSettings, Way
from survey.notices.quiet import is_quiet
from survey.notices.refusals import AddressRefused
from survey.notices.rules import TELLINGS, URGENT, WORDS, NoticeKind
from survey.notices.service import Wishes
from survey.rectification.calendar import shipped
from survey.rectification.card_models import ItemCard
from survey.rectification.models import RectificationItem
from survey.rectification.states import Act
from survey.rectification.workdays import Calendar
from tests.survey.notices.conftest import (
    CHINA,
    DUE,
    URL,
    Box,
    add_item,
    at,
    happen,
    one_round,
    with_address,
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Say that the system does not matter here; the other file runs on both."""
    return sqlite_url


def test_what_is_overdue_already_is_not_reminded_of(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    add_item(session, "ZG-2026-0001", DUE)
    session.commit()

    done = one_round(sessions, at(date(2026, 9, 4)))

    assert [key.split("/")[1] for key in done.cards] == ["yellow"]


def test_long_overdue_items_are_warned_step_by_step_on_days_with_work(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    """A platform that starts with an old ledger gives one card a day, the mildest first."""
    add_item(session, "ZG-2026-0001", DUE)
    session.commit()
    # 25 September 2026 to 27 September is Mid-Autumn; the 20th, a Sunday, is worked.
    days = [date(2026, 9, n) for n in (19, 20, 21, 25, 26, 28, 29)]

    given = [
        [key.split("/")[1] for _ in range(2) for key in one_round(sessions, at(day)).cards]
        for day in days
    ]

    assert given == [[], ["yellow"], ["red"], [], [], ["interview"], []]


def test_every_kind_has_its_words_and_its_letter() -> None:
    assert set(WORDS) == set(NoticeKind)
    assert {telling.kind for telling in TELLINGS.values()} | {
        NoticeKind.TO_CLOSE,
        NoticeKind.TO_RECHECK,
    } == set(NoticeKind)
    assert set(WORDS) >= URGENT


def test_one_digest_a_day_and_the_urgent_alone(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    with_address(session, "danwei")
    day = date(2026, 9, 7)
    item = add_item(session, "ZG-2026-0001", date(2026, 12, 1))
    add_item(session, "ZG-2026-0003", date(2026, 8, 31))
    happen(session, item, Act.SUBMIT, at(day, 7))
    session.commit()
    one_round(sessions, at(date(2026, 9, 4)))  # The yellow card, which goes before the red one.
    box, hook = Box(), Box(Way.WEBHOOK)

    one_round(sessions, at(day, 7), box, hook)
    assert box.got + hook.got == [], "before eight is quiet"
    one_round(sessions, at(day, 8), box, hook)
    one_round(sessions, at(day, 8), box, hook)
    happen(session, item, Act.ASK, at(day, 9))
    session.commit()
    one_round(sessions, at(day, 12), box, hook)
    assert [(d.account, d.sort) for d in box.got] == [("danwei", "digest")]
    assert box.got[0].subject == "整改通知：红牌1件，黄牌1件，申请销号1件"

    happen(session, item, Act.RED_CARD, at(day, 13))
    session.commit()
    one_round(sessions, at(day, 16), box)
    happen(session, item, Act.RED_CARD, at(day, 17))
    session.commit()
    one_round(sessions, at(day, 18), box)
    one_round(sessions, at(day, 21), box)
    assert [d.sort for d in box.got] == ["digest", "urgent"]

    one_round(sessions, at(day + timedelta(1), 8), box)
    assert [line.kind for line in box.got[-1].lines] == ["asked", "red"]
    assert [d.sort for d in box.got] == ["digest", "urgent", "digest"]
    # Everybody hears by the office's messenger; mail needs an address.
    assert {d.account for d in hook.got} == {"danwei", "shuji"}


def test_a_mail_says_nothing_of_what_residents_said(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    with_address(session, "shuji")
    for n in range(30):
        add_item(session, f"ZG-2026-{n:04}", DUE)
    session.commit()
    box = Box()

    one_round(sessions, at(date(2026, 9, 4)), box)

    (digest,) = box.got
    assert "13800000000" not in digest.text + str(digest.as_data())
    assert digest.text.startswith("shuji同志：\n\n等您处理的共30件，其中逾期30件。")
    assert digest.text.count("ZG-2026-") == 20
    assert "另有10件" in digest.text
    assert len(digest.as_data()["notices"]) == 30


def test_a_refused_address_is_given_up_and_shown(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    with_address(session, "shuji")
    happen(session, add_item(session, "ZG-2026-0001", date(2026, 12, 1)), Act.ASSIGN, at(DUE))
    session.commit()
    box = Box()
    box.fails = AddressRefused("不收", "refused")

    assert one_round(sessions, at(DUE), box).refused is None
    box.fails = None
    one_round(sessions, at(DUE, 12), box)

    assert box.got == []
    last = service.last_delivery(session, actor_named(session, "shuji"), Way.MAIL)
    assert last is not None
    assert (last.state, last.fault) == ("failed", "ADDRESS_REFUSED")


def test_a_process_that_dies_sends_again_under_the_same_name(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    with_address(session, "shuji")
    happen(session, add_item(session, "ZG-2026-0001", date(2026, 12, 1)), Act.ASSIGN, at(DUE))
    session.commit()
    keys: list[str] = []

    def die(digest: Digest, _address: str) -> None:
        keys.append(digest.key)
        raise KeyboardInterrupt

    done = running.prepare(sessions, now=at(DUE))
    with pytest.raises(KeyboardInterrupt):
        running.deliver(
            sessions, [Outlet(Way.MAIL, die)], done, now=lambda: at(DUE), zone=CHINA, base_url=URL
        )
    box = Box()
    one_round(sessions, at(DUE) + timedelta(minutes=5), box)
    assert box.got == [], "somebody may still have it in hand"
    one_round(sessions, at(DUE) + timedelta(minutes=40), box)
    assert [d.key for d in box.got] == keys


def test_who_has_read_it_is_not_written_to(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    with_address(session, "shuji")
    happen(session, add_item(session, "ZG-2026-0001", date(2026, 12, 1)), Act.ASSIGN, at(DUE, 7))
    session.commit()
    one_round(sessions, at(DUE, 7))
    shuji, danwei = actor_named(session, "shuji"), actor_named(session, "danwei")
    found = service.notices_of(session, shuji)
    assert (found.unread, [row.kind for row in found.rows]) == (1, ["assigned"])
    with pytest.raises(NotFound):
        service.mark_read(session, danwei, found.rows[0].id, now=at(DUE, 7))
    service.mark_read(session, shuji, found.rows[0].id, now=at(DUE, 7))
    session.commit()
    box = Box()

    one_round(sessions, at(DUE, 8), box)

    assert box.got == []
    assert service.unread_count(session, shuji) == 0


def test_an_address_is_proven_by_its_code(session: Session, staff: dict[str, int]) -> None:
    shuji, secret, now = actor_named(session, "shuji"), b"s" * 32, at(DUE)
    for wrong in ("nobody", "a@b\r\nBcc: c@d", "a b@c", "ä@example.org", "@", "a@" + "b" * 300):
        with pytest.raises(refusals.AddressFaulty):
            addresses.ask_code(session, shuji, wrong, now=now)
    addresses.ask_code(session, shuji, " shu.ji@example.org ", now=now)
    row = session.get_one(NoticeSettings, staff["shuji"])
    assert (row.pending, row.address) == ("shu.ji@example.org", "")
    made = addresses.code_mail(session, staff["shuji"], secret=secret, base_url=URL, now=now)
    assert made is not None
    assert made.to == "shu.ji@example.org"
    code = addresses.code_of(row, secret)
    assert code in made.text
    assert code not in str(session.scalars(select(Job.arguments)).all())

    late = now + timedelta(minutes=31)
    assert not addresses.confirm(session, shuji, code, secret=secret, now=late)
    assert not addresses.confirm(session, shuji, code, secret=b"t" * 32, now=now)
    assert addresses.confirm(session, shuji, f" {code} ", secret=secret, now=now)
    assert (row.address, row.pending) == ("shu.ji@example.org", "")

    for _ in range(4):
        addresses.ask_code(session, shuji, "b@example.org", now=now)
    with pytest.raises(refusals.CodesExhausted):
        addresses.ask_code(session, shuji, "b@example.org", now=now)
    for _ in range(5):
        assert not addresses.confirm(session, shuji, "00000000x", secret=secret, now=now)
    right = addresses.code_of(row, secret)
    assert not addresses.confirm(session, shuji, right, secret=secret, now=now)
    assert row.address == "shu.ji@example.org"


def test_quiet_hours(session: Session, staff: dict[str, int]) -> None:
    night = (at(DUE, 20), at(DUE, 23), at(DUE, 3), at(DUE, 7))
    assert all(is_quiet(each, CHINA, Calendar(), 20, 8) for each in night)
    assert not any(is_quiet(at(DUE, hour), CHINA, Calendar(), 20, 8) for hour in range(8, 20))
    assert [h for h in range(24) if is_quiet(at(DUE, h), CHINA, Calendar(), 12, 14)] == [12, 13]
    assert not is_quiet(at(DUE, 12), CHINA, Calendar(), 9, 9)
    # National Day, and the Sunday that was worked instead (calendar of 2026).
    assert is_quiet(at(date(2026, 10, 1), 10), CHINA, shipped(), 20, 8)
    assert not is_quiet(at(date(2026, 9, 20), 10), CHINA, shipped(), 20, 8)
    assert is_quiet(at(date(2026, 9, 13), 10), CHINA, shipped(), 20, 8)
    shuji = actor_named(session, "shuji")
    with pytest.raises(refusals.SettingsFaulty):
        service.keep_wishes(session, shuji, Wishes(True, True, True, 24, 8))
    service.keep_wishes(session, shuji, Wishes(False, True, True, 22, 6))
    assert service.wishes_of(session, shuji).wants_digest is False


def test_rounds_have_their_hours() -> None:
    slots = [running.slot_of(at(DUE, hour), CHINA) for hour in (6, 7, 8, 11, 12, 23)]
    day = DUE.isoformat()
    assert slots == ["", f"{day}T07", f"{day}T08", f"{day}T08", f"{day}T12", f"{day}T16"]
    assert running.slot_of(datetime(2026, 9, 1, 23, tzinfo=UTC), CHINA) == "2026-09-02T07"


def test_a_dry_run_changes_nothing(
    sessions: Sessions, session: Session, staff: dict[str, int]
) -> None:
    add_item(session, "ZG-2026-0001", DUE)
    session.commit()
    with sessions() as looked:
        keys, digests = running.preview(looked, now=at(date(2026, 9, 4)), zone=CHINA, base_url=URL)
        looked.rollback()

    assert [key.split("/")[1] for key in keys] == ["yellow"]
    assert [d.account for d in digests] == ["danwei", "shuji"]
    assert session.scalar(select(func.count()).select_from(Notice)) == 0
    assert session.scalar(select(func.count()).select_from(ItemCard)) == 0
    assert session.scalar(select(RectificationItem.revision)) == 1
