"""Acceptance in a verifier's hand: today's list, filled in without signal, sent once."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound, SurveyError
from survey.rectification import evidence, queries, sendings
from survey.rectification.item import PASSING_SCORE, EvidenceKind, Sheet
from survey.rectification.refusals import SheetRequired
from survey.rectification.sendings import Decision
from survey.rectification.states import State
from survey.rectification.story import story as story_of
from survey.web.console import forms, item_page
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import EVIDENCE_BYTES, policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction
from survey.web.uploads import received

bp = Blueprint("field", __name__, url_prefix="/rectification/field")
VERIFY = Action.VERIFY_ITEMS
PHOTOS = ("photo1", "photo2", "photo3")
ALL_PHOTOS_BYTES = 3 * EVIDENCE_BYTES


@bp.get("/")
@policy(VERIFY)
def index() -> ResponseReturnValue:
    """List what waits to be accepted; the script adds what is kept on this phone."""
    with reading() as session:
        piles = queries.piles_of(session, actor(), now=clock.now(), only="verify")
        rows = [row for pile in piles for row in pile.rows]
        return _kept_offline(
            page(
                session,
                "console/field.html",
                rows=[(row, item_page.chip_of(row.deadline)) for row in rows],
                account=actor().name,
            )
        )


@bp.get("/<number>")
@policy(VERIFY)
def sheet(number: str) -> ResponseReturnValue:
    """Show the acceptance sheet of an item, empty; what was begun stands on the phone."""
    return _sheet_page(number)


@bp.post("/<number>")
@policy(VERIFY, max_bytes=ALL_PHOTOS_BYTES)
def decide(number: str) -> ResponseReturnValue:
    """Take in a decision; a phone asks for JSON, a page without script for a page."""
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        decision = _decision()
        with transaction() as session:
            key, now = request.form.get("id", ""), clock.now()
            # A sheet that came before counts, whatever has become of the item since.
            if not sendings.decide_once(session, actor(), number, key, decision, now=now):
                for name in PHOTOS:
                    if data := received(request.files.get(name)):
                        _add_photo(session, number, data, now)
    except NotFound:
        raise
    except SurveyError as refused:
        if wants_json:
            return jsonify(code=refused.code, message=sentence(refused)), refused.status
        return _sheet_page(number, sentence(refused), refused.status)
    href = url_for("console.rectification.show", number=number)
    return jsonify(stored=True, href=href) if wants_json else redirect(f"{href}?done=moved", 303)


@bp.post("/<number>/photos")
@policy(VERIFY, max_bytes=EVIDENCE_BYTES)
def add_photo(number: str) -> ResponseReturnValue:
    """Take in one photograph ahead of the decision; the same one twice stays one."""
    file = request.files.get("file")
    try:
        with transaction() as session:
            return jsonify(digest=_add_photo(session, number, received(file), clock.now()))
    except SurveyError as refused:
        return jsonify(code=refused.code, message=sentence(refused)), refused.status


@bp.get("/session")
@policy(VERIFY)
def session_state() -> Response:
    """Say who is signed in, and give the token that sending takes."""
    return jsonify(account=actor().name, token=forms.csrf_token())


@bp.get("/worker.js")
@policy(VERIFY)
def worker() -> Response:
    """Send the worker that opens these pages without signal; it reaches no other page."""
    # Its reach is the folder it is served from, so it cannot come from the folder of scripts.
    text = (Path(str(app.static_folder)) / "inspection_worker.js").read_text("utf-8")
    return Response(text, mimetype="text/javascript")


def _decision() -> Decision:
    """Return what was decided.

    Raises:
        SheetRequired: nothing was chosen, or the score is none.
    """
    form = request.form
    score, steps, result = form.get("score", ""), form.get("steps", ""), form.get("result", "")
    if result not in ("pass", "fail"):
        raise SheetRequired("请选“通过”或“不通过”", "Choose whether it passes")
    if result == "pass" and not (score.isdigit() and len(score) < 4):
        raise SheetRequired("请填得分，0到100之间", "Give a score of 0 to 100")
    return Decision(
        passes=result == "pass",
        sheet=Sheet(
            is_solved="is_solved" in form,
            are_measures_done="are_measures_done" in form,
            has_no_relapse="has_no_relapse" in form,
            has_mechanism="has_mechanism" in form,
            score=int(score) if score.isdigit() else 0,
        ),
        note=form.get("note", ""),
        steps=int(steps) if steps.isdigit() and len(steps) < 6 else -1,
    )


def _add_photo(session: Session, number: str, data: bytes, now: datetime) -> str:
    file = evidence.add_evidence(
        session,
        actor(),
        number,
        data,
        "验收照片.jpg",
        folder=platform().config.evidence,
        kind=EvidenceKind.DOCUMENT,
        caption=_("验收照片"),
        now=now,
    )
    return file.digest


def _sheet_page(number: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        story = story_of(session, actor(), number, now=clock.now())
        text = page(
            session,
            "console/field_sheet.html",
            story=story,
            badge=item_page.badge_of(story.row.look),
            steps=story.steps,
            is_open=story.row.state is State.UNIT_CHECKED,
            key=request.form.get("id") or secrets.token_urlsafe(24),
            given=request.form,
            refused=refused,
            account=actor().name,
            photos=PHOTOS,
            passing=PASSING_SCORE,
        )
    return _kept_offline(text, status)


def _kept_offline(text: str, status: int = 200) -> Response:
    """Return a page that the worker may keep: it says whose it is, so that no other page passes."""
    response = make_response(text, status)
    if status == 200:
        response.headers["Pingyi-Offline"] = "1"
    return response
