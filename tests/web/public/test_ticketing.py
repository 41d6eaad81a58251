"""Ticketed points as residents meet them: contract.md 4 and security.md 6.2, 6.3 and A6."""

import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.collection import issuing, tickets
from survey.collection.ticket_models import TicketBatch
from survey.collection.tickets import Slip
from tests.conftest import NOW
from tests.residents import FORM_TYPE, Clock, Residents, hidden, open_home, serve
from tests.rounds import page_key


@pytest.fixture(scope="module")
def ticketed_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an open round in which everybody answers with a ticket."""
    home = Path(tmp_path_factory.mktemp("ticketed"))
    open_home(sqlite_template, home, mode="ticket")
    return home


@pytest.fixture
def residents(ticketed_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Residents:
    """The round of tickets, its time standing still."""
    shutil.copytree(ticketed_home, tmp_path / "home")
    time = Clock(NOW)
    monkeypatch.setattr(clock, "now", lambda: time.now)
    return serve(tmp_path / "home", time)


def slips(residents: Residents, count: int = 1, org_id: str = "W01") -> list[Slip]:
    """Return fresh slips of an object."""
    held, made = residents.platform, issuing.make_slips(count)
    with held.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        point = residents.points[org_id]
        batch = issuing.request(session, OPERATOR, round_, point, count, now=NOW)
        issuing.decide(session, OPERATOR, round_, batch.id, allow=True, now=NOW)
        issuing.issue(session, OPERATOR, held.keystore, round_, batch.id, made, now=NOW)
    return made


def withdraw(residents: Residents) -> None:
    """Make every batch void."""
    with residents.platform.sessions.begin() as session:
        round_ = campaigns.get_round(session, OPERATOR, "R1")
        for batch in session.scalars(select(TicketBatch)):
            issuing.withdraw(session, OPERATOR, round_, batch.id, reason="丢失", now=NOW)


def enter(residents: Residents, ticket: str, path: str = "/t") -> TestResponse:
    """Post a ticket."""
    return residents.client.post(path, data=urlencode({"ticket": ticket}), content_type=FORM_TYPE)


def test_a_ticketed_point_says_that_a_slip_is_needed(residents: Residents) -> None:
    (slip,) = slips(residents)
    enter(residents, slip.code)  # The form is at hand now, and still not shown to others.
    response = residents.client.get(residents.path())
    html = response.get_data(as_text=True)
    assert response.status_code == 200
    assert 'href="/t"' in html
    assert "评议票" in html
    assert 'name="ik"' not in html


@pytest.mark.parametrize("path", ["/t", "/T"])
def test_secret_and_code_open_the_form_of_their_point(residents: Residents, path: str) -> None:
    (slip,) = slips(residents)
    for given in (slip.secret, slip.code, slip.code.lower(), f"{slip.code[:8]} {slip.code[8:]}"):
        response = enter(residents, given, path)
        html = response.get_data(as_text=True)
        assert response.status_code == 200
        assert f'action="{residents.path()}"' in html
        assert hidden(html, "ticket") == slip.code
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


def test_a_ticket_counts_once_and_its_own_page_is_thanked_again(residents: Residents) -> None:
    (slip,) = slips(residents)
    html = enter(residents, slip.secret).get_data(as_text=True)
    key = hidden(html, "ik")
    for _ in range(2):
        assert residents.post(key=key, ticket=slip.code).status_code == 303
    assert residents.stored() == 1
    assert residents.post(key=page_key(2), ticket=slip.code).status_code == 409
    assert residents.stored() == 1


def test_looking_spends_nothing_and_tells_nothing(residents: Residents) -> None:
    used, fresh = slips(residents, 2)
    assert residents.post(key=page_key(1), ticket=used.code).status_code == 303
    seen = []
    for slip in (used, fresh, used, fresh):
        response = enter(residents, slip.code)
        html = response.get_data(as_text=True)
        for secret in (slip.code, hidden(html, "ik")):
            html = html.replace(secret, "-")
        seen.append((response.status_code, html[: html.index('name="ik"')]))
        for method in ("get", "head", "options"):
            assert getattr(residents.client, method)("/t").status_code == 200
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert residents.post(key=page_key(2), ticket=fresh.code).status_code == 303


def test_unknown_and_void_are_the_same_404(residents: Residents) -> None:
    (slip,) = slips(residents)
    withdraw(residents)
    void, unknown = enter(residents, slip.code), enter(residents, tickets.make_slip().code)
    assert void.status_code == unknown.status_code == 404
    assert void.data == unknown.data
    assert dict(void.headers) == dict(unknown.headers)


def test_spent_void_and_unknown_are_one_sentence_at_submit(residents: Residents) -> None:
    used, left = slips(residents, 2)
    residents.post(key=page_key(1), ticket=used.code)
    withdraw(residents)
    (elsewhere,) = slips(residents, org_id="B001")
    refused = [
        residents.post(key=page_key(number), ticket=ticket)
        for number, ticket in enumerate(
            (used.code, left.code, tickets.make_slip().code, elsewhere.code), start=2
        )
    ]
    assert {response.status_code for response in refused} == {409}
    assert len({response.data for response in refused}) == 1
    # Who has been told that it arrived is told so again, whatever becomes of the batch.
    assert residents.post(key=page_key(1), ticket=used.code).status_code == 303


def test_without_a_ticket_nothing_is_taken(residents: Residents) -> None:
    slips(residents)
    for ticket in (None, "", "x", "0" * 15, "0" * 27):
        assert residents.post(key=page_key(1), ticket=ticket).status_code == 400
    assert residents.stored() == 0


def test_a_form_that_comes_back_still_has_its_ticket(residents: Residents) -> None:
    (slip,) = slips(residents)
    response = residents.post(key=page_key(1), ticket=slip.secret, C50=None)
    assert response.status_code == 422
    assert hidden(response.get_data(as_text=True), "ticket") == slip.code


@pytest.mark.parametrize("path", ["/t/ABCDEF", "/t?ticket=ABCDEF", "/t?x=1", "/t/a/b", "/T/ABC"])
def test_a_secret_in_the_address_leads_away_from_it(residents: Residents, path: str) -> None:
    response = residents.client.get(path)
    assert response.status_code == 303
    assert response.headers["Location"] == "/t"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("ticket=" + "0" * 27, 400),
        ("ticket=" + "0" * 25, 400),
        ("ticket=0000000000000000%00", 400),
        ("ticket[]=" + "0" * 16, 400),
        ("ticket=" + "0" * 16 + "&ticket=" + "1" * 16, 400),
        ("ticket=" + "0" * 16 + "&state=1", 400),
        ("ticket=" + "0" * 60_000, 400),
        ("ticket=" + "0" * 70_000, 413),
        ("", 400),
    ],
)
def test_what_no_ticket_looks_like_is_refused(residents: Residents, body: str, status: int) -> None:
    assert residents.client.post("/t", data=body, content_type=FORM_TYPE).status_code == status


def test_json_is_no_form(residents: Residents) -> None:
    assert residents.client.post("/t", json={"ticket": "0" * 16}).status_code == 415


def test_ten_thousand_guesses_hit_nothing(residents: Residents) -> None:
    slips(residents, 200)
    keystore = residents.platform.keystore
    with residents.platform.sessions() as session:
        for _ in range(10_000):
            with pytest.raises(tickets.TicketNotFound):
                tickets.point_of(session, keystore, tickets.make_slip().code)


def test_the_page_runs_its_script_alone_and_asks_in_the_body(residents: Residents) -> None:
    response = residents.client.get("/t")
    html = response.get_data(as_text=True)
    assert 'method="post"' in html
    assert "location.hash" in html
    assert "form-action 'self'" in response.headers["Content-Security-Policy"]


def test_a_closed_round_says_so_to_a_ticket(residents: Residents) -> None:
    (slip,) = slips(residents)
    residents.clock.now = residents.points["W01"].closes_at
    response = enter(residents, slip.code)
    assert response.status_code == 200
    assert "截止" in response.get_data(as_text=True)
    assert residents.post(key=page_key(1), ticket=slip.code).status_code == 410
