"""The checklist in an inspector's hand: one's tasks, filled in without signal, sent once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from flask import current_app as app
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from reports.formats import Format
from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound, SurveyError
from survey.inspections import photos, queries, service
from survey.inspections.assigned import find_assigned
from survey.inspections.paper import paper_sheet
from survey.inspections.queries import Stage
from survey.inspections.refusals import AnswersRefused
from survey.web.console import forms
from survey.web.console import named_form as printed
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send_paper
from survey.web.platform import platform
from survey.web.policies import EVIDENCE_BYTES, policy
from survey.web.public import source
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction
from survey.web.uploads import received

bp = Blueprint("checklist", __name__, url_prefix="/inspections/mine")
INSPECT = Action.INSPECT
EVALUATOR = ("expressions.js", "functions.js")
TO_FILL = (Stage.TODO, Stage.RETURNED)
ALL_PHOTOS_BYTES = 10 * EVIDENCE_BYTES


@bp.get("/")
@policy(INSPECT)
def index() -> ResponseReturnValue:
    """List one's own tasks; the script adds what is kept on this phone."""
    with reading() as session:
        rows = queries.my_tasks(session, actor())
        return _kept_offline(
            page(
                session,
                "console/checklist_mine.html",
                todo=[row for row in rows if row.stage in TO_FILL],
                waiting=[row for row in rows if row.stage is Stage.WAITING],
                sent=[row for row in rows if row.stage is Stage.DONE],
                account=actor().name,
            )
        )


@bp.get("/<int:task_id>")
@policy(INSPECT)
def fill(task_id: int) -> ResponseReturnValue:
    """Show the checklist of one object, empty; what was begun stands on the phone."""
    return _fill_page(task_id)


@bp.get("/<int:task_id>/sheet.pdf")
@bp.get("/<int:task_id>/sheet.<any(docx,xlsx,html):format_>")
@policy(INSPECT)
def sheet(task_id: int, format_: str = "pdf") -> Response:
    """Send the checklist on paper, for where a phone is of no use."""
    with reading() as session:
        made = paper_sheet(find_assigned(session, actor(), task_id), platform().config.zone)
    return send_paper(made, Format(format_), f"{_('检查表')}.{format_}")


@bp.post("/<int:task_id>")
@policy(INSPECT, max_bytes=ALL_PHOTOS_BYTES)
def submit(task_id: int) -> ResponseReturnValue:
    """Take in a checklist; a phone asks for JSON, a page without script for a page."""
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        with transaction() as session:
            fields = _with_photos(session, task_id)
            questionnaire = find_assigned(session, actor(), task_id).form.questionnaire
            values, faults = printed.judged(questionnaire, fields)
            if faults:
                raise AnswersRefused(faults)
            key = request.form.get("id", "")
            handed = service.submit(session, actor(), task_id, key, values, now=clock.now())
            href = url_for("console.inspections.show", inspection_id=handed.inspection.id)
    except NotFound:
        raise
    except SurveyError as refused:
        found = refused.faults if isinstance(refused, AnswersRefused) else {}
        if wants_json:
            answer = jsonify(code=refused.code, message=sentence(refused), faults=found)
            return answer, refused.status
        return _fill_page(task_id, found, sentence(refused), refused.status)
    if wants_json:
        return jsonify(stored=True, href=href)
    return redirect(f"{href}?done=handed", code=303)


@bp.post("/<int:task_id>/photos")
@policy(INSPECT, max_bytes=EVIDENCE_BYTES)
def add_photo(task_id: int) -> ResponseReturnValue:
    """Take in one photograph ahead of the checklist that names it."""
    file = request.files.get("file")
    try:
        with transaction() as session:
            photo = photos.add_photo(
                session,
                actor(),
                task_id,
                request.form.get("item", ""),
                received(file),
                folder=platform().config.evidence,
                now=clock.now(),
            )
            return jsonify(digest=photo.digest)
    except SurveyError as refused:
        return jsonify(code=refused.code, message=sentence(refused)), refused.status


@bp.get("/session")
@policy(INSPECT)
def session_state() -> Response:
    """Say who is signed in, and give the token that sending takes."""
    return jsonify(account=actor().name, token=forms.csrf_token())


@bp.get("/evaluator.js")
@policy(INSPECT)
def evaluator() -> Response:
    """Send the evaluator of conditions that residents' forms use."""
    return _script(source.script(*EVALUATOR))


@bp.get("/worker.js")
@policy(INSPECT)
def worker() -> Response:
    """Send the worker that opens these pages without signal; it reaches no other page."""
    # Its reach is the folder it is served from, so it cannot come from the folder of scripts.
    return _script((Path(str(app.static_folder)) / "inspection_worker.js").read_text("utf-8"))


def _script(text: str) -> Response:
    return Response(text, mimetype="text/javascript")


def _with_photos(session: Session, task_id: int) -> MultiDict[str, str]:
    """Return the posted answers, with the digests of photographs that came along with them."""
    fields: MultiDict[str, str] = MultiDict(request.form)
    for code, file in request.files.items():
        data = received(file)
        if not data:
            continue
        fields[code] = photos.add_photo(
            session,
            actor(),
            task_id,
            code,
            data,
            folder=platform().config.evidence,
            now=clock.now(),
        ).digest
    return fields


def _fill_page(
    task_id: int,
    faults: Mapping[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        assigned = find_assigned(session, actor(), task_id)
        row = next(r for r in queries.my_tasks(session, actor()) if r.task.id == task_id)
        response = page(
            session,
            "console/checklist.html",
            assigned=assigned,
            row=row,
            partner=assigned.partner_of(actor().account_id or 0),
            parts=printed.parts_of(assigned.form.questionnaire),
            key=request.form.get("id") or secrets.token_urlsafe(24),
            given=request.form,
            faults=faults or {},
            refused=refused,
            account=actor().name,
            may_fill=row.stage in TO_FILL,
        )
    return _kept_offline(response, status)


def _kept_offline(text: str, status: int = 200) -> Response:
    """Return a page that the worker may keep: it says whose it is, so that no other page passes."""
    response = make_response(text, status)
    if status == 200:
        response.headers["Pingyi-Offline"] = "1"
    return response
