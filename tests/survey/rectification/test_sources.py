"""Items of promises and of consultations, and what lateness brings."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from forms.digest import digest
from reports.findings import Source as ReportSource
from reports.tally import Tally
from survey.campaigns.models import Round, RoundQuestionnaire
from survey.collection.models import Box, BoxKind, BoxState, CollectionPoint, Verbatim
from survey.consultations import service as consultations
from survey.consultations.models import Outcome, TriagedEntry
from survey.errors import NotAllowed, NotFound
from survey.org import queries as organisations
from survey.org.models import Commitment, Organisation
from survey.publication import promises
from survey.rectification.calendar import shipped
from survey.rectification.escalation import Notice, Pressed, due_notices, red_since
from survey.rectification.models import RectificationItem
from survey.rectification.opening import OpenedItems
from survey.rectification.states import DEFAULT_WORKDAYS, OWNER_WORKS, Source, State
from survey.rectification.workdays import workdays_between
from tests.rounds import add_form, form
from tests.survey.rectification.conftest import People


def test_every_source_has_the_limit_of_the_domain() -> None:
    limits = "15 15 5 15 15 10 30 15 10 10"
    named = [source for source in Source if source is not Source.MANUAL]
    assert [str(DEFAULT_WORKDAYS[source]) for source in named] == limits.split()
    assert {source.value for source in ReportSource} <= {source.value for source in Source}


def promise(id_: str, org_id: str, due: date, **facts: object) -> Commitment:
    return Commitment(
        id=id_, org_id=org_id, year=2026, seq=1, content="修好路灯", due_on=due, **facts
    )


def test_promises_whose_day_has_passed(tree: Session, now: datetime) -> None:
    yesterday, today = now.date() - timedelta(1), now.date()
    tree.add(promise("K1", "B001", yesterday, status="in_progress", is_public=True))
    tree.add(promise("K2", "B001", yesterday, status="completed", is_public=True))
    tree.add(promise("K3", "B001", yesterday, status="in_progress", is_public=False))
    tree.add(promise("K4", "W01", today, status="in_progress", is_public=True))
    tree.flush()
    assert promises.has_overdue(tree, now=now)
    [number] = promises.open_overdue(tree, now=now).created
    assert not promises.has_overdue(tree, now=now)
    assert promises.open_overdue(tree, now=now) == OpenedItems((), ())
    item = tree.scalars(select(RectificationItem)).one()
    assert (item.number, item.org_id, item.source) == (number, "B001", "commitment")
    assert (item.source_ref, item.limit_workdays) == ("promise:K1", 15)


def test_promises_that_residents_call_unkept_or_do_not_know(
    tree: Session, round_: Round, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.add(promise("K1", "B001", now.date(), status="completed", is_public=True))
    tree.flush()
    questionnaire = form("G_commit_verify_W04")
    code = next(item.code for item in questionnaire.items if item.dimension == "delivery")
    key = code.partition("_")[2]
    monkeypatch.setattr(promises, "row_key", lambda _id: key)
    for kept, aware, expected in (
        ({"3": 10}, {"1": 10, "0": 10}, []),
        ({"3": 5, "1": 4}, {"1": 9, "0": 0}, []),  # fewer than ten
        ({"3": 5, "1": 6}, {"1": 11, "0": 12}, ["commitment", "awareness"]),
        ({"3": 5, "1": 6}, {"1": 11, "0": 12}, []),  # done before
    ):
        tally = Tally(n=30, items={code: kept, f"G1_{key}": aware})
        made = [(questionnaire, "B001", tally)]
        monkeypatch.setattr(promises, "instances", lambda *_, made=made: made)
        opened = promises.open_from_round(tree, round_, now=now)
        rows = select(RectificationItem).where(RectificationItem.number.in_(opened.created))
        assert [
            item.source for item in tree.scalars(rows.order_by(RectificationItem.id))
        ] == expected


@pytest.fixture
def entries(tree: Session, round_: Round, now: datetime) -> list[str]:
    """Four entries about B001, W01 and the district, of which one day is not open yet."""
    questionnaire = form("F_open_consult")
    add_form(tree, questionnaire, now)
    used = RoundQuestionnaire(
        round_id=round_.id, code=questionnaire.code, digest=digest(questionnaire), mode="open"
    )
    tree.add(used)
    boxes = [
        Box(
            round_id=round_.id,
            label=label,
            kind=BoxKind.DAY.value,
            state=state.value,
            public_key=bytes(32),
            contact_key=bytes(32),
        )
        for label, state in (
            ("2026-09-09", BoxState.KEY_DESTROYED),
            ("2026-09-10", BoxState.SEALED),
        )
    ]
    tree.add_all(boxes)
    tree.flush()
    made = []
    for n, (org_id, box, words) in enumerate(
        (
            ("B001", boxes[0], "村口路灯不亮，电话13800001111"),
            ("B001", boxes[0], "路灯坏了很久"),
            ("D0", boxes[0], "希望多开评议会"),
            ("W01", boxes[1], "还没有开箱"),
        )
    ):
        point = tree.scalar(select(CollectionPoint).where(CollectionPoint.org_id == org_id))
        if point is None:
            point = CollectionPoint(
                code=f"F{n:07}",
                round_id=round_.id,
                round_questionnaire_id=used.id,
                org_id=org_id,
                form_digest="x",
                mode="open",
                facts={},
            )
            tree.add(point)
            tree.flush()
        text = Verbatim(
            id=bytes([n] * 16), box_id=box.id, point_id=point.id, item_code="F03", text=words
        )
        tree.add(text)
        made.append(text.id.hex())
    tree.flush()
    return made


def test_entries_are_decided_on_by_the_level_above(
    tree: Session, entries: list[str], now: datetime
) -> None:
    lamp, same, top, sealed = entries
    read = consultations.waiting(tree, People.unit, now=now)
    assert {each.id for each in read} == {lamp, same}
    assert all("13800001111" not in each.text for each in read)
    # Of the ninth, opened on the tenth, a Thursday: decided by Monday.
    assert {each.due.due_on for each in read} == {date(2026, 9, 14)}
    assert {e.id for e in consultations.waiting(tree, People.district, now=now)} == {
        lamp,
        same,
        top,
    }
    with pytest.raises(NotAllowed):
        consultations.waiting(tree, People.secretary, now=now)
    for actor, id_ in ((People.unit, top), (People.foreign, lamp), (People.unit, sealed)):
        with pytest.raises(NotFound):
            consultations.triage(tree, actor, [id_], Outcome.FILE, "", now=now)


def test_of_two_who_decide_at_once_the_later_is_told(
    tree: Session, entries: list[str], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.commit()
    look = organisations.get_visible

    def decided_meanwhile(*args: Any) -> Organisation:
        tree.execute(
            insert(TriagedEntry).values(
                text_id=bytes.fromhex(entries[0]),
                round_id=1,
                org_id="B001",
                outcome="file",
                item_number="",
                words="",
                decided_by="other",
                decided_on=now.date(),
            )
        )
        return look(*args)

    monkeypatch.setattr(organisations, "get_visible", decided_meanwhile)
    with pytest.raises(consultations.AlreadyTriaged):
        consultations.triage(
            tree, People.unit, entries[:1], Outcome.FILE, "", now=now, org_id="B001"
        )


def test_an_entry_becomes_an_item_and_others_count_on_it(
    tree: Session, entries: list[str], now: datetime
) -> None:
    lamp, same, top, _ = entries
    with pytest.raises(consultations.WordsMissing):
        consultations.triage(tree, People.unit, [lamp], Outcome.RECTIFY, " ", now=now)
    words, fix = "村口路灯损坏", Outcome.RECTIFY
    number = consultations.triage(tree, People.unit, [lamp], fix, words, now=now)
    with pytest.raises(consultations.AlreadyTriaged):
        consultations.triage(tree, People.unit, [lamp], fix, words, now=now)
    with pytest.raises(NotFound):
        consultations.triage(tree, People.foreign, [lamp], fix, words, now=now)
    assert consultations.triage(tree, People.unit, [same], fix, words, now=now) == number
    item = tree.scalars(select(RectificationItem)).one()
    assert (item.org_id, item.source, item.report_count, item.problem) == (
        "B001",
        "consult",
        2,
        words,
    )
    more = consultations.triage(
        tree, People.district, [top], fix, "同上", now=now, org_id="B001", same_as=number
    )
    assert (more, item.report_count) == (number, 3)
    assert consultations.waiting(tree, People.district, now=now) == []
    assert tree.scalars(select(TriagedEntry.item_number)).all() == [number] * 3


@given(
    state=st.sampled_from(list(State)),
    due=st.dates(date(2026, 1, 10), date(2026, 11, 30)),
    days=st.integers(-30, 40),
    reopened=st.integers(0, 3),
)
def test_what_lateness_brings(state: State, due: date, days: int, reopened: int) -> None:
    calendar, item = shipped(), Pressed("ZG-2026-0001", state, due, reopened)
    today = due + timedelta(days)
    found = due_notices(item, today, calendar)
    kinds = [each.kind for each in found]
    left = workdays_between(calendar, today, due)
    is_working = state in OWNER_WORKS
    assert (Notice.REMINDER in kinds) is (is_working and left <= 3)
    for kind, late in ((Notice.YELLOW, 1), (Notice.RED, 5), (Notice.INTERVIEW, 10)):
        assert (kind in kinds) is (is_working and left <= -late)
    assert (Notice.RED in kinds) is (is_working and due <= red_since(calendar, today))
    assert (Notice.RAISED in kinds) is (reopened >= 2 and state not in (State.CLOSED, State.VOID))
    assert sum(each.points for each in found) == int(Notice.RED in kinds)
    assert all(each.since <= today for each in found)
    # A day later nothing is taken back, and what was due keeps its name.
    later = {each.key for each in due_notices(item, today + timedelta(1), calendar)}
    assert {each.key for each in found} <= later
    assert len({each.key for each in found}) == len(found)
