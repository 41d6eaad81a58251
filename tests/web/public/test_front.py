"""What goes out before Flask is asked differs in nothing from what Flask would say."""

import dataclasses
import gzip
import re
from queue import SimpleQueue
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey import plain_http
from survey.collection.inbox import BoxBusy
from survey.web.public.confirmation import MEDIA_TYPE
from tests.conftest import NOW
from tests.residents import FORM_TYPE
from tests.rounds import page_key

KEY = re.compile(rb'value="[A-Za-z0-9_-]{40}"><b>[^<]*')


def seen(client, address, **headers):
    """Status, headers without the length, and the body without the page's own key."""
    got = client.get(address, headers={name.replace("_", "-"): v for name, v in headers.items()})
    body = gzip.decompress(got.data) if got.headers.get("Content-Encoding") else got.data
    told = sorted(pair for pair in got.headers if pair[0] != "Content-Length")
    assert int(got.headers["Content-Length"]) == len(got.data)
    return got.status, told, KEY.sub(b"", body)


@pytest.fixture
def both_ways(residents, monkeypatch):
    """Asks for an address through the front, and behind it."""
    app = residents.client.application
    front = app.wsgi_app

    def ask(address, **headers):
        seen(residents.client, residents.path())
        seen(residents.client, residents.path() + "?lang=en")
        through = seen(residents.client, address, **headers)
        monkeypatch.setattr(app, "wsgi_app", front.inner)
        return through, seen(residents.client, address, **headers)

    return ask


@pytest.mark.parametrize("query", ["", "?lang=zh", "?lang=en", "?lang=xx", "?lang=en&a=b"])
@pytest.mark.parametrize("accepted", ["gzip, br", "gzip;q=0", "identity", "*"])
def test_a_form_is_the_same_through_the_front_as_behind_it(residents, both_ways, query, accepted):
    through, behind = both_ways(residents.path() + query, Accept_Encoding=accepted)

    assert through == behind
    assert through[0] == "200 OK"


@pytest.mark.parametrize(
    "headers", [{"Host": "elsewhere.example"}, {"Transfer_Encoding": "chunked"}], ids=str
)
def test_what_is_refused_behind_the_front_is_refused_through_it(residents, both_ways, headers):
    through, behind = both_ways(residents.path(), **headers)

    assert through == behind
    assert through[0].startswith("4")


def test_a_round_that_is_over_shows_its_end_although_its_form_is_at_hand(residents, both_ways):
    residents.client.get(residents.path())
    residents.clock.now = NOW.replace(year=NOW.year + 1)

    through, behind = both_ways(residents.path())
    assert through == behind
    assert b"<form" not in through[2]


KEYS = iter(range(100_000, 200_000))
WRONG = st.sampled_from(["", "x", "a1", "13812345678", "%", "长" * 300, "0"])


def sent(residents, body, query, headers):
    """Status, headers and body of a post, without the minted key of a form that comes back."""
    got = residents.client.post(residents.path() + query, data=body, headers=headers)
    told = sorted(pair for pair in got.headers if pair[0] != "Content-Length")
    return got.status, told, KEY.sub(b"", got.data)


@st.composite
def posts(draw, fields):
    """Draw a body that may be wrong in a few ways, with an address' query and headers."""
    pairs = [pair for pair in fields if draw(st.integers(0, 40))]
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place = draw(st.integers(0, len(pairs) - 1))
        pairs[place] = (pairs[place][0], draw(WRONG))
    body = urlencode(pairs) + draw(st.sampled_from(["", "", "", "&", "&C50=%FF", "&nobody=1"]))
    headers = {"Content-Type": draw(st.sampled_from([FORM_TYPE, FORM_TYPE, "text/plain"]))}
    headers |= draw(
        st.sampled_from(
            [
                {},
                {},
                {"Accept": MEDIA_TYPE},
                {"Accept": MEDIA_TYPE},
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-origin"},
                {"Content-Encoding": "gzip"},
                {"Content-Encoding": ""},
                {"Content-Length": "7"},
                {"Content-Length": "70000"},
                {"Transfer-Encoding": "chunked"},
                {"Host": "elsewhere.example"},
            ]
        )
    )
    return body, draw(st.sampled_from(["", "?lang=en", "?lang=zh", "?lang=xx"])), headers


@settings(
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_post_is_answered_the_same_through_the_front_as_behind_it(residents, data):
    app = residents.client.application
    front, counts = app.wsgi_app, []
    residents.client.get(residents.path())
    residents.client.post(residents.path(), data="a", content_type=FORM_TYPE)
    key = page_key(next(KEYS))
    body, query, headers = data.draw(posts(residents.fields(key=key)))
    # The other side gets a page key of the same length, so that neither finds the other's answer.
    other = body.replace(key, page_key(next(KEYS)))
    counts.append(residents.stored())
    through = sent(residents, body, query, headers)
    counts.append(residents.stored())
    app.wsgi_app = front.inner
    try:
        behind = sent(residents, body, query, headers)
        counts.append(residents.stored())
        fresh = sent(residents, other, query, headers)
        counts.append(residents.stored())
    finally:
        app.wsgi_app = front

    assert through == behind
    assert counts[1] == counts[2], "sent again, nothing is added"
    assert fresh[0] == through[0]
    assert counts[1] - counts[0] == counts[3] - counts[2] == (through[0][:3] in ("200", "303"))


def test_a_sheet_without_fault_does_not_get_as_far_as_flask(residents, monkeypatch):
    residents.client.get(residents.path())
    residents.post(key=page_key(1))
    monkeypatch.setattr(residents.client.application.wsgi_app, "inner", None)

    assert residents.post(key=page_key(2)).status_code == 303
    assert residents.stored() == 2


def test_a_box_that_is_busy_is_asked_once_and_flask_says_so(residents, monkeypatch):
    residents.client.get(residents.path())
    residents.post(key=page_key(1))
    tried = []

    def busy(_box_id, row):
        tried.append(row)
        raise BoxBusy

    monkeypatch.setattr(residents.platform.inbox, "put", busy)
    got = residents.post(key=page_key(2))

    assert got.status_code == 503
    assert got.headers["Retry-After"]
    assert len(tried) == 1


def said_at_once(front, method, path, body=b"", **headers):
    """Status, headers and body that the front says by its short way, and what it would store."""
    head = {"Host": "localhost", **{name.replace("_", "-"): v for name, v in headers.items()}}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    if body:
        lines += [f"Content-Type: {FORM_TYPE}", f"Content-Length: {len(body)}"]
    request = plain_http.read("\r\n".join((*lines, "", "")).encode() + body)
    return front.at_once(request.wsgi, request.body)


@pytest.mark.parametrize("query", ["", "?lang=en"])
@pytest.mark.parametrize("accepted", ["gzip, br", "identity"])
def test_a_form_is_the_same_by_the_short_way(residents, query, accepted):
    path = residents.path() + query
    expected = seen(residents.client, path, Accept_Encoding=accepted)
    front = residents.client.application.wsgi_app

    said = said_at_once(front, "GET", path, Accept_Encoding=accepted)
    headers = dict(said.headers)
    body = gzip.decompress(said.body) if "Content-Encoding" in headers else said.body
    told = sorted(pair for pair in said.headers if pair[0] != "Content-Length")
    assert (said.status, told, KEY.sub(b"", body)) == expected
    assert headers["Content-Length"] == str(len(said.body))


@pytest.mark.parametrize("accept", ["*/*", MEDIA_TYPE])
def test_a_sheet_is_stored_and_thanked_for_the_same_by_the_short_way(residents, accept):
    residents.client.get(residents.path())
    residents.post(key=page_key(1))
    body = urlencode(residents.fields(key=page_key(2))).encode()
    front, told = residents.client.application.wsgi_app, SimpleQueue()

    said = said_at_once(front, "POST", residents.path(), body, Accept=accept)
    assert residents.stored() == 1
    said.first(told.put)
    assert told.get(timeout=60) is True
    assert residents.stored() == 2

    headers = {"Content-Type": FORM_TYPE, "Accept": accept}
    again = residents.client.post(residents.path(), data=body, headers=headers)
    assert residents.stored() == 2
    assert (said.status, sorted(said.headers), said.body) == (
        again.status,
        sorted(again.headers),
        again.data,
    )


def test_a_sheet_that_needs_a_look_into_other_boxes_waits_for_a_thread(residents, monkeypatch):
    residents.client.get(residents.path())
    residents.post(key=page_key(1))
    front = residents.client.application.wsgi_app
    code = residents.path().rpartition("/")[2]
    until, point = front.shelf.points[code]
    twice = dataclasses.replace(point, boxes=point.boxes * 2)
    monkeypatch.setitem(front.shelf.points, code, (until, twice))
    body = urlencode(residents.fields(key=page_key(2))).encode()

    assert said_at_once(front, "POST", residents.path(), body) is None
