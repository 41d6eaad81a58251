"""The gate of the console: who is it, is the page theirs, did the form come from our page?"""

from __future__ import annotations

import re

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from survey.accounts.policy import may
from survey.web.console import kept, session
from survey.web.console.forms import SignInForm, StaffForm, csrf_token
from survey.web.policies import policy_of

# What an account may open that still has the password somebody else gave it.
BEFORE_THE_CHANGE = frozenset(
    f"console.sign_in.{name}" for name in ("password", "change_password", "sign_out")
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_PATH = re.compile(r"/console/[A-Za-z0-9/_.-]*(\?[A-Za-z0-9_.%=&+~-]*)?")


def guard(blueprint: Blueprint) -> None:
    """Put every route of `blueprint`, and of those nested in it, behind the gate."""
    blueprint.before_request(_check)


def door(
    form: SignInForm,
    target: str,
    held: kept.Kept | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    """Return the sign-in page, which goes on to `target`; `held` is a form that waits behind it."""
    page = render_template(
        "console/sign_in.html", form=form, next=target, kept=held, refused=refused
    )
    response = make_response(page, status)
    session.keep_door(response)
    return response


def send_again(held: kept.Kept) -> str:
    """Return the page that sends a form once more, with the token of the session that runs now."""
    return render_template("console/kept.html", kept=held, csrf_token=csrf_token())


def own_path(target: str) -> str:
    """Return `target` if it is a page of the console, else the first page.

    An address that comes back with a form may name any site; only plain paths of ours pass.
    """
    if OWN_PATH.fullmatch(target) and "//" not in target:
        return target
    return "/console/"


def _check() -> ResponseReturnValue | None:
    view = current_app.view_functions[request.endpoint or ""]
    declared = policy_of(view)
    if declared is None:
        abort(403)
    request.max_content_length = declared.max_bytes
    request.max_form_memory_size = min(declared.max_bytes, 512 * 1024)
    _refuse_control_characters()
    if declared.is_public:
        _check_form()
        return None
    who = session.load()
    if who is None:
        return _to_sign_in()
    try:
        _check_form()
    except StalePage:
        # Signed in anew elsewhere, or a page of yesterday: nothing is done, nothing is lost.
        held = kept.read_request()
        if held is None or own_path(held.to) != held.to:
            raise
        return make_response(send_again(held), StalePage.code)
    if who.must_change_password and request.endpoint not in BEFORE_THE_CHANGE:
        return redirect(url_for("console.sign_in.password"), code=303)
    if declared.action is not None and not may(who.actor, declared.action):
        abort(403)
    return None


def _to_sign_in() -> ResponseReturnValue:
    # A form that was sent after the session ended is not sent again by itself: whoever wrote it
    # signs in, sees it again, and sends it.
    held = kept.read_request() if request.method not in SAFE_METHODS else None
    if held is not None:
        return door(SignInForm(formdata=None), own_path(held.to), held, status=401)
    wanted = request.full_path.rstrip("?") if request.method in SAFE_METHODS else ""
    return redirect(url_for("console.sign_in.show", next=own_path(wanted)), code=303)


def _refuse_control_characters() -> None:
    """Refuse NUL anywhere: PostgreSQL cannot store it, and nobody types it."""
    values = [request.path, *request.args.values()]
    if request.method not in SAFE_METHODS:
        values += request.form.values()
    if any("\0" in value for value in values):
        abort(400)


def _check_form() -> None:
    """Refuse a form that did not come from one of our own pages in this browser."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(400)
    if not StaffForm(request.form).validate():
        raise StalePage


class StalePage(HTTPException):
    """The page that sent this form is too old, or was never ours."""

    code = 400
    description = "stale page"
