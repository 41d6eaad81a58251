"""Daily rounds: a box a day, each answer once across midnights, nothing shown in small steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from reports.figures import Audience
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.campaigns.service import Use
from survey.collection import fieldwork, keeping, opening
from survey.collection.boxes import CHINA, TooManyDays, boxes_of, due_boxes, next_opening
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.models import Box, BoxState, Receipt, Response, UsedCredential
from survey.collection.opening import Step
from survey.collection.verification import verify_round
from survey.config import Config
from survey.db import Sessions, reading
from survey.results import service as results
from tests.rounds import WINDOW_FORM, Field, add_district, page_key, render

FIRST = datetime(2026, 9, 28, 8, 0, tzinfo=CHINA)
DAYS = 6


@dataclass
class Daily(Field):
    """An open daily round from 28 September to 3 October, local time."""

    def open(self) -> None:
        """Make the district and open the round."""
        with self.sessions.begin() as session:
            add_district(session, self.now)
            round_ = campaigns.create_round(
                session,
                OPERATOR,
                code=self.code,
                title="好差评",
                uses=[Use(WINDOW_FORM)],
                opens_at=FIRST,
                closes_at=FIRST + timedelta(days=DAYS - 1, hours=10),
                paper_until=FIRST + timedelta(days=DAYS + 1),
                opening="daily",
                now=self.now,
            )
            stores = (session, OPERATOR, round_, self.keystore, self.inbox, render)
            fieldwork.open_round(*stores, now=self.now, no_key_copy=True)
        self.reload()

    def answers(self, first: int, count: int, at: datetime, code: str = "4") -> None:
        """Hand in `count` answers for the window."""
        for number in range(first, first + count):
            self.answer("W01", page_key(number), at=at, C50=code)

    def open_due(self, now: datetime) -> list[str]:
        """Open what is due."""
        stores = (self.sessions, OPERATOR, self.code, self.keystore, self.inbox)
        return opening.open_due_boxes(*stores, now=now, zone=CHINA)

    def close(self, now: datetime, reason: str = "") -> opening.Closed:
        """Close the round."""
        stores = (self.sessions, OPERATOR, self.code, self.keystore, self.inbox)
        return opening.close_round(*stores, now=now, early=bool(reason), reason=reason)

    def round(self) -> Round:
        """The round as it is now."""
        with reading(self.sessions) as session:
            return campaigns.get_round(session, OPERATOR, self.code)

    def shown(self) -> int:
        """How many answers the window's figures rest on, for those inside."""
        with reading(self.sessions) as session:
            round_ = campaigns.get_round(session, OPERATOR, self.code)
            figures = results.release_of(session, round_, WINDOW_FORM, Audience.INTERNAL)
            return next(each.n or 0 for each in figures if each.target.org_id == "W01")


@pytest.fixture
def daily(sessions: Sessions, engine: Engine, config: Config, tmp_path: Path) -> Daily:
    made = Daily(
        sessions, open_inbox(config, engine), Keystore(tmp_path / "keys"), FIRST, code="D1"
    )
    made.open()
    return made


def evening(day: int) -> datetime:
    return FIRST + timedelta(days=day, hours=8)


def morning_after(day: int) -> datetime:
    return (FIRST + timedelta(days=day + 1)).replace(hour=6)


def test_every_day_has_a_box_and_late_paper_has_one(daily: Daily) -> None:
    with reading(daily.sessions) as session:
        round_ = daily.round()
        boxes = boxes_of(session, round_.id)
        assert [box.label for box in boxes] == [
            "2026-09-28",
            "2026-09-29",
            "2026-09-30",
            "2026-10-01",
            "2026-10-02",
            "2026-10-03",
            "paper",
        ]
        assert len({box.public_key for box in boxes}) == len(boxes)
        assert len({box.contact_key for box in boxes}) == 1
        assert boxes[0].starts_at == round_.opens_at
        assert boxes[1].starts_at == FIRST.replace(day=29, hour=0)
        assert boxes[5].ends_at == round_.closes_at
        assert boxes[6].ends_at == round_.paper_until
        assert next_opening(session, round_, CHINA) == morning_after(0)


def test_a_day_is_opened_the_next_morning_and_not_before(daily: Daily) -> None:
    daily.answers(0, 3, evening(0))
    daily.answers(3, 2, evening(1))

    assert daily.open_due(morning_after(0) - timedelta(minutes=1)) == []
    assert daily.open_due(morning_after(0)) == ["2026-09-28"]
    assert daily.open_due(morning_after(0)) == []

    with reading(daily.sessions) as session:
        first, second, *_ = boxes_of(session, daily.round().id)
        assert (first.state, first.answer_count) == (BoxState.KEY_DESTROYED, 3)
        assert second.state == BoxState.SEALED
        assert not daily.keystore.has(first.public_key)
        assert daily.keystore.has(second.public_key)
        assert daily.keystore.has(second.contact_key)
        assert session.scalar(select(func.count()).select_from(Response)) == 3
        assert verify_round(session, daily.round()) == []
    assert daily.round().state == RoundState.OPEN


@pytest.mark.parametrize("is_opened", [False, True], ids=["sealed", "opened"])
def test_a_page_sent_before_midnight_and_again_after_it_counts_once(
    daily: Daily, is_opened: bool
) -> None:
    before = FIRST.replace(hour=23, minute=59, second=59)
    assert not daily.answer("W01", page_key(1), at=before).already
    if is_opened:
        daily.open_due(morning_after(0))
    assert daily.answer("W01", page_key(1), at=before + timedelta(hours=9)).already

    closed = daily.close(FIRST + timedelta(days=9))

    assert closed.answers == 1


def test_sendings_that_cross_at_midnight_count_once(daily: Daily) -> None:
    """The second is stored before the first can be found: the later box gives way."""
    daily.answers(0, 2, evening(0))
    point = daily.points["W01"]
    first, second = point.boxes[0].id, point.boxes[1].id
    rows = list(daily.inbox.read_all(first))
    daily.answers(2, 1, evening(1))
    daily.inbox.put(second, rows[0])

    daily.open_due(morning_after(1))

    with reading(daily.sessions) as session:
        box = session.get_one(Box, second)
        assert (box.answer_count, box.repeated_count) == (2, 1)
        assert session.scalar(select(func.count()).select_from(Response)) == 3
        assert session.scalar(select(func.count()).select_from(UsedCredential)) == 3
        assert verify_round(session, daily.round()) == []


def test_figures_move_on_in_steps_of_k_and_end_whole(daily: Daily) -> None:
    """No two figures anybody could have seen differ by fewer than ten answers."""
    seen, number = [], 0
    with pytest.raises(results.ResultsSealed):
        daily.shown()
    for day, count in enumerate((12, 3, 8, 1, 9, 4)):
        daily.answers(number, count, evening(day))
        number += count
        daily.open_due(morning_after(day))
        seen.append(daily.shown())
    daily.close(FIRST + timedelta(days=9))
    seen.append(daily.shown())

    assert seen == [0, 0, 12, 12, 23, 23, 37]
    steps = [after - before for before, after in pairwise(seen)]
    assert all(step == 0 or step >= 10 for step in steps)


def test_days_become_a_month_when_the_month_has_ended(daily: Daily) -> None:
    daily.answers(0, 12, evening(0))
    daily.answers(12, 4, evening(2))
    daily.answers(16, 5, evening(3))
    for now, expected in (
        (morning_after(1), []),
        (morning_after(2), ["2026-09"]),
        (morning_after(3), []),
    ):
        daily.open_due(now)
        with daily.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, daily.code)
            assert keeping.merge_months(session, OPERATOR, round_, now=now, zone=CHINA) == expected

    with reading(daily.sessions) as session:
        round_ = daily.round()
        boxes = {box.label: box for box in boxes_of(session, round_.id)}
        month = boxes["2026-09"]
        assert boxes["2026-09-28"].state == BoxState.MERGED
        assert month.answer_count == 16
        stored = dict(
            session.execute(select(Response.box_id, func.count()).group_by(Response.box_id)).all()
        )
        assert stored == {month.id: 16, boxes["2026-10-01"].id: 5}
        assert set(session.scalars(select(Receipt.box_id))) == set(stored)
        assert verify_round(session, round_) == []
    assert daily.close(FIRST + timedelta(days=9)).answers == 21


def test_a_month_is_written_anew_part_by_part(daily: Daily) -> None:
    """All answers of a city's month, or all its pictures, would not fit into memory together."""
    daily.answers(0, 12, evening(0))
    daily.answers(12, 4, evening(2))
    daily.open_due(morning_after(2))
    written: list[int] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: list[object], *_: object):
        if statement.startswith("INSERT INTO receipt"):
            written.append(len(parameters) if isinstance(parameters, list) else 1)

    with daily.sessions.begin() as session:
        event.listen(session.connection(), "before_cursor_execute", note)
        round_ = campaigns.get_round(session, OPERATOR, daily.code)
        now = morning_after(2)
        assert keeping.merge_months(session, OPERATOR, round_, now=now, zone=CHINA) == ["2026-09"]

    assert sum(written) == 16
    assert max(written) < 16


def test_an_early_close_forgets_the_days_that_will_not_come(daily: Daily) -> None:
    daily.answers(0, 2, evening(0))
    daily.answers(2, 3, evening(1))

    closed = daily.close(evening(1) + timedelta(hours=1), reason="演练")

    assert closed.answers == 5
    with reading(daily.sessions) as session:
        boxes = boxes_of(session, daily.round().id)
        assert [box.label for box in boxes] == ["2026-09-28", "2026-09-29"]
        assert {box.state for box in boxes} == {BoxState.KEY_DESTROYED}
        assert results.is_opened(session, daily.round())
    assert not list(daily.keystore.path.glob("*.key"))


def test_used_credentials_are_kept_for_thirty_days(daily: Daily) -> None:
    daily.answers(0, 2, evening(0))
    end = FIRST + timedelta(days=DAYS + 1)
    daily.close(end)
    for days, is_done in ((29, False), (30, True), (31, False)):
        with daily.sessions.begin() as session:
            round_ = campaigns.get_round(session, OPERATOR, daily.code)
            now = end + timedelta(days=days)
            assert keeping.forget_credentials(session, OPERATOR, round_, now=now) is is_done

    with reading(daily.sessions) as session:
        assert session.scalar(select(func.count()).select_from(UsedCredential)) == 0
        assert verify_round(session, daily.round()) == []


def test_an_opening_of_a_day_broken_off_is_taken_up_again(daily: Daily) -> None:
    daily.answers(0, 4, evening(0))
    stores = (daily.sessions, OPERATOR, daily.code, daily.keystore, daily.inbox)
    for step in Step:

        def fail(reached: Step, step: Step = step) -> None:
            if reached is step:
                raise KeyboardInterrupt

        try:
            opening.open_due_boxes(*stores, now=morning_after(0), zone=CHINA, progress=fail)
        except KeyboardInterrupt:
            continue
    daily.open_due(morning_after(0))

    with reading(daily.sessions) as session:
        assert due_boxes(session, daily.round(), morning_after(0), CHINA) == []
        assert session.scalar(select(func.count()).select_from(Response)) == 4


def test_a_daily_round_has_at_most_a_year_of_days(daily: Daily) -> None:
    with reading(daily.sessions) as session:
        round_ = daily.round()
        round_.state = RoundState.DRAFT
        round_.code, round_.closes_at = "D2", round_.opens_at + timedelta(days=400)
        round_.id = 99
        with pytest.raises(TooManyDays):
            fieldwork.prepare_boxes(
                session, OPERATOR, round_, daily.keystore, daily.inbox, now=FIRST
            )
