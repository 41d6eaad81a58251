"""Strict reading of posted bodies: `forms/parsing.py`."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.parsing import BodyRefused, body_shape, parse_body
from forms.xlsform import read_xlsform
from tests.forms.workbooks import workbook

FORM = "application/x-www-form-urlencoded"
SHAPE = body_shape(read_xlsform(workbook(), "x.xlsx"))
GOOD = b"fv=abc&ik=key&X01=member&X11=2&X21=slow&X21=far&X22=%E5%A5%BD+a%0D%0Ab"


def refusal_of(body: bytes, content_type: str = FORM, **options) -> BodyRefused:
    with pytest.raises(BodyRefused) as refusal:
        parse_body(content_type, body, **{"shape": SHAPE, **options})
    assert refusal.value.zh
    return refusal.value


def test_a_page_of_ours_is_read():
    fields = parse_body(FORM, GOOD, shape=SHAPE)

    assert fields["fv"] == "abc"
    assert fields.getlist("X21") == ["slow", "far"]
    assert fields["X22"] == "好 a\r\nb"


@pytest.mark.parametrize("charset", ["; charset=utf-8", ";charset=UTF-8", "; charset="])
def test_utf8_may_be_said(charset):
    assert parse_body(FORM + charset, GOOD, shape=SHAPE)["ik"] == "key"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        FORM + "; charset=utf-16",
        FORM + "; charset=gbk",
        "application/x-www-form-urlencoded2",
    ],
)
def test_another_content_type_is_refused(content_type):
    refusal = refusal_of(GOOD, content_type)

    assert (refusal.code, refusal.status) == ("BODY_TYPE", 415)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"&",
        b"fv",
        b"=x",
        b"fv=abc&",
        b"fv=abc&&ik=key",
        b"hello",
        b'{"X11": "2"}',
        b"X11=%FF",
        b"X22=%E5%A5",
        b"X22=%E5%A",
        b"X22=%",
        b"X22=%zz",
        b"X22=\xe5\xa5\xbd",
        b"X22=a\0b",
        b"X22=%ED%A0%80",
        b"X22=%C0%80",
        b"X%00=a",
        b"X22=a b",
        b"X22=a\r\nb",
        b"X22=<b>",
        b"\x1f\x8b\x08\x00\x00",
        "X11=2".encode("utf-16"),
        b"X11=2&X11=1",
        b"ik=a&ik=b",
        b"X99=1",
        b"X11[]=2",
        b"x11=2",
        b"role=admin&X11=2",
    ],
)
def test_what_is_no_body_of_this_form_is_refused(body):
    refusal = refusal_of(body)

    assert (refusal.code, refusal.status) == ("BODY_MALFORMED", 400)


def test_limits_of_size_and_number():
    assert refusal_of(b"X22=" + b"a" * 65_536).status == 413
    assert refusal_of(b"&".join([b"X21=slow"] * 201)).status == 400
    assert len(parse_body(FORM, b"X22=" + b"a" * 60_000, shape=SHAPE)["X22"]) == 60_000
    assert refusal_of(b"X22=aaaa", max_bytes=5).status == 413
    assert refusal_of(b"X21=slow&X21=far", max_keys=1).status == 400


def test_nul_in_a_text_is_left_to_the_form_which_strips_it():
    assert parse_body(FORM, b"X22=a%00b", shape=SHAPE)["X22"] == "a\0b"


def test_without_a_shape_any_name_may_come():
    assert parse_body(FORM, b"a=1&a=2&b=").getlist("a") == ["1", "2"]


@given(st.one_of(st.binary(), st.text("&=%+0aAfX21é\0").map(str.encode)), st.booleans())
def test_any_bytes_are_refused_or_give_fields(body, is_shaped):
    try:
        fields = parse_body(FORM, body, shape=SHAPE if is_shaped else None)
    except BodyRefused:
        return
    assert fields
    assert not is_shaped or set(fields) <= SHAPE.known


@given(st.text(), st.binary())
def test_any_content_type_is_refused_or_read(content_type, body):
    try:
        assert parse_body(content_type, body)
    except BodyRefused:
        return
    assert content_type.lower().strip().startswith(FORM)


@given(
    st.lists(
        st.tuples(st.text(st.characters(categories=["L", "N"]), min_size=1), st.text()), min_size=1
    )
)
def test_whatever_a_browser_encodes_is_read_as_it_was(pairs):
    assert list(parse_body(FORM, urlencode(pairs).encode()).items(multi=True)) == sorted(
        pairs, key=lambda pair: [name for name, _ in pairs].index(pair[0])
    )


SIGNS = st.sampled_from(["&", "=", "+", "%41", "%FF", "%", "X22", "S1", "ik", "a", "é"])


@given(st.lists(SIGNS, max_size=12).map("".join))
def test_the_quick_way_reads_what_the_rules_read(text):
    """The loop over single fields is the reference: same fields, same refusals."""
    body = b"fv=abc&X01=member&" + text.encode()

    def outcome():
        try:
            return list(parse_body(FORM, body, shape=SHAPE).items(multi=True))
        except BodyRefused as refusal:
            return refusal.code

    quick = outcome()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("forms.parsing._known_fields", lambda pairs, shape: None)
        assert outcome() == quick
