"""Custodians of a round's key: who they are, each one's own sheet, and their words at the end."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.collection import custodians, fieldwork
from survey.collection.key_sheets import key_sheets_html
from survey.errors import SurveyError
from survey.web.console.forms import CustodiansForm, ShareForm
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("custodians", __name__, url_prefix="/rounds/<round_code>/custodians")
SEE, RUN = Action.SEE_ROUNDS, Action.RUN_ROUNDS


@bp.get("/")
@policy(SEE)
def show(round_code: str) -> ResponseReturnValue:
    """Show who keeps the key, and what the reader has to do with it."""
    return _page(round_code)


@bp.post("/split")
@policy(RUN)
def split(round_code: str) -> ResponseReturnValue:
    """Part the key among three accounts."""
    form = CustodiansForm(request.form)
    held = platform()
    if not form.validate():
        return _page(round_code, form.first_error(), 422)
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            now = clock.now()
            stores = (session, actor(), round_, held.keystore)
            fieldwork.prepare_boxes(*stores, held.inbox, now=now, zone=held.config.zone)
            custodians.split_key(*stores, form.chosen(), now=now)
        with reading() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            custodians.finish_split(session, round_, held.keystore)
    except SurveyError as refused:
        return _page(round_code, sentence(refused), refused.status)
    return redirect(url_for(".show", round_code=round_code), code=303)


@bp.post("/sheet/<int:number>")
@policy(SEE)
def sheet(round_code: str, number: int) -> Response:
    """Give a custodian the sheet to print; it is made anew each time and stored nowhere."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        found = custodians.sheet_of(session, actor(), round_, platform().keystore, number)
    made = platform().renderer.render(key_sheets_html([found]))
    return send(made, "application/pdf", f"{round_code}-key-{number}.pdf", is_shown=True)


@bp.post("/collect/<int:number>")
@policy(SEE)
def collect(round_code: str, number: int) -> ResponseReturnValue:
    """Note that the sheet is printed; the server forgets its words."""
    with transaction() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        keystore = platform().keystore
        custodians.collect(session, actor(), round_, keystore, number, now=clock.now())
    return redirect(url_for(".show", round_code=round_code), code=303)


@bp.post("/give")
@policy(SEE)
def give(round_code: str) -> ResponseReturnValue:
    """Take the words of the reader's own sheet, after the round has ended."""
    form = ShareForm(request.form)
    if not form.validate():
        return _page(round_code, form.first_error(), 422)
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            words, keystore = form.words.data, platform().keystore
            custodians.give(session, actor(), round_, keystore, words, now=clock.now())
    except SurveyError as refused:
        return _page(round_code, sentence(refused), refused.status)
    return redirect(url_for(".show", round_code=round_code), code=303)


def _page(round_code: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        standing = custodians.standing_of(session, round_, platform().keystore)
        is_over = round_.state == RoundState.OPEN and clock.now() >= round_.paper_until
        return page(
            session,
            "console/custodians.html",
            round=round_,
            refused=refused,
            custody=standing,
            mine=next((s for s in standing.shares if s.account == actor().name), None),
            people=_people(session, round_),
            may_run=may(actor(), RUN),
            is_over=is_over,
            share_form=ShareForm(),
        ), status


def _people(session: Session, round_: Round) -> list[tuple[str, str]]:
    """Return whom the key can be given to: names and who they are; nobody once it has begun."""
    can_split = round_.state in (RoundState.DRAFT, RoundState.SCHEDULED)
    if not may(actor(), Action.MANAGE_ACCOUNTS) or not can_split:
        return []
    found = accounts.list_accounts(session, actor())
    return [(each.name, each.display_name) for each in found if each.is_active]
