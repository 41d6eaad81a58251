"""Faults of a ledger file; the rules are the same on every database, so one is enough here."""

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.accounts.policy import OPERATOR
from survey.errors import ImportRefused, NotAllowed
from survey.rectification.ledger_import import import_ledger
from survey.rectification.models import RectificationItem
from survey.rectification.states import Source, State
from tests.survey.rectification.conftest import People

HEADER = (
    "item_no,source,source_ref,org_id,org_name,problem,measure,responsible_unit,"
    "responsible_person,found_date,limit_workdays,due_date,state,overdue,extension_count,"
    "reopen_count,recheck_n,recheck_agree_rate,public,synthetic"
)
ROW = (
    "ZG-2026-0001,hcp_bad,214,W01,云澜综合窗口,差评,谈话,云澜街道党工委,窗口负责人,"
    "2026-05-13,5,2026-05-20,S3_in_progress,0,1,0,,,1,1"
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run the tests of this file on SQLite alone."""
    return sqlite_url


def row_of(**changes: str) -> bytes:
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | changes
    return f"{HEADER}\n{','.join(cells.values())}\n".encode()


@pytest.mark.parametrize(
    ("changes", "column", "word"),
    [
        ({"item_no": "0001"}, "item_no", "ZG-2026-0001"),
        ({"item_no": ""}, "item_no", "没有填"),
        ({"source": "差"}, "source", "来源"),
        ({"org_id": "W99"}, "org_id", "没有这个单位"),
        ({"org_name": "别的窗口"}, "org_name", "云澜综合窗口"),
        ({"problem": ""}, "problem", "没有填"),
        ({"problem": "长" * 301}, "problem", "超出1字"),
        ({"found_date": "5月13日"}, "found_date", "日期"),
        ({"due_date": "2026-05-12"}, "due_date", "早于"),
        ({"limit_workdays": "五"}, "limit_workdays", "数字"),
        ({"limit_workdays": "0"}, "limit_workdays", "1到250"),
        ({"state": "done"}, "state", "状态"),
        ({"extension_count": "3"}, "extension_count", "0到2"),
        ({"recheck_n": "25"}, "recheck_agree_rate", "一起填"),
        ({"recheck_agree_rate": "0.8"}, "recheck_n", "一起填"),
        ({"recheck_n": "25", "recheck_agree_rate": "84"}, "recheck_agree_rate", "0到1"),
        ({"public": "是"}, "public", "1（是）"),
    ],
)
def test_bad_rows_are_named(
    tree: Session, now: datetime, changes: dict[str, str], column: str, word: str
) -> None:
    with pytest.raises(ImportRefused) as found:
        import_ledger(tree, OPERATOR, row_of(**changes), "台账.csv", now=now)
    [fault] = found.value.faults
    assert (fault.row, fault.column) == (2, column)
    assert word in fault.zh
    assert tree.scalar(select(func.count()).select_from(RectificationItem)) == 0


def test_a_number_may_stand_once(tree: Session, now: datetime) -> None:
    data = f"{HEADER}\n{ROW}\n{ROW}\n".encode()
    with pytest.raises(ImportRefused) as found:
        import_ledger(tree, OPERATOR, data, "台账.csv", now=now)
    assert [(fault.row, fault.zh) for fault in found.value.faults] == [
        (3, "和第2行重复，请只留一行")
    ]


def test_words_and_codes_of_states_and_sources(tree: Session, now: datetime) -> None:
    data = row_of(state="整改中", source="差评")
    import_ledger(tree, OPERATOR, data, "台账.csv", now=now)
    item = tree.scalars(select(RectificationItem)).one()
    assert (item.state, item.source) == (State.IN_PROGRESS, Source.HCP_BAD)


def test_nobody_imports_beyond_the_own_reach(tree: Session, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        import_ledger(tree, People.secretary, row_of(), "台账.csv", now=now)
    with pytest.raises(ImportRefused) as found:
        import_ledger(tree, People.foreign, row_of(), "台账.csv", now=now)
    assert found.value.faults[0].column == "org_id"
    import_ledger(tree, People.unit, row_of(), "台账.csv", now=now)
