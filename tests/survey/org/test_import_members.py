"""Taking over the roster: `survey/org/service.py`."""

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey.accounts.policy import OPERATOR
from survey.errors import ImportRefused
from survey.org import service as org
from survey.org.models import Member

SAMPLE = Path(__file__).resolve().parents[3] / "sample"
HEADER = [
    "member_id",
    "branch_id",
    "seq",
    "name",
    "birth_year",
    "join_year",
    "category",
    "evaluated",
]
MEMBER = ["M00001", "B001", "1", "屿新衡", "1994", "2019", "正式党员", "1"]


def load_tree(session, now):
    data = (SAMPLE / "organisations.csv").read_bytes()
    org.import_organisations(session, OPERATOR, data, "organisations.csv", now=now)


def sheet(*rows):
    stream = io.StringIO()
    csv.writer(stream).writerows([HEADER, *rows])
    return stream.getvalue().encode()


def changed(**values):
    return [values.get(column, cell) for column, cell in zip(HEADER, MEMBER, strict=True)]


def refused(session, now, *rows):
    load_tree(session, now)
    with pytest.raises(ImportRefused) as refusal:
        org.import_members(session, OPERATOR, sheet(*rows), "members.csv", now=now)
    assert not session.scalar(select(func.count()).select_from(Member))
    return [(fault.row, fault.column, fault.value, fault.zh) for fault in refusal.value.faults]


def test_the_sample_roster_is_taken_over(session, now):
    load_tree(session, now)
    data = (SAMPLE / "members.csv").read_bytes()
    summary = org.import_members(session, OPERATOR, data, "members.csv", now=now)
    session.commit()
    assert summary == org.ImportSummary(added=3550, changed=0, unchanged=0)
    again = org.import_members(session, OPERATOR, data, "members.csv", now=now)
    assert again == org.ImportSummary(added=0, changed=0, unchanged=3550)


def test_one_changed_cell_changes_one_row(embedded, now):
    load_tree(embedded, now)
    org.import_members(embedded, OPERATOR, sheet(MEMBER), "members.csv", now=now)
    data = sheet(changed(evaluated="0"), changed(member_id="M00002", name="璞·明渡"))
    summary = org.import_members(embedded, OPERATOR, data, "members.csv", now=now)
    assert summary == org.ImportSummary(added=1, changed=1, unchanged=0)
    assert not embedded.get_one(Member, "M00001").is_evaluated


@pytest.mark.parametrize(
    ("values", "column", "remedy"),
    [
        ({"branch_id": "B999"}, "branch_id", "没有这个代码"),
        ({"branch_id": "B0O1"}, "branch_id", "是不是B001"),
        ({"branch_id": "W01"}, "branch_id", "这是窗口，请填党支部的代码"),
        ({"branch_id": ""}, "branch_id", "没有填"),
        ({"evaluated": "是"}, "evaluated", "请填1（是）或0（否）"),
        ({"category": "积极分子"}, "category", "正式党员、预备党员"),
        ({"birth_year": "94"}, "birth_year", "1900到2008"),
        ({"birth_year": "2009"}, "birth_year", "1900到2008"),
        ({"join_year": "2027"}, "join_year", "1900到2026"),
        ({"join_year": "2010"}, "join_year", "不满18岁"),
        ({"name": "2026-03-05"}, "name", "不像名称"),
        ({"name": "甲<b>"}, "name", "只填姓名"),
        ({"name": "=1+1甲"}, "name", "只填姓名"),
        ({"seq": "0"}, "seq", "1到"),
        ({"seq": "一"}, "seq", "如12"),
    ],
)
def test_a_bad_cell_is_named(embedded, now, values, column, remedy):
    ((row, where, value, zh),) = refused(embedded, now, changed(**values))
    assert (row, where, value) == (2, column, values[column])
    assert remedy in zh


def test_a_member_stands_in_the_file_once(embedded, now):
    faults = refused(embedded, now, MEMBER, changed(branch_id="B002"))
    assert [fault[:2] for fault in faults] == [(3, "member_id")]
