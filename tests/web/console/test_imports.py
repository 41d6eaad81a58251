"""Files that staff hand in: taken whole, or every place to mend is listed and nothing changed."""

import io

import pytest
from sqlalchemy import func, select

from survey import clock
from survey.accounts import passwords
from survey.accounts import service as accounts
from survey.accounts.models import Account, Role
from survey.accounts.policy import OPERATOR
from survey.audit.models import AuditEntry
from survey.instruments.models import QuestionnaireVersion
from survey.org.models import Organisation
from tests.conftest import SAMPLE
from tests.web.console.conftest import OPEN, PASSWORD

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


def test_characters_that_no_font_has_are_named(held, as_):
    name = "新\U0002a700村党支部"

    response = send_tree(as_("qu"), f"B900,U17,branch,{name},新建村,农村\n")

    assert response.status_code == 200
    told = response.get_data(as_text=True)
    assert "已经导入" in told
    assert f"2: {name}（\U0002a700 U+2A700）" in told
    with held.sessions() as session:
        assert session.get_one(Organisation, "B900").name == name


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


def checked(held, name="checker", *, is_first=False):
    """Return what a second account of the office fills in, having compared file and ballots."""
    with held.sessions.begin() as session:
        office = session.scalars(select(Organisation.id).where(Organisation.level == "district"))
        place = (Role.DISTRICT_ADMIN, office.one(), PASSWORD)
        accounts.add_account(session, OPERATOR, name, "泉二言", *place, now=clock.now())
        account = session.scalars(select(Account).where(Account.name == name)).one()
        account.must_change_password = is_first
    return {"checker": name, "password": PASSWORD}


def test_a_file_of_paper_takes_a_second_person(held, as_):
    rows = (SAMPLE / "responses_C_sample.csv").read_text("utf-8-sig").splitlines()
    path = f"/console/rounds/{OPEN}/paper/"
    kept = {"questionnaire": "C_window_sat", "issued": ""}

    def tried(**fields):
        answer = send(as_("qu"), path, "\n".join(rows[:3]), **kept, **fields)
        return answer.status_code, answer.get_data(as_text=True)

    second = checked(held)
    fresh = checked(held, "fresh", is_first=True)
    assert tried()[0] == 422
    assert tried(**{**second, "password": "wrong"})[0] == 401
    assert "换掉初始密码" in tried(**fresh)[1]
    with held.sessions.begin() as session:
        own = session.scalars(select(Account).where(Account.name == "qu")).one()
        own.password_hash = passwords.hashed(PASSWORD)
        own.must_change_password = False
    status, page = tried(checker="qu", password=PASSWORD)
    assert status == 403
    assert "要两个人录" in page
    with held.sessions() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.act == "paper.import")) == 2


def test_keyed_paper_goes_into_the_box_once(held, as_):
    browser = as_("qu")
    rows = (SAMPLE / "responses_C_sample.csv").read_text("utf-8-sig").splitlines()
    header = rows[0].split(",")
    kept = [row for row in rows[1:] if row.split(",")[header.index("org_id")] == "W01"][:20]
    batch = "\n".join([rows[0], *kept]) + "\n"
    path = f"/console/rounds/{OPEN}/paper/"
    fields = {"questionnaire": "C_window_sat", "issued": "W01=30\n", **checked(held)}

    first = send(browser, path, batch, **fields)
    again = send(browser, path, batch, **fields)

    assert first.status_code == 303
    with held.sessions() as session:
        imported = select(AuditEntry).where(AuditEntry.act == "paper.import")
        entry = session.scalars(imported.order_by(AuditEntry.id.desc())).first()
    assert (entry.actor, entry.data["checker"]) == ("qu", "checker")
    assert "已录入20张纸质票" in browser.get(first.location).get_data(as_text=True)
    assert again.status_code == 409
    assert "已经导入过" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("issued", "said"), [("六十张", "没有看懂"), ("W01=1", "发出的多"), ("W99=5", "")]
)
def test_paper_that_does_not_add_up_is_refused(held, as_, issued, said):
    rows = (SAMPLE / "responses_C_sample.csv").read_text("utf-8-sig").splitlines()
    header = rows[0].split(",")
    kept = [row for row in rows[1:] if row.split(",")[header.index("org_id")] == "W01"][:3]
    batch = "\n".join([rows[0], *kept]) + "\n"
    path = f"/console/rounds/{OPEN}/paper/"

    fields = {"questionnaire": "C_window_sat", "issued": issued, **checked(held)}
    response = send(as_("qu"), path, batch, **fields)

    assert response.status_code in (404, 409, 422)
    assert said in response.get_data(as_text=True)
