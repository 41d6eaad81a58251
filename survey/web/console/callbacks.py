"""Calling back those who left a number: one at a time, with a reason, and what came of it."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy

from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound, SurveyError
from survey.rectification import callbacks
from survey.rectification.callbacks import Result
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks")
CALL = Action.CALL_BACK
RESULTS = {
    Result.SATISFIED: lazy("满意"),
    Result.DISSATISFIED: lazy("不满意"),
    Result.UNREACHED: lazy("没有联系上"),
}


@bp.get("/")
@policy(CALL)
def index() -> ResponseReturnValue:
    """List who wants to be called back; numbers stay closed."""
    return _page(request.args.get("item", "")[:20])


@bp.post("/<id_>/open")
@policy(CALL)
def open_number(id_: str) -> ResponseReturnValue:
    """Show one number, which goes on record with the reason; it is in no address and not kept."""
    reason = request.form.get("reason", "")
    try:
        with transaction() as session:
            number = callbacks.open_number(
                session, actor(), platform().keystore, id_, reason, now=clock.now()
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(refused=sentence(refused), status=refused.status)
    return _page(opened=(id_, number))


@bp.post("/<id_>/result")
@policy(CALL)
def record(id_: str) -> ResponseReturnValue:
    """Write down what came of a call."""
    given = request.form.get("result", "")
    try:
        result = Result(given) if given in set(Result) else None
        with transaction() as session:
            callbacks.record_result(session, actor(), id_, result, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(refused=sentence(refused), status=refused.status)
    return redirect(url_for(".index", done="called"), code=303)


def _page(
    item: str = "", *, refused: str = "", opened: tuple[str, str] = ("", ""), status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        found = callbacks.numbers(session, actor(), item=item)
        html = page(
            session,
            "console/callbacks.html",
            numbers=found,
            item=item,
            results=RESULTS,
            refused=refused,
            opened_id=opened[0],
            opened=opened[1],
            kept=callbacks.KEPT_AFTER_CLOSING.days,
        )
    return html, status
