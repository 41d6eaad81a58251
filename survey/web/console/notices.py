"""What a person is told: the list of notices, and how they want to be told."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy

from survey import clock
from survey.errors import SurveyError
from survey.notices import addresses, service
from survey.notices.models import DeliveryState, Way
from survey.notices.rules import NoticeKind
from survey.notices.service import HOURS, Wishes
from survey.rectification.letters import LABELS
from survey.web.console.paging import neighbours
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.numbers import bounded
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("notices", __name__, url_prefix="/notices")
RED_MARKS = frozenset({NoticeKind.RED, NoticeKind.INTERVIEW, NoticeKind.SUSPECTED})
YELLOW_MARKS = frozenset({NoticeKind.YELLOW, NoticeKind.REMINDER, NoticeKind.RAISED})
FAULTS = {
    "SERVER_DOWN": lazy("服务器连不上，稍后自动再发"),
    "SERVER_BUSY": lazy("服务器暂时不收，稍后自动再发"),
    "ADDRESS_REFUSED": lazy("这个地址收不到，请换一个"),
    "MESSAGE_REFUSED": lazy("服务器不收，请告诉系统管理员"),
}


@bp.get("/")
@policy.signed_in
def index() -> str:
    """List the actor's notices, the unread first."""
    with reading() as session:
        found = service.notices_of(session, actor(), page=request.args.get("page", 1, type=bounded))
        return page(
            session,
            "console/notices.html",
            found=found,
            paging=neighbours(found.page, found.pages, found.total),
            newest=max((row.id for row in found.rows), default=0),
            letters=LABELS,
            red_marks=RED_MARKS,
            yellow_marks=YELLOW_MARKS,
        )


@bp.post("/<int:notice_id>/read")
@policy.signed_in
def read(notice_id: int) -> ResponseReturnValue:
    """Note that one notice was read."""
    with transaction() as session:
        service.mark_read(session, actor(), notice_id, now=clock.now())
    return redirect(url_for(".index"), code=303)


@bp.post("/read")
@policy.signed_in
def read_all() -> ResponseReturnValue:
    """Note that everything up to what the page showed was read."""
    newest = request.form.get("newest", 0, type=bounded)
    with transaction() as session:
        service.mark_all_read(session, actor(), up_to=newest, now=clock.now())
    return redirect(url_for(".index"), code=303)


@bp.get("/settings")
@policy.signed_in
def settings() -> ResponseReturnValue:
    """Show how the actor is told."""
    return _settings()


@bp.post("/settings")
@policy.signed_in
def keep() -> ResponseReturnValue:
    """Keep how the actor wants to be told."""
    wishes = Wishes(
        wants_digest="digest" in request.form,
        by_mail="mail" in request.form,
        by_webhook="webhook" in request.form,
        quiet_from=request.form.get("from", -1, type=bounded),
        quiet_until=request.form.get("until", -1, type=bounded),
    )
    try:
        with transaction() as session:
            service.keep_wishes(session, actor(), wishes)
    except SurveyError as refused:
        return _settings(sentence(refused), refused.status)
    return redirect(url_for(".settings", done="kept"), code=303)


@bp.post("/settings/address")
@policy.signed_in
def ask_code() -> ResponseReturnValue:
    """Have a code sent to an address."""
    given = request.form.get("address", "")[:300]
    try:
        with transaction() as session:
            addresses.ask_code(session, actor(), given, now=clock.now())
    except SurveyError as refused:
        return _settings(sentence(refused), refused.status, given)
    return redirect(url_for(".settings"), code=303)


@bp.post("/settings/code")
@policy.signed_in
def confirm() -> ResponseReturnValue:
    """Take an address whose code came back; a wrong code is counted."""
    code = request.form.get("code", "")[:40]
    secret = platform().config.secret_key
    with transaction() as session:
        is_right = addresses.confirm(session, actor(), code, secret=secret, now=clock.now())
    if not is_right:
        words = _("验证码不对，或者已经过期。请核对邮件里的8位数字，或重新发一次")
        return _settings(words, 422)
    return redirect(url_for(".settings", done="address"), code=303)


@bp.post("/settings/address/remove")
@policy.signed_in
def remove() -> ResponseReturnValue:
    """Forget the actor's address."""
    with transaction() as session:
        addresses.remove(session, actor(), now=clock.now())
    return redirect(url_for(".settings", done="kept"), code=303)


def _settings(refused: str = "", status: int = 200, given: str = "") -> ResponseReturnValue:
    config = platform().config
    now = clock.now()
    with reading() as session:
        wishes = service.wishes_of(session, actor())
        at = wishes.pending_at
        html = page(
            session,
            "console/notices_settings.html",
            wishes=wishes,
            refused=refused,
            given=given,
            hours=HOURS,
            has_mail=config.mail is not None,
            has_webhook=config.messenger is not None,
            is_pending=bool(wishes.pending and at and now <= at + addresses.VALID),
            minutes=int(addresses.VALID.total_seconds() // 60),
            last=service.last_delivery(session, actor(), Way.MAIL),
            sent=DeliveryState.SENT,
            faults=FAULTS,
        )
    return html, status
