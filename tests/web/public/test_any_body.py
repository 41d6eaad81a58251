"""Whatever is thrown at the public endpoints: no fault of ours, and nothing stored but answers."""

import re
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms.answers import decode
from forms.cleaning import clean
from forms.definition import ItemKind
from forms.expressions import evaluate, parse
from survey.collection.sealing import sheet_opener
from survey.web.public import pages
from survey.web.public.confirmation import MEDIA_TYPE
from tests.residents import FORM_TYPE
from tests.rounds import full_answers

CORPUS = (
    "<script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "javascript:alert(1)",
    "</style><style>@import'//e.vil'",
    "</textarea><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://e.vil","a")',
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '"=1',
    "%0a",
    "a\r\nSet-Cookie: b=c",
    "../../x",
    "CON",
    "长" * 85,
    "'; DROP TABLE response; --",
    "%s%n%x",
    "\ufeffBOM",
    "a\u2028b\u2029c",
    "\u202e反\u202c\u2066x\u2069",
    "𠀀𪜀𫝀𫠠𬺰\U00030000\U00031350",
    "👨‍👩‍👧‍👦🏳️‍🌈",
    "Z" + "\u0336\u0315\u031b" * 170,
    "a" * 1_000,
    "13812345678",
    "11010519491231002X",
    "e\u0301",
    "\x00",
    "\x1b[31m",
    " \u3000\t",
)
SAFE_LINE = re.compile(
    r"<script>alert|<svg/onload|<img src=x|</style><style>@import", re.IGNORECASE
)
COMMON = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
texts = st.one_of(st.sampled_from(CORPUS), st.text(max_size=40))
names = st.one_of(
    st.sampled_from(["fv", "ik", "sec", "signals", "ticket", "pow", "receipt", "lang", "code", ""]),
    st.sampled_from(["C50", "C48", "C54", "C51", "C52", "C55", "C56", "C02", "C03", "A34", "C99"]),
    st.text(max_size=8),
)


@st.composite
def changed_bodies(draw, questionnaire, number):
    """Draw the fields of a complete form with some of them changed."""
    answers = full_answers(questionnaire) | {"C03": "w1"}
    fields: dict[str, list[str]] = {"fv": [pages.form_version(questionnaire)], "ik": [number]}
    for code, value in answers.items():
        fields[code] = list(value) if isinstance(value, tuple) else [str(value)]
    for item in draw(st.lists(st.sampled_from(questionnaire.items), max_size=5)):
        known = st.sampled_from(item.option_codes) if item.options else texts
        fields[item.code] = draw(st.lists(st.one_of(known, known, texts), max_size=4))
    return [(name, value) for name, values in fields.items() for value in values]


def encoded(pairs) -> bytes:
    return urlencode(pairs, errors="surrogatepass").encode()


@COMMON
@given(data=st.data())
def test_nothing_is_stored_that_the_questionnaire_does_not_allow(residents, data):
    questionnaire = residents.questionnaire()
    before = residents.stored()
    key = data.draw(st.text("abcdefghijklmnop", min_size=30, max_size=30))
    pairs = data.draw(changed_bodies(questionnaire, key))
    response = residents.client.post(residents.path(), data=encoded(pairs), content_type=FORM_TYPE)

    assert response.status_code in (303, 400, 422)
    assert not SAFE_LINE.search(response.text)
    if response.status_code != 303:
        assert residents.stored() == before
        return
    for sheet in sheets(residents):
        assert faults(questionnaire, sheet) == []


def sheets(residents):
    """Return what the box holds, opened."""
    held, point = residents.platform, residents.points["W01"]
    unseal = sheet_opener(held.keystore.private(point.public_key))
    return [unseal(row.ciphertext) for row in held.inbox.read_all(point.box_id)]


def faults(questionnaire, sheet) -> list[str]:
    """Return what of a stored sheet breaks a rule, worked out from the questionnaire alone."""
    coded = decode(questionnaire, sheet.answers).items()
    given = {code: value if isinstance(value, str | tuple) else "" for code, value in coded}
    given |= dict(sheet.texts)
    found = []
    for section in questionnaire.sections:
        for item in section.items:
            if not item.is_question or item.is_contact:
                continue
            value = given.get(item.code, "")
            chosen = value if isinstance(value, tuple) else (value,) if value else ()
            when = [rule for rule in (section.relevant, item.relevant) if rule]
            is_asked = all(evaluate(parse(rule), given) for rule in when)
            if not is_asked and chosen:
                found.append(f"{item.code} was not asked")
            if is_asked and item.required and not chosen:
                found.append(f"{item.code} is missing")
            if item.options and not set(chosen) <= set(item.option_codes):
                found.append(f"{item.code} has no {chosen}")
            if item.kind is ItemKind.SINGLE_CHOICE and len(chosen) > 1:
                found.append(f"{item.code} is chosen twice")
            if chosen and item.constraint and not evaluate(parse(item.constraint), given, value):
                found.append(f"{item.code} breaks its rule: {value!r}")
            if item.kind is ItemKind.TEXT and value and value != clean(value):
                found.append(f"{item.code} is not clean: {value!r}")
    return found


@COMMON
@given(
    pairs=st.lists(st.tuples(names, texts), max_size=12),
    path=st.sampled_from(["form", "/t", "/r"]),
    accept=st.sampled_from(["text/html", MEDIA_TYPE]),
)
def test_any_fields_are_answered_in_words(residents, pairs, path, accept):
    address = residents.path() if path == "form" else path
    response = residents.client.post(
        address,
        data=encoded(pairs),
        content_type=FORM_TYPE,
        headers={"Accept": accept},
    )

    assert 400 <= response.status_code < 500
    assert "Set-Cookie" not in response.headers
    assert residents.stored() == 0
    if response.mimetype == "text/html":
        assert not SAFE_LINE.search(response.text)


@COMMON
@given(
    body=st.one_of(st.binary(max_size=300), st.from_regex(rb"([a-zA-Z0-9]+=[%a-zA-Z0-9+]*&?)+")),
    kind=st.sampled_from(
        [FORM_TYPE, FORM_TYPE + "; charset=utf-8", "multipart/form-data; boundary=x", "text/plain"]
    ),
    path=st.sampled_from(["form", "/t", "/r"]),
)
def test_any_bytes_are_answered_in_words(residents, body, kind, path):
    address = residents.path() if path == "form" else path
    response = residents.client.post(address, data=body, content_type=kind)

    assert 400 <= response.status_code < 500
    assert residents.stored() == 0


@COMMON
@given(path=st.text(max_size=60), query=st.text(max_size=30))
def test_any_address_is_answered_in_words(residents, path, query):
    for prefix in ("/q/", "/t", "/r", "/"):
        # Two slashes at the beginning would name a host to the client, not an address to us.
        plain = "" if prefix == "/" else "/"
        address = prefix + quote(path.encode("utf-8", "surrogatepass"), safe=plain)
        response = residents.client.get(
            f"{address}?{quote(query.encode('utf-8', 'surrogatepass'))}"
        )
        assert response.status_code < 500
        assert not SAFE_LINE.search(response.text)


@pytest.mark.parametrize("text", CORPUS)
def test_the_corpus_in_every_field(residents, text):
    questionnaire = residents.questionnaire()
    written = [item.code for item in questionnaire.items if item.kind is ItemKind.TEXT]
    every = [*written, "C50", "C48", "fv", "sec", "signals", "pow", "receipt"]
    opened = {"C50": "1", "C51": "b96", "C52": "没有人", "C55": "1", "C56": "13800001111"}
    for number, code in enumerate(every):
        key = f"{number:022d}"
        response = residents.post(key=key, **{**opened, code: text, "signals": "asked"})
        assert response.status_code in (303, 409, 422), (code, response.status_code)
        assert not SAFE_LINE.search(response.text), code
    for sheet in sheets(residents):
        assert faults(questionnaire, sheet) == []
