"""What goes out before Flask is asked differs in nothing from what Flask would say."""

import gzip
import re

import pytest

from tests.conftest import NOW

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
