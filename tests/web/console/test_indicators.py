"""Indicators in the console: a secretary's phone, the unit's check, the league, other sources."""

import io
import re
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from werkzeug.serving import make_server

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.indicators import sets
from survey.indicators.periods import Cycle, period_at, period_before
from survey.indicators.sets import SetPlan
from tests.conftest import NOW, SAMPLE
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401 - a fixture
from tests.web.console.conftest import CLOSED, PASSWORD

TREE = SAMPLE / "indicators_branch.csv"
LAST = period_before(period_at(Cycle.QUARTER, NOW.date()))
SHEET = f"/console/indicators/ZB/{LAST.code}/B070"


@pytest.fixture
def people(held):
    """The district with a set of indicators, and the unit of B070 with somebody in charge."""
    now = clock.now()
    with held.sessions.begin() as session:
        plan = SetPlan("ZB", "农村党支部量化竞赛指标", "branch", "农村", LAST.starts_on)
        sets.import_tree(session, OPERATOR, plan, TREE.read_bytes(), TREE.name, now=now)
        for name, role, place in (
            ("zhen", Role.UNIT_ADMIN, "U10"),
            ("shending", Role.APPROVER, "D0"),
        ):
            accounts.add_account(session, OPERATOR, name, name, role, place, PASSWORD, now=now)


def text_of(response, status=200):
    assert response.status_code == status, response.get_data(as_text=True)[:2000]
    return response.get_data(as_text=True)


def picture():
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "#8fb8bd").save(out, "JPEG")
    return io.BytesIO(out.getvalue())


def entries_on(page):
    return re.findall(r'name="entry" value="(\d+)"', page.split("看过了，全部通过")[0])


def test_from_the_secretarys_phone_to_the_league(people, as_):
    secretary, unit, district = as_("shuji"), as_("zhen"), as_("qu")
    assert "0个有得分" in text_of(district.get(f"/console/indicators/ZB/{LAST.code}"))
    home = text_of(secretary.get("/console/"))
    assert f'href="{SHEET}"' in home
    page = text_of(secretary.get(SHEET))
    assert "还有6项没填" in page
    assert f'name="ZZ2-{LAST.code}"' in page
    assert "查实的投诉" in page
    assert f'name="QZ2-{LAST.code}"' not in page

    assert "请先填数，再交" in text_of(secretary.post(SHEET, {}), 422)
    fields = {f"ZZ1-{LAST.code}": "１００％", f"ZZ2-{LAST.code}": "九十", f"CN2-{LAST.code}": "4"}
    refused = text_of(secretary.post(SHEET, fields), 422)
    assert "请改成数字，如86.5" in refused
    assert 'value="九十"' in refused
    assert "还有6项没填" in text_of(secretary.get(SHEET))
    fields |= {f"ZZ2-{LAST.code}": "95", f"x-CN1-{LAST.code}": "on", f"n-CN1-{LAST.code}": "无"}
    assert secretary.post(SHEET, fields).location.endswith("done=entered&a=4")

    page = text_of(secretary.get(SHEET))
    assert "还有2项没填" in page
    assert "“三会一课按期开展率”还差佐证" in page
    proof = f"{SHEET}/ZZ1/evidence"
    sent = {"file": (picture(), "手册.jpg"), "sheet": LAST.code}
    assert secretary.post(proof, sent, content_type="multipart/form-data").status_code == 303
    link = re.search(r"/console/indicators/evidence/\d+", text_of(secretary.get(f"{SHEET}/ZZ1")))[0]
    assert secretary.get(link).mimetype == "image/jpeg"

    assert "个指标数等您审核" in text_of(unit.get("/console/"))
    assert SHEET in text_of(unit.get("/console/indicators/waiting"))
    page = text_of(unit.get(SHEET))
    waiting = entries_on(page)
    returned, *others = dict.fromkeys(waiting)
    assert "请写明理由" in text_of(unit.post(f"{SHEET}/return", {"entry": returned}), 422)
    done = unit.post(f"{SHEET}/return", {"entry": returned, "reason": "与手册不符"})
    assert done.status_code == 303
    assert secretary.post(f"{SHEET}/approve", {"entry": others}).status_code == 403
    assert unit.post(f"{SHEET}/approve", {"entry": others}).location.endswith("a=3")
    stale = unit.post(f"{SHEET}/approve", {"entry": others})
    assert "这个数已经审过" in text_of(stale, 409)
    assert "上级退回：与手册不符" in text_of(secretary.get(SHEET))

    correction = {"value": "5", "note": "漏记一件"}
    assert secretary.post(f"{SHEET}/CN2", correction).status_code == 303
    history = text_of(secretary.get(f"{SHEET}/CN2"))
    assert "更正为5件" in history
    assert "填了4件" in history
    assert "计分的是4件" in text_of(secretary.get(SHEET))

    league = text_of(district.get(f"/console/indicators/ZB/{LAST.code}"))
    assert league.count("<svg viewBox") == 1
    assert "冬青村" in league
    assert "还有60个没填齐" in league
    mine = text_of(secretary.get(f"/console/indicators/ZB/{LAST.code}"))
    assert mine.count('<th scope="row"><a href="/console/indicators/ZB/') == 1
    settle = f"/console/indicators/ZB/{LAST.code}/settle"
    assert "等上级审核" in text_of(as_("shending").post(settle), 409)
    assert text_of(district.get("/console/indicators/")).count("缺") == 1


@pytest.fixture
def address(app):
    """Where the console is served for this test."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_everybody_can_read_and_fill_in(people, as_, browser, address):
    """By axe, on the secretary's phone and the unit's desk; nothing scrolls sideways."""
    secretary = as_("shuji")
    fields = {f"ZZ1-{LAST.code}": "100", f"ZZ2-{LAST.code}": "95"}
    assert secretary.post(SHEET, fields).status_code == 303
    league = f"/console/indicators/ZB/{LAST.code}"
    found = {}
    for name, width, scheme, paths in (
        ("shuji", 390, "light", (SHEET, f"{SHEET}/ZZ2", "/console/indicators/")),
        ("zhen", 1280, "dark", (SHEET, league, "/console/indicators/waiting")),
        ("qu", 1280, "light", ("/console/indicators/ZB", "/console/sources/")),
    ):
        context = browser.new_context(
            locale="zh-CN",
            bypass_csp=True,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
        )
        token = as_(name).client.get_cookie("pingyi_s").value
        context.add_cookies([{"name": "pingyi_s", "value": token, "url": address}])
        page = context.new_page()
        for path in paths:
            page.goto(address + path)
            for details in page.query_selector_all("main details"):
                details.evaluate("element => { element.open = true }")
            violations = Axe().run(page).response["violations"]
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if violations or over > 0:
                said = [(each["id"], each["nodes"][0]["html"][:160]) for each in violations]
                found[name, path] = (said, over)
        context.close()

    assert not found


def test_a_tree_and_values_come_from_files(people, as_):
    district, unit = as_("qu"), as_("zhen")
    assert "第1版" in text_of(district.get("/console/indicators/ZB"))
    about = {"code": "CK", "title": "窗口指标", "level": "window", "sector": "", "due_days": "5"}
    bad = io.BytesIO(TREE.read_bytes().replace(b"linear,higher,100,60", b"linear,higher,100,x"))
    page = district.post("/console/indicators/import", {**about, "file": (bad, "t.csv")})
    assert "请改成数字" in text_of(page, 422)
    good = {**about, "file": (io.BytesIO(TREE.read_bytes()), "t.csv")}
    assert district.post("/console/indicators/import", good).location.endswith("CK?done=tree")
    assert district.get("/console/indicators/template.xlsx").data[:2] == b"PK"
    values = f"/console/indicators/ZB/{LAST.code}/values"
    assert unit.get(f"{values}.xlsx").data[:2] == b"PK"
    rows = f"org_id,indicator,period,value\nB070,ZZ2,{LAST.code},{{}}\n"
    wrong = {"file": (io.BytesIO(rows.format("很多").encode()), "v.csv")}
    assert "请改成数字" in text_of(unit.post(values, wrong), 422)
    right = {"file": (io.BytesIO(rows.format("95").encode()), "v.csv")}
    assert unit.post(values, right).location.endswith("done=imported&a=1&b=0&c=0")


def test_other_evaluations_stand_beside_the_rounds_own(as_):
    district, manager = as_("qu"), as_("chuangkou")
    table = "source,year,org_id,score,grade\n年度考核,{year},W01,40,\n行风评议,{year},W01,,优秀\n"
    year = clock.now().year
    file = {"file": (io.BytesIO(table.format(year=year).encode()), "s.csv")}
    assert district.post("/console/sources/", file).location.endswith("done=imported&a=2&b=0&c=0")
    assert "行风评议" in text_of(district.get("/console/sources/"))
    page = text_of(manager.get(f"/console/rounds/{CLOSED}/results/W01"))
    assert "别的考核怎么说" in page
    assert re.search(r"年度考核40\.0分，群众评议88\.\d分：年度考核低4\d\.\d分，请核对原因", page)
    assert manager.post("/console/sources/").status_code == 403
    bad = {"file": (io.BytesIO(b"source,year\n"), "s.csv")}
    assert "没有导入" in text_of(district.post("/console/sources/", bad), 422)
