"""Single answers of a round: asked for by an analyst, allowed by an approver, taken once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action, Actor, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.errors import NotAllowed, NotFound, SurveyError
from survey.results import rows
from survey.results import service as results
from survey.web.console.acts import carry_out
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("rows", __name__, url_prefix="/rounds/<round_code>/rows")
REQUEST, ALLOW = Action.REQUEST_ROWS, Action.ALLOW_ROWS
STATES = {
    "waiting": lazy("等批准"),
    "allowed": lazy("已批准，还没有取"),
    "refused": lazy("没有批准"),
    "taken": lazy("已取走"),
}
Act = Callable[[Session, Actor, Round, datetime], object]


@bp.get("/")
@policy(Action.SEE_RESULTS)
def show(round_code: str) -> ResponseReturnValue:
    """Show every request for single answers of a round."""
    return _page(round_code)


@bp.post("/ask")
@policy(REQUEST)
def ask(round_code: str) -> ResponseReturnValue:
    """Ask for single answers."""
    reason = request.form.get("reason", "")
    return _act(round_code, lambda s, who, r, now: rows.ask(s, who, r, reason, now=now))


@bp.post("/<int:request_id>/decide")
@policy(ALLOW)
def decide(round_code: str, request_id: int) -> ResponseReturnValue:
    """Allow a request, or refuse it."""
    allow = request.form.get("allow") == "yes"
    return _act(
        round_code, lambda s, who, r, now: rows.decide(s, who, r, request_id, allow=allow, now=now)
    )


@bp.post("/<int:request_id>/take")
@policy(REQUEST)
def take(round_code: str, request_id: int) -> ResponseReturnValue:
    """Hand out what was allowed, once."""
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            taken = rows.take(session, actor(), round_, request_id, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, sentence(refused), refused.status)
    return send(taken.data, "text/csv", f"{round_code}-rows.csv")


def _act(round_code: str, act: Act) -> ResponseReturnValue:
    return carry_out(
        lambda s: act(s, actor(), campaigns.get_round(s, actor(), round_code), clock.now()),
        lambda refused, status: _page(round_code, refused, status),
        url_for(".show", round_code=round_code),
    )


def _page(round_code: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    if not (may(actor(), REQUEST) or may(actor(), ALLOW)):
        raise NotAllowed(
            "逐张答卷由统计员申请、审定人批准", "Single answers are for analysts and approvers"
        )
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        if not results.is_opened(session, round_):
            return page(session, "console/results_sealed.html", round=round_)
        return page(
            session,
            "console/rows.html",
            round=round_,
            found=rows.requests_of(session, round_),
            states=STATES,
            me=actor().name,
            k=results.rules_of(round_).k_public,
            may_ask=may(actor(), REQUEST),
            may_allow=may(actor(), ALLOW),
            refused=refused,
        ), status
