"""Tables that people hand in: `survey/tables.py` and `survey/sheet_reader.py`."""

import contextlib
import io
import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import ImportRefused
from survey.tables import MAX_ROWS, check_header, read_table, shown

SAMPLE = Path(__file__).resolve().parents[2] / "sample"
CSV = "org_id,name_zh\nU01,云澜街道党工委\nU02,禾湾街道党工委\n"


def workbook(*rows, fill=lambda sheet: None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    fill(book.active)
    return saved(book)


def saved(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rewritten(data, part, change):
    """Return the archive `data` with one part changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", 8) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry.filename, change(content) if entry.filename == part else content)
    return stream.getvalue()


def faults_of(data, name="a.csv"):
    with pytest.raises(ImportRefused) as refused:
        read_table(data, name)
    return refused.value.faults


def cells_of(table):
    return [tuple(row.cells.values()) for row in table.rows]


@pytest.mark.parametrize("name", ["organisations", "members", "commitments"])
def test_the_sample_files_are_read_whole(name):
    data = (SAMPLE / f"{name}.csv").read_bytes()
    table = read_table(data, f"{name}.csv")
    assert len(table.rows) == data.count(b"\n") - 1
    assert table.rows[0].number == 2


@pytest.mark.parametrize(
    "data",
    [
        CSV.encode(),
        CSV.encode("utf-8-sig"),
        CSV.encode("gb18030"),
        CSV.encode("utf-16"),
        CSV.replace(",", "\t").encode("utf-16"),
        CSV.replace(",", ";").encode(),
        CSV.replace("\n", "\r\n").encode(),
        CSV.replace("U01,", " U01 ,　\u00a0\u200b").encode(),
        CSV.replace("\nU02", "\n\n,\nU02").encode(),
        CSV.replace("\n", ",,\n").encode(),
    ],
)
def test_what_offices_save_is_read_alike(data):
    table = read_table(data, "单位.CSV")
    assert table.header == ("org_id", "name_zh")
    assert cells_of(table) == [("U01", "云澜街道党工委"), ("U02", "禾湾街道党工委")]


def test_rows_are_numbered_as_a_spreadsheet_counts_them():
    table = read_table(b'a,b\n1,"two\nlines"\n\n3,4\n', "a.csv")
    assert [(row.number, row.cells["b"]) for row in table.rows] == [(2, "two\nlines"), (4, "4")]


@pytest.mark.parametrize(
    ("data", "name", "remedy"),
    [
        (b"", "a.csv", "空的"),
        (b" \n ", "a.csv", "空的"),
        (b"a" * (5 * 2**20 + 1), "a.csv", "5 MB"),
        (CSV.encode(), "a.xls", "另存为 .xlsx"),
        (CSV.encode(), "a", "另存为 .xlsx"),
        (CSV.encode(), "../../a.xlsx", "内容却不是"),
        (workbook(["a"], ["1"]), "a.csv", "内容却是"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "a.xlsx", "密码"),
        (b"PK\x03\x04 broken", "a.xlsx", "不完整"),
        (CSV.encode("utf-16-le"), "a.csv", "编码"),
        (CSV.encode("utf-32"), "a.csv", "编码"),
        (b"a,b\n1,\0\n", "a.csv", "编码"),
        ("町村,窓口サービス\n".encode("shift_jis"), "a.csv", "编码"),
        ("名稱,黨支部滿意度測評\n".encode("big5"), "a.csv", "编码"),
        ("nom,Zürich\n".encode("latin-1"), "a.csv", "编码"),
        (CSV.encode()[:-2], "a.csv", "编码"),
        (b"a,b\n", "a.csv", "没有内容"),
        (b"a," * 101 + b"b\n1", "a.csv", "100列"),
        (b"a,b\n" + b"1,2\n" * (MAX_ROWS + 1), "a.csv", "50000行"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(data, name, remedy):
    (fault,) = faults_of(data, name)
    assert remedy in fault.zh
    assert fault.en
    assert fault.row == 0


def test_every_faulty_place_is_named_at_once():
    faults = faults_of("a,b,a\n1,2,3\n1,2\n1,2,3,4\n1,\x07\u202e,3\n#REF!,2,3\n".encode())
    assert [(f.row, f.column, f.value) for f in faults] == [
        (1, "a", ""),
        (3, "", ""),
        (4, "", ""),
        (5, "b", "[U+0007]"),
        (6, "a", "#REF!"),
    ]


def test_an_open_quotation_is_named_where_it_begins():
    (fault,) = faults_of(b'a,b\n1,2\n3,"4\n5,6\n7,8\n')
    assert fault.row == 3


def test_a_column_without_a_header_is_named():
    (fault,) = faults_of(b"a,,c\n1,2,3\n")
    assert (fault.row, fault.column) == (1, "B")


def test_unknown_and_missing_columns_are_named_with_the_likely_one():
    table = read_table(b"org_id,nane_zh,colour\n1,2,3\n", "a.csv")
    faults = check_header(table, required=("org_id", "name_zh"), optional=("level",))
    assert [(f.column, f.row) for f in faults] == [("nane_zh", 1), ("colour", 1), ("name_zh", 1)]
    assert "name_zh" in faults[0].zh


def test_messages_show_nothing_that_turns_or_hides_text():
    assert shown("a\u202eb\nc" + "x" * 100) == "a[U+202E]b c" + "x" * 28 + "…"


def test_a_fault_reads_as_a_sentence():
    (fault,) = faults_of("a\n甲\x07乙\n".encode())
    assert fault.sentence() == (
        "第2行“a”：填了“甲[U+0007]乙”，里面有乱码或看不见的字符，请重新键入"
    )
    assert fault.sentence("en").startswith('Row 2, "a": found "甲[U+0007]乙"; retype it')


@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xls", "a"]))
def test_any_bytes_are_read_or_refused(data, name):
    with contextlib.suppress(ImportRefused):
        table = read_table(data, name)
        assert all(set(row.cells) == set(table.header) for row in table.rows)


def test_cells_of_a_workbook_read_as_a_person_sees_them():
    data = workbook(
        ["a", "b", "c", "d", "e", "f", "g"],
        [
            12.0,
            0.1 + 0.2,
            date(2026, 3, 5),
            datetime(2026, 3, 5, 9, 30),  # noqa: DTZ001 - spreadsheets know no zone
            time(9, 30),
            True,
            " x　",
        ],
        [10**12, -3, "012"],
    )
    table = read_table(data, "单位.xlsx")
    assert cells_of(table) == [
        ("12", "0.3", "2026-03-05", "2026-03-05 09:30:00", "09:30:00", "TRUE", "x"),
        ("1000000000000", "-3", "012", "", "", "", ""),
    ]


def test_only_the_first_visible_sheet_is_read_and_named():
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.sheet_state = "hidden"
    book.create_sheet("组织").append(["a"])
    book["组织"].append(["1"])
    book.create_sheet("其他").append(["z"])
    # One that cannot be laid out does not matter where it is not the one that is read.
    book["其他"].cell(1_048_576, 16_384, "far")
    book.create_sheet("空")
    table = read_table(saved(book), "a.xlsx")
    assert (table.sheet, table.header, table.others) == ("组织", ("a",), ("其他",))


def test_merged_cells_are_named():
    data = workbook(["a", "b"], [1, 2], fill=lambda sheet: sheet.merge_cells("A2:B3"))
    (fault,) = faults_of(data, "a.xlsx")
    assert (fault.sheet, fault.row, fault.column) == ("Sheet", 2, "A")


def test_formulas_without_a_result_are_named_and_others_give_theirs():
    data = workbook(["a", "b"], ["=1+1", "#REF!"])
    assert [(f.row, f.column) for f in faults_of(data, "a.xlsx")] == [(2, "A"), (2, "B")]

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write("A1", "a")
        sheet.write_formula("A2", "=1+1", value=2)
        sheet.write_formula("A3", '=IF(A2=2,"","x")', value="")
        sheet.write("A4", "end")
    computed = rewritten(
        stream.getvalue(),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<c r="A3">', b'<c r="A3" t="str">'),
    )
    assert cells_of(read_table(computed, "a.xlsx")) == [("2",), ("end",)]


def test_a_wrong_dimension_loses_no_row():
    data = rewritten(
        workbook(["a"], *([n] for n in range(50))),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"', xml),
    )
    assert len(read_table(data, "a.xlsx").rows) == 50


def test_a_cell_at_the_end_of_the_grid_kills_only_the_reader():
    def far(sheet):
        sheet["XFD1048576"] = "z"

    (fault,) = faults_of(workbook(["a"], ["1"], fill=far), "a.xlsx")
    assert "很远" in fault.zh


@pytest.mark.parametrize(
    "bomb",
    [
        lambda archive: archive.writestr("xl/media/a.bin", b"\0" * 60 * 2**20),
        lambda archive: archive.writestr("xl/media/a.bin", b"\0" * 20 * 2**20),
        lambda archive: [archive.writestr(f"xl/media/{n}", b"") for n in range(200)],
    ],
    ids=["over 50 MB", "over 100 to 1", "over 200 entries"],
)
def test_an_archive_that_unpacks_into_too_much_is_not_unpacked(bomb):
    stream = io.BytesIO(workbook(["a"], ["1"]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        bomb(archive)
    (fault,) = faults_of(stream.getvalue(), "a.xlsx")
    assert "太大" in fault.zh


def test_entities_in_a_workbook_are_not_expanded():
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    data = rewritten(
        workbook(["a"], ["1"]),
        "xl/workbook.xml",
        lambda xml: laughs + re.sub(rb"<\?xml.*?\?>", b"", xml),
    )
    assert faults_of(data, "a.xlsx")


def test_an_archive_that_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    (fault,) = faults_of(stream.getvalue(), "a.xlsx")
    assert ".xlsx" in fault.zh
