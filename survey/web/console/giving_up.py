"""Giving up what can never be opened: a round, or one of its days, whose key is lost."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session
from wtforms import BooleanField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from survey import clock
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import OpeningKind, Round
from survey.collection import custodians, lost_keys
from survey.collection.boxes import UNOPENED, boxes_of
from survey.collection.models import Box, BoxState
from survey.errors import NotFound, SurveyError
from survey.web.console.box_lines import name_of
from survey.web.console.forms import StaffForm
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.console.signature import signer
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("giving_up", __name__, url_prefix="/rounds/<round_code>/abandon")
RUN = Action.RUN_ROUNDS
WHOLE = "*"
"""What is chosen for the whole round; no box is called so."""


class GiveUpForm(StaffForm):
    """What is given up and why, and the second person, who signs with name and password."""

    what = RadioField(lazy("作废什么"), [InputRequired(lazy("请选一项"))], choices=[])
    reason = TextAreaField(
        lazy("密钥是怎么丢的，找过哪些副本"),
        [InputRequired(lazy("请写明作废的原因")), Length(max=300, message=lazy("最多300字"))],
    )
    approver = StringField(
        lazy("批准人的登录名"),
        [InputRequired(lazy("请批准人填登录名"))],
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )
    password = PasswordField(
        lazy("批准人的密码"),
        [InputRequired(lazy("请批准人输入密码"))],
        render_kw={"autocomplete": "off"},
    )
    is_sure = BooleanField(
        lazy("副本都找过了，作废以后谁也打不开，答卷全部销毁"),
        [InputRequired(lazy("请先看过说明，再打勾"))],
    )


@bp.get("/")
@policy(RUN)
def show(round_code: str) -> ResponseReturnValue:
    """Show what of the round can never be opened, and what giving it up means."""
    return _page(round_code)


@bp.post("/")
@policy(RUN)
def give_up(round_code: str) -> ResponseReturnValue:
    """Give up the round or a day of it, with a second person's signature."""
    held = platform()
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        form = _form(session, round_, GiveUpForm(request.form))
        if not form.validate():
            return _page(round_code, form, status=422)
    try:
        approver = signer(form.approver.data, form.password.data)
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            people, reason = (session, actor(), approver, round_), form.reason.data
            if form.what.data == WHOLE:
                lost_keys.abandon(*people, held.keystore, reason=reason, now=clock.now())
            else:
                day = form.what.data
                lost_keys.abandon_day(*people, day, held.keystore, reason=reason, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, form, sentence(refused), refused.status)
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        lost_keys.finish_abandon(session, round_, held.keystore, held.inbox)
    url = url_for("console.rounds.show", round_code=round_code, done="given_up")
    return redirect(url, code=303)


def _form(session: Session, round_: Round, form: GiveUpForm) -> GiveUpForm:
    """Return the form with what can be given up: days whose key is lost, or everything."""
    now = clock.now()
    lost = lost_keys.lost_boxes(session, round_, platform().keystore, now=now)
    boxes = boxes_of(session, round_.id)
    choices = [
        SelectChoice(box.label, _("只作废%(day)s，其他日子照常启封", day=name_of(box)))
        for box in lost
        if round_.opening == OpeningKind.DAILY and box.ends_at is not None and box.ends_at <= now
    ]
    if lost and all(box.state in (*UNOPENED, BoxState.ABANDONED) for box in boxes):
        choices.append(SelectChoice(WHOLE, _("整轮作废，另建一轮重新评议")))
    form.what.choices = choices
    if len(choices) == 1 and not form.what.data:
        form.what.data = choices[0].value
    return form


def _page(
    round_code: str, form: GiveUpForm | None = None, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        keystore = platform().keystore
        lost: tuple[Box, ...] = lost_keys.lost_boxes(session, round_, keystore, now=clock.now())
        return page(
            session,
            "console/giving_up.html",
            round=round_,
            form=form or _form(session, round_, GiveUpForm()),
            lost=[(name_of(box), keystore.file_of(box.public_key)) for box in lost],
            custody=custodians.standing_of(session, round_, keystore),
            refused=refused,
        ), status
