"""Whatever somebody wrote stands on staff's pages as text, and runs nowhere (security.md 6.7)."""

import io
from html.parser import HTMLParser

import pytest
from sqlalchemy import update

from survey import clock
from survey.accounts.models import Account
from survey.accounts.policy import OPERATOR
from survey.campaigns.models import Round
from survey.org.models import Commitment, Member, Organisation
from survey.rectification import service
from survey.rectification.states import Source, State
from tests.web.console.conftest import CLOSED, OPEN

CORPUS = (
    "<script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "javascript:alert(1)",
    "</style><style>@import 'x'",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://evil.example")',
    "+1",
    "@SUM(1)",
    "'; --",
    "%s%n",
    "../../x",
    "\u202eabc\u202c",
    "\u2028",
    "𠮷𡈽",
    "👨\u200d👩\u200d👧",
    "Z\u0351\u036b\u0343" * 20,
    "a" * 80,
)
PAGES = (
    "/console/",
    "/console/organisations/",
    "/console/organisations/?q=W01",
    "/console/organisations/U17",
    "/console/organisations/W01",
    "/console/organisations/B070",
    "/console/rounds/",
    f"/console/rounds/{OPEN}",
    f"/console/rounds/{OPEN}/coverage/",
    f"/console/rounds/{OPEN}/coverage/objects",
    f"/console/rounds/{OPEN}/points/",
    f"/console/rounds/{OPEN}/close",
    f"/console/rounds/{CLOSED}/results/",
    f"/console/rounds/{CLOSED}/results/W01",
    f"/console/rounds/{CLOSED}/reports/",
    "/console/rectification/",
    "/console/rectification/{item}",
    "/console/accounts/",
    "/console/accounts/chuangkou",
)


OUR_SCRIPTS = {"/static/evidence.js"}


class Tags(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self):
        super().__init__()
        self.alive = []

    def handle_starttag(self, tag, attrs):
        own = {"/static/look.css", "/static/icon.svg"}
        for name, value in attrs:
            runs = name in ("href", "src", "action") and (value or "").startswith("javascript:")
            if name.startswith("on") or name == "style" or runs:
                self.alive.append((tag, name, value))
        named = dict(attrs)
        if tag == "script" and named.get("src") not in OUR_SCRIPTS:
            self.alive.append((tag, "src", named.get("src")))
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.alive.append((tag, "", ""))
        if tag == "link" and named["href"] not in own:
            self.alive.append((tag, "href", named["href"]))
        if tag == "img" and not named["src"].startswith("/console/"):
            self.alive.append((tag, "src", named["src"]))


def alive_in(page):
    tags = Tags()
    tags.feed(page)
    return tags.alive


# All of it at once, each time with another part first: some do harm only at the start.
@pytest.mark.parametrize("text", [" ".join(CORPUS[start:] + CORPUS) for start in (0, 1, 4, 7)])
def test_written_text_is_only_text(held, as_, text):
    with held.sessions.begin() as session:
        for column in ("name", "short_name", "secretary_name", "sector"):
            session.execute(update(Organisation).values({column: text}))
        session.execute(update(Member).values(name=text, role=text))
        session.execute(update(Commitment).values(content=text, measure=text, self_report=text))
        session.execute(update(Account).values(display_name=text))
        session.execute(update(Round).values(title=text))
        item = service.register(
            session,
            OPERATOR,
            "W01",
            source=Source.MANUAL,
            problem=f"问题{text[:250]}",
            responsible_person=text[:40],
            now=clock.now(),
        )
        number = item.number
        service.advance(
            session, OPERATOR, number, State("assigned"), note=f"理由{text[:400]}", now=clock.now()
        )
    browser = as_("qu")

    for path in PAGES:
        response = browser.get(path.format(item=number))
        page = response.get_data(as_text=True)
        assert response.status_code == 200, path
        assert not alive_in(page), path


def test_what_an_import_complains_of_is_only_text(as_):
    texts = ['"' + text.replace('"', '""') + '"' for text in CORPUS if text.strip()]
    rows = "".join(f"{text},U17,{text},x,x,{text}\n" for text in texts)
    content = f"org_id,parent_id,level,name_zh,short_name,sector\n{rows}"

    response = as_("qu").post(
        "/console/organisations/import",
        {"kind": "organisations", "file": (io.BytesIO(content.encode()), f"{CORPUS[1]}.csv")},
    )

    assert response.status_code == 422
    assert not alive_in(response.get_data(as_text=True))


def test_what_is_sought_is_only_text(as_):
    browser = as_("qu")

    for text in CORPUS:
        for path in ("/console/find", "/console/organisations/", "/console/rectification/"):
            response = browser.get(path, query_string={"q": text, "state": text, "unit": text})
            assert response.status_code == 200
            assert not alive_in(response.get_data(as_text=True))


def test_a_refused_form_gives_back_only_text(as_):
    browser = as_("qu")
    token = browser.token()

    for text in CORPUS:
        item = {"problem": text * 30, "org_id": text, "responsible_person": text, "source": text}
        sent = {
            "/console/rectification/new": item,
            "/console/rounds/new": {"title": text, "code": text, "opens_at": text},
            "/console/accounts/new": {"name": text, "org_id": text, "role": text},
        }
        for path, fields in sent.items():
            response = browser.post(path, fields, token=token)
            assert response.status_code in (404, 422)
            assert not alive_in(response.get_data(as_text=True))
