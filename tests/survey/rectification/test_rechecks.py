"""Residents judge what was put right: windows, votes of receipts, the table of domain.md 4.8."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.campaigns.models import CollectionMode, Round
from survey.collection import points
from survey.collection.boxes import CHINA
from survey.collection.intake import TicketRefused
from survey.collection.keystore import KeyUnavailable
from survey.collection.models import CollectionPoint, Receipt, UsedCredential
from survey.collection.points import PointClosed
from survey.collection.receipts import receipt_hash, receipt_of
from survey.config import Config
from survey.db import reading
from survey.rectification import recheck_rounds, rechecks, service
from survey.rectification.item import Recheck
from survey.rectification.recheck_counts import POINTS
from survey.rectification.recheck_models import Outcome, RecheckWindow
from survey.rectification.recheck_rounds import FORM
from survey.rectification.recheck_votes import Vote, VoteRefused, credential_of, read_vote
from survey.rectification.refusals import RecheckRunning
from survey.rectification.states import Act, Source, State
from survey.web.platform import EXTENSION, Platform
from tests.rounds import Field, add_district, add_form, add_round, form, page_key
from tests.survey.rectification.town import MONDAY, Town, item_of

FRIENDLY = {"H02": "5", "H03": "5", "H04": "1"}
UNSOLVED = {"H02": "2", "H03": "1", "H04": "1", "H05": "还是老样子"}
AGAINST = {"H02": "4", "H03": "2", "H04": "0", "H05": "还差一点"}


@pytest.fixture
def town(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    # A box for each day: few days, quick tests.
    monkeypatch.setattr(recheck_rounds, "ROUND_DAYS", 24)
    monkeypatch.setattr(recheck_rounds, "MOST_DAYS_NEEDED", 20)
    held: Platform = create_app(config).extensions[EXTENSION]
    with held.sessions.begin() as session:
        add_district(session, MONDAY)
        add_form(session, form(FORM), MONDAY)
    yield Town(held)
    held.engine.dispose()


def test_an_item_is_judged_for_five_working_days_a_bad_rating_for_three(town: Town) -> None:
    lamp, rating = town.add_item(), town.add_item("B001", Source.HCP_BAD)

    assert town.step().to_open == (lamp, rating)
    assert not town.step()

    shown = town.point(lamp)
    with reading(town.held.sessions) as session:
        said = [item.label.to("zh") for item in points.questionnaire_of(session, shown).all_items()]
        rounds = session.scalars(select(Round.code)).all()
    assert any("灯坏了" in each for each in said)
    assert rounds == ["HTK20261102"]
    # Monday to Monday; the bad rating until Thursday, both to the end of the day.
    assert shown.closes_at == datetime(2026, 11, 10, tzinfo=CHINA)
    assert town.point(rating).closes_at == datetime(2026, 11, 6, tzinfo=CHINA)
    with reading(town.held.sessions) as session:
        told = [
            i.label.to("zh")
            for i in points.questionnaire_of(session, town.point(rating)).all_items()
        ]
    assert not any("灯坏了" in each for each in told)


@pytest.mark.parametrize(
    ("answers", "state", "outcome"),
    [
        (10 * [FRIENDLY], State.CLOSED, Outcome.CLOSED),
        (4 * [FRIENDLY] + 6 * [UNSOLVED], State.REOPENED, Outcome.REOPENED),
        (5 * [FRIENDLY] + 5 * [AGAINST], State.REOPENED, Outcome.REOPENED),
        (7 * [FRIENDLY] + 3 * [AGAINST], State.RECHECK, Outcome.DISTRICT),
    ],
)
def test_what_ten_residents_say_is_done(town: Town, answers, state, outcome) -> None:
    number = town.add_item()
    town.step()
    for key, values in enumerate(answers):
        town.judge(number, key, **values)
    key = town.window(number).vote_key

    # The night after the last day nothing is decided: its box is sealed until the morning.
    assert not town.step(datetime(2026, 11, 10, 1, 0, tzinfo=CHINA)).to_end
    assert town.step(datetime(2026, 11, 10, 6, 5, tzinfo=CHINA)).to_end == (number,)
    assert not town.step()

    window = town.window(number) if state is not State.REOPENED else last_window(town)
    assert (town.state(number), window.outcome) == (state, outcome)
    assert not town.held.keystore.has(key)
    with pytest.raises(PointClosed):
        points.require_open(town.point(number), town.now)


def last_window(town: Town) -> RecheckWindow:
    with reading(town.held.sessions) as session:
        return session.scalars(select(RecheckWindow).order_by(RecheckWindow.id.desc())).first()  # type: ignore[return-value]


def test_fewer_than_ten_get_five_days_more_then_two_verifiers_and_a_notice(town: Town) -> None:
    number = town.add_item()
    town.step()
    town.judge(number, 1, **FRIENDLY)
    town.step(datetime(2026, 11, 10, 6, 5, tzinfo=CHINA))

    window = town.window(number)
    assert (window.is_extended, window.outcome) == (True, Outcome.RUNNING)
    # The tenth to the sixteenth.
    assert window.closes_at == town.point(number).closes_at
    assert window.closes_at == datetime(2026, 11, 17, tzinfo=CHINA)
    town.judge(number, 2, **UNSOLVED)
    assert not town.step()

    town.step((window.closes_at + timedelta(hours=7)).astimezone(CHINA))
    assert town.window(number).outcome == Outcome.TWO_VERIFIERS
    assert town.state(number) == State.RECHECK
    with reading(town.held.sessions) as session:
        item = item_of(session, number)
        assert item.notice_until is not None
        assert item.notice_until > town.now.date()
        # What fewer than ten said stays in the tallies: nothing of it stands in the ledger.
        assert (item.recheck_agree, item.recheck_disagree) == (0, 0)
        assert not any("不同意1人" in step.note for step in item.transitions)


def test_three_who_call_it_a_show_are_heard(town: Town) -> None:
    number = town.add_item()
    town.step()
    for key in range(10):
        town.judge(number, key, **FRIENDLY, H06="1" if key < 3 else "0")
    town.step(datetime(2026, 11, 10, 6, 5, tzinfo=CHINA))

    with reading(town.held.sessions) as session:
        assert item_of(session, number).suspicion == "suspected"
        assert Act.SUSPECT in {Act(step.act) for step in item_of(session, number).transitions}


def test_of_few_who_call_it_a_show_no_figure_is_told(town: Town) -> None:
    number = town.add_item()
    town.step()
    for key in range(4):
        town.judge(number, key, **FRIENDLY, H06="1" if key < 3 else "0")
    town.step(datetime(2026, 11, 10, 6, 5, tzinfo=CHINA))
    town.step(datetime(2026, 11, 17, 6, 5, tzinfo=CHINA))

    with reading(town.held.sessions) as session:
        item = item_of(session, number)
        [note] = [step.note for step in item.transitions if step.act == Act.SUSPECT]
    assert item.suspicion == "suspected"
    assert not any(sign.isdigit() for sign in note)


def counted_receipt(town: Town, org_id: str = "W01") -> Vote:
    """Return a receipt of a round of the place, on the published list."""
    key = f"{org_id}-{len(org_id):020d}"
    with town.held.sessions.begin() as session:
        round_ = session.scalars(select(Round).where(Round.code == "R1")).one()
        point = session.scalars(
            select(CollectionPoint).where(
                CollectionPoint.round_id == round_.id, CollectionPoint.org_id == org_id
            )
        ).one()
        receipt = receipt_of(key)
        listed = receipt_hash(round_.code, point.code, receipt)
        session.add(Receipt(round_id=round_.id, hash=listed, box_id=1))
        return Vote(point.code, receipt)


def test_a_counted_receipt_votes_once_on_each_item_and_leaves_no_trace(town: Town) -> None:
    field = Field(town.held.sessions, town.held.inbox, town.held.keystore, MONDAY)
    with town.held.sessions.begin() as session:
        add_round(session, MONDAY)
    field.open_planned()
    lamp, door = town.add_item(), town.add_item()
    town.step()
    vote, foreign = counted_receipt(town), counted_receipt(town, "B001")

    town.judge(lamp, 1, vote, **FRIENDLY)
    town.judge(door, 2, vote, **FRIENDLY)
    town.judge(lamp, 1, vote, **FRIENDLY)  # the same page sent again
    with pytest.raises(TicketRefused):
        town.judge(lamp, 3, vote, **AGAINST)
    for other in (foreign, Vote(vote.point_code, "0" * 12), Vote("0" * 8, vote.receipt)):
        with pytest.raises(VoteRefused):
            town.judge(lamp, 4, other, **AGAINST)
    town.step(MONDAY + timedelta(days=1))
    with pytest.raises(TicketRefused):  # known from the list of what was used, the day after
        town.judge(lamp, 5, vote, **AGAINST)

    # A recheck gives receipts as well; they do not make votes out of votes.
    chained = Vote(town.point(lamp).code, receipt_of(page_key(1)))
    with reading(town.held.sessions) as session:
        listed = receipt_hash("HTK20261102", chained.point_code, chained.receipt)
        assert listed in session.scalars(select(Receipt.hash)).all()
    with pytest.raises(VoteRefused):
        town.judge(door, 6, chained, **AGAINST)

    # With its key gone nobody can try receipts out against what is stored.
    with reading(town.held.sessions) as session:
        used = set(session.scalars(select(UsedCredential.credential_hash)))
        window, point = town.window(lamp), town.point(lamp)
        assert credential_of(session, town.held.keystore, point, vote, now=town.now) in used
        town.held.keystore.destroy(window.vote_key)
        with pytest.raises(KeyUnavailable):
            credential_of(session, town.held.keystore, point, vote, now=town.now)
    assert read_vote(vote.text.lower()) == vote
    assert read_vote("0" * 16) is None


def test_whatever_breaks_off_is_taken_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    number = town.add_item()
    with monkeypatch.context() as broken:
        broken.setattr(rechecks, "_record", lambda *args, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            town.step()
    town.step()
    for key in range(10):
        town.judge(number, key, **FRIENDLY)
    morning = datetime(2026, 11, 10, 6, 5, tzinfo=CHINA)
    with monkeypatch.context() as broken:
        broken.setattr(rechecks, "_end", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            town.step(morning)
    assert town.state(number) == State.RECHECK
    assert town.step(morning).to_end == (number,)
    with reading(town.held.sessions) as session:
        assert len(session.scalars(select(RecheckWindow)).all()) == 1
        acts = [step.act for step in item_of(session, number).transitions]
    assert acts.count(Act.RECORD_RECHECK) == acts.count(Act.CLOSE) == 1


def test_nobody_enters_by_hand_what_residents_are_asked(town: Town) -> None:
    number = town.add_item()
    town.step()
    result = Recheck(35, 35, 0, 100.0)
    with town.held.sessions() as session, pytest.raises(RecheckRunning):
        service.advance(session, OPERATOR, number, State.CLOSED, now=town.now, recheck=result)
    assert town.state(number) == State.RECHECK


def test_who_decides_before_the_time_ends_the_window(town: Town) -> None:
    number = town.add_item()
    town.step()
    key = town.window(number).vote_key
    with town.held.sessions.begin() as session:
        item_of(session, number).state = State.REOPENED.value
        item_of(session, number).reopen_count = 1
    town.step(MONDAY + timedelta(hours=1))

    assert last_window(town).outcome == Outcome.STOPPED
    assert not town.held.keystore.has(key)
    with pytest.raises(PointClosed):
        points.require_open(town.point(number), town.now)

    # Put right again, it is judged again: at another point, in another round.
    town.again(number)
    town.step()
    assert town.window(number).cycle == 1
    points.require_open(town.point(number), town.now)


def test_a_window_nobody_ended_in_time_says_nothing_of_the_next_work(town: Town) -> None:
    number = town.add_item()
    town.step()
    first = town.window(number)
    for key in range(10):
        town.judge(number, key, **FRIENDLY)
    # While the worker is away the item is reopened, put right, and comes to its next recheck.
    with town.held.sessions.begin() as session:
        item_of(session, number).reopen_count = 1
    assert town.step(datetime(2026, 11, 10, 6, 5, tzinfo=CHINA)).to_end == (number,)

    assert town.state(number) == State.RECHECK
    assert town.window(number).cycle == 1
    with reading(town.held.sessions) as session:
        assert session.get_one(RecheckWindow, first.id).outcome == Outcome.STOPPED
        item = item_of(session, number)
        [(window, _)] = rechecks.running_windows(session, [item], now=town.now).values()
        assert (item.recheck_n, window.cycle) == (None, 1)
    assert not town.held.keystore.has(first.vote_key)


def test_the_people_of_a_ticket_round_are_asked_by_ticket(town: Town) -> None:
    with town.held.sessions.begin() as session:
        add_round(session, MONDAY, mode="ticket")
    Field(town.held.sessions, town.held.inbox, town.held.keystore, MONDAY).open_planned()
    number = town.add_item("B001")
    with town.held.sessions.begin() as session:
        item_of(session, number).round_id = session.scalars(select(Round.id)).one()
    town.step()

    assert town.point(number).mode == CollectionMode.TICKET
    with pytest.raises(TicketRefused):
        town.judge(number, 1, **FRIENDLY)


def test_the_points_are_those_of_the_scale() -> None:
    [scale] = {item.options for item in form(FORM).items if item.code == "H02"}
    assert {option.code for option in scale} == {*POINTS, "9"}
    assert date(2026, 11, 2).weekday() == 0
