"""The rules of one round: what they say, and other ones while no box has been opened."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action, may
from survey.campaigns import ruling
from survey.campaigns import service as campaigns
from survey.errors import NotFound, SurveyError
from survey.ratings import rule_preview
from survey.rulesets import versions
from survey.web.console.rules import EFFECT_WORDS, called, changes_of, lines_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("round_rules", __name__, url_prefix="/rounds/<round_code>/rules")
SEE, RUN = Action.SEE_RULES, Action.RUN_ROUNDS


@bp.get("/")
@policy(SEE)
def show(round_code: str) -> ResponseReturnValue:
    """Show the rules of a round, and what the ones in question would have done to the last one."""
    return _page(round_code, request.args.get("with", "")[:60])


@bp.post("/")
@policy(RUN)
def choose(round_code: str) -> ResponseReturnValue:
    """Give a round other rules."""
    wanted = request.form.get("rules", "")[:60]
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            ruling.choose(session, actor(), round_, wanted, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, wanted, sentence(refused), refused.status)
    return redirect(url_for(".show", round_code=round_code, done="rules"), code=303)


def _page(
    round_code: str, wanted: str = "", refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        may_change = may(actor(), RUN) and not ruling.is_fixed(round_)
        rules = ruling.rules_of(round_) if round_.rules else None
        name = versions.name_of(session, round_.rule_set_id)
        asked = versions.file_of(session, actor(), wanted) if may_change and wanted else None
        return page(
            session,
            "console/round_rules.html",
            round=round_,
            name=name,
            called=called(session, name),
            digest=ruling.digest_of_rules(round_),
            lines=lines_of(rules) if rules else [],
            is_fixed=ruling.is_fixed(round_),
            may_change=may_change,
            found=versions.list_all(session, actor()) if may_change else [],
            wanted=wanted,
            changed=changes_of(rules, asked.rules) if asked and rules else [],
            effect=rule_preview.preview(session, actor(), asked.rules, now=clock.now())
            if asked and may(actor(), Action.EDIT_RULES)
            else None,
            wants_effect=asked is not None,
            refused=refused,
            **EFFECT_WORDS,
        ), status
