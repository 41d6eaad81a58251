"""The first view of every form: one document, small enough for the first round trip."""

import gzip
import re

import pytest

from survey.web.public.pages import middle
from tests.every_form import MEMBERS, PLACES, EveryForm

BUDGETS = dict.fromkeys(PLACES, 14 * 1024) | {"B_member_review": 30 * 1024}
SERVER_HEADERS = 97
"""Status line, Server, Date and Connection, which gunicorn adds."""


@pytest.mark.parametrize("code", sorted(PLACES))
@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_first_view_fits_into_the_first_round_trip(every_form: EveryForm, code: str, query: str):
    client = every_form.app.test_client()
    response = client.get(every_form.path(code) + query, headers={"Accept-Encoding": "gzip"})
    headers = sum(len(name) + len(value) + 4 for name, value in response.headers)
    slip = len(middle("", "", "A" * 26)) - len(middle("", ""))

    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.data) + slip + headers + SERVER_HEADERS <= BUDGETS[code]


@pytest.mark.parametrize("code", sorted(PLACES))
def test_the_first_view_is_one_request(every_form: EveryForm, code: str):
    html = every_form.app.test_client().get(every_form.path(code)).text

    assert not re.search(r"<(?:img|iframe|object|embed|audio|video|base)\b", html)
    assert set(re.findall(r"<link[^>]*>", html)) == {'<link rel="icon" href="data:,">'}
    assert not re.search(r"\ssrc=|@import|url\(|\sstyle=|\son[a-z]+=", html)


def test_every_member_is_on_the_form(every_form: EveryForm):
    client = every_form.app.test_client()
    packed = client.get(every_form.path("B_member_review"), headers={"Accept-Encoding": "gzip"})
    html = gzip.decompress(packed.data).decode()

    assert len(set(re.findall(r'<fieldset class="q" id="q-B1_([^"]+)"', html))) == MEMBERS
    namesakes = re.findall(r"欧阳古丽娜尔·买买提[^<]*<small>（[^<]+）", html)
    assert len(set(namesakes)) == 2, "people of one name are told apart"


def test_problem_measures_and_owner_stand_on_lines_of_their_own(every_form: EveryForm):
    html = every_form.app.test_client().get(every_form.path("H_rectify_recheck")).text

    assert "<br>整改措施：增配引导员两名" in html
    assert "<br>责任单位：" in html
