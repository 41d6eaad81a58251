"""A platform with nothing but its district says what to do first; on both databases."""

import re

import pytest

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.app import create_app
from survey.org import service as org
from survey.web.platform import EXTENSION
from tests.conftest import SAMPLE
from tests.web.console.conftest import PASSWORD, Browser

DISTRICT = "org_id,parent_id,level,name_zh,short_name,sector\nD0,,district,区办,区办,\n".encode()


@pytest.fixture
def office(config):
    """The district office, signed in on a platform without anything else."""
    app = create_app(config)
    held = app.extensions[EXTENSION]
    with held.sessions.begin() as session:
        org.import_organisations(session, OPERATOR, DISTRICT, "a.csv", now=clock.now())
        accounts.add_account(
            session,
            OPERATOR,
            "qu",
            "汀若石",
            Role.DISTRICT_ADMIN,
            "D0",
            PASSWORD,
            now=clock.now(),
        )
    browser = Browser(app.test_client())
    assert browser.sign_in("qu").status_code == 303
    yield browser
    held.renderer.close()
    held.engine.dispose()


def heading(browser, path):
    response = browser.get(path)
    assert response.status_code == 200, path
    return re.search(r"<h1>(.*?)</h1>", response.get_data(as_text=True), re.S)[1]


def test_empty_pages_say_so_and_lead_on(office):
    assert heading(office, "/console/") == "还没有评议轮次"
    assert heading(office, "/console/questionnaires/") == "还没有问卷"
    assert heading(office, "/console/rounds/") == "还没有评议轮次"
    assert heading(office, "/console/rectification/") == "还没有要整改的问题"
    assert "请先导入" in office.get("/console/rounds/new").get_data(as_text=True)


def test_the_first_round_is_made_from_files(office):
    def send(path, name, **fields):
        with (SAMPLE / name).open("rb") as file:
            return office.post(path, {**fields, "file": (file, name.rsplit("/", 1)[-1])})

    path = "/console/organisations/import"
    assert send(path, "organisations.csv", kind="organisations").status_code == 303
    made = send("/console/questionnaires/import", "xlsforms/A_branch_mass.xlsx")
    assert made.status_code == 303
    plan = {
        "title": "群众评议",
        "code": "R1",
        "use-A_branch_mass": "y",
        "sector-A_branch_mass": "国企",
        "opens_at": "2020-01-01T08:00",
        "closes_at": "2099-01-01T08:00",
        "step": "create",
    }
    assert office.post("/console/rounds/new", plan).status_code == 303
    assert office.post("/console/rounds/R1/open", {"key_copy": "none"}).status_code == 303
    assert heading(office, "/console/rounds/R1/coverage/") == "10个对象还没有覆盖"
    assert heading(office, "/console/").startswith("票箱已封")
    closing = {"is_sure": "y", "reason": "样例"}
    assert office.post("/console/rounds/R1/close", closing).status_code == 303
    assert heading(office, "/console/rounds/R1/results/") == "0个对象有结果，10个样本不足"
    item = {"org_id": "B195", "source": "manual", "problem": "灯不亮", "limit_workdays": "5"}
    registered = office.post("/console/rectification/new", item)
    assert heading(office, registered.location) == "灯不亮"
    assert heading(office, "/console/find?q=灯不亮") == "找到0个组织，1件问题"
