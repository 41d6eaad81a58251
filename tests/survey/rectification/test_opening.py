"""Findings of a closed round become items, each once, however often this runs."""

from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.findings import Finding
from reports.findings import Source as ReportSource
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.errors import NotFound
from survey.rectification import service
from survey.rectification.models import RectificationItem
from survey.rectification.opening import OpenedItems, open_items
from survey.rectification.states import Source, State
from tests.survey.rectification.conftest import People


def found(source: str, ref: str) -> Finding:
    """Return a finding; later ones come from sources that the reports do not know yet."""
    return Finding(cast(ReportSource, source), ref, "满意率低于80%", 15)


LOW, Q2 = found("low_score", "A13"), found("ipa_q2", "C18")


def later_round(session: Session, code: str) -> Round:
    start = datetime.fromisoformat("2026-12-01T00:00:00+00:00")
    end = start + timedelta(9)
    made = Round(code=code, title=code, opens_at=start, closes_at=end, paper_until=end)
    session.add(made)
    session.flush()
    return made


def test_findings_become_items(tree: Session, round_: Round, now: datetime) -> None:
    opened = open_items(tree, round_, {"B001": [LOW], "W01": [Q2]}, now=now)
    assert opened == OpenedItems(("ZG-2026-0001", "ZG-2026-0002"), ())
    first, second = tree.scalars(select(RectificationItem).order_by(RectificationItem.id))
    assert (first.org_id, first.source, first.source_ref) == ("B001", "low_score", "A13")
    assert (first.responsible_person, second.responsible_person) == ("禾和渡", "窗口负责人")
    assert (first.round_id, first.state, first.needs_recheck) == (round_.id, "new", True)
    assert first.transitions[0].actor == first.transitions[0].actor_role == "system"
    entry = tree.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.data) == ("rectification.open_items", {"created": 2, "merged": 0})


def test_running_again_changes_nothing(tree: Session, round_: Round, now: datetime) -> None:
    findings = {"B001": [LOW, found("low_score", "A14")], "W01": [Q2, found("low_score", "C18")]}
    first = open_items(tree, round_, findings, now=now)
    assert (len(first.created), len(first.merged)) == (3, 1)
    for _ in range(2):
        assert open_items(tree, round_, findings, now=now) == OpenedItems((), ())
    assert sorted(tree.scalars(select(RectificationItem.report_count))) == [1, 1, 2]


def test_what_is_still_open_is_counted_again(tree: Session, round_: Round, now: datetime) -> None:
    [number] = open_items(tree, round_, {"B001": [LOW]}, now=now).created
    service.advance(tree, People.unit, number, State.ASSIGNED, now=now)
    next_round = later_round(tree, "2026Q4")
    opened = open_items(tree, next_round, {"B001": [LOW], "B002": [LOW]}, now=now)
    assert opened == OpenedItems(("ZG-2026-0002",), (number,))
    item = tree.scalars(select(RectificationItem).where(RectificationItem.number == number)).one()
    assert (item.report_count, item.state) == (2, "assigned")
    last = item.transitions[-1]
    assert (last.act, last.from_state, last.note) == ("report_again", "assigned", "2026Q4：低分题")


def test_what_was_settled_comes_back_as_a_new_item_once(
    tree: Session, round_: Round, now: datetime
) -> None:
    [number] = open_items(tree, round_, {"B001": [LOW]}, now=now).created
    service.advance(tree, People.district, number, State.VOID, now=now, note="误评")
    assert open_items(tree, round_, {"B001": [LOW]}, now=now) == OpenedItems((), ())
    next_round = later_round(tree, "2026Q4")
    assert open_items(tree, next_round, {"B001": [LOW]}, now=now).created == ("ZG-2026-0002",)


def test_merged_and_then_settled_does_not_come_back(
    tree: Session, round_: Round, now: datetime
) -> None:
    [number] = open_items(tree, round_, {"B001": [LOW]}, now=now).created
    next_round = later_round(tree, "2026Q4")
    open_items(tree, next_round, {"B001": [LOW]}, now=now)
    service.advance(tree, People.district, number, State.VOID, now=now, note="误评")
    assert open_items(tree, next_round, {"B001": [LOW]}, now=now) == OpenedItems((), ())


def test_a_comment_reported_often_needs_a_recheck(
    tree: Session, round_: Round, now: datetime
) -> None:
    service.register(
        tree, People.unit, "B001", source=Source.COMMENT, problem="路灯", now=now, ref="A34"
    )
    for n in range(4):
        open_items(tree, later_round(tree, f"R{n}"), {"B001": [found("comment", "A34")]}, now=now)
        item = tree.scalars(select(RectificationItem)).one()
        assert item.needs_recheck is (n == 3)


def test_an_unknown_organisation(tree: Session, round_: Round, now: datetime) -> None:
    with pytest.raises(NotFound, match="B999"):
        open_items(tree, round_, {"B999": [LOW]}, now=now)


def test_nothing_found(tree: Session, round_: Round, now: datetime) -> None:
    assert open_items(tree, round_, {}, now=now) == OpenedItems((), ())


def test_what_was_closed_and_is_found_again_is_reopened_or_followed_by_a_new_item(
    tree: Session, round_: Round, now: datetime
) -> None:
    first, second = open_items(tree, round_, {"B001": [LOW], "W01": [Q2]}, now=now).created
    rows = {item.number: item for item in tree.scalars(select(RectificationItem))}
    for number, days in ((first, 90), (second, 91)):
        rows[number].state = State.CLOSED.value
        rows[number].closed_on = (now - timedelta(days)).date()
    tree.flush()
    again = later_round(tree, "2026Q4")
    found_again = {"B001": [LOW], "W01": [Q2]}
    opened = open_items(tree, again, found_again, now=now)
    assert opened == OpenedItems(("ZG-2026-0003",), (), (first,))
    assert open_items(tree, again, found_again, now=now) == OpenedItems((), ())
    item = rows[first]
    assert (item.state, item.reopen_count, item.report_count) == ("reopened", 1, 2)
    assert (item.transitions[-1].actor, item.transitions[-1].note) == ("system", "2026Q4：低分题")
    follower = tree.scalars(select(RectificationItem).where(RectificationItem.round_id == again.id))
    assert [each.precursor for each in follower] == [second]


def test_a_bad_rating_goes_to_its_window_at_once_and_counts_who_gave_it(
    tree: Session, round_: Round, now: datetime
) -> None:
    bad = Finding(ReportSource.HCP_BAD, "2026-09-09", "2026-09-09收到差评3份", 5, 3)
    often = Finding(ReportSource.COMMENT, "topic:light", "路灯不亮（5条群众意见）", 15, 5)
    for _ in range(2):
        open_items(tree, round_, {"W01": [bad], "B001": [often]}, now=now)
    items = tree.scalars(select(RectificationItem).order_by(RectificationItem.id)).all()
    assert [(i.state, i.report_count, i.needs_recheck) for i in items] == [
        ("assigned", 3, False),
        ("new", 5, True),
    ]
    assert [step.actor_role for step in items[0].transitions] == ["system", "system"]
