"""Open comments about one object, by topic: read, summed up, and sent to be put right."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from survey import clock
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.comments import service as comments
from survey.errors import Fault, ImportRefused, NotFound, SurveyError
from survey.org import queries as organisations
from survey.results import service as results
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.policies import TABLE_BYTES, policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("comments", __name__)
SEE, CONFIRM, EDIT = Action.SEE_RESULTS, Action.REGISTER_ITEMS, Action.EDIT_QUESTIONNAIRES
SHOWN = 40
"""Comments of a topic that a page shows; the rest are counted."""


@bp.get("/rounds/<round_code>/comments/<org_id>")
@policy(SEE)
def show(round_code: str, org_id: str) -> ResponseReturnValue:
    """Show the comments about one object, masked, by topic."""
    return _page(round_code, org_id)


@bp.post("/rounds/<round_code>/comments/<org_id>")
@policy(CONFIRM)
def confirm(round_code: str, org_id: str) -> ResponseReturnValue:
    """Confirm one topic in the office's words, and make an item of it where it is a problem."""
    topic = request.form.get("topic", "")[:40]
    try:
        with transaction() as session:
            comments.confirm(
                session,
                actor(),
                campaigns.get_round(session, actor(), round_code),
                org_id,
                topic,
                request.form.get("summary", ""),
                is_problem="is_problem" in request.form,
                now=clock.now(),
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, org_id, topic, sentence(refused), refused.status)
    return redirect(
        url_for(".show", round_code=round_code, org_id=org_id) + f"#t-{topic}", code=303
    )


@bp.get("/comments/topics")
@policy(EDIT)
def topics() -> str:
    """Show the dictionary of topics and the form that replaces it."""
    with reading() as session:
        found = comments.topics_of(session)
        return page(session, "console/topics.html", topics=found, faults=())


@bp.post("/comments/topics")
@policy(EDIT, max_bytes=TABLE_BYTES)
def save_topics() -> ResponseReturnValue:
    """Put an edited table in place of the dictionary."""
    file = request.files.get("file", FileStorage())
    faults: tuple[Fault, ...] = ()
    try:
        with transaction() as session:
            data, name = file.read(), file.filename or ""
            comments.save_topics(session, actor(), data, name, now=clock.now())
    except ImportRefused as refused:
        faults = tuple(refused.faults)
    if not faults:
        return redirect(url_for(".topics"), code=303)
    with reading() as session:
        found = comments.topics_of(session)
        return page(session, "console/topics.html", topics=found, faults=faults), 422


@bp.get("/comments/topics.csv")
@policy(EDIT)
def topics_table() -> Response:
    """Send the dictionary as CSV, to be edited and taken in again."""
    with reading() as session:
        text = comments.topics_csv(session)
    return send("\ufeff" + text, "text/csv", f"{_('意见主题')}.csv")


def _page(
    round_code: str, org_id: str, refused: str = "", why: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        org = organisations.get_visible(session, actor(), SEE, org_id)
        if not results.is_opened(session, round_):
            return page(session, "console/results_sealed.html", round=round_)
        return page(
            session,
            "console/comments.html",
            round=round_,
            org=org,
            board=comments.board_of(session, actor(), round_, org_id),
            may_confirm=may(actor(), CONFIRM, org.path),
            may_edit=may(actor(), EDIT),
            refused=refused,
            why=why,
            typed=request.form.get("summary", ""),
            shown=SHOWN,
        ), status
