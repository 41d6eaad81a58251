"""Ticket codes that are tried out: each try costs work or time; holders of slips get through."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from survey.collection import proof, tickets
from survey.web.public.guesses import MOST_A_MINUTE
from tests.conftest import NOW
from tests.residents import FORM_TYPE, Residents, hidden
from tests.web.public.test_ticketing import residents, slips, ticketed_home  # noqa: F401


def enter(residents: Residents, **fields: str) -> TestResponse:  # noqa: F811
    return residents.client.post("/t", data=urlencode(fields), content_type=FORM_TYPE)


@pytest.fixture
def flooded(residents: Residents) -> Residents:  # noqa: F811
    """Somebody has tried out more codes than anybody mistypes."""
    for _ in range(MOST_A_MINUTE + 1):
        assert enter(residents, ticket=tickets.make_slip().code).status_code == 404
    return residents


def test_every_code_costs_something_then_whoever_has_it(flooded: Residents) -> None:
    (slip,) = slips(flooded)
    asked = [enter(flooded, ticket=code) for code in (slip.code, tickets.make_slip().code)]
    assert [each.status_code for each in asked] == [422, 422]
    html = asked[0].get_data(as_text=True)
    assert f'value="{slip.code}"' in html
    assert "等20秒" in html


def test_work_opens_the_form_at_once_and_only_for_its_code(flooded: Residents) -> None:
    one, other = slips(flooded, 2)
    shown = proof.solve("T", one.code)
    assert enter(flooded, ticket=one.secret, ik="", pow=shown).status_code == 200
    assert enter(flooded, ticket=other.code, pow=shown).status_code == 422


def test_without_script_waiting_opens_it_and_only_for_its_code(flooded: Residents) -> None:
    one, other = slips(flooded, 2)
    key = hidden(enter(flooded, ticket=one.code).get_data(as_text=True), "ik")
    assert enter(flooded, ticket=one.code, ik=key, pow="").status_code == 422
    flooded.clock.now = NOW + timedelta(seconds=21)
    assert enter(flooded, ticket=other.code, ik=key, pow="").status_code == 422
    assert enter(flooded, ticket=one.code, ik=key, pow="").status_code == 200


def test_it_is_over_two_minutes_later(flooded: Residents) -> None:
    flooded.clock.now = NOW + timedelta(minutes=2)
    (slip,) = slips(flooded)
    assert enter(flooded, ticket=slip.code).status_code == 200
