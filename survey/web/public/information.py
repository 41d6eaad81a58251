"""Pages around the form: entering a code, checking a receipt, the privacy notice, and probes."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, Response, request
from markupsafe import Markup
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from forms.parsing import BodyShape
from survey import clock
from survey.campaigns.models import Round, RoundState
from survey.collection import bulletin, receipts
from survey.collection.boxes import PAPER_LABEL, lost_days
from survey.collection.bulletin import Standing
from survey.collection.keystore import KeyUnavailable
from survey.collection.models import Box, BoxState
from survey.collection.points import PointNotFound, PointView
from survey.jobs import service as jobs
from survey.rectification import following
from survey.rectification.following import PublicItem
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import confirmation, refusals, replies, shelf, source
from survey.web.public.bodies import read_body
from survey.web.public.privacy import notice
from survey.web.public.wording import HTML_LANGUAGES, last_day, words
from survey.web.unit_of_work import reading

bp = Blueprint("information", __name__)
refusals.register(bp)

RECEIPT_FIELDS = BodyShape(known=frozenset({"code", "receipt"}), repeatable=frozenset())
RECEIPT = re.compile(f"[{receipts.CROCKFORD}]{{{receipts.RECEIPT_LENGTH}}}")
CODE = re.compile(f"[{receipts.CROCKFORD}]{{{shelf.CODE_LENGTH}}}")
SECURITY_TXT_DAYS = 180
BOX_AHEAD = timedelta(days=2)
"""How far ahead of its day a box must be known to open again."""
ROBOTS = "User-agent: *\nDisallow: /q/\nDisallow: /console\n"


@bp.get("/")
@policy.public
def enter() -> Response:
    """Ask for the code of a form, and go there once it is typed."""
    typed = request.args.get("code")
    code = _written(typed or "")
    if CODE.fullmatch(code):
        return replies.see_other(f"/q/{code}")
    language = replies.language()
    return replies.page(
        "entry.html",
        status=200 if typed is None else 422,
        is_wrong=typed is not None,
        typed=typed or "",
        lang="" if language == "zh" else language,
        check=replies.address("/r"),
        privacy=replies.address("/privacy"),
        other="/" if language == "en" else "/?lang=en",
    )


@bp.get("/privacy")
@policy.public
def privacy() -> Response:
    """Say how answers are kept secret, from the settings in force."""
    language = replies.language()
    return replies.page(
        "privacy.html",
        parts=notice(platform().config, language),
        home=replies.address("/"),
        other="/privacy" if language == "en" else "/privacy?lang=en",
    )


@bp.get("/r")
@policy.public
def ask_receipt() -> Response:
    """Ask for a receipt; both codes go into a body, never into an address."""
    return _receipt_page()


@bp.post("/r")
@policy.public
def check_receipt() -> Response:
    """Tell whether the answer with this receipt was counted, and what is put right there.

    A phone with script asks for a place alone, and looks its receipt up by itself.
    """
    fields, texts = read_body(RECEIPT_FIELDS), words(replies.language())
    code, receipt = fields.get("code", ""), fields.get("receipt", "")
    if confirmation.is_asked_for():
        return _place(code)
    faults: list[tuple[str, str]] = []
    if not CODE.fullmatch(_written(code)):
        faults.append(("code", f"{texts['code_label']}：{texts['code_wrong']}"))
    if not RECEIPT.fullmatch(_written(receipt)):
        faults.append(("receipt", f"{texts['receipt']}：{texts['receipt_wrong']}"))
    if faults:
        return _receipt_page(422, code=code, receipt=receipt, faults=faults)
    try:
        point = shelf.point_of(_written(code))
    except PointNotFound:
        faults.append(("code", texts["not_found"]))
        return _receipt_page(404, code=code, receipt=receipt, faults=faults)
    with reading() as session:
        standing = bulletin.standing_of(session, point, _written(receipt))
        days = lost_days(session, point.round_id)
        items = following.public_items(session, point.org_id)
    answer = _answer(standing, point, _written(receipt), days)
    shown = _items(items) if standing is Standing.COUNTED else ""
    return _receipt_page(code=code, receipt=receipt, answer=answer, items=shown)


def _place(code: str) -> Response:
    """Return what a phone needs to look up a receipt of the place with this code."""
    point = shelf.point_of(_written(code))
    language = replies.language()
    with reading() as session:
        items = following.public_items(session, point.org_id)
        days = lost_days(session, point.round_id)
    closing = last_day(point.closes_at, platform().config.zone, language)
    data = {
        "round": point.round_code,
        "closing": closing,
        "lost": _in_words(days, language),
        "is_given_up": point.round_state == RoundState.ABANDONED,
        "items": _items(items),
    }
    response = Response(json.dumps(data), mimetype=confirmation.MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _items(items: Sequence[PublicItem]) -> str:
    language = replies.language()
    texts = words(language)
    dates = [
        texts["item_done" if item.done_on else "item_due"].format(
            date=f"{item.done_on or item.due_on:%Y-%m-%d}"
        )
        for item in items
    ]
    return source.render(
        "items.html", t=texts, items=items, dates=dates, html_language=HTML_LANGUAGES[language]
    )


@bp.get("/healthz")
@policy.public
def health() -> Response:
    """Say that the process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@policy.public
def readiness() -> Response:
    """Say whether all is well: the database answers, boxes can be opened, a worker works."""
    try:
        with reading() as session:
            keys = session.scalars(
                select(Box.public_key)
                .join(Round, Round.id == Box.round_id)
                .where(
                    Round.state == RoundState.OPEN,
                    Box.state == BoxState.SEALED,
                    or_(Box.starts_at.is_(None), Box.starts_at <= clock.now() + BOX_AHEAD),
                )
            ).all()
            is_stuck = jobs.is_stuck(session, now=clock.now())
        for key in keys:
            platform().keystore.rely_on(key, clock.now())
    except SQLAlchemyError:
        return Response("not ready: database\n", status=503, mimetype="text/plain")
    except KeyUnavailable:
        return Response("not ready: keystore\n", status=503, mimetype="text/plain")
    if is_stuck:
        return Response("not ready: queue\n", status=503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@bp.get("/.well-known/security.txt")
@policy.public
def security_txt() -> Response:
    """Say where to report a weakness (RFC 9116)."""
    base = platform().config.base_url
    expires = clock.now().replace(microsecond=0) + timedelta(days=SECURITY_TXT_DAYS)
    lines = (
        f"Contact: {base}/privacy",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: zh, en",
        f"Canonical: {base}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/robots.txt")
@policy.public
def robots() -> Response:
    """Keep forms and the console out of search engines."""
    return Response(ROBOTS, mimetype="text/plain")


def _written(typed: str) -> str:
    """Return a typed code in its written form; full-width characters count as what they mean."""
    return receipts.read_code(unicodedata.normalize("NFKC", typed.strip()))


def _answer(
    standing: Standing, point: PointView, receipt: str, days: Sequence[str]
) -> dict[str, str]:
    language = replies.language()
    texts = words(language)
    name = {Standing.NOT_OPENED: "not_opened_yet"}.get(standing, standing.value)
    grouped = f"{receipt[:4]} {receipt[4:8]} {receipt[8:]}"
    closing = last_day(point.closes_at, platform().config.zone, language)
    text = texts[f"{name}_text"].format(
        receipt=grouped, date=closing, days=_in_words(days, language)
    )
    return {"title": texts[name], "text": text}


def _in_words(labels: Sequence[str], language: str) -> str:
    """Return the labels of boxes as a resident reads them; empty where there are none."""
    late = words(language)["late_paper"]
    return ("、" if language == "zh" else ", ").join(
        late if label == PAPER_LABEL else label for label in labels
    )


def _receipt_page(
    status: int = 200,
    *,
    code: str = "",
    receipt: str = "",
    faults: Sequence[tuple[str, str]] = (),
    answer: dict[str, str] | None = None,
    items: str = "",
) -> Response:
    return replies.page(
        "receipt.html",
        scripts=("check.js",),
        items=Markup(items),  # noqa: S704 - made by a template that escapes
        status=status,
        code=code,
        receipt=receipt,
        faults=faults,
        wrong=[field for field, _ in faults],
        entry=replies.address("/"),
        privacy=replies.address("/privacy"),
        other="/r" if replies.language() == "en" else "/r?lang=en",
        answer=answer,
        action=replies.address("/r"),
    )
