"""Keyed paper answers: a file goes through the same box and the same checks as a phone's answer."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts import service as accounts
from survey.accounts import sessions
from survey.accounts.policy import Action, Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection import paper
from survey.errors import Fault, ImportRefused, NotFound, SurveyError
from survey.web.console.coverage import titles_of
from survey.web.console.forms import posted
from survey.web.console.paper_forms import PaperForm
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.keying import validate_paper
from survey.web.platform import platform
from survey.web.policies import TABLE_BYTES, policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("paper", __name__, url_prefix="/rounds/<round_code>/paper")
KEY = Action.KEY_PAPER
ISSUED = re.compile(r"\s*([A-Za-z0-9_-]{1,32})\s*[=＝:：,，\s]\s*([0-9]{1,6})\s*")


class IssuedUnreadable(SurveyError):
    """A line is not an organisation and a number."""

    code = "ISSUED_UNREADABLE"
    status = 422


class CheckerUnknown(SurveyError):
    """The account that is to confirm has never been signed in to by its owner."""

    code = "CHECKER_UNKNOWN"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "核对人要先自己登录一次，换掉初始密码",
            "The checker has to sign in once and change the first password",
        )


@bp.get("/")
@policy(KEY)
def show(round_code: str) -> ResponseReturnValue:
    """Show the form for a batch of paper answers."""
    return _page(round_code)


@bp.post("/")
@policy(KEY, max_bytes=TABLE_BYTES)
def import_file(round_code: str) -> ResponseReturnValue:
    """Seal a batch whole, or list every place to mend."""
    held = platform()
    with reading() as session:
        form = PaperForm.of(
            titles_of(session, campaigns.get_round(session, actor(), round_code)), posted()
        )
        if not form.validate():
            return _page(round_code, form, status=422)
    try:
        checker = _checker(form)
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            taken = paper.import_paper(
                session,
                held.inbox,
                held.keystore,
                actor(),
                round_,
                form.questionnaire.data,
                form.file.data.read(),
                validate_paper,
                now=clock.now(),
                issued=_issued(form.issued.data or ""),
                file_name=form.file.data.filename,
                checker=checker,
            )
    except ImportRefused as refused:
        return _page(round_code, form, faults=refused.faults, status=refused.status)
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, form, refused=sentence(refused), status=refused.status)
    return redirect(url_for(".show", round_code=round_code, done="paper", a=taken), code=303)


def _checker(form: PaperForm) -> Actor:
    """Return who confirms with name and password; a wrong one counts as at the door."""
    now, typed = clock.now(), (form.checker.data, form.password.data)
    with reading() as session:
        tried = accounts.try_password(session, *typed)
    with transaction() as session:
        # Caught inside the transaction: a refused attempt has to be counted.
        try:
            account = accounts.authenticate(session, *typed, now=now, tried=tried)
        except SurveyError as refused:
            wrong = refused
        else:
            if account.must_change_password:
                raise CheckerUnknown
            return sessions.actor_of(session, account)
    raise wrong


def _issued(written: str) -> dict[str, int]:
    """Return how many ballots were handed out, by organisation, from lines like “B012=60”."""
    issued = {}
    for line in filter(str.strip, written.splitlines()):
        parts = ISSUED.fullmatch(line)
        if parts is None:
            raise IssuedUnreadable(
                f"“{line.strip()[:40]}”没有看懂，请写成 B012=60，一行一个",
                f'"{line.strip()[:40]}" is not clear; write B012=60, one to a line',
            )
        issued[parts[1]] = int(parts[2])
    return issued


def _page(
    round_code: str,
    form: PaperForm | None = None,
    *,
    faults: tuple[Fault, ...] = (),
    refused: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        round_: Round = campaigns.get_round(session, actor(), round_code)
        return page(
            session,
            "console/paper.html",
            round=round_,
            form=form or PaperForm.of(titles_of(session, round_)),
            faults=faults,
            refused=refused,
            is_taken=round_.state == "open" and clock.now() < round_.paper_until,
        ), status
