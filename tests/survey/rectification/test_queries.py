"""The list, the counts, what waits for whom, and the story of one item."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR, Actor
from survey.errors import NotFound
from survey.rectification import evidence, service
from survey.rectification.filters import Filter
from survey.rectification.item import EvidenceKind, Recheck
from survey.rectification.queries import count_items, items, waiting_for
from survey.rectification.states import Act, Source, State
from survey.rectification.story import story
from survey.rectification.workdays import Tone
from tests.survey.rectification.conftest import PASSED, PDF, People, Walk


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements sent to the database."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def three(tree: Session, now: datetime) -> Session:
    """Three items: B001 due in three days, W01 due in 15, B002 long overdue."""
    for org, problem, limit, at in (
        ("B001", "承诺兑现率低", 3, now),
        ("W01", "等候时间长，100%的人说", 15, now),
        ("B002", "监督电话无人接听", 3, now - timedelta(30)),
    ):
        service.register(
            tree, OPERATOR, org, source=Source.MANUAL, problem=problem, now=at, limit_workdays=limit
        )
    return tree


def owners(session: Session, actor: Actor, now: datetime, **filters: object) -> list[str]:
    return [row.org_id for row in items(session, actor, now=now, wanted=Filter(**filters)).rows]  # type: ignore[arg-type]


def test_the_list_is_scoped_filtered_and_pressing_first(three: Session, now: datetime) -> None:
    assert owners(three, People.district, now) == ["B002", "B001", "W01"]
    assert owners(three, People.unit, now) == ["B001", "W01"]
    assert owners(three, People.secretary, now) == ["B001"]
    assert owners(three, Actor("nobody", "无"), now) == []
    assert owners(three, People.district, now, unit="U01") == ["B001", "W01"]
    assert owners(three, People.district, now, org="W01") == ["W01"]
    assert owners(three, People.district, now, overdue=True) == ["B002"]
    assert owners(three, People.district, now, overdue=False) == ["B001", "W01"]
    assert owners(three, People.district, now, search="100%") == ["W01"]
    assert owners(three, People.district, now, search="蓼花") == ["B001"]
    assert owners(three, People.district, now, search="zg-2026-0002") == ["W01"]
    assert owners(three, People.district, now, search="\0 '; --%_") == []
    assert owners(three, People.district, now, state=State.CLOSED) == []


def test_a_row_says_what_the_list_shows(three: Session, now: datetime) -> None:
    rows = items(three, People.district, now=now).rows
    assert [row.deadline.tone for row in rows] == [Tone.LATE, Tone.SOON, Tone.CALM]
    assert rows[1].deadline.words == "还有3天"
    assert (rows[1].unit_name, rows[1].org_name) == ("云澜街道党工委", "蓼花村党支部")
    assert (rows[1].look.label, rows[1].source_label) == ("待分派", "上级交办")


def test_pages(three: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.rectification.queries.PAGE_ROWS", 2)
    first = items(three, OPERATOR, now=now)
    assert (len(first.rows), first.total, first.page, first.pages) == (2, 3, 1, 2)
    last = items(three, OPERATOR, now=now, page=99)
    assert (len(last.rows), last.page) == (1, 2)
    whole = items(three, OPERATOR, now=now, page=None)
    assert (len(whole.rows), whole.page, whole.pages) == (3, 1, 1)


def test_counts(three: Session, now: datetime) -> None:
    counted = count_items(three, People.unit, now=now)
    assert counted.by_state[State.NEW] == 2
    assert sum(counted.by_state.values()) == 2
    assert set(counted.by_state) == set(State)
    assert count_items(three, People.district, now=now).overdue == 1
    assert counted.overdue == 0


def test_the_number_of_queries_does_not_grow(three: Session, engine: Engine, now: datetime) -> None:
    for n in range(20):
        service.register(three, OPERATOR, "B001", source=Source.MANUAL, problem=f"问题{n}", now=now)
    three.flush()
    three.expire_all()
    with counting(engine) as sent:
        items(three, People.district, now=now)
        waiting_for(three, People.unit, now=now)
        count_items(three, People.district, now=now)
    assert len(sent) <= 10


def test_what_waits_for_whom(tree: Session, walk: Walk, now: datetime) -> None:
    def keys(actor: Actor) -> list[str]:
        return [group.key for group in waiting_for(tree, actor, now=now)]

    def expect(state: State, **by: str) -> None:
        walk(state)
        for name in ("secretary", "unit", "verifier", "district", "foreign"):
            assert keys(getattr(People, name)) == ([by[name]] if name in by else [])

    expect(State.NEW, unit="assign")
    expect(State.ASSIGNED, secretary="accept")
    expect(State.ACCEPTED, secretary="plan")
    expect(State.IN_PROGRESS, secretary="work")
    expect(State.SUBMITTED, unit="check")
    expect(State.UNIT_CHECKED, verifier="verify")
    expect(State.VERIFIED, unit="start_recheck")
    expect(State.RECHECK, district="record")
    number = walk(State.RECHECK).number
    result = Recheck(12, 11, 1, 90)
    service.advance(tree, People.district, number, State.RECHECK, now=now, recheck=result)
    [group] = waiting_for(tree, People.district, now=now)
    assert (group.key, group.label, group.count, group.overdue) == ("close", "销号审批", 1, 0)
    expect(State.CLOSED)


def test_waiting_counts_what_is_overdue(three: Session, now: datetime) -> None:
    [group] = waiting_for(three, People.foreign, now=now)
    assert (group.label, group.count, group.overdue) == ("待分派的问题", 1, 1)


def test_the_story(tree: Session, walk: Walk, now: datetime, tmp_path: Path) -> None:
    item = walk(State.RECHECK)
    told = story(tree, People.district, item.number, now=now + timedelta(1))
    assert told.revision == item.revision
    assert [event.act for event in told.timeline][:3] == [
        Act.START_RECHECK,
        Act.VERIFY,
        Act.CHECK,
    ]
    submit = next(event for event in told.timeline if event.act is Act.SUBMIT)
    assert submit.files == ("整改报告.pdf",)
    assert (submit.actor_name, submit.done) == ("secretary同志", "申请销号")
    assert [line.kind for line in told.evidence] == [EvidenceKind.DOCUMENT]
    assert {offer.move.act for offer in told.moves} == {
        Act.RECORD_RECHECK,
        Act.ACCEPT_AGAIN,
        Act.CLOSE,
        Act.REOPEN,
    }
    assert (told.step.words, told.row.deadline.tone) == ("还有4天", Tone.SETTLED)
    done = [(stage.label, stage.is_done, stage.is_current) for stage in told.stages]
    assert done == [
        *((label, True, False) for label in ("挂号", "受理", "整改", "单位审核", "验收")),
        ("群众再评价", False, True),
        ("销号", False, False),
    ]
    assert told.stages[0].on == date(2026, 9, 10)
    assert (told.upload_kinds, told.can_extend, told.warning) == (
        (EvidenceKind.DOCUMENT,),
        False,
        "",
    )


def test_the_story_is_for_those_who_see_it(tree: Session, walk: Walk, now: datetime) -> None:
    number = walk(State.IN_PROGRESS).number
    assert story(tree, People.verifier, number, now=now).moves == ()
    mine = story(tree, People.secretary, number, now=now)
    assert {offer.move.act: offer.refusal is None for offer in mine.moves} == {
        Act.SUBMIT: False,
        Act.REVISE: True,
    }
    assert mine.upload_kinds == tuple(EvidenceKind)
    with pytest.raises(NotFound):
        story(tree, People.foreign, number, now=now)


def test_steps_taken_again_and_without_a_recheck(
    tree: Session, walk: Walk, now: datetime, tmp_path: Path
) -> None:
    item = walk(State.UNIT_CHECKED)
    item.needs_recheck = False
    service.advance(tree, People.verifier, item.number, State.IN_PROGRESS, now=now, note="没做完")
    stages = story(tree, People.unit, item.number, now=now).stages
    assert [stage.label for stage in stages if stage.is_done] == ["挂号", "受理"]
    assert "群众再评价" not in [stage.label for stage in stages]
    service.advance(tree, People.secretary, item.number, State.SUBMITTED, now=now)
    service.advance(tree, People.unit, item.number, State.UNIT_CHECKED, now=now)
    service.advance(tree, People.second, item.number, State.VERIFIED, now=now, sheet=PASSED)
    [current] = [s for s in story(tree, People.unit, item.number, now=now).stages if s.is_current]
    assert current.label == "销号"
    assert [group.key for group in waiting_for(tree, People.district, now=now)] == ["close"]


def test_a_year_without_holidays_is_told(tree: Session, now: datetime) -> None:
    item = service.register(
        tree, OPERATOR, "B001", source=Source.MANUAL, problem="x", now=now, limit_workdays=90
    )
    assert story(tree, OPERATOR, item.number, now=now).warning.startswith("2027年的放假安排")


def test_files_of_a_story_come_with_the_step_after_them(
    tree: Session, walk: Walk, now: datetime, tmp_path: Path
) -> None:
    number = walk(State.SUBMITTED).number
    at = now + timedelta(hours=9)
    evidence.add_evidence(
        tree, People.unit, number, PDF + b"%", "核查.pdf", folder=tmp_path, now=at
    )
    service.advance(tree, People.unit, number, State.UNIT_CHECKED, now=at + timedelta(minutes=1))
    told = story(tree, People.unit, number, now=at)
    assert told.timeline[0].files == ("核查.pdf",)
    assert replace(told, timeline=()).timeline == ()
