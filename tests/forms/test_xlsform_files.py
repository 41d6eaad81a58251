"""Files that are no workbook, broken ones and hostile ones: read or refused, never more."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.xlsform import XlsFormRefused, read_xlsform
from tests.forms.workbooks import faults_of, workbook


@pytest.mark.parametrize("name", ["a.xls", "a.csv", "a", "a.xlsx.exe"])
def test_only_xlsx_is_read(name):
    assert faults_of(workbook(), name)[0].value == name


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello", b"PK" + b"\0" * 100])
def test_what_is_no_workbook_is_refused(data):
    assert len(faults_of(data)) == 1


def test_a_zip_that_is_no_workbook_is_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("readme.txt", "nothing")

    assert len(faults_of(data.getvalue())) == 1


def bomb(entries: int, size: int) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(entries):
            archive.writestr(f"xl/{number}.xml", b"\0" * size)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [bomb(1, 60 * 1024 * 1024), bomb(1, 1024 * 1024), bomb(300, 1), b"PK" + b"x" * 6_000_000],
    ids=["unpacks too large", "packed too well", "too many parts", "too large"],
)
def test_an_abnormal_archive_is_not_opened(data, monkeypatch):
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("was opened"))

    assert len(faults_of(data)) == 1


def test_a_cell_far_out_is_refused_at_once():
    assert "rows" in faults_of(workbook({("items", 1_000_000, 1): "x"}))[0].en
    assert "columns" in faults_of(workbook({("items", 1, 16_000): "x"}))[0].en


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=30))
def test_a_damaged_file_is_read_or_refused(position, noise):
    data = bytearray(workbook())
    position %= len(data)
    data[position : position + len(noise)] = noise
    try:
        faults = ["none"] if read_xlsform(bytes(data), "x.xlsx") else []
    except XlsFormRefused as refusal:
        faults = list(refusal.faults)
    assert faults


def rewritten(part: str, change) -> bytes:
    """Return the small workbook with one part of its archive changed."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as source,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content) if name == part else content)
    return data.getvalue()


def test_entities_are_not_expanded():
    bomb_of_entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'

    def with_entities(content):
        declaration, _, rest = content.rpartition(b"<worksheet")
        return declaration + bomb_of_entities + b"<worksheet" + rest.replace(b"<f>", b"&b;<f>")

    assert len(faults_of(rewritten("xl/worksheets/sheet1.xml", with_entities))) == 1


CELLS = st.sampled_from(
    [
        *(None, "", "x", "X11", "select_one sat", "text", "note", "begin_group", "end_group"),
        *("hidden", "audit", "yes", "true()", "${X11} = '1'", "${X12}", "selected(${X11}, '1')"),
        *(".", 0, -1, 1e5, True, "１", "中文", "a b", "a::b", "<b>", "a" * 300, "🙂", "\n", "data"),
        *("label::fr (fr)", "sat", "overall", "imp_smile", date(2026, 1, 1), "instanceID"),
    ]
)
PLACES = st.tuples(
    st.sampled_from(["survey", "choices", "settings", "items"]),
    st.integers(1, 10),
    st.integers(1, 9),
)


@settings(max_examples=40)
@given(st.dictionaries(PLACES, CELLS, min_size=1, max_size=4))
def test_any_cells_are_read_or_refused(changes):
    try:
        faults = ["none"] if read_xlsform(workbook(changes), "x.xlsx") else []
    except XlsFormRefused as refusal:
        faults = list(refusal.faults)
    assert faults
