"""Proof of work at the endpoint: with it at once, without it after a while, replays never twice."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from survey.accounts.policy import OPERATOR
from survey.collection import fieldwork, proof, receipts
from survey.web.platform import EXTENSION
from survey.web.public import pages
from tests.conftest import NOW
from tests.residents import Clock, Residents, hidden, make_app, serve
from tests.rounds import add_district, add_round, page_key


@pytest.fixture
def asking(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Residents:
    """A round that asks for proof of work."""
    time = Clock(NOW)
    monkeypatch.setattr("survey.clock.now", lambda: time.now)
    held = make_app(tmp_path).extensions[EXTENSION]
    with held.sessions.begin() as session:
        add_district(session, NOW)
        fieldwork.open_round(
            session,
            OPERATOR,
            add_round(session, NOW, asks_proof=True),
            held.keystore,
            held.inbox,
            pages.renderer(held.config.zone),
            now=NOW,
            no_key_copy=True,
        )
    held.engine.dispose()
    return serve(tmp_path, time)


def test_the_page_says_what_to_work_on(asking: Residents) -> None:
    html = asking.client.get(asking.path()).get_data(as_text=True)
    assert re.search(r'<input type="hidden" name="pow" value="" data-w="16.2.000">', html)


def test_a_worked_out_answer_is_taken_and_its_replay_is_one(asking: Residents) -> None:
    code = asking.points["W01"].code
    shown = proof.solve(code, page_key(7))
    for _ in range(3):
        assert asking.post(key=page_key(7), pow=shown).status_code == 303
    assert asking.stored() == 1
    assert asking.post(key=page_key(8), pow=shown).status_code == 422
    assert asking.post("B001", key=page_key(7), pow=shown).status_code == 422


def test_a_phones_own_key_needs_its_proof(asking: Residents) -> None:
    response = asking.post(key=page_key(1))
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "等20秒" in html
    # The page that comes back carries a key with which waiting is enough.
    assert receipts.key_is_ours(asking.platform.config.secret_key, hidden(html, "ik"))
    assert asking.stored() == 0


def test_without_script_waiting_is_enough(asking: Residents) -> None:
    key = hidden(asking.client.get(asking.path()).get_data(as_text=True), "ik")
    early = asking.post(key=key, pow="")
    assert early.status_code == 422
    assert hidden(early.get_data(as_text=True), "ik") == key
    asking.clock.now += timedelta(seconds=25)
    assert asking.post(key=key, pow="").status_code == 303
    assert asking.post(key=key).status_code == 303
    assert asking.stored() == 1


def test_a_proof_stays_on_a_page_that_comes_back(asking: Residents) -> None:
    shown = proof.solve(asking.points["W01"].code, page_key(3))
    response = asking.post(key=page_key(3), pow=shown, C50=None)
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert hidden(html, "pow") == shown
    assert hidden(html, "ik") == page_key(3)
