"""Taking over the organisation tree: `survey/org/service.py`, `tree.py`, `columns.py`."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.audit.models import AuditEntry
from survey.errors import ImportRefused, NotAllowed
from survey.org import service as org
from survey.org import tree
from survey.org.models import Organisation

SAMPLE = Path(__file__).resolve().parents[3] / "sample"
HEADER = ["org_id", "parent_id", "level", "name_zh", "short_name", "sector"]
DISTRICT = ["D0", "", "district", "示范区", "示范区", ""]
UNIT = ["U01", "D0", "unit", "云澜街道党工委", "云澜街道", "社区"]
BRANCH = ["B001", "U01", "branch", "屿新社区党支部", "屿新社区", "社区"]
WINDOW = ["W01", "U01", "window", "便民服务窗口", "便民窗口", "窗口单位"]
TREE = [DISTRICT, UNIT, BRANCH, WINDOW]


def sheet(*rows, header=HEADER):
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *rows])
    return stream.getvalue().encode()


def take(session, now, *rows, header=HEADER, actor=OPERATOR):
    return org.import_organisations(session, actor, sheet(*rows, header=header), "a.csv", now=now)


def refused(session, now, *rows, header=HEADER):
    """Return (row, column, value, remedy) of every fault, after making sure nothing was stored."""
    before = session.scalar(select(func.count()).select_from(Organisation))
    with pytest.raises(ImportRefused) as refusal:
        take(session, now, *rows, header=header)
    assert session.scalar(select(func.count()).select_from(Organisation)) == before
    assert not session.dirty
    assert all(fault.en for fault in refusal.value.faults)
    return [(fault.row, fault.column, fault.value, fault.zh) for fault in refusal.value.faults]


def places(faults):
    return [fault[:2] for fault in faults]


def changed(row, **values):
    return [values.get(column, cell) for column, cell in zip(HEADER, row, strict=True)]


def test_the_sample_district_is_taken_over_once_and_then_unchanged(session, now):
    data = (SAMPLE / "organisations.csv").read_bytes()
    assert org.import_organisations(session, OPERATOR, data, "o.csv", now=now) == (
        org.ImportSummary(added=294, changed=0, unchanged=0)
    )
    session.commit()

    assert org.import_organisations(session, OPERATOR, data, "o.csv", now=now) == (
        org.ImportSummary(added=0, changed=0, unchanged=294)
    )
    branch = session.get_one(Organisation, "B012")
    assert branch.path == f"D0/{branch.parent_id}/B012/"
    window = session.get_one(Organisation, "W01")
    assert (window.level, window.eligible_mass, window.is_active) == ("window", None, True)


def test_a_workbook_is_taken_over_like_the_text(session, now):
    with (SAMPLE / "organisations.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([float(cell) if cell.isdigit() else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    summary = org.import_organisations(session, OPERATOR, stream.getvalue(), "o.xlsx", now=now)
    assert summary == org.ImportSummary(added=294, changed=0, unchanged=0, sheet="Sheet")
    again = (SAMPLE / "organisations.csv").read_bytes()
    assert org.import_organisations(session, OPERATOR, again, "o.csv", now=now).unchanged == 294


def test_parents_may_stand_below_their_children(session, now):
    assert take(session, now, *reversed(TREE)).added == 4
    session.commit()
    assert session.get_one(Organisation, "W01").path == "D0/U01/W01/"


def test_rows_that_the_file_does_not_name_stay(session, now):
    take(session, now, *TREE)
    new = changed(BRANCH, org_id="B002")
    assert take(session, now, new, changed(WINDOW, name_zh="新窗口")) == org.ImportSummary(1, 1, 0)
    assert session.scalar(select(func.count()).select_from(Organisation)) == 5


def test_a_column_that_is_not_in_the_file_keeps_what_is_stored(embedded, now):
    take(
        embedded,
        now,
        *([*row, count] for row, count in zip(TREE, "1234", strict=True)),
        header=[*HEADER, "member_count"],
    )
    take(embedded, now, *TREE)
    assert embedded.get_one(Organisation, "B001").member_count == 3


def test_a_unit_that_moves_takes_along_what_is_below(session, now):
    take(session, now, *TREE, changed(UNIT, org_id="U02"))
    take(session, now, changed(BRANCH, parent_id="U02"))
    session.expire_all()
    assert session.get_one(Organisation, "B001").path == "D0/U02/B001/"


def test_an_organisation_stops_only_by_its_status(embedded, now):
    take(embedded, now, *TREE)
    take(embedded, now, [*WINDOW, "inactive"], header=[*HEADER, "status"])
    assert not embedded.get_one(Organisation, "W01").is_active
    assert embedded.get_one(Organisation, "B001").is_active


def test_a_unit_with_active_branches_does_not_stop(embedded, now):
    take(embedded, now, *TREE)
    (fault,) = refused(embedded, now, [*UNIT, "inactive"], header=[*HEADER, "status"])
    assert fault[:2] == (2, "status")
    assert "2个" in fault[3]


def test_every_bad_row_is_named_with_place_value_and_remedy(embedded, now):
    header = [*HEADER, "member_count", "star_prev", "established", "unit_type", "secretary_name"]
    faults = refused(
        embedded,
        now,
        [*DISTRICT, "1,200", "", "", "区", ""],
        [*UNIT, "十二", "6", "2031", "镇", "=HYPERLINK(1)"],
        [*changed(BRANCH, org_id="甲 1", level="brnach", sector="农林"), "12人", "", "", "", ""],
        [*changed(WINDOW, name_zh="", short_name="2026-03-05"), "1.5", "", "", "", ""],
        header=header,
    )
    assert [fault[:3] for fault in faults] == [
        (3, "unit_type", "镇"),
        (3, "secretary_name", "=HYPERLINK(1)"),
        (3, "member_count", "十二"),
        (3, "star_prev", "6"),
        (3, "established", "2031"),
        (4, "org_id", "甲 1"),
        (4, "level", "brnach"),
        (4, "sector", "农林"),
        (4, "member_count", "12人"),
        (5, "name_zh", ""),
        (5, "short_name", "2026-03-05"),
        (5, "member_count", "1.5"),
    ]
    assert (3, "member_count", "十二", "请改成数字，如12") in faults


@pytest.mark.parametrize(
    ("rows", "place", "remedy"),
    [
        ([DISTRICT, UNIT, UNIT], (4, "org_id"), "和第3行重复"),
        ([DISTRICT, UNIT, changed(UNIT, org_id="u01")], (4, "org_id"), "和第3行重复"),
        (
            [DISTRICT, UNIT, changed(BRANCH, parent_id="U1")],
            (4, "parent_id"),
            "是不是U01（云澜街道）",
        ),
        ([DISTRICT, UNIT, changed(BRANCH, parent_id="U01x")], (4, "parent_id"), "是不是U01"),
        ([DISTRICT, changed(UNIT, parent_id="")], (3, "parent_id"), "请填上级区的代码"),
        ([changed(DISTRICT, parent_id="U01"), UNIT], (2, "parent_id"), "请留空"),
        ([*TREE, changed(DISTRICT, org_id="D1")], (2, "level"), "已有D1"),
        ([DISTRICT, changed(UNIT, parent_id="U01")], (3, "parent_id"), "绕成了圈（U01→U01）"),
        ([*TREE, changed(WINDOW, org_id="W02", parent_id="B001")], (6, "parent_id"), "这是党支部"),
        ([*TREE, changed(UNIT, org_id="U02", parent_id="U01")], (6, "parent_id"), "这是单位"),
        ([DISTRICT, changed(BRANCH, parent_id="D0")], (3, "parent_id"), "这是区"),
        ([DISTRICT, changed(UNIT, sector="")], (3, "sector"), "请填系统"),
        ([DISTRICT, changed(UNIT, org_id="U/1")], (3, "org_id"), "半角字母和数字"),
        ([DISTRICT, changed(UNIT, org_id="U" * 33)], (3, "org_id"), "半角字母和数字"),
        ([DISTRICT, changed(UNIT, name_zh="云" * 121)], (3, "name_zh"), "超出1字"),
        ([DISTRICT, changed(UNIT, name_zh="云\n澜")], (3, "name_zh"), "一行"),
    ],
)
def test_what_does_not_fit_the_tree_is_named(embedded, now, rows, place, remedy):
    faults = refused(embedded, now, *rows)
    assert place in places(faults)
    assert remedy in "".join(fault[3] for fault in faults if fault[:2] == place)


def test_parents_in_a_circle_are_all_named(embedded, now):
    faults = refused(
        embedded,
        now,
        DISTRICT,
        changed(UNIT, parent_id="U02"),
        changed(UNIT, org_id="U02", parent_id="U01"),
    )
    assert places(faults) == [(3, "parent_id"), (4, "parent_id")]
    assert "U01→U02→U01" in faults[0][3]


def test_a_link_leads_from_a_window_to_a_branch(session, now):
    header = [*HEADER, "linked_branch_id"]

    def tree(branch_link, window_link):
        return [[*DISTRICT, ""], [*UNIT, ""], [*BRANCH, branch_link], [*WINDOW, window_link]]

    assert places(refused(session, now, *tree("B001", "U01"), header=header)) == [
        (4, "linked_branch_id"),
        (5, "linked_branch_id"),
    ]
    assert "是不是B001" in refused(session, now, *tree("", "B01"), header=header)[0][3]
    take(session, now, *tree("", "B001"), header=header)
    session.commit()


def test_what_is_stored_is_checked_together_with_the_file(embedded, now):
    take(embedded, now, *TREE)
    assert "D0" in refused(embedded, now, changed(DISTRICT, org_id="D1"))[0][3]
    assert "原来是branch" in refused(embedded, now, changed(BRANCH, level="window"))[0][3]
    assert "只差大小写" in refused(embedded, now, changed(BRANCH, org_id="b001"))[0][3]


def test_columns_that_are_missing_or_unknown_are_named(embedded, now):
    faults = refused(embedded, now, ["D0", "", "district", "甲"], header=[*HEADER[:3], "nmae_zh"])
    assert [fault[1] for fault in faults] == ["nmae_zh", "name_zh", "short_name", "sector"]


def test_likely_names_are_looked_for_only_so_often(embedded, now, monkeypatch):
    looked = []
    monkeypatch.setattr(tree, "get_close_matches", lambda *args, n: looked.append(args[0]) or [])
    rows = [changed(BRANCH, org_id=f"B{n:05}", parent_id=f"X{n:05}") for n in range(1_000)]
    assert len(refused(embedded, now, *TREE, *rows)) == 1_000
    assert len(looked) == tree.MAX_GUESSES


def test_the_import_is_recorded_with_counts_only(session, now):
    take(session, now, *TREE)
    (entry,) = session.scalars(select(AuditEntry))
    assert (entry.actor, entry.act, entry.subject) == ("operator", "org.import", "organisations")
    assert entry.data == {"added": 4, "changed": 0, "unchanged": 0}


def test_only_the_district_imports(embedded, now):
    unit_admin = Actor("a", "甲", (Grant(Role.UNIT_ADMIN, "U01", "D0/U01/"),))
    with pytest.raises(NotAllowed):
        take(embedded, now, *TREE, actor=unit_admin)
