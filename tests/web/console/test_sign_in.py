"""Signing in and out: cookies, tokens, uniform refusals, where one goes next."""

import html
import json
import re

import pytest
from sqlalchemy import text

from survey.accounts import passwords
from tests.web.console.conftest import PASSWORD


def cookie_of(response, name):
    return next((c for c in response.headers.getlist("Set-Cookie") if c.startswith(name + "=")), "")


def test_a_page_of_the_console_asks_to_sign_in_first(anonymous):
    response = anonymous.get("/console/organisations/?q=B012")

    assert response.status_code == 303
    assert response.location.startswith("/console/sign-in?next=/console/organisations/")


def test_who_signs_in_goes_where_they_wanted(anonymous):
    response = anonymous.sign_in("qu", next="/console/rounds/?page=2")

    assert (response.status_code, response.location) == (303, "/console/rounds/?page=2")
    assert anonymous.get("/console/").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/console/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/console//evil.example",
        "/console/\r\nSet-Cookie: a=b",
        "/q/ABCDEFGH",
        "",
    ],
)
def test_next_leads_nowhere_else(anonymous, target):
    assert anonymous.sign_in("qu", next=target).location == "/console/"


def test_the_session_cookie_is_for_this_site_only(anonymous):
    cookie = cookie_of(anonymous.sign_in("qu"), "pingyi_s")

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie


def test_the_session_begins_anew_with_signing_in(app, anonymous):
    anonymous.client.set_cookie("pingyi_s", "chosen-by-somebody-else")

    cookie = cookie_of(anonymous.sign_in("qu"), "pingyi_s")

    assert "chosen-by-somebody-else" not in cookie
    assert len(cookie.split(";")[0]) > 40


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 303), ("wrong-password-1", 422)])
def test_a_password_is_hashed_while_others_write(held, anonymous, monkeypatch, password, status):
    real = passwords.verify

    def verify(stored, typed):
        with held.sessions.begin() as session:
            session.execute(text("UPDATE account SET display_name = display_name"))
        return real(stored, typed)

    monkeypatch.setattr(passwords, "verify", verify)

    assert anonymous.sign_in("qu", password).status_code == status


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("qu", "wrong-password-1"),
        ("nobody", PASSWORD),
        ("qu", PASSWORD + " "),
        ("' or 1=1 --", PASSWORD),
        ("qu\u200b", "x"),
    ],
)
def test_every_refusal_looks_the_same(anonymous, name, password):
    refused = anonymous.sign_in(name, password)
    text = refused.get_data(as_text=True)

    assert refused.status_code == 422
    assert "登录名或密码不对" in text
    assert not cookie_of(refused, "pingyi_s")


@pytest.mark.parametrize(
    ("name", "password"), [("", PASSWORD), ("qu", ""), ("q" * 81, PASSWORD), ("qu", "x" * 257)]
)
def test_input_that_no_account_has_is_not_hashed(anonymous, name, password):
    assert anonymous.sign_in(name, password).status_code == 422


def test_a_password_of_a_megabyte_is_too_much(anonymous):
    assert anonymous.sign_in("qu", "x" * 1_000_000).status_code == 413


def test_signing_in_needs_the_page_in_the_same_browser(app, anonymous):
    token = anonymous.token("/console/sign-in")
    elsewhere = app.test_client()

    response = elsewhere.post(
        "/console/sign-in", data={"csrf_token": token, "name": "qu", "password": PASSWORD}
    )

    assert response.status_code == 400
    assert not cookie_of(response, "pingyi_s")


def test_looking_at_sign_out_does_nothing(as_):
    browser = as_("qu")

    assert browser.get("/console/sign-out").status_code == 405
    assert browser.get("/console/").status_code == 200


def test_signing_out_ends_the_session_on_the_server(app, as_):
    browser = as_("qu")
    stolen = browser.client.get_cookie("pingyi_s").value

    assert browser.post("/console/sign-out").status_code == 303
    thief = app.test_client()
    thief.set_cookie("pingyi_s", stolen)
    assert thief.get("/console/").status_code == 303


def test_a_first_password_has_to_be_changed_before_anything_else(app, as_, anonymous):
    office = as_("qu")
    data = {"name": "xinren", "display_name": "新人", "role": "verifier", "org_id": "D0"}
    shown = office.post("/console/accounts/new", data).get_data(as_text=True)
    password = shown.split('<code class="secret">')[1].split("<")[0]

    anonymous.sign_in("xinren", password)
    assert anonymous.get("/console/").location == "/console/password"
    new = "shan-qing-shui-xiu-3"
    answered = anonymous.post("/console/password", {"current": password, "new": new, "again": new})

    assert answered.status_code == 303
    assert anonymous.get("/console/").status_code == 200


def test_a_new_password_ends_every_other_session(as_):
    here, there = as_("qu"), as_("qu")
    new = "shan-qing-shui-xiu-3"

    here.post("/console/password", {"current": PASSWORD, "new": new, "again": new})

    assert here.get("/console/").status_code == 200
    assert there.get("/console/").status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"current": "wrong-one-12", "new": "n" * 12 + "abcde", "again": "n" * 12 + "abcde"},
            "现在的密码不对",
        ),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "至少"),
        ({"current": PASSWORD, "new": "one-long-password", "again": "another-password"}, "不一样"),
        ({"current": "", "new": "", "again": ""}, "请填"),
    ],
)
def test_a_new_password_is_refused_with_a_reason(as_, fields, said):
    refused = as_("qu").post("/console/password", fields)

    assert refused.status_code == 422
    assert said in refused.get_data(as_text=True)


def test_a_role_taken_away_is_gone_with_the_next_request(held, as_):
    from survey.accounts.models import RoleGrant

    browser = as_("danwei")
    with held.sessions.begin() as session:
        session.query(RoleGrant).filter_by(org_id="U17", role="unit_admin").delete()

    assert browser.get("/console/accounts/").status_code == 403


HERE = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html,*/*"}
LONG = "窗口叫号常常跳过老人，请改。\n第二行"


def lost(app, as_, **headers):
    """Write a problem down, and send it when the session has ended."""
    browser = as_("qu")
    token = browser.token()
    browser.client.delete_cookie("pingyi_s")
    sent = {"owner": "W01", "problem": LONG, "checker_password": "geheim-geheim"}
    return browser, browser.post(
        "/console/rectification/new", sent, token=token, headers=HERE | headers
    )


def fields_of(response):
    """Return what a form carries hidden."""
    page = response.get_data(as_text=True)
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in(app, as_):
    browser, door = lost(app, as_)
    assert door.status_code == 401
    assert "还没有送出" in door.get_data(as_text=True)
    kept = fields_of(door)
    assert "geheim" not in door.get_data(as_text=True)

    wrong = browser.client.post(
        "/console/sign-in", data={**kept, "name": "qu", "password": "not-the-password"}
    )
    assert fields_of(wrong)["kept"] == kept["kept"]
    again = browser.client.post(
        "/console/sign-in", data={**fields_of(wrong), "name": "qu", "password": PASSWORD}
    )

    assert again.status_code == 200
    page = again.get_data(as_text=True)
    assert 'action="/console/rectification/new"' in page
    ready = fields_of(again)
    assert (ready["owner"], ready["problem"].replace("\r\n", "\n")) == ("W01", LONG)
    # The gate lets it through now: the page itself says what it thinks of the form.
    sent = browser.client.post("/console/rectification/new", data=ready)
    assert "/sign-in" not in (sent.location or "")
    assert sent.status_code != 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Accept": "application/json"},
    ],
)
def test_a_form_of_another_site_or_of_a_program_is_not_kept(app, as_, headers):
    _, door = lost(app, as_, **headers)

    assert (door.status_code, door.location) == (303, "/console/sign-in?next=/console/")


def test_a_kept_form_goes_nowhere_else(anonymous):
    for to in ("https://evil.example/", "//evil.example", "/q/ABCDEFGH"):
        packed = json.dumps([to, [["a", "b"]], False])
        assert anonymous.sign_in("qu", kept=packed).location == "/console/"
    assert anonymous.sign_in("qu", kept="[").location == "/console/"


def test_a_page_from_before_signing_in_anew_hands_back_what_was_typed(as_):
    browser = as_("qu")
    sent = {"owner": "W01", "problem": LONG}

    stale = browser.post("/console/rectification/new", sent, token="of-another-day", headers=HERE)
    assert stale.status_code == 400
    ready = fields_of(stale)
    assert ready["problem"].replace("\r\n", "\n") == LONG
    again = browser.client.post("/console/rectification/new", data=ready)
    assert again.status_code != 400

    foreign = browser.post("/console/rectification/new", sent, token="of-another-day")
    assert foreign.status_code == 400
    assert LONG.split("\n")[0] not in foreign.get_data(as_text=True)
