"""Plain requests are read as gunicorn reads them, and whatever else it is stays gunicorn's."""

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from hypothesis import given, settings
from hypothesis import strategies as st

from survey import plain_http
from survey.plain_http import UNFINISHED

HEAD = (
    b"POST /q/ABCD2345?lang=en HTTP/1.1\r\nHost: pingyi.example\r\nAccept: */*\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\n\r\n"
)
WHOLE = HEAD + b"a=1&b"
PIECES = st.sampled_from([b"\r\n", b" ", b":", b"\t", b"X-A: b\r\n", b"", b"%", b"\x80"])


def test_a_post_is_read_whole():
    request = plain_http.read(WHOLE)

    assert request.wsgi == {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/q/ABCD2345",
        "QUERY_STRING": "lang=en",
        "HTTP_HOST": "pingyi.example",
        "HTTP_ACCEPT": "*/*",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": "5",
    }
    assert request.body == b"a=1&b"
    assert not request.is_last


def test_the_end_of_a_connection_is_seen():
    assert plain_http.read(WHOLE.replace(b"Accept: */*", b"Connection: Close")).is_last


def test_a_proxy_that_speaks_http_1_0_is_hung_up_on():
    assert plain_http.read(WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0")).is_last


def test_the_rest_is_waited_for_wherever_a_request_breaks_off():
    begun = len(b"POST /q/A")

    assert all(plain_http.read(WHOLE[:end]) is UNFINISHED for end in range(begun, len(WHOLE)))


@pytest.mark.parametrize(
    ("here", "instead"),
    [
        (b"POST", b"PUT"),
        (b"/q/", b"/t/"),
        (b"ABCD2345", b"ABCD234"),
        (b"?lang=en", b"?case=7"),
        (b"HTTP/1.1", b"HTTP/1.2"),
        (b"HTTP/1.1", b"HTTP/1.0\r\nConnection: keep-alive"),
        (b"Accept: */*", b"Host: elsewhere.example"),
        (b"Accept: */*", b"Content-Length: 5"),
        (b"Accept: */*", b"Transfer-Encoding: chunked"),
        (b"Accept: */*", b"Expect: 100-continue"),
        (b"Accept: */*", b"Connection: Upgrade, HTTP2-Settings"),
        (b"Accept: */*", b"Accept : */*"),
        (b"Accept: */*", b"Accept: \x00"),
        (b"Accept: */*", b"Accept: *\r\n /*"),
        (b"Accept: */*", b"Accept: *\n/*: a"),
        (b"Accept: */*", b"A" * 9_000 + b": 1"),
        (b"Length: 5", b"Length: 4"),
        (b"Length: 5", b"Length: +5"),
        (b"Length: 5", b"Length: 70000"),
        (b"Content-Length: 5\r\n", b""),
    ],
)
def test_what_is_not_plain_is_left_to_gunicorn(here, instead):
    assert plain_http.read(WHOLE.replace(here, instead, 1)) is None


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_read_gunicorn_reads_the_same(data):
    """Gunicorn's reader is the reference: of any bytes, both make one request, or ours none."""
    sent = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(sent) - 1))
        piece = data.draw(
            st.sampled_from([b"\r\n", b" ", b":", b"\t", b"X-A: b\r\n", b"", b"%", b"\x80"])
        )
        sent[place : place + data.draw(st.integers(0, 2))] = piece
    read = plain_http.read(bytes(sent))
    if read is None or read is UNFINISHED:
        return
    try:
        theirs = Request(Config(), IterUnreader([bytes(sent)]), ("127.0.0.1", 1))
    except ParseException as error:
        raise AssertionError(f"gunicorn refuses {bytes(sent)!r}: {error}") from None
    headers = dict(theirs.headers)
    ours = read.wsgi
    assert (ours["REQUEST_METHOD"], ours["PATH_INFO"]) == (theirs.method, theirs.path)
    assert ours["QUERY_STRING"] == theirs.query
    assert read.body == theirs.body.read()
    assert read.is_last == theirs.should_close()
    for name, key in plain_http.READ.items():
        assert ours.get(key) == headers.get(name.decode().upper())
