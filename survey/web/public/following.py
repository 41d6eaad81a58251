"""What a receipt is good for: was the answer counted, what is put right there, and one more vote.

Looking up happens on the phone, and tells nobody which receipt it was. Only a vote shows the
receipt to the server, which compares it with the published list and keeps nothing of it.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from flask import Blueprint, Response, request
from markupsafe import Markup
from sqlalchemy.orm import Session

from forms.parsing import BodyShape
from survey import clock
from survey.campaigns.models import RoundState
from survey.collection import bulletin, points, receipts
from survey.collection.boxes import PAPER_LABEL, lost_days
from survey.collection.bulletin import Standing
from survey.collection.points import PointClosed, PointNotFound, PointNotOpen, PointView
from survey.errors import NotFound
from survey.rectification import evidence, following, recheck_votes
from survey.rectification.following import PublicItem
from survey.rectification.recheck_votes import Vote
from survey.web.downloads import send
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import confirmation, refusals, replies, shelf, source
from survey.web.public.bodies import read_body
from survey.web.public.information import CODE, written
from survey.web.public.wording import HTML_LANGUAGES, full_day, last_day, words
from survey.web.unit_of_work import reading

bp = Blueprint("following", __name__, url_prefix="/r")
refusals.register(bp)

LOOK_UP = BodyShape(known=frozenset({"code", "receipt"}), repeatable=frozenset())
VOTE = BodyShape(known=frozenset({"code", "receipt", "item"}), repeatable=frozenset())
RECEIPT = re.compile(f"[{receipts.CROCKFORD}]{{{receipts.RECEIPT_LENGTH}}}")
PHOTO_SECONDS = 3600


@bp.get("")
@policy.public
def ask_receipt() -> Response:
    """Ask for a receipt; both codes go into a body, never into an address."""
    return _receipt_page()


@bp.post("")
@policy.public
def check_receipt() -> Response:
    """Tell whether the answer with this receipt was counted, and what is put right there.

    A phone with script asks for a place alone, and looks its receipt up by itself.
    """
    fields, texts = read_body(LOOK_UP), words(replies.language())
    code, receipt = fields.get("code", ""), fields.get("receipt", "")
    if confirmation.is_asked_for():
        return _place(code)
    faults: list[tuple[str, str]] = []
    if not CODE.fullmatch(written(code)):
        faults.append(("code", f"{texts['code_label']}：{texts['code_wrong']}"))
    if not RECEIPT.fullmatch(written(receipt)):
        faults.append(("receipt", f"{texts['receipt']}：{texts['receipt_wrong']}"))
    if faults:
        return _receipt_page(422, code=code, receipt=receipt, faults=faults)
    try:
        point = shelf.point_of(written(code))
    except PointNotFound:
        faults.append(("code", texts["not_found"]))
        return _receipt_page(404, code=code, receipt=receipt, faults=faults)
    with reading() as session:
        standing = bulletin.standing_of(session, point, written(receipt))
        days = lost_days(session, point.round_id)
        items = following.public_items(session, point.org_id, now=clock.now())
    answer = _answer(standing, point, written(receipt), days)
    shown = _items(items, point, written(receipt)) if standing is Standing.COUNTED else ""
    return _receipt_page(code=code, receipt=receipt, answer=answer, items=shown)


@bp.post("/vote")
@policy.public
def vote() -> Response:
    """Show the form of an item to somebody with a counted receipt of its place; nothing is spent.

    A receipt that was used opens the form as a fresh one does, so that nobody can try out whether
    somebody has judged.
    """
    fields = read_body(VOTE)
    given = recheck_votes.read_vote(fields.get("code", "") + fields.get("receipt", ""))
    now = clock.now()
    with reading() as session:
        point = _point_asked_at(session, fields.get("item", ""), now)
        if point is None:
            return _over()
        if given is None or not recheck_votes.may_vote(session, point, given):
            return vote_refused()
    return _form_of(point, given, now)


@bp.get("/photo/<number>/<int:photo_id>")
@policy.public
def photo(number: str, photo_id: int) -> Response:
    """Send a picture of an item that somebody has let everybody see."""
    try:
        with reading() as session:
            file = following.public_photo(session, number, photo_id)
            content = evidence.content_of(file, folder=platform().config.evidence)
    except NotFound as error:
        raise PointNotFound from error
    # A telephone names its pictures by the minute, and people name them after people.
    name = f"{number}-{photo_id}{PurePath(content.file_name).suffix}"
    response = send(content.content, content.media_type, name, is_shown=True)
    response.headers["Cache-Control"] = f"public, max-age={PHOTO_SECONDS}"
    return response


def vote_refused() -> Response:
    """Return the page for a receipt that does not count for an item, whatever the reason."""
    way = {"link": replies.address("/r"), "link_text": "check_receipt"}
    return replies.message("vote_refused", 409, **way)


def _over() -> Response:
    way = {"link": replies.address("/r"), "link_text": "check_receipt"}
    return replies.message("vote_over", 410, **way)


def _point_asked_at(session: Session, number: str, now: datetime) -> PointView | None:
    """Return the point at which a public item is judged now; None where it is not."""
    try:
        item = following.public_item(session, number, now=now)
        if item.recheck is None:
            return None
        point = points.find_point(session, item.recheck.code)
        points.require_open(point, now)
    except (NotFound, PointNotOpen, PointClosed):
        return None
    return point


def _form_of(point: PointView, given: Vote, now: datetime) -> Response:
    language, secret = replies.language(), platform().config.secret_key
    served = shelf.page_of(point, language)
    is_gzip = request.accept_encodings.quality("gzip") > 0
    headers, body = replies.form(served, secret, now, language, is_gzip=is_gzip, ticket=given.text)
    return Response(body, headers=headers)


def _place(code: str) -> Response:
    """Return what a phone needs to look up a receipt of the place with this code."""
    point = shelf.point_of(written(code))
    language = replies.language()
    with reading() as session:
        items = following.public_items(session, point.org_id, now=clock.now())
        days = lost_days(session, point.round_id)
    closing = last_day(point.closes_at, platform().config.zone, language)
    data = {
        "round": point.round_code,
        "closing": closing,
        "lost": _in_words(days, language),
        "is_given_up": point.round_state == RoundState.ABANDONED,
        # The phone fills the receipt in once it has found it on the list.
        "items": _items(items, point, ""),
    }
    response = Response(json.dumps(data), mimetype=confirmation.MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _items(items: Sequence[PublicItem], point: PointView, receipt: str) -> str:
    """Return the list of items as HTML; receipts of a recheck follow them and do not vote."""
    language = replies.language()
    texts = words(language)
    shown = items if not point.item else [_without_vote(item) for item in items]
    waiting = [item for item in shown if not item.recheck and not item.is_closed]
    waiting.sort(key=lambda item: not item.is_overdue)
    return source.render(
        "items.html",
        t=texts,
        # What waits for the reader comes first; the rest folds.
        asked=[(item, full_day(item.recheck.last_day, language)) for item in shown if item.recheck],
        open=[(item, _when(item)) for item in waiting],
        done=[(item, _when(item)) for item in shown if item.is_closed],
        colon="：" if language == "zh" else ": ",
        vote=replies.address("/r/vote"),
        code=point.code,
        receipt=receipt,
        html_language=HTML_LANGUAGES[language],
    )


def _without_vote(item: PublicItem) -> PublicItem:
    return dataclasses.replace(item, recheck=None)


def _when(item: PublicItem) -> str:
    """Return until when it should be put right, or since when it is; overdue is said."""
    name = "item_done" if item.done_on else "item_overdue" if item.is_overdue else "item_due"
    language = replies.language()
    date = full_day(item.done_on or item.due_on, language, by_month=item.by_month)
    return words(language)[name].format(date=date)


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
        has_photos=True,
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
