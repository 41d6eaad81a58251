"""What every answer carries, and the pages of refusals: plain words, nothing repeated, no trace."""

import logging

import pytest
from sqlalchemy import event, text

from survey.app import create_app
from survey.web.platform import EXTENSION
from tests.conftest import make_config

PATHS = ("/console/sign-in", "/console/", "/static/look.css", "/console/nowhere", "/nowhere")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_held_tight(anonymous, path):
    headers = anonymous.get(path, buffered=True).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == (
        "same-origin" if path.startswith("/console") else "no-referrer"
    )


def test_pages_are_never_kept_and_the_style_sheet_is(as_):
    browser = as_("qu")

    assert browser.get("/console/").headers["Cache-Control"] == "no-store"
    assert "max-age" in browser.get("/static/look.css", buffered=True).headers["Cache-Control"]


def test_behind_tls_everything_insists_on_it(sqlite_url, tmp_path):
    from dataclasses import replace

    config = replace(make_config(sqlite_url, tmp_path), base_url="https://pingyi.example")
    app = create_app(config)
    response = app.test_client().get("/console/sign-in", base_url="https://pingyi.example")

    assert response.headers["Strict-Transport-Security"].startswith("max-age=")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-d=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert app.test_client().get("/console/sign-in").status_code == 400
    app.extensions[EXTENSION].engine.dispose()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "<b>x</b>", "a b"])
def test_a_foreign_host_is_refused_and_not_repeated(anonymous, host):
    response = anonymous.get("/console/sign-in", headers={"Host": host})

    assert response.status_code == 400
    assert host not in response.get_data(as_text=True)


def test_what_a_proxy_would_say_is_not_believed(anonymous):
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "a"}

    response = anonymous.get("/console/", headers=headers)

    assert "evil.example" not in response.location


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/console", "/console/"),
        ("/console?q=1", "/console/?q=1"),
        ("/console/rounds", "/console/rounds/"),
        ("/console//rounds/", "/console/rounds/"),
    ],
)
def test_a_redirection_of_the_router_stays_with_scheme_and_host(anonymous, path, target):
    response = anonymous.get(path)

    assert response.status_code == 308
    assert response.headers["Location"] == target


@pytest.mark.parametrize("path", ["/console/sign-in", "/r"])
def test_a_body_of_unknown_length_is_refused(anonymous, path):
    headers = {"Transfer-Encoding": "chunked"}

    assert anonymous.client.post(path, data=b"a=1", headers=headers).status_code == 411


def test_a_method_that_a_page_does_not_have_names_the_others(as_):
    response = as_("qu").client.put("/console/organisations/")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_an_overlong_address_is_refused(as_):
    assert as_("qu").get("/console/find?q=" + "a" * 3000).status_code == 414


@pytest.mark.parametrize("path", ["/console/find?q=%00", "/console/organisations/%00"])
def test_a_nul_is_refused_everywhere(as_, path):
    assert as_("qu").get(path).status_code in (400, 404)


def test_a_fault_of_ours_says_nothing_of_itself(app, as_, caplog):
    def fails():
        raise ValueError("the secret is 42")

    browser = as_("qu")
    fails.__dict__.update(app.view_functions["console.home.show"].__dict__)
    app.view_functions["console.home.show"] = fails
    with caplog.at_level(logging.ERROR):
        response = browser.get("/console/")

    assert response.status_code == 500
    page = response.get_data(as_text=True)
    assert "我们这边出了点问题" in page
    for said in (page, caplog.text):
        assert "42" not in said
        assert "Traceback" not in said
    assert "ValueError at /console/" in caplog.text


def test_a_database_that_is_busy_asks_to_try_again(held, as_):
    browser = as_("qu")
    event.listen(held.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=10"))
    held.engine.dispose()
    with held.engine.connect() as other:
        other.execute(text("UPDATE account SET display_name = display_name"))
        response = browser.post("/console/accounts/shuji/disable")

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "这会儿正忙" in response.get_data(as_text=True)


@pytest.mark.parametrize("status", [403, 404])
def test_refusals_speak_like_a_neighbour(as_, status):
    path = {403: "/console/rounds/new", 404: "/console/organisations/XX"}[status]

    page = as_("shuji").get(path).get_data(as_text=True)

    for word in ("用户", "权限不足", "系统错误", "操作失败", "非法", "无效", "Not Found"):
        assert word not in page
    assert "回首页" in page
