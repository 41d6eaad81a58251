"""Taking in answers: once each, strictly read, kept on refusal, and acknowledged when durable."""

import re
from datetime import timedelta

import pytest

from survey.collection.inbox import BoxBusy
from survey.collection.receipts import receipt_of
from tests.conftest import NOW
from tests.residents import hidden
from tests.rounds import page_key

PUBLIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_a_complete_form_is_stored_and_thanked(residents):
    response = residents.post()

    assert response.status_code == 303
    assert response.headers["Location"] == residents.path() + "/thanks"
    assert residents.stored() == 1


def test_the_same_page_twice_is_stored_once(residents):
    assert [residents.post().status_code for _ in range(3)] == [303, 303, 303]
    assert residents.stored() == 1


def test_an_edited_copy_of_a_sent_page_changes_nothing(residents):
    residents.post(C50="5")

    assert residents.post(C50="4").status_code == 303
    assert residents.stored() == 1


@pytest.mark.parametrize("changes", [{"C50": None}, {"C50": "77"}, {"fv": "older"}])
def test_a_copy_of_a_sent_page_is_thanked_even_if_it_would_not_do(residents, changes):
    residents.post()

    assert residents.post(**changes).status_code == 303
    assert residents.stored() == 1


def test_a_late_copy_of_a_sent_page_is_thanked_too(residents):
    residents.post(key=page_key(1))
    residents.clock.now = NOW + timedelta(days=2)

    assert residents.post(key=page_key(1)).status_code == 303
    late = residents.post(key=page_key(2))
    assert late.status_code == 410
    assert "没有计入" in late.text
    assert residents.stored() == 1


def test_the_closing_instant_is_too_late(residents):
    residents.clock.now = residents.points["W01"].closes_at

    assert residents.post().status_code == 410
    residents.clock.now -= timedelta(microseconds=1)
    assert residents.post().status_code == 303


def test_a_round_that_has_not_begun_takes_nothing(residents):
    residents.clock.now = NOW - timedelta(hours=2)

    response = residents.client.get(residents.path())
    assert response.status_code == 200
    assert "<form" not in response.text
    assert "还没有开始" in response.text
    assert residents.post().status_code == 410


def test_after_the_close_the_page_says_so(residents):
    residents.clock.now = NOW + timedelta(days=2)
    response = residents.client.get(residents.path())

    assert response.status_code == 200
    assert "本轮评议已于9月11日截止" in response.text
    assert "<form" not in response.text


def test_looking_changes_nothing(residents):
    for _ in range(3):
        assert residents.client.get(residents.path()).status_code == 200
    head = residents.client.head(residents.path())

    assert head.status_code == 200
    assert head.data == b""
    assert residents.stored() == 0


def test_a_key_of_the_page_is_accepted_and_matches_its_receipt(residents):
    html = residents.client.get(residents.path()).text
    key = hidden(html, "ik")
    printed = re.search(r"<b>(\w{4} \w{4} \w{4})</b>", html)

    assert printed
    assert printed[1].replace(" ", "") == receipt_of(key)
    assert residents.post(key=key).status_code == 303


@pytest.mark.parametrize("case", [str.lower, str.upper, lambda code: code.lower().title()])
def test_codes_are_taken_in_any_case(residents, case):
    code = residents.points["W01"].code

    assert residents.client.get(f"/q/{case(code)}").status_code == 200


@pytest.mark.parametrize(
    "code",
    [
        "ZZZZZZZZ",
        "7K3M9QX",
        "7K3M9QXTT",
        "７Ｋ３Ｍ９ＱＸＴ",
        "7K3M%009Q",
        "..%2f..%2fetc",
        "%F0%9F%98%80",
        "ſſſſſſſſ",
        "7K3M-9QX",
        "a" * 1_500,
    ],
)
def test_unknown_codes_get_one_friendly_page(residents, code):
    pages = {residents.client.get(f"/q/{code}").text, residents.client.get("/q/00000000").text}
    response = residents.client.get(f"/q/{code}")

    assert response.status_code == 404
    assert "没有找到这个码" in response.text
    assert len(pages) == 1, "the page says nothing about the code"
    assert residents.client.post(f"/q/{code}", data="a=1").status_code == 404


def test_an_overlong_address_is_refused(residents):
    assert residents.client.get("/q/" + "a" * 10_000).status_code == 414


@pytest.mark.parametrize("query", ["?utm=1", "?next=//evil", "?ticket=abc", "?lang=xx", "?lang="])
def test_other_parameters_mean_nothing(residents, query):
    response = residents.client.get(residents.path() + query)

    assert response.status_code == 200
    assert "evil" not in response.text
    assert 'lang="zh-CN"' in response.text


def test_a_busy_box_asks_to_come_again(residents, monkeypatch):
    def busy(*_arguments):
        raise BoxBusy

    monkeypatch.setattr(type(residents.platform.inbox), "put", busy)
    response = residents.post(C54="别丢了")

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "还没有收下" in response.text


def test_nothing_is_taken_that_could_not_be_opened(residents):
    point = residents.points["W01"]
    residents.platform.keystore.file_of(point.public_key).unlink()
    residents.platform.keystore._tested.clear()

    assert residents.post().status_code == 503
    assert residents.stored() == 0


def test_a_fault_of_ours_says_nothing_of_the_answer(residents, monkeypatch, caplog):
    def fail(*_arguments, **_options):
        raise RuntimeError("等得很久很久")

    monkeypatch.setattr("survey.collection.intake.record", fail)
    residents.app.config["PROPAGATE_EXCEPTIONS"] = False
    response = residents.post(C54="等得很久很久")

    assert response.status_code == 500
    assert "我们这边出了点问题" in response.text
    assert "等得很久" not in response.text
    assert "等得很久" not in caplog.text


def test_the_form_is_served_while_the_database_is_away(residents, monkeypatch):
    assert residents.client.get(residents.path()).status_code == 200
    residents.platform.engine.dispose()
    monkeypatch.setattr("survey.web.public.shelf.SECONDS", -1)

    def away(*_arguments):
        from sqlalchemy.exc import OperationalError

        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr("survey.collection.points.find_point", away)

    assert residents.client.get(residents.path()).status_code == 200
    assert residents.client.get(residents.path("B001")).status_code == 503


# --- what every answer carries


@pytest.mark.parametrize(
    "path", ["", "/thanks", "?lang=en", "/../00000000", "/thanks?lang=en", "?x=1"]
)
def test_no_page_sets_a_cookie_and_all_carry_the_headers(residents, path):
    response = residents.client.get(residents.path() + path)

    assert "Set-Cookie" not in response.headers
    for name, value in PUBLIC_HEADERS.items():
        assert response.headers[name] == value
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_posts_set_no_cookie_either(residents):
    for response in (residents.post(), residents.post(C50=None), residents.post(ik="")):
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_named_as_wrong(residents, method):
    response = residents.client.open(residents.path(), method=method)

    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


# --- thanks


def test_the_thanks_page_holds_no_receipt(residents):
    response = residents.client.get(
        residents.path() + "/thanks", headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert "您的评议已提交" in response.text
    assert "data-sent" in response.text
    assert "您反映的问题将进入整改台账，处理结果会在本码公布页公开。" in response.text
    assert "提交按钮上方印的编号" in response.text
    assert receipt_of(page_key(1)) not in response.text


def test_a_direct_visit_is_not_thanked(residents):
    response = residents.client.get(
        residents.path() + "/thanks", headers={"Sec-Fetch-Site": "none"}
    )

    assert '<div id="sent" class="gone">' in response.text
    assert re.search(r'id="sent" class="gone"', response.text)
