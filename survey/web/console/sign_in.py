"""Signing in and out, and changing one's own password."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts import passwords, sessions
from survey.accounts import service as accounts
from survey.accounts.models import Account
from survey.errors import SurveyError
from survey.web.console import session
from survey.web.console.forms import PasswordForm, SignInForm
from survey.web.console.guard import door, own_path, send_again
from survey.web.console.kept import Kept, unpack
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("sign_in", __name__)


@bp.get("/sign-in")
@policy.public
def show() -> ResponseReturnValue:
    """Show the sign-in form."""
    return door(SignInForm(), own_path(request.args.get("next", "")))


@bp.post("/sign-in")
@policy.public
def sign_in() -> ResponseReturnValue:
    """Sign in, and go where the browser wanted to go."""
    form = SignInForm(request.form)
    target, held = own_path(request.form.get("next", "")), _held()
    if not form.validate():
        return door(form, target, held, status=422)
    now, typed = clock.now(), (form.name.data, form.password.data)
    with reading() as store:
        tried = accounts.try_password(store, *typed)
    with transaction() as store:
        # Caught inside the transaction: a refused attempt has to be counted.
        try:
            account = accounts.authenticate(store, *typed, now=now, tried=tried)
        except SurveyError as error:
            refused = sentence(error)
        else:
            token = sessions.start_session(store, account, now=now)
            if held is not None and not account.must_change_password:
                session.adopt(store, token)
                return _send_again(held, token)
            response = redirect(target if held is None else "/console/", code=303)
            session.begin(response, token)
            return response
    return door(form, target, held, refused, status=422)


@bp.post("/sign-out")
@policy.signed_in
def sign_out() -> ResponseReturnValue:
    """Sign out, here and in the database."""
    response = redirect(url_for(".show"), code=303)
    session.end(response)
    return response


@bp.get("/password")
@policy.signed_in
def password() -> ResponseReturnValue:
    """Show the form for a new password."""
    return _password_page(PasswordForm())


@bp.post("/password")
@policy.signed_in
def change_password() -> ResponseReturnValue:
    """Change the own password; every other browser is signed out."""
    form = PasswordForm(request.form)
    if not form.validate():
        return _password_page(form, status=422)
    now = clock.now()
    try:
        with transaction() as store:
            account = store.get_one(Account, session.actor().account_id)
            current, new = form.current.data, form.new.data
            accounts.change_password(store, account, current, new, now=now)
            token = sessions.start_session(store, account, now=now)
    except SurveyError as error:
        return _password_page(form, sentence(error), error.status)
    response = redirect(url_for("console.home.show", done="password"), code=303)
    session.begin(response, token)
    return response


def _password_page(form: PasswordForm, refused: str = "", status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "console/password.html",
        form=form,
        refused=refused,
        least=passwords.MIN_CHARS,
        is_forced=session.signed_in().must_change_password,
    )
    return page, status


def _send_again(held: Kept, token: str) -> Response:
    """Return the page with what was written before the session ended, and begin the new one."""
    response = make_response(send_again(held))
    session.begin(response, token)
    return response


def _held() -> Kept | None:
    """Return the form that waits behind the door, if one does and goes to a page of ours."""
    held = unpack(request.form.get("kept", ""))
    return held if held is not None and own_path(held.to) == held.to else None
