"""Checklists through the real HTTP path: sent by script or by form, confirmed, decided on."""

import io

import pytest
from PIL import Image

from tests.inspections import checklist
from tests.rounds import form
from tests.web.console.conftest import PASSWORD
from tests.web.console.inspectors import open_office

KEY = "k" * 30
JSON = {"Accept": "application/json"}


@pytest.fixture
def office(sqlite_template, tmp_path):
    made = open_office(sqlite_template, tmp_path)
    yield made
    made.held.renderer.close()
    made.held.engine.dispose()


def photograph():
    out = io.BytesIO()
    Image.new("RGB", (80, 60), (120, 30, 30)).save(out, "JPEG")
    return out.getvalue()


def sent(office, browser, org_id="W01", *, key=KEY, headers=JSON, **changes):
    values = checklist(form("E_spot_check"), **changes)
    fields = {code: value for code, value in values.items() if value is not None}
    path = f"/console/inspections/mine/{office.tasks[org_id]}"
    return browser.post(path, {"id": key, **fields}, headers=headers)


def test_a_phone_sends_twice_and_is_told_the_same(office):
    browser = office.as_("jian1")

    first, second = sent(office, browser), sent(office, browser)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json == {"stored": True, "href": f"/console/inspections/{KEY}"}
    assert "检查得分100.00" in browser.get(first.json["href"]).get_data(as_text=True)


def test_what_is_missing_is_named_by_item(office):
    answer = sent(office, office.as_("jian1"), E11="0", E90=None)

    assert answer.status_code == 422
    assert set(answer.json["faults"]) == {"E11_d", "E92", "E90"}
    assert answer.json["code"] == "ANSWERS_REFUSED"


def test_a_page_without_script_sends_everything_at_once_and_keeps_it(office):
    browser = office.as_("jian1")
    path = f"/console/inspections/mine/{office.tasks['W01']}"
    page = browser.get(path).get_data(as_text=True)
    assert 'enctype="multipart/form-data"' in page
    assert "E03" not in page

    faulty = sent(office, browser, headers={}, E14="0", E14_d="地面有烟头", E92="2026-13-01")
    assert faulty.status_code == 422
    assert "地面有烟头" in faulty.get_data(as_text=True)
    assert f'name="id" value="{KEY}"' in faulty.get_data(as_text=True)

    good = sent(
        office,
        browser,
        headers={},
        E14="0",
        E14_d="地面有烟头",
        E92="2026-12-24",
        E14_p=(io.BytesIO(photograph()), "IMG.jpg"),
    )
    assert good.status_code == 303
    shown = browser.get(good.location).get_data(as_text=True)
    assert f"/console/inspections/{KEY}/photos/" in shown


def test_a_photograph_is_sent_ahead_and_shown_to_those_who_may_see_it(office):
    browser = office.as_("jian1")
    path = f"/console/inspections/mine/{office.tasks['W01']}/photos"
    data = {"item": "E14_p", "file": (io.BytesIO(photograph()), "IMG.jpg")}
    digest = browser.post(path, data).json["digest"]
    extra = {"E14": "0", "E14_d": "地面有烟头", "E92": "2026-12-24", "E14_p": digest}
    sent(office, browser, **extra)

    image = browser.get(f"/console/inspections/{KEY}/photos/{digest}")
    assert image.mimetype == "image/jpeg"
    assert image.data.startswith(b"\xff\xd8")
    for name in ("jian3", "chuang", "qu", "lingdao"):
        for what in ("", f"/photos/{digest}"):
            assert office.as_(name).get(f"/console/inspections/{KEY}{what}").status_code == 404
    refused = browser.post(path, {"item": "E14_p", "file": (io.BytesIO(b"MZ"), "x.jpg")})
    assert (refused.status_code, refused.json["code"]) == (422, "EVIDENCE_REFUSED")


def test_the_second_confirms_on_the_same_phone_with_a_password(office):
    browser = office.as_("jian1")
    sent(office, browser, E24="1", E24_d="意见箱上锁", E92="2026-12-24")
    path = f"/console/inspections/{KEY}/confirm"

    wrong = browser.post(path, {"name": "jian2", "password": "wrong"})
    assert wrong.status_code == 422
    assert browser.post(path, {"name": "jian1", "password": PASSWORD}).status_code == 403
    assert browser.post(path, {"name": "jian3", "password": PASSWORD}).status_code == 404
    done = browser.post(path, {"name": "jian2", "password": PASSWORD})
    assert done.status_code == 303

    for name in ("qu", "chuang"):
        page = office.as_(name).get(f"/console/inspections/{KEY}").get_data(as_text=True)
        assert "检查得分98.00" in page
        assert 'href="/console/inspections/">' in page
    mine = office.as_("jian1").get(f"/console/inspections/{KEY}").get_data(as_text=True)
    assert 'href="/console/inspections/">' not in mine
    assert 'href="/console/inspections/mine/"' in mine
    listed = office.as_("qu").get("/console/inspections/").get_data(as_text=True)
    assert "98.0" in listed
    assert "意见箱" in office.as_("qu").get("/console/rectification/").get_data(as_text=True)


def test_the_second_sends_back_and_the_first_reads_why(office):
    sent(office, office.as_("jian1"))
    back = office.as_("jian2").post(f"/console/inspections/{KEY}/return", {"note": "叫号没有看"})
    assert back.status_code == 303

    page = office.as_("jian1").get(f"/console/inspections/mine/{office.tasks['W01']}")
    assert "叫号没有看" in page.get_data(as_text=True)


def test_the_district_decides_on_a_veto(office):
    sent(office, office.as_("jian1"), E90="1", E91="收受礼品")
    signed = {"name": "jian2", "password": PASSWORD}
    office.as_("jian2").post(f"/console/inspections/{KEY}/confirm", signed)
    district = office.as_("qu")
    assert "1件否决情形等区办认定" in district.get("/console/inspections/").get_data(as_text=True)

    path = f"/console/inspections/{KEY}/veto"
    assert district.post(path, {"decision": "perhaps", "reason": "x"}).status_code == 400
    assert district.post(path, {"decision": "uphold", "reason": ""}).status_code == 422
    assert district.post(path, {"decision": "uphold", "reason": "属实"}).status_code == 303
    assert office.as_("chuang").post(path, {"decision": "uphold"}).status_code == 403
    assert "一票否决" in district.get("/console/inspections/").get_data(as_text=True)


def test_the_office_draws_and_assigns(office):
    district = office.as_("qu")
    page = district.get("/console/inspections/assign").get_data(as_text=True)
    assert "还有2个对象没有派" in page
    days = {"starts_on": "2026-09-10", "due_on": "2026-09-20", "form_id": "1"}

    drawn = district.post("/console/inspections/draw", {**days, "count": "1", "seed": "7"})
    assert drawn.status_code == 303
    many = district.post("/console/inspections/draw", {**days, "count": "99"})
    assert many.status_code == 422
    pair = {"org_id": "b002", "first": "jian1", "second": "jian3"}
    assert district.post("/console/inspections/assign", {**days, **pair}).status_code == 422
    pair["second"] = "jian2"
    assert district.post("/console/inspections/assign", {**days, **pair}).status_code == 303
    assert office.as_("jian1").get("/console/inspections/assign").status_code == 403


def test_whoever_is_signed_out_is_led_to_the_door_and_others_find_nothing(office):
    path = f"/console/inspections/mine/{office.tasks['W01']}"
    assert office.app.test_client().get(path).status_code == 303
    assert office.as_("jian3").get(path).status_code == 404
    assert office.as_("chuang").get(path).status_code == 403
    state = office.as_("jian1").get("/console/inspections/mine/session").json
    assert state["account"] == "jian1"
    assert len(state["token"]) > 20
    worker = office.as_("jian1").get("/console/inspections/mine/worker.js")
    assert worker.mimetype == "text/javascript"
