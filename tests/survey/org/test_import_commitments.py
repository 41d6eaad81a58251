"""Taking over public commitments: `survey/org/service.py`."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey.accounts.policy import OPERATOR
from survey.errors import ImportRefused
from survey.org import service as org
from survey.org.models import Commitment

SAMPLE = Path(__file__).resolve().parents[3] / "sample"
HEADER = [
    "commitment_id", "org_id", "org_level", "year", "seq", "content",
    "due_date", "publish_date", "approved_by", "status", "public",
]  # fmt: skip
COMMITMENT = [
    "K0001", "B001", "branch", "2026", "1", "每季度开展党员志愿服务不少于4次",
    "2026-11-30", "2026-03-15", "U03", "in_progress", "1",
]  # fmt: skip


def load_tree(session, now):
    data = (SAMPLE / "organisations.csv").read_bytes()
    org.import_organisations(session, OPERATOR, data, "organisations.csv", now=now)


def take(session, now, *rows):
    stream = io.StringIO()
    csv.writer(stream).writerows([HEADER, *rows])
    data = stream.getvalue().encode()
    return org.import_commitments(session, OPERATOR, data, "commitments.csv", now=now)


def changed(**values):
    return [values.get(column, cell) for column, cell in zip(HEADER, COMMITMENT, strict=True)]


def faults_of(session, now, *rows):
    before = session.scalar(select(func.count()).select_from(Commitment))
    with pytest.raises(ImportRefused) as refusal:
        take(session, now, *rows)
    assert session.scalar(select(func.count()).select_from(Commitment)) == before
    return [(fault.row, fault.column, fault.zh) for fault in refusal.value.faults]


def test_the_sample_commitments_are_taken_over(session, now):
    load_tree(session, now)
    data = (SAMPLE / "commitments.csv").read_bytes()
    summary = org.import_commitments(session, OPERATOR, data, "commitments.csv", now=now)
    session.commit()
    assert summary == org.ImportSummary(added=602, changed=0, unchanged=0)
    again = org.import_commitments(session, OPERATOR, data, "commitments.csv", now=now)
    assert again == org.ImportSummary(added=0, changed=0, unchanged=602)


@pytest.mark.parametrize(
    "written",
    ["2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "２０２６/3/5", "2026-03-05 00:00"],
)
def test_days_are_read_as_offices_write_them(embedded, now, written):
    load_tree(embedded, now)
    take(embedded, now, changed(publish_date=written))
    assert embedded.get_one(Commitment, "K0001").published_on == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("values", "column", "remedy"),
    [
        ({"org_id": "b1"}, "org_id", "是不是B001"),
        ({"org_level": "window"}, "org_level", "B001的层次是branch"),
        ({"approved_by": "B002"}, "approved_by", "这是党支部，请填区、单位的代码"),
        ({"approved_by": "U99"}, "approved_by", "没有这个代码"),
        ({"due_date": "年底前"}, "due_date", "如2026-03-05"),
        ({"due_date": "2026-02-30"}, "due_date", "如2026-03-05"),
        ({"due_date": "0026-02-20"}, "due_date", "年份不对"),
        ({"due_date": "2026-03-01"}, "due_date", "早于公布日期"),
        ({"due_date": ""}, "due_date", "没有填"),
        ({"year": "26"}, "year", "2000到2100"),
        ({"content": "好" * 501}, "content", "超出1字"),
        ({"status": "已完成"}, "status", "in_progress"),
        ({"public": "yes"}, "public", "1（是）"),
    ],
)
def test_a_bad_cell_is_named(embedded, now, values, column, remedy):
    load_tree(embedded, now)
    ((row, where, zh),) = faults_of(embedded, now, changed(**values))
    assert (row, where) == (2, column)
    assert remedy in zh


def test_the_same_commitment_is_not_made_twice(embedded, now):
    load_tree(embedded, now)
    twin = changed(commitment_id="K0002", seq="2")
    assert faults_of(embedded, now, COMMITMENT, twin) == [(3, "content", "和K0001重复，请只留一条")]
    take(embedded, now, COMMITMENT)
    assert faults_of(embedded, now, twin) == [(2, "content", "和K0001重复，请只留一条")]
    same_place = changed(commitment_id="K0002", content="其他")
    assert faults_of(embedded, now, same_place) == [(2, "seq", "和K0001重复，请只留一条")]


def test_two_commitments_may_change_places(embedded, now):
    load_tree(embedded, now)
    other = changed(commitment_id="K0002", seq="2", content="其他")
    take(embedded, now, COMMITMENT, other)
    swapped = take(
        embedded, now, changed(seq="2"), changed(commitment_id="K0002", seq="1", content="其他")
    )
    assert swapped.changed == 2
