"""The console in English: chosen by the browser, kept in a cookie of its own, and whole."""

import html
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from survey.app import create_app
from survey.web.platform import EXTENSION
from tests.conftest import make_config
from tests.web.console.conftest import CLOSED, OPEN, Browser

CATALOGUE = Path(__file__).resolve().parents[3] / "survey/web/translations/en/LC_MESSAGES"
ENGLISH = {"Cookie": "pingyi_lang=en"}
CHINESE = re.compile(r"[\u4e00-\u9fff\uff01-\uff0e\uff10-\uff5e、。“”]+")
PAGES = (
    "/console/",
    "/console/find?q=W01",
    "/console/password",
    "/console/organisations/",
    "/console/organisations/?level=branch",
    "/console/organisations/B070",
    "/console/organisations/import",
    "/console/questionnaires/",
    "/console/questionnaires/{digest}",
    "/console/questionnaires/import",
    "/console/rounds/",
    "/console/rounds/new",
    "/console/rounds/{open}",
    "/console/rounds/{open}/close",
    "/console/rounds/{open}/coverage/",
    "/console/rounds/{open}/coverage/?by=sector",
    "/console/rounds/{open}/coverage/objects",
    "/console/rounds/{open}/paper/",
    "/console/rounds/{open}/points/",
    "/console/rounds/{open}/points/{point}",
    "/console/rounds/{closed}",
    "/console/rounds/{closed}/results/",
    "/console/rounds/{closed}/reports/",
    "/console/rounds/{open}/results/",
    "/console/rectification/",
    "/console/rectification/overdue",
    "/console/rectification/new",
    "/console/rectification/{item}",
    "/console/accounts/",
    "/console/accounts/new",
    "/console/accounts/shuji",
    "/console/nowhere",
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """A folder of compiled texts, made from the catalogue as it is now."""
    folder = tmp_path_factory.mktemp("translations")
    (folder / "en" / "LC_MESSAGES").mkdir(parents=True)
    with (CATALOGUE / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="en")
    with (folder / "en" / "LC_MESSAGES" / "messages.mo").open("wb") as target:
        write_mo(target, catalogue)
    return folder


def made(home, translations):
    """Return an application whose texts are in the folder `translations`."""
    app = create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home))
    app.extensions["babel"].translation_directories = [str(translations)]
    return app


@pytest.fixture(scope="module")
def app(built, compiled, tmp_path_factory):
    """One application on a copy of the district: looking at pages changes nothing."""
    home = tmp_path_factory.mktemp("english")
    shutil.copytree(built, home, dirs_exist_ok=True)
    app = made(home, compiled)
    yield app
    app.extensions[EXTENSION].renderer.close()
    app.extensions[EXTENSION].engine.dispose()


@pytest.fixture(scope="module")
def stored(app):
    """Everything written in the district, and what its pages are called by."""
    home = app.extensions[EXTENSION].config.home
    with closing(sqlite3.connect(home / "pingyi.sqlite")) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        values = [
            str(value)
            for table in tables
            for row in database.execute(f"SELECT * FROM {table}")
            for value in row
        ]
        digest = database.execute("SELECT digest FROM questionnaire_version").fetchone()[0]
        item = database.execute("SELECT number FROM rectification_item").fetchone()[0]
        point = database.execute(
            "SELECT collection_point.code FROM collection_point JOIN round ON round.id = round_id"
            f" WHERE round.code = '{OPEN}'"
        ).fetchone()[0]
    names = {"open": OPEN, "closed": CLOSED, "digest": digest, "item": item, "point": point}
    return re.sub(r"\\u([0-9a-f]{4})", _unescaped, "\n".join(values)), names


def _unescaped(found):
    """Return the character that JSON wrote as its number."""
    return chr(int(found[1], 16))


@pytest.fixture(scope="module")
def staff(app):
    """A browser of the district office that reads English."""
    browser = Browser(app.test_client())
    assert browser.sign_in("qu").status_code == 303
    browser.get("/console/?lang=en")
    return browser


@pytest.mark.parametrize("path", PAGES)
def test_a_page_in_english_has_chinese_only_in_what_people_wrote(staff, stored, path):
    data, names = stored

    page = html.unescape(staff.get(path.format(**names)).get_data(as_text=True))

    assert '<html lang="en">' in page
    # The mark of the product, the other language by its own name, and what a choice sends.
    own = re.sub(r'>评</text>|>中文</a>|<option value="[^"]*"', "", page)
    assert [said for said in CHINESE.findall(own) if said not in data] == []


def test_asking_for_a_language_keeps_it_and_leads_back_to_the_page(app):
    response = app.test_client().get("/console/sign-in?next=%2Fconsole%2Frounds%2F&lang=en")

    assert response.status_code == 303
    assert response.location == "/console/sign-in?next=%2Fconsole%2Frounds%2F"
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("pingyi_lang=en; ")
    assert "Path=/console;" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_behind_tls_the_choice_travels_only_there(sqlite_url, tmp_path):
    config = replace(make_config(sqlite_url, tmp_path), base_url="https://pingyi.example")
    app = create_app(config)

    response = app.test_client().get("/console/sign-in?lang=en", base_url="https://pingyi.example")

    assert "Secure" in response.headers["Set-Cookie"]
    app.extensions[EXTENSION].engine.dispose()


def test_there_and_back(app):
    client = app.test_client()

    def title():
        return re.search("<title>(.*?) ·", client.get("/console/sign-in").get_data(as_text=True))[1]

    assert title() == "登录"
    client.get("/console/sign-in?lang=en")
    assert title() == "Sign in"
    client.get("/console/sign-in?lang=zh")
    assert title() == "登录"


@pytest.mark.parametrize("asked", ["fr", "EN", "", "en;x", "../en", "en%00"])
def test_any_other_language_is_not_kept(app, asked):
    client = app.test_client()

    response = client.get(f"/console/sign-in?lang={asked}")

    assert "pingyi_lang" not in response.headers.get("Set-Cookie", "")
    client.set_cookie("pingyi_lang", asked, path="/console")
    assert "登录" in client.get("/console/sign-in").get_data(as_text=True)


def test_the_switch_keeps_what_was_looked_for(staff):
    page = staff.get("/console/organisations/?q=云澜&level=branch").get_data(as_text=True)

    assert (
        'href="/console/organisations/?q=%E4%BA%91%E6%BE%9C&amp;level=branch&amp;lang=zh"'
        ' lang="zh-CN"' in page
    )


@pytest.mark.parametrize("odd", ["_method=FOO", "_external=1", "_scheme=javascript", "org_id=x"])
def test_an_odd_argument_stays_an_argument(staff, odd):
    page = staff.get(f"/console/organisations/?level=branch&{odd}").get_data(as_text=True)

    assert f'href="/console/organisations/?level=branch&amp;{odd}&amp;page=2"' in page
    assert f'href="/console/organisations/?level=branch&amp;{odd}&amp;lang=zh"' in page


def test_the_switch_leads_from_a_sent_form_to_the_first_page(staff):
    response = staff.post("/console/rectification/new")

    assert response.status_code == 422
    assert 'href="/console/?lang=zh"' in response.get_data(as_text=True)


def test_forms_and_refusals_answer_in_english(app, staff):
    stranger = Browser(app.test_client())
    stranger.get("/console/?lang=en")

    assert "Name or password is wrong" in stranger.sign_in("qu", "x" * 12).get_data(as_text=True)
    sent = {"limit_workdays": "abc", "org_id": "W01", "problem": "x"}
    page = staff.post("/console/rectification/new", sent).get_data(as_text=True)
    assert "Not a valid integer value" in page


@pytest.mark.parametrize("path", ["/", "/nowhere", "/q/00000000"])
def test_pages_of_residents_know_nothing_of_it(app, path):
    client = app.test_client()

    plain, asked = client.get(path), client.get(path, headers=ENGLISH)

    assert (asked.status_code, asked.data) == (plain.status_code, plain.data)
    assert "Set-Cookie" not in client.get(f"{path}?lang=en").headers


def test_days_are_written_in_english(app):
    written = ", ".join(
        ("{{ at|day }}", "{{ at|short_day }}", "{{ at|moment }}", "{{ at|weekday }}")
    )
    at = datetime.fromisoformat("2026-09-15T08:05:00+08:00")

    def rendered(headers):
        with app.test_request_context("/console/", headers=headers):
            return app.jinja_env.from_string(written).render(at=at)

    assert rendered({}) == "2026年9月15日, 9月15日, 9月15日8:05, 星期二"
    assert rendered(ENGLISH) == "15 Sep 2026, 15 Sep, 15 Sep 8:05, Tuesday"


def test_without_compiled_texts_the_console_is_chinese(built, tmp_path):
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    app = made(tmp_path, tmp_path / "nothing")

    page = app.test_client().get("/console/sign-in", headers=ENGLISH).get_data(as_text=True)

    assert '<html lang="zh-CN">' in page
    assert "工作人员从这里进" in page
    assert "English" not in page
    app.extensions[EXTENSION].engine.dispose()
