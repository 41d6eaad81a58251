"""Files of evidence sent in pieces: how far one got, and the next piece of it."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from survey.accounts.policy import Action
from survey.errors import SurveyError
from survey.rectification import uploads
from survey.rectification.uploads import MAX_PIECE, PieceMisplaced
from survey.web.console.session import actor
from survey.web.platform import platform
from survey.web.policies import FORM_BYTES, policy
from survey.web.texts import sentence

bp = Blueprint("uploads", __name__, url_prefix="/uploads")
SEE = Action.SEE_RECTIFICATION


@bp.get("/<name>")
@policy(SEE)
def sent(name: str) -> ResponseReturnValue:
    """Say how many bytes of a file have come."""
    return jsonify(offset=uploads.sent(platform().config.uploads, actor(), name).offset)


@bp.post("/<name>")
@policy(SEE, max_bytes=MAX_PIECE + FORM_BYTES)
def add(name: str) -> ResponseReturnValue:
    """Take the next piece; one that does not fit is answered with where to go on."""
    file = request.files.get("piece")
    offset = request.form.get("offset", "")
    try:
        after = uploads.add_piece(
            platform().config.uploads,
            actor(),
            name,
            int(offset) if offset.isdecimal() and len(offset) < 10 else -1,
            file.read() if file else b"",
        )
    except PieceMisplaced as misplaced:
        return jsonify(code=misplaced.code, offset=misplaced.offset), misplaced.status
    except SurveyError as refused:
        return jsonify(code=refused.code, message=sentence(refused)), refused.status
    return jsonify(offset=after.offset)
