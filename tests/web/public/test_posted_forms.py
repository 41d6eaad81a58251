"""What a posted form may hold: read strictly, judged by its questionnaire, kept on refusal."""

import gzip
import re
from io import BytesIO
from urllib.parse import urlencode

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder, run_wsgi_app

from forms.checks import TRAP_FIELD
from survey.collection.receipts import receipt_of
from survey.web.public.judging import judge
from tests.residents import FORM_TYPE, hidden
from tests.rounds import page_key

GOOD = object()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", FORM_TYPE, 400),
        (GOOD, "text/plain", 415),
        (GOOD, "", 415),
        (GOOD, "application/json", 415),
        (GOOD, "multipart/form-data", 415),
        (GOOD, "multipart/form-data; boundary=x", 415),
        (GOOD, FORM_TYPE + "; charset=gbk", 415),
        (b"fv=1&ik", FORM_TYPE, 400),
        (b"C50=%FF", FORM_TYPE, 400),
        (b"C50=\xff\xfe", FORM_TYPE, 400),
        (b"C50=%", FORM_TYPE, 400),
        ("C50=满意".encode("gbk"), FORM_TYPE, 400),
        ("fv=1&ik=2".encode("utf-16"), FORM_TYPE, 400),
        (gzip.compress(b"fv=1&ik=2", mtime=0), FORM_TYPE, 400),
        (b"&".join(b"C48=s1" for _ in range(201)), FORM_TYPE, 400),
        (b"C54=" + b"a" * 70_000, FORM_TYPE, 413),
        (b"C54=%ED%A0%80", FORM_TYPE, 400),
        (b"C54=%C0%80", FORM_TYPE, 400),
        (b"C54[]=1", FORM_TYPE, 400),
        (b"admin=1", FORM_TYPE, 400),
        (b"=1", FORM_TYPE, 400),
    ],
)
def test_a_body_that_is_no_form_is_never_a_blank_answer(residents, body, content_type, status):
    data = urlencode(residents.fields()).encode() if body is GOOD else body
    response = residents.client.post(residents.path(), data=data, content_type=content_type)

    assert response.status_code == status
    assert "没有收下" in response.text
    assert residents.stored() == 0


def test_a_body_that_breaks_off_is_refused(residents):
    body = urlencode(residents.fields()).encode()
    environ = EnvironBuilder(
        path=residents.path(), method="POST", input_stream=BytesIO(body), content_type=FORM_TYPE
    ).get_environ()
    environ["CONTENT_LENGTH"] = str(len(body) + 100)
    _, status, _ = run_wsgi_app(residents.app, environ)

    assert status.startswith("400")
    assert residents.stored() == 0


def test_a_compressed_body_is_refused(residents):
    response = residents.client.post(
        residents.path(),
        data=gzip.compress(urlencode(residents.fields()).encode()),
        content_type=FORM_TYPE,
        headers={"Content-Encoding": "gzip"},
    )

    assert response.status_code == 415


@pytest.mark.parametrize("size", [10 * 1024 * 1024])
def test_a_huge_body_is_refused_unread(residents, size):
    response = residents.client.post(residents.path(), data=b"a" * size, content_type=FORM_TYPE)

    assert response.status_code == 413


@pytest.mark.parametrize(
    "changes",
    [
        {"fv": None},
        {"fv": ""},
        {"ik": None},
        {"ik": ""},
        {"ik": "short"},
        {"ik": "x" * 65},
        {"ik": "a b" * 10},
        {"ik": "<script>alert(1)</script>"},
        {"ik": "键" * 22},
        {"ik": ("a" * 26, "b" * 26)},
        {"C50": ("5", "4")},
        {"C99": "1"},
        {"org_id": "B001"},
        {"C11[]": "5"},
    ],
)
def test_fields_that_no_page_of_ours_sends_are_400(residents, changes):
    response = residents.post(**changes)

    assert response.status_code == 400
    assert residents.stored() == 0


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 303), ("none", 303), ("cross-site", 403), ("same-site", 403)],
)
def test_only_pages_of_this_site_may_post(residents, site, status):
    body = urlencode(residents.fields())
    response = residents.client.post(
        residents.path(), data=body, content_type=FORM_TYPE, headers={"Sec-Fetch-Site": site}
    )

    assert response.status_code == status
    assert residents.stored() == (status == 303)


@pytest.mark.parametrize("version", ["0" * 16, "C_window_sat.3", "future", "2026.1"])
def test_a_form_of_another_version_comes_back_with_what_was_entered(residents, version):
    response = residents.post(fv=version, C54="等得久")

    assert response.status_code == 409
    assert "评议表更新过" in response.text
    assert "等得久</textarea>" in response.text
    assert residents.stored() == 0
    fresh = hidden(response.text, "fv")
    assert residents.post(fv=fresh, C54="等得久").status_code == 303


# --- answers that cannot be taken (security.md 6.3)


@pytest.mark.parametrize(
    "value", ["", "0", "6", "-1", "1.5", "1e0", "０", "5 ", " 5", "NaN", "true", "m1", "５", "b96"]
)
def test_ratings_are_never_guessed(residents, value):
    response = residents.post(C50=value)

    assert response.status_code == 422
    assert residents.stored() == 0
    assert '<a href="#q-C50">' in response.text


@pytest.mark.parametrize("code", ["C01", "C11", "C50"])
def test_a_missing_answer_is_named_and_linked(residents, code):
    response = residents.post(**{code: None})

    assert response.status_code == 422
    assert "还有1题没有答好" in response.text
    assert re.search(rf'class="es on".*?<a href="#q-{code}">', response.text)
    assert re.search(rf'class="q bad" id="q-{code}"', response.text)


def test_everything_entered_is_kept_and_the_key_too(residents):
    key = page_key(7)
    response = residents.post(
        key=key, C50=None, C48=("s1", "s3"), C54='第一行\n<b>&"第二行', C03="w4"
    )

    assert response.status_code == 422
    assert hidden(response.text, "ik") == key
    for name, value in (("C48", "s1"), ("C48", "s3"), ("C03", "w4")):
        assert f'name="{name}" value="{value}" checked' in response.text
    assert "第一行\n&lt;b&gt;&amp;&#34;第二行</textarea>" in response.text
    assert receipt_of(key)[:4] in response.text


def test_the_page_that_comes_back_still_runs_its_own_script_only(residents):
    response = residents.post(C50=None)

    assert "script-src 'sha256-" in response.headers["Content-Security-Policy"]
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    ("org_id", "changes", "message"),
    [
        ("B001", {"A31": ("p1", "p2", "p3", "p4")}, "最多选3项"),
        ("B001", {"A32": ("q8", "q1")}, "选“没有明显问题”时不能再选其他"),
        ("B001", {"A34": "字" * 501}, "不超过500字"),
        ("W01", {"C48": ("s0", "s1")}, "选“都没有看到”时不能再选其他"),
        ("W01", {"C48": ("s1", "s1")}, "送来了两次"),
        ("W01", {"C54": "字" * 501}, "不超过500字"),
        ("W01", {"C54": "字" * 1_001}, "超出1字"),
        ("W01", {"C50": "1", "C51": "b96", "C52": " \t\n"}, "请写明"),
        ("W01", {"C50": "1", "C51": "b1", "C55": "1", "C56": "12345"}, "请填写手机号"),
        ("W01", {"C50": "1", "C51": "b1", "C55": "1"}, "回访电话"),
        ("W01", {"C03": None}, "您今天等候了多长时间"),
    ],
)
def test_rules_of_the_questionnaire_hold_on_the_server(residents, org_id, changes, message):
    response = residents.post(org_id, **changes)

    assert response.status_code == 422
    assert message in response.text
    assert residents.stored(org_id) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"C54": "字" * 500},
        {"C54": " \n\t "},
        {"C54": "\u202e反\u202c \u200b 𠀀𱍐👨‍👩‍👧 e\u0301"},
        {"C54": "=HYPERLINK(1)\r\n<script>alert(1)</script>{{7*7}}"},
        {"C54": "a%00b"},
        {"C48": ("s1", "s2")},
        {"C02": "0", "C03": None},
        {"C02": "0", "C03": "w1"},
        {"C50": "5", "C51": "b1", "C52": "不该留下", "C56": "13800001111"},
        {"C50": "1", "C51": "b1", "C55": "1", "C56": "13800001111"},
        {"C50": "1", "C51": "b1", "C55": "1", "C56": "020-12345678"},
        {"sec": ""},
        {"sec": "-1"},
        {"sec": "1e9"},
        {"sec": "9" * 50},
        {"signals": "dup nonsense"},
        {"lang": "zh"},
    ],
)
def test_unusual_but_proper_answers_are_stored(residents, changes):
    assert residents.post(**changes).status_code == 303
    assert residents.stored() == 1


def test_personal_data_in_a_text_is_asked_about_once(residents):
    first = residents.post(C54="找我：１３８ 1234 5678")

    assert first.status_code == 422
    assert "好像有电话号码" in first.text
    assert hidden(first.text, "signals") == "asked"
    assert residents.stored() == 0
    assert residents.post(C54="找我：１３８ 1234 5678", signals="asked").status_code == 303


def test_english_pages_stay_english(residents):
    refused = residents.post(query="?lang=en", C50=None)
    taken = residents.post(query="?lang=en")

    assert "Still to answer: 1" in refused.text
    assert f'action="{residents.path()}?lang=en"' in refused.text
    assert taken.headers["Location"] == residents.path() + "/thanks?lang=en"


# --- when something is out of order


def test_a_field_that_nobody_sees_marks_who_fills_it_in_and_turns_nobody_away(residents):
    page = residents.client.get(residents.path()).text
    questionnaire = residents.questionnaire()
    sent = MultiDict(residents.fields(**{TRAP_FIELD: "http://casino.example"}))

    assert f'name="{TRAP_FIELD}" hidden' in page
    assert "trap" in judge(questionnaire, sent, "zh").signals
    assert "trap" not in judge(questionnaire, MultiDict({**sent, TRAP_FIELD: ""}), "zh").signals
    assert residents.post(**{TRAP_FIELD: "http://casino.example"}).status_code == 303
    assert residents.stored() == 1
