"""Accounts of staff: who has one, with which role and where; a new one, a lost password, an end."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts import service as accounts
from survey.accounts.models import Role
from survey.accounts.policy import Action
from survey.errors import NotFound, SurveyError
from survey.org import queries as organisations
from survey.web.console import words
from survey.web.console.forms import AccountForm
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("accounts", __name__, url_prefix="/accounts")
MANAGE = Action.MANAGE_ACCOUNTS


@bp.get("/")
@policy(MANAGE)
def index() -> str:
    """List the accounts that the actor may look after."""
    with reading() as session:
        found = accounts.list_accounts(session, actor())
        return page(
            session,
            "console/accounts.html",
            found=page_of(found),
            active=sum(account.is_active for account in found),
            orgs={org.id: org for org in organisations.visible(session, actor(), MANAGE)},
            roles={role.value: text for role, text in words.ROLES.items()},
        )


@bp.get("/new")
@policy(MANAGE)
def new() -> ResponseReturnValue:
    """Show the form of a new account."""
    return _new_page(AccountForm(org_id=request.args.get("org", "")[:32]))


@bp.post("/new")
@policy(MANAGE)
def create() -> ResponseReturnValue:
    """Make an account and show its first password once."""
    form = AccountForm(request.form)
    if not form.validate():
        return _new_page(form, status=422)
    try:
        with transaction() as session:
            made = accounts.add_account(
                session,
                actor(),
                form.name.data,
                form.display_name.data,
                Role(form.role.data),
                form.org_id.data.strip(),
                now=clock.now(),
            )
            name = made.account.name
    except SurveyError as refused:
        return _new_page(form, sentence(refused), refused.status)
    return _password_page(name, form.display_name.data, made.password)


@bp.get("/<name>")
@policy(MANAGE)
def show(name: str) -> str:
    """Show one account."""
    return _account_page(name)


@bp.post("/<name>/disable")
@policy(MANAGE)
def disable(name: str) -> ResponseReturnValue:
    """Close an account; its browsers are signed out."""
    try:
        with transaction() as session:
            account = accounts.get_account(session, actor(), name)
            accounts.disable_account(session, actor(), account, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _account_page(name, sentence(refused)), refused.status
    return redirect(url_for(".index", done="disabled"), code=303)


@bp.post("/<name>/password")
@policy(MANAGE)
def reset_password(name: str) -> ResponseReturnValue:
    """Make a new password for somebody who lost theirs, and show it once."""
    try:
        with transaction() as session:
            account = accounts.get_account(session, actor(), name)
            password = accounts.reset_password(session, actor(), account, now=clock.now())
            display_name = account.display_name
    except NotFound:
        raise
    except SurveyError as refused:
        return _account_page(name, sentence(refused)), refused.status
    return _password_page(name, display_name, password)


def _new_page(form: AccountForm, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        orgs = organisations.visible(session, actor(), MANAGE)
        return page(
            session, "console/account_new.html", form=form, refused=refused, orgs=orgs
        ), status


def _account_page(name: str, refused: str = "") -> str:
    with reading() as session:
        account = accounts.get_account(session, actor(), name)
        places = {
            grant.org_id: organisations.get(session, grant.org_id) for grant in account.grants
        }
        return page(
            session,
            "console/account.html",
            account=account,
            places=places,
            is_own=account.id == actor().account_id,
            roles={role.value: text for role, text in words.ROLES.items()},
            refused=refused,
        )


def _password_page(name: str, display_name: str, password: str) -> str:
    """Show a new password, this once; it is stored only as a hash."""
    with reading() as session:
        return page(
            session,
            "console/account_password.html",
            name=name,
            display_name=display_name,
            password=password,
        )
