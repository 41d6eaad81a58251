"""Files that staff hand in: taken whole, or every place to mend is listed and nothing changed."""

import io

import pytest
from sqlalchemy import func, select

from survey.instruments.models import QuestionnaireVersion
from survey.org.models import Organisation
from tests.conftest import SAMPLE
from tests.web.console.conftest import OPEN

HEADER = "org_id,parent_id,level,name_zh,short_name,sector\n"


def send(browser, path, content, name="a.csv", **fields):
    if isinstance(content, str):
        content = content.encode()
    return browser.post(path, {**fields, "file": (io.BytesIO(content), name)})


def send_tree(browser, rows, name="a.csv"):
    path = "/console/organisations/import"
    return send(browser, path, HEADER + rows, name, kind="organisations")


def test_a_good_table_is_taken_and_counted(held, as_):
    browser = as_("qu")

    response = send_tree(browser, "B900,U17,branch,新建村党支部,新建村,农村\n")

    assert response.status_code == 303
    told = browser.get(response.location).get_data(as_text=True)
    assert "新增1条，改动0条，没变0条" in told
    with held.sessions() as session:
        assert session.get_one(Organisation, "B900").short_name == "新建村"


def test_every_fault_is_named_by_row_and_column(as_):
    rows = "B900,U17,branch,,新建村,农村\nB901,U99,village,安宁村党支部,安宁村,农村\n"

    response = send_tree(as_("qu"), rows)
    page = response.get_data(as_text=True)

    assert response.status_code == 422
    assert "没有导入" in page
    for said in ("name_zh", "level", "没有填", "village"):
        assert said in page


def test_one_bad_row_keeps_the_good_ones_out(held, as_):
    send_tree(as_("qu"), "B900,U17,branch,新建村党支部,新建村,农村\nB901,U17,x,x党,x党,农村\n")

    with held.sessions() as session:
        assert session.get(Organisation, "B900") is None


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.csv"),
        (b"\x00\x01\x02", "a.csv"),
        ("org_id,parent_id\n单位".encode("gbk"), "a.csv"),
        ("org_id".encode("utf-16"), "a.csv"),
        (b"PK\x03\x04broken", "a.xlsx"),
        (b"\xd0\xcf\x11\xe0old excel", "a.xls"),
        (HEADER.encode(), "../../x.csv"),
        (b"<script>alert(1)</script>", "<b>.csv"),
        (b"MZ", "CON"),
    ],
)
def test_foreign_bytes_are_refused_in_words(as_, content, name):
    response = send(as_("qu"), "/console/organisations/import", content, name, kind="members")

    assert response.status_code == 422
    assert "<script>alert" not in response.get_data(as_text=True)


@pytest.mark.parametrize("fields", [{"kind": "members"}, {"kind": "accounts"}, {}])
def test_a_form_without_file_or_kind_is_asked_again(as_, fields):
    assert as_("qu").post("/console/organisations/import", fields).status_code == 422


def test_a_workbook_becomes_a_version(held, as_):
    data = (SAMPLE / "xlsforms" / "A_branch_mass.xlsx").read_bytes()

    response = send(as_("qu"), "/console/questionnaires/import", data, "A_branch_mass.xlsx")

    assert response.status_code == 303
    with held.sessions() as session:
        # The same workbook again is the same version.
        assert session.scalar(select(func.count()).select_from(QuestionnaireVersion)) == 2


def test_faults_of_a_workbook_are_named_by_sheet(as_):
    import openpyxl

    book = openpyxl.load_workbook(SAMPLE / "xlsforms" / "A_branch_mass.xlsx")
    sheet = book["survey"]
    column = next(cell.column for cell in sheet[1] if cell.value == "type")
    sheet.cell(row=6, column=column).value = "geopoint"
    out = io.BytesIO()
    book.save(out)

    response = send(as_("qu"), "/console/questionnaires/import", out.getvalue(), "a.xlsx")
    page = response.get_data(as_text=True)

    assert response.status_code == 422
    assert "geopoint" in page
    assert "survey" in page
    assert "工作表" in page


def test_keyed_paper_goes_into_the_box_once(held, as_):
    browser = as_("qu")
    rows = (SAMPLE / "responses_C_sample.csv").read_text("utf-8-sig").splitlines()
    header = rows[0].split(",")
    kept = [row for row in rows[1:] if row.split(",")[header.index("org_id")] == "W01"][:20]
    batch = "\n".join([rows[0], *kept]) + "\n"
    path = f"/console/rounds/{OPEN}/paper/"

    first = send(browser, path, batch, questionnaire="C_window_sat", issued="W01=30\n")
    again = send(browser, path, batch, questionnaire="C_window_sat", issued="W01=30\n")

    assert first.status_code == 303
    assert "已录入20张纸质票" in browser.get(first.location).get_data(as_text=True)
    assert again.status_code == 409
    assert "已经导入过" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("issued", "said"), [("六十张", "没有看懂"), ("W01=1", "发出的多"), ("W99=5", "")]
)
def test_paper_that_does_not_add_up_is_refused(as_, issued, said):
    rows = (SAMPLE / "responses_C_sample.csv").read_text("utf-8-sig").splitlines()
    header = rows[0].split(",")
    kept = [row for row in rows[1:] if row.split(",")[header.index("org_id")] == "W01"][:3]
    batch = "\n".join([rows[0], *kept]) + "\n"
    path = f"/console/rounds/{OPEN}/paper/"

    response = send(as_("qu"), path, batch, questionnaire="C_window_sat", issued=issued)

    assert response.status_code in (404, 409, 422)
    assert said in response.get_data(as_text=True)
