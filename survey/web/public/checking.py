"""Is this document real? The page that the code on every printed page leads to."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from survey.publication import codes, public_results
from survey.publication.codes import CodeUnknown, Standing
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import replies, results
from survey.web.public.checking_wording import words
from survey.web.unit_of_work import reading

bp = Blueprint("checking", __name__, url_prefix="/v")
LONGEST = 60


@bp.get("")
@policy.public
def ask() -> ResponseReturnValue:
    """Ask for a code, and go to its page once it is typed."""
    typed = request.args.get("code", "")[:LONGEST]
    if not typed:
        return _page("check.html")
    try:
        code = codes.normalised(typed)
    except CodeUnknown:
        return _page("check.html", status=404, typed=typed, is_unknown=True)
    return redirect(replies.address(f"/v/{code}"), code=303)


@bp.get("/<code>")
@policy.public
def show(code: str) -> Response:
    """Say which document has the code, and where it stands; of internal ones only that it is ours.

    A code that is none and one that was never printed are the same answer.
    """
    try:
        with reading() as session:
            found = codes.check(session, code)
    except CodeUnknown:
        return _page("check.html", status=404, typed=code[:LONGEST], is_unknown=True)
    zone = platform().config.zone
    return _page(
        "checked.html",
        found=found,
        is_out=found.standing in (Standing.NOTICE, Standing.PUBLISHED),
        is_internal=found.standing is Standing.INTERNAL,
        as_of=found.as_of.astimezone(zone) if found.as_of else None,
        code=codes.normalised(code),
    )


def _page(template: str, *, status: int = 200, **values: object) -> Response:
    with reading() as session:
        organiser = public_results.organiser(session)
    given = {"typed": "", "is_unknown": False, **values}
    return results.page(
        template, status=status, organiser=organiser, c=words(replies.language()), **given
    )
