"""Tickets in the console: two people, one print, taken back; nobody else's business."""

import re

import pypdfium2
import pytest
from sqlalchemy import select

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR
from survey.campaigns import service as campaigns
from survey.campaigns.service import Use
from survey.collection import fieldwork
from survey.collection.ticket_models import Ticket, TicketBatch
from survey.web.platform import EXTENSION
from survey.web.public.pages import renderer
from tests.web.console.conftest import PASSWORD

ROUND = "R2026T1"
PAGE = f"/console/rounds/{ROUND}/tickets/"


@pytest.fixture
def held(app):
    """The platform, with an open round of tickets."""
    from datetime import timedelta

    platform, now = app.extensions[EXTENSION], clock.now()
    with platform.sessions.begin() as session:
        accounts.add_account(
            session, OPERATOR, "qu2", "另一位", Role.DISTRICT_ADMIN, "D0", PASSWORD, now=now
        )
        round_ = campaigns.create_round(
            session,
            OPERATOR,
            code=ROUND,
            title="一票一码评议",
            uses=[Use("C_window_sat", org_ids=("W01", "W10"))],
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=9),
            mode="ticket",
            now=now,
        )
        stores = (round_, platform.keystore, platform.inbox, renderer(platform.config.zone))
        fieldwork.open_round(session, OPERATOR, *stores, now=now, no_key_copy=True)
    return platform


def ask(browser, size=12):
    """Ask for a batch of the first object offered; return its id."""
    page = browser.get(PAGE).get_data(as_text=True)
    code = re.search(r'<option value="(\w{8})"', page)[1]
    assert browser.post(PAGE + "request", {"point": code, "size": size}).status_code == 303
    page = browser.get(PAGE).get_data(as_text=True)
    return re.search(r'<td class="code[^>]*>(\w{6})</td>', page)[1]


def test_one_asks_another_allows_and_it_is_printed_once(held, as_):
    unit, office = as_("danwei"), as_("qu")
    batch = ask(unit)
    assert office.post(f"{PAGE}{batch}/decide", {"decision": "allow"}).status_code == 303
    printed = unit.post(f"{PAGE}{batch}/print", {"decision": "pdf"})
    assert printed.status_code == 200
    assert printed.headers["Cache-Control"] == "no-store"
    with pypdfium2.PdfDocument(printed.data) as document:
        assert len(document) == 2
    assert unit.post(f"{PAGE}{batch}/print", {"decision": "pdf"}).status_code == 409
    with held.sessions() as session:
        assert len(session.scalars(select(Ticket.hash)).all()) == 12
    assert not list(held.config.documents.glob("*.pdf"))


def test_who_asked_cannot_allow(held, as_):
    office = as_("qu")
    batch = ask(office)
    refused = office.post(f"{PAGE}{batch}/decide", {"decision": "allow"})
    assert refused.status_code == 409
    assert "另一位管理员" in refused.get_data(as_text=True)
    assert as_("danwei").post(f"{PAGE}{batch}/decide", {"decision": "allow"}).status_code == 403
    assert as_("qu2").post(f"{PAGE}{batch}/decide", {"decision": "allow"}).status_code == 303


def test_a_batch_is_taken_back_and_asked_for_again(held, as_):
    unit, office = as_("danwei"), as_("qu")
    batch = ask(unit, 3)
    office.post(f"{PAGE}{batch}/decide", {"decision": "allow"})
    table = unit.post(f"{PAGE}{batch}/print", {"decision": "table"})
    assert table.get_data(as_text=True).startswith("org,code,url")
    assert office.post(f"{PAGE}{batch}/void", {"reason": ""}).status_code == 422
    told = office.post(f"{PAGE}{batch}/void", {"reason": "丢了", "again": "1"})
    assert told.status_code == 303
    with held.sessions() as session:
        states = sorted(session.scalars(select(TicketBatch.state)))
    assert states == ["requested", "void"]


@pytest.mark.parametrize("size", ["", "0", "-3", "5001", "x"])
def test_a_number_out_of_bounds_is_refused(held, as_, size):
    unit = as_("danwei")
    code = re.search(r'<option value="(\w{8})"', unit.get(PAGE).get_data(as_text=True))[1]
    assert unit.post(PAGE + "request", {"point": code, "size": size}).status_code == 422


def test_nobody_asks_for_a_foreign_object(held, as_):
    with held.sessions() as session:
        from survey.collection.points import list_points

        round_ = campaigns.get_round(session, OPERATOR, ROUND)
        foreign = next(p for p in list_points(session, OPERATOR, round_) if p.org_id == "W10")
    unit = as_("danwei")
    assert foreign.code not in unit.get(PAGE).get_data(as_text=True)
    told = unit.post(PAGE + "request", {"point": foreign.code, "size": "3"})
    assert told.status_code == 404
    assert as_("chuangkou").post(PAGE + "request", {"point": foreign.code}).status_code == 403
