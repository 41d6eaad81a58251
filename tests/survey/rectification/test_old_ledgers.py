"""Ledgers that offices kept before: other heads, GBK, full width, named owners, no numbers."""

from datetime import date, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import ImportRefused
from survey.rectification import follow_ups
from survey.rectification.ledger import ledger_rows
from survey.rectification.ledger_import import import_ledger, preview_ledger
from survey.rectification.models import RectificationItem
from tests.survey.rectification.conftest import People

HEAD = "序号,问题来源,存在问题,责任单位,整改责任人,登记时间,完成时限,是否销号,备注"
ROWS = (
    "１,群众意见,路灯不亮,蓼花村党支部,禾和渡,２０２６年９月１日,2026/9/22,否,",
    "序号,问题来源,存在问题,责任单位,整改责任人,登记时间,完成时限,是否销号,备注",
    "2,差评,态度生硬,云澜综合窗口,,2026-09-02,2026.9.9,是,电话已回访",
    "合计,2件,,,,,,,",
)


def file_of(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode("gb18030")


def stored(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(RectificationItem)) or 0


def test_an_old_ledger_is_understood_shown_and_then_taken(tree: Session, now: datetime) -> None:
    data = file_of(*ROWS)
    seen = preview_ledger(tree, People.unit, data, "台账.csv", now=now)
    assert seen.total == 2
    assert [(row.row, row.owner, row.state) for row in seen.rows] == [
        (2, "蓼花村党支部", "in_progress"),
        (4, "云澜综合窗口", "closed"),
    ]
    assert stored(tree) == 0

    assert import_ledger(tree, People.unit, data, "台账.csv", now=now).added == 2
    first = tree.scalars(select(RectificationItem).order_by(RectificationItem.number)).first()
    assert first is not None
    assert (first.number, first.org_id, first.source) == ("ZG-2026-0001", "B001", "comment")
    assert (first.registered_on, first.due_on) == (date(2026, 9, 1), date(2026, 9, 22))
    assert first.limit_workdays == 16


def test_units_may_be_named_by_their_codes(tree: Session, now: datetime) -> None:
    data = file_of("1,群众意见,路灯不亮,B001,禾和渡,2026-09-01,2026-09-22,否,")
    seen = preview_ledger(tree, People.unit, data, "台账.csv", now=now)
    assert [row.owner for row in seen.rows] == ["蓼花村党支部"]


def test_every_fault_names_row_column_value_and_remedy(tree: Session, now: datetime) -> None:
    data = file_of(
        "1,群众意见,路灯不亮,蓼花村支部,禾和渡,2026-09-01,2026-09-22,否,",
        "2,听说的,态度生硬,云澜综合窗口,,九月二日,2026-09-09,差不多,",
    )
    with pytest.raises(ImportRefused) as refused:
        preview_ledger(tree, People.unit, data, "台账.csv", now=now)
    found = {(fault.row, fault.column): fault for fault in refused.value.faults}
    assert "蓼花村党支部（B001）" in found[2, "责任单位"].zh
    assert found[2, "责任单位"].value == "蓼花村支部"
    assert {(3, "问题来源"), (3, "登记时间"), (3, "是否销号")} <= set(found)
    assert stored(tree) == 0


def test_a_missing_column_is_called_as_offices_call_it(tree: Session, now: datetime) -> None:
    data = file_of(*ROWS).replace("登记时间".encode("gb18030"), "备注二".encode("gb18030"))
    with pytest.raises(ImportRefused) as refused:
        preview_ledger(tree, People.unit, data, "台账.csv", now=now)
    assert {fault.column for fault in refused.value.faults} == {"备注二", "发现日期"}


def test_whose_ledger_it_is(tree: Session, now: datetime) -> None:
    with pytest.raises(ImportRefused) as refused:
        import_ledger(tree, People.foreign, file_of(ROWS[0]), "台账.csv", now=now)
    assert "不归您管" in refused.value.faults[0].zh or "是不是" in refused.value.faults[0].zh
    assert "蓼花" not in refused.value.faults[0].zh


CLOSED = "序号,问题来源,存在问题,责任单位,整改责任人,登记时间,完成时限,状态,办结时间"


def dated(*rows: str, head: str = CLOSED) -> bytes:
    return "\n".join((head, *rows)).encode()


def test_what_was_closed_keeps_its_day_and_is_drawn_again(tree: Session, now: datetime) -> None:
    data = dated(
        "1,群众意见,路灯不亮,蓼花村党支部,禾和渡,2026-03-02,2026-03-23,已销号,2026年3月20日",
        "2,差评,态度生硬,云澜综合窗口,,2026-03-03,2026-03-10,已销号,",
        "3,群众意见,井盖松动,蓼花村党支部,,2026-09-03,2026-09-10,整改中,",
        "4,群众意见,沟渠不通,蓼花村党支部,,2026-03-04,2026-03-10,已整改（2026.3.9）,",
    )
    assert preview_ledger(tree, People.unit, data, "台账.csv", now=now).undated == 1
    import_ledger(tree, People.unit, data, "台账.csv", now=now)
    items = tree.scalars(select(RectificationItem).order_by(RectificationItem.number)).all()
    days = [date(2026, 3, 20), None, None, date(2026, 3, 9)]
    assert [item.closed_on for item in items] == days
    assert [item.state for item in items] == ["closed", "closed", "in_progress", "closed"]

    draw = follow_ups.draw_due(tree, now=now)
    assert draw is not None
    assert sorted(draw.eligible) == [items[0].number, items[3].number]


@pytest.mark.parametrize(
    ("state", "closed", "told"),
    [
        ("整改中", "2026-03-20", "还没有销号"),
        ("已销号", "2026-03-01", "早于发现日期"),
        ("已销号", "2026-09-30", "还没有到"),
        ("已销号", "三月底", "请改成日期"),
    ],
)
def test_a_day_of_closing_that_cannot_be_is_named(
    tree: Session, now: datetime, state: str, closed: str, told: str
) -> None:
    row = f"1,群众意见,路灯不亮,蓼花村党支部,,2026-03-02,2026-03-23,{state},{closed}"
    with pytest.raises(ImportRefused) as refused:
        import_ledger(tree, People.unit, dated(row), "台账.csv", now=now)
    (fault,) = refused.value.faults
    assert (fault.row, fault.column) == (2, "办结时间")
    assert told in fault.zh


def test_our_own_export_comes_back_with_its_days(tree: Session, now: datetime) -> None:
    import_ledger(
        tree, People.unit,
        dated("1,群众意见,路灯不亮,蓼花村党支部,,2026-03-02,2026-03-23,已销号,2026-03-20"),
        "台账.csv", now=now,
    )  # fmt: skip
    [line] = ledger_rows(tree, People.district, now=now)
    assert line.closure == "已销号 2026-03-20"
    head = CLOSED.replace("状态,办结时间", "销号情况")
    row = f"1,群众意见,墙面剥落,蓼花村党支部,,2026-03-02,2026-03-23,{line.closure}"
    import_ledger(tree, People.unit, dated(row, head=head), "台账.csv", now=now)
    again = select(RectificationItem.closed_on).where(RectificationItem.problem == "墙面剥落")
    assert tree.scalar(again) == date(2026, 3, 20)
