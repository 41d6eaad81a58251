"""Keyed paper answers: a file goes through the same box and the same checks as a phone's answer."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection import paper
from survey.errors import Fault, ImportRefused, NotFound, SurveyError
from survey.web.console.forms import PaperForm, posted
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
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            form = PaperForm.of(round_, posted())
            if not form.validate():
                return _page(round_code, form, status=422)
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
            )
    except ImportRefused as refused:
        return _page(round_code, form, faults=refused.faults, status=refused.status)
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, form, refused=sentence(refused), status=refused.status)
    return redirect(url_for(".show", round_code=round_code, done="paper", a=taken), code=303)


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
            form=form or PaperForm.of(round_),
            faults=faults,
            refused=refused,
            is_taken=round_.state == "open" and clock.now() < round_.paper_until,
        ), status
