"""Pages around the form: entering a code, checking a receipt, privacy, probes."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from survey.accounts.policy import OPERATOR
from survey.campaigns.models import Round
from survey.collection import opening
from survey.collection.receipts import receipt_hash, receipt_of
from survey.rectification.models import RectificationItem
from survey.web.public.confirmation import MEDIA_TYPE
from tests.conftest import NOW
from tests.residents import FORM_TYPE
from tests.rounds import page_key


def ask(residents, code, receipt, query=""):
    body = urlencode({"code": code, "receipt": receipt})
    return residents.client.post(f"/r{query}", data=body, content_type=FORM_TYPE)


@pytest.mark.parametrize("typed", ["7k3m9qxt", "7K3M-9QXT", " 7k3m 9qxt ", "７Ｋ３Ｍ９ＱＸＴ"])
def test_a_typed_code_leads_to_its_form(residents, typed):
    response = residents.client.get("/", query_string={"code": typed})

    assert response.status_code == 303
    assert response.headers["Location"] == "/q/7K3M9QXT"


def test_look_alikes_are_taken_as_meant(residents):
    response = residents.client.get("/", query_string={"code": "OIL00000"})

    assert response.headers["Location"] == "/q/01100000"


@pytest.mark.parametrize("typed", ["", "1", "9" * 9, "//evil.com", "<script>", "密" * 8])
def test_a_typed_code_of_another_form_is_asked_for_again(residents, typed):
    response = residents.client.get("/", query_string={"code": typed})

    assert response.status_code == 422
    assert "应该是8个字符" in response.text
    assert "<script>a" not in response.text
    assert 'value="<script>' not in response.text


def test_what_is_wrong_with_a_receipt_is_named_with_its_field(residents):
    response = ask(residents, "123", "xx")

    assert response.status_code == 422
    assert '<a href="#code">评议码：应该是8个字符' in response.text
    assert '<a href="#receipt">回执编号：应该是12个字符' in response.text
    assert response.text.count('aria-invalid="true"') == 2


def test_a_receipt_is_answered_after_the_opening_only(residents):
    residents.post(key=page_key(1))
    code, receipt = residents.points["W01"].code, receipt_of(page_key(1))
    assert "票箱还没有启封" in ask(residents, code, receipt).text

    close(residents)

    spaced = f"{receipt[:4]} {receipt[4:8]} {receipt[8:]}".lower()
    assert "已经计入" in ask(residents, code.lower(), spaced).text
    assert "没有这个编号" in ask(residents, residents.points["B001"].code, receipt).text
    assert "没有这个编号" in ask(residents, code, receipt_of(page_key(2))).text
    assert "Counted" in ask(residents, code, receipt, "?lang=en").text


def test_a_phone_asks_for_the_place_and_looks_up_by_itself(residents):
    point = residents.points["W01"]
    asked = residents.client.post(
        "/r",
        data=urlencode({"code": point.code.lower()}),
        content_type=FORM_TYPE,
        headers={"Accept": MEDIA_TYPE},
    )
    unknown = residents.client.post(
        "/r", data="code=00000000", content_type=FORM_TYPE, headers={"Accept": MEDIA_TYPE}
    )

    assert asked.get_json()["round"] == point.round_code
    assert "目前没有公开的问题" in asked.get_json()["items"]
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("state", "is_public", "is_shown"),
    [("published", True, True), ("published", False, False), ("closed", True, False)],
)
def test_who_was_counted_follows_public_items_of_published_rounds(
    residents, state, is_public, is_shown
):
    residents.post(key=page_key(1))
    close(residents)
    with residents.platform.sessions.begin() as session:
        round_ = session.scalars(select(Round)).one()
        round_.state = state
        session.add(
            RectificationItem(
                number="ZG-2026-0001",
                source="manual",
                round_id=round_.id,
                org_id="W01",
                problem="等得<太>久",
                state="in_progress",
                registered_on=NOW.date(),
                limit_workdays=15,
                due_on=NOW.date(),
                needs_recheck=True,
                is_public=is_public,
            )
        )
    code = residents.points["W01"].code
    counted = ask(residents, code, receipt_of(page_key(1))).text
    stranger = ask(residents, code, receipt_of(page_key(2))).text

    assert ("等得&lt;太&gt;久" in counted) is is_shown
    assert ("<b>正在整改</b>" in counted) is is_shown
    assert "ZG-2026-0001" not in stranger


def test_a_receipt_that_the_phone_made_is_listed_by_its_hash_alone(residents):
    point, receipt = residents.points["W01"], "7K3M9QXT2VBD"
    listed = receipt_hash(point.round_code, point.code, receipt)
    for number in (1, 2):  # who sends one receipt twice has two answers and one receipt
        residents.post(key=page_key(number), receipt=listed)
    residents.post(key=page_key(3), receipt=listed.upper())
    close(residents)

    assert "已经计入" in ask(residents, point.code, receipt).text
    assert "没有这个编号" in ask(residents, point.code, receipt_of(page_key(1))).text
    assert "已经计入" in ask(residents, point.code, receipt_of(page_key(3))).text


@pytest.mark.parametrize(
    ("code", "receipt", "status"),
    [
        ("", "", 422),
        ("1", "2", 422),
        ("00000000", "0" * 12, 404),
        ("密" * 8, "0" * 12, 422),
        ("00000000", "<script>alert(1)</script>", 422),
    ],
)
def test_what_is_no_receipt_is_said_in_words(residents, code, receipt, status):
    response = ask(residents, code, receipt)

    assert response.status_code == status
    assert "<script>alert" not in response.text


@pytest.mark.parametrize("body", [b"", b"code=1", b"code=%FF&receipt=1", b"code=1&receipt=1&x=1"])
def test_bodies_that_are_no_question(residents, body):
    assert residents.client.post("/r", data=body, content_type=FORM_TYPE).status_code in (400, 422)
    assert residents.client.post("/r", data=body, content_type="text/plain").status_code == 415


def test_a_receipt_is_never_asked_for_in_an_address(residents):
    response = residents.client.get("/r?code=7K3M9QXT&receipt=7K3M9QXT2VBD")

    assert "7K3M" not in response.text


def test_the_notice_names_the_numbers_in_force(residents):
    chinese, english = residents.client.get("/privacy"), residents.client.get("/privacy?lang=en")

    assert "不满10份的结果不公布" in chinese.text
    assert "没有启用加密连接" in chinese.text
    assert "fewer than 10 answers" in english.text
    assert 'lang="en"' in english.text


def test_liveness_says_nothing_about_the_house(residents):
    response = residents.client.get("/healthz")

    assert (response.status_code, response.data) == (200, b"ok\n")


def test_readiness_needs_the_keys_of_open_boxes(residents):
    assert residents.client.get("/readyz").status_code == 200

    residents.platform.keystore.file_of(residents.points["W01"].public_key).unlink()
    residents.clock.now += timedelta(minutes=2)
    response = residents.client.get("/readyz")

    assert (response.status_code, response.data) == (503, b"not ready: keystore\n")


def test_security_txt_can_be_read_by_programs(residents):
    lines = residents.client.get("/.well-known/security.txt").text.splitlines()
    fields = dict(line.split(": ", 1) for line in lines)

    assert fields["Contact"].startswith("http")
    assert fields["Expires"] == "2027-03-09T02:00:00Z"


@pytest.mark.parametrize(
    "path",
    ["/", "/r", "/privacy", "/healthz", "/readyz", "/robots.txt", "/.well-known/security.txt"],
)
def test_no_page_sets_a_cookie(residents, path):
    response = residents.client.get(path)

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/static/../wsgi.py", "/form.js.map"])
def test_there_is_nothing_else(residents, path):
    assert residents.client.get(path).status_code == 404


def close(residents):
    residents.clock.now = NOW + timedelta(days=4)
    held = residents.platform
    opening.close_round(
        held.sessions, OPERATOR, "R1", held.keystore, held.inbox, now=residents.clock.now
    )
