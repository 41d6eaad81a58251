"""Deciding on what residents wrote in open consultations: put right, pass on, answer, or file."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy

from survey import clock
from survey.accounts.policy import Action
from survey.consultations import service
from survey.consultations.models import Outcome
from survey.errors import SurveyError
from survey.web.console import item_page
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("consultations", __name__, url_prefix="/consultations")
TRIAGE = Action.REGISTER_ITEMS
MOST = 100
OUTCOMES = {
    Outcome.RECTIFY: lazy("转整改"),
    Outcome.FORWARD: lazy("转办"),
    Outcome.ANSWER: lazy("答复"),
    Outcome.FILE: lazy("归档（无实质内容）"),
}


@bp.get("/")
@policy(TRIAGE)
def index() -> ResponseReturnValue:
    """List the entries that wait for a decision."""
    return _page()


@bp.post("/")
@policy(TRIAGE)
def decide() -> ResponseReturnValue:
    """Decide on the entries that were ticked; what was written is kept when that is refused."""
    given = request.form.get("outcome", "")
    outcome = Outcome(given) if given in set(Outcome) else Outcome.RECTIFY
    try:
        with transaction() as session:
            service.triage(
                session,
                actor(),
                request.form.getlist("id")[:MOST],
                outcome,
                request.form.get("words", ""),
                org_id=request.form.get("org_id", "").strip()[:32],
                same_as=request.form.get("same_as", "").strip()[:20],
                now=clock.now(),
            )
    except SurveyError as refused:
        return _page(refused=sentence(refused), status=refused.status)
    return redirect(url_for(".index", done="triaged"), code=303)


def _page(refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        entries = service.waiting(session, actor(), now=clock.now())
        return page(
            session,
            "console/consultations.html",
            entries=[(each, item_page.chip_of(each.due)) for each in entries[:MOST]],
            total=len(entries),
            outcomes=OUTCOMES,
            refused=refused,
            given=request.form,
            ticked=set(request.form.getlist("id")),
        ), status
