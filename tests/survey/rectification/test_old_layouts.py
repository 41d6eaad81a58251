"""How ledgers of before lie on their sheets: each of these files holds the same two problems."""

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from time import process_time

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.errors import Fault, ImportRefused
from survey.rectification import old_ledgers
from survey.rectification.ledger_import import import_ledger, preview_ledger
from survey.rectification.models import RectificationItem
from survey.rectification.old_layouts import laid_out
from survey.tables import Sheet
from tests.survey.rectification.conftest import People

Cell = str | int | date
Merge = tuple[int, int, int, int]
HEAD = ("序号", "问题来源", "存在问题", "责任单位", "整改责任人", "登记时间", "完成时限", "状态")
LAMP = ("1", "群众意见", "路灯不亮", "蓼花村党支部", "禾和渡", "2026-09-01", "2026-09-22", "整改中")
RUDE = ("2", "差评", "态度生硬", "云澜综合窗口", "", "2026-09-02", "2026-09-09", "已销号")
TITLE = ("云澜街道2026年整改台账",)
SUM = ("合计", "", "2件")
NOTE = ("注：以上问题由街道党工委督办",)
READ = (
    ("路灯不亮", "B001", date(2026, 9, 1), date(2026, 9, 22), "in_progress"),
    ("态度生硬", "W01", date(2026, 9, 2), date(2026, 9, 9), "closed"),
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run the tests of this file on SQLite alone; nothing here is the database's doing."""
    return sqlite_url


def text_of(*rows: Sequence[str], end: str = "\n") -> str:
    return end.join(",".join(row) for row in rows)


def book(
    *rows: Sequence[Cell], merged: Sequence[Merge] = (), others: Sequence[str] = (), name: str = ""
) -> bytes:
    """Return a workbook; `merged` has row, column, last row and last column, from 1."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        day = made.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        sheet = made.add_worksheet(name or None)
        for row, column, last_row, last_column in merged:
            sheet.merge_range(row - 1, column - 1, last_row - 1, last_column - 1, "")
        for number, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                elif cell != "":
                    sheet.write(number, place, cell)
        for other in others:
            made.add_worksheet(other).write(0, 0, "" if other == "空表" else "另一份")
    return stream.getvalue()


def with_days(row: Sequence[str], found: Cell, due: Cell) -> tuple[Cell, ...]:
    return (*row[:5], found, due, row[7])


TWO_ROW_HEAD = (
    ("序号", "问题来源", "存在问题", "整改责任", "", "时间", "", "状态"),
    ("", "", "", "责任单位", "责任人", "登记时间", "完成时限", ""),
)
HEAVY_BELOW = (
    ("序号", "", "", "整改责任", "", "时间", "", "状态"),
    ("", "问题来源", "存在问题", "责任单位", "责任人", "登记时间", "完成时限", ""),
)
Files = dict[str, tuple[Callable[[], bytes], str, tuple[int, int]]]
FILES: Files = {
    "utf-8": (lambda: text_of(HEAD, LAMP, RUDE).encode(), "csv", (2, 3)),
    "bom and crlf": (
        lambda: text_of(HEAD, LAMP, RUDE, end="\r\n").encode("utf-8-sig"), "csv", (2, 3),
    ),
    "gbk under a title": (
        lambda: text_of(TITLE, HEAD, LAMP, RUDE, SUM, NOTE).encode("gbk"), "csv", (3, 4),
    ),
    "tabs under a title": (
        lambda: text_of(TITLE, HEAD, LAMP, RUDE).replace(",", "\t").encode("utf-16"), "csv", (3, 4),
    ),
    "title, blank row, sum and note": (
        lambda: book(TITLE, (), HEAD, LAMP, (), RUDE, SUM, NOTE, merged=[(1, 1, 1, 8)]),
        "xlsx", (4, 6),
    ),
    "head of two rows": (
        lambda: book(
            TITLE, *TWO_ROW_HEAD, LAMP, RUDE, merged=[(1, 1, 1, 8), (2, 4, 2, 5), (2, 1, 3, 1)]
        ),
        "xlsx", (4, 5),
    ),
    "head of two rows, again on each page": (
        lambda: book(TITLE, *HEAVY_BELOW, LAMP, TITLE, *HEAVY_BELOW, RUDE), "xlsx", (4, 8),
    ),
    "serial days": (
        lambda: book(HEAD, with_days(LAMP, 46266, 46287), with_days(RUDE, 46267, 46274)),
        "xlsx", (2, 3),
    ),
    "real days": (
        lambda: book(
            HEAD,
            with_days(LAMP, date(2026, 9, 1), date(2026, 9, 22)),
            with_days(RUDE, date(2026, 9, 2), date(2026, 9, 9)),
        ),
        "xlsx", (2, 3),
    ),
    "days as people write them": (
        lambda: book(
            TITLE, HEAD, with_days(LAMP, "2026.9.1", "9月22日"),
            with_days(RUDE, "9月2号", "2026年9月9日 00:00:00"),
        ),
        "xlsx", (3, 4),
    ),
    "full width": (
        lambda: book(
            HEAD, with_days(LAMP, "２０２６．９．１", "２０２６／９／２２"),
            with_days(RUDE, "２０２６年９月２日", "20260909"),
        ),
        "xlsx", (2, 3),
    ),
    "line breaks in the head": (
        lambda: book([f"{name[:2]}\n{name[2:]}" for name in HEAD], LAMP, RUDE), "xlsx", (2, 3),
    ),
}  # fmt: skip


def stored(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(RectificationItem)) or 0


def refused(session: Session, data: bytes, name: str, now: datetime) -> tuple[Fault, ...]:
    """Return why a file is not taken, by either way in; nothing of it is."""
    for way in (preview_ledger, import_ledger):
        with pytest.raises(ImportRefused) as found:
            way(session, People.unit, data, name, now=now)
    assert stored(session) == 0
    return tuple(found.value.faults)


@pytest.mark.parametrize("kind", FILES)
def test_every_layout_is_read_alike(tree: Session, now: datetime, kind: str) -> None:
    make, suffix, rows = FILES[kind]
    data, name = make(), f"台账.{suffix}"
    seen = preview_ledger(tree, People.unit, data, name, now=now)
    assert tuple(row.row for row in seen.rows) == rows
    assert stored(tree) == 0
    assert import_ledger(tree, People.unit, data, name, now=now).added == 2
    items = tree.scalars(select(RectificationItem).order_by(RectificationItem.number))
    assert (
        tuple(
            (each.problem, each.org_id, each.registered_on, each.due_on, each.state)
            for each in items
        )
        == READ
    )


def test_what_is_not_read_is_told(tree: Session, now: datetime) -> None:
    data = book(TITLE, HEAD, LAMP, RUDE, SUM, NOTE, name="九月", others=("十月", "空表"))
    seen = preview_ledger(tree, People.unit, data, "台账.xlsx", now=now)
    assert (seen.sheet, seen.others) == ("九月", ("十月",))
    assert seen.skipped == ((5, "合计 2件"), (6, NOTE[0]))
    assert seen.skipped_count == 2


def test_a_ledger_behind_a_cover_is_told_where_it_should_stand(
    tree: Session, now: datetime
) -> None:
    data = book(("填表说明",), ("请按月填报", "不留空格", "逐件填写"), others=("九月台账",))
    assert "九月台账" in refused(tree, data, "台账.xlsx", now)[0].zh


def test_cells_made_one_count_for_each_of_their_rows(tree: Session, now: datetime) -> None:
    again = ("2", "差评", "井盖松动", "", "", "2026-09-02", "2026-09-09", "已销号")
    data = book(HEAD, LAMP, again, merged=[(2, 4, 3, 4), (2, 5, 3, 5)])
    seen = preview_ledger(tree, People.unit, data, "台账.xlsx", now=now)
    assert [(row.row, row.owner, row.person) for row in seen.rows] == [
        (2, "蓼花村党支部", "禾和渡"),
        (3, "蓼花村党支部", "禾和渡"),
    ]


def test_one_bad_row_keeps_all_out_and_is_named_as_excel_counts(
    tree: Session, now: datetime
) -> None:
    bad = with_days(RUDE, "九月二日", "2026-09-09")
    data = book(TITLE, (), *TWO_ROW_HEAD, LAMP, (), bad, (*RUDE[:3], "", *RUDE[4:]), SUM)
    found = refused(tree, data, "台账.xlsx", now)
    assert {(fault.row, fault.column) for fault in found} >= {(7, "登记时间"), (8, "责任单位")}
    assert {fault.row for fault in found} == {7, 8}


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "台账.xls", "另存为 .xlsx"),
        (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "台账.xlsx", "另存为 .xlsx"),
        (lambda: book(TITLE, HEAD), "台账.xlsx", "表头下面没有内容"),
        (lambda: book(HEAD, SUM, NOTE), "台账.xlsx", "表头下面没有内容"),
        (lambda: book(TITLE, LAMP, merged=[(1, 1, 1, 8)]), "台账.xlsx", "取消合并单元格"),
        (lambda: b"", "台账.csv", "文件是空的"),
    ],
)
def test_files_without_a_ledger_are_refused(
    tree: Session, now: datetime, data: Callable[[], bytes], name: str, word: str
) -> None:
    (fault, *_) = refused(tree, data(), name, now)
    assert word in fault.zh


def test_a_day_that_could_be_of_two_years_is_not_guessed(tree: Session, now: datetime) -> None:
    data = text_of(("2025年和2026年台账",), HEAD, with_days(LAMP, "9月1日", "9月22日")).encode()
    found = refused(tree, data, "台账.csv", now)
    assert {fault.column for fault in found} >= {"登记时间", "完成时限"}


def test_unknown_owners_are_compared_once_each_and_not_without_end(
    tree: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    compare = old_ledgers.get_close_matches

    def counting(name: str, *rest: object, **options: object) -> list[str]:
        asked.append(name)
        return compare(name, *rest, **options)

    monkeypatch.setattr(old_ledgers, "get_close_matches", counting)
    many = old_ledgers.MAX_NEAR + 10
    rows = [(*LAMP[:3], f"蓼花村支部{n % many}", *LAMP[4:]) for n in range(2 * many)]
    found = refused(tree, text_of(HEAD, *rows).encode(), "台账.csv", now)
    owners = [fault for fault in found if fault.column == "责任单位"]
    assert [fault.row for fault in owners] == list(range(2, 2 * many + 2))
    # Two looks at the file, each by itself.
    assert len(asked) == 2 * old_ledgers.MAX_NEAR == 2 * len(set(asked))
    assert "B001" in owners[0].zh == owners[many].zh
    assert "全称或代码" in owners[many - 1].zh


def test_ranges_that_reach_over_one_another_are_walked_once() -> None:
    lines = ((1, list(HEAD)), *((number, list(LAMP)) for number in range(2, 5_002)))
    merged = tuple((2, 1 + at % 10, 5_001 - at // 10, 1 + at % 10) for at in range(9_999))
    began = process_time()
    found = laid_out(Sheet(lines, "台账", merged))
    # Each of them walked over its rows would be 50 million steps.
    assert process_time() - began < 2
    assert len(found.lines) == 5_001
    assert max(len(cells) for _, cells in found.lines) == len(HEAD)
