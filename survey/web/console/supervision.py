"""The supervisor's page: numbers that were opened, and work that residents call a show."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound, SurveyError
from survey.rectification import supervision
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("supervision", __name__, url_prefix="/supervision")
SUPERVISE = Action.SUPERVISE


@bp.get("/")
@policy(SUPERVISE)
def index() -> ResponseReturnValue:
    """List what waits for a second look."""
    return _page()


@bp.post("/<int:entry_id>")
@policy(SUPERVISE)
def review(entry_id: int) -> ResponseReturnValue:
    """Record what a second look at an opened number found."""
    try:
        with transaction() as session:
            note = request.form.get("note", "")
            supervision.review(session, actor(), entry_id, note, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(sentence(refused), refused.status)
    return redirect(url_for(".index", done="reviewed"), code=303)


def _page(refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        html = page(
            session,
            "console/supervision.html",
            openings=supervision.openings(session, actor()),
            suspicions=supervision.suspicions(session, actor()),
            refused=refused,
        )
    return html, status
