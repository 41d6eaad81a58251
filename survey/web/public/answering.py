"""The pages a resident sees after scanning a code: no sign-in, no session, no cookie."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.checks import HIDDEN_FIELDS
from forms.definition import Questionnaire
from forms.multipart import Sent
from forms.notation import picture_name
from forms.parsing import BodyRefused, body_shape
from survey import clock
from survey.campaigns.models import CollectionMode
from survey.collection import intake, pictures, points, proof, receipts, tickets
from survey.collection.points import (
    PointAbandoned,
    PointClosed,
    PointNotFound,
    PointNotOpen,
    PointView,
)
from survey.rectification import recheck_votes
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import confirmation, pages, refusals, replies, shelf, taking
from survey.web.public.bodies import read_sheet
from survey.web.public.judging import Judged, judge
from survey.web.public.wording import day, last_day, words
from survey.web.unit_of_work import reading

bp = Blueprint("answering", __name__, url_prefix="/q")
refusals.register(bp)

NO_PICTURE = "-"
MAX_CASE = 60
"""How long the number of a case may be in an address."""

ELSEWHERE = ("none", "cross-site")
"""What browsers say of a visit that did not start on a page of ours."""


@bp.get("/<code>")
@policy.public
def show(code: str) -> Response:
    """Show the form of a collection point; looking stores nothing and spends nothing."""
    point, now = shelf.point_of(code), clock.now()
    try:
        points.require_open(point, now)
    except (PointNotOpen, PointClosed) as refusal:
        return shut(refusal)
    if point.mode != CollectionMode.OPEN:
        way = {"link": replies.address("/t"), "link_text": "to_ticket"}
        return replies.message("needs_slip", 200, **way, place=point.org_name)
    case = request.args.get("case", "").strip()[:MAX_CASE]
    if case.isprintable() and case:
        filled = _with_case(point, case)
        if filled is not None:
            return filled
    language, secret = replies.language(), platform().config.secret_key
    served = shelf.page_of(point, language)
    is_gzip = request.accept_encodings.quality("gzip") > 0
    headers, body = replies.form(served, secret, now, language, is_gzip=is_gzip)
    return Response(body, headers=headers)


def _with_case(point: PointView, case: str) -> Response | None:
    """Return the form with the number of the case filled in, which a code at a desk carries.

    None where the form asks for no such number.
    """
    with reading() as session:
        questionnaire = points.questionnaire_of(session, point)
    item = questionnaire.case_item
    if item is None:
        return None
    key = receipts.mint_key(platform().config.secret_key, clock.now())
    entered = pages.Entered(
        key=key,
        receipt=receipts.receipt_of(key),
        values={item.code: (case,)},
        errors={},
        is_fresh=True,
    )
    asked = pages.asked_of(point, replies.language(), questionnaire)
    html, csp = pages.render_again(asked, pages.Place.of(point, platform().config.zone), entered)
    return replies.html_response(html.encode(), csp)


@bp.post("/<code>")
@policy.public
def submit(code: str) -> Response:
    """Take in one answer sheet, once for each page key, and say so only when it is durable."""
    point = shelf.point_of(code)
    with reading() as session:
        questionnaire = points.questionnaire_of(session, point)
        sent = read_sheet(body_shape(questionnaire, HIDDEN_FIELDS))
        fields = sent.fields
        key = taking.page_key(fields)
        confirmation.note_key(key)
        late = _too_late(session, point, key)
        if late is not None:
            return late
        picture = _picture(sent)
        judged = judge(questionnaire, fields, replies.language())
        secret, language = platform().config.secret_key, replies.language()
        judged = taking.weighed(point, judged, fields, secret, language)
        if judged.status != 200:
            if _is_sent(session, point, key):
                return _to_thanks(point)
            return _again(point, questionnaire, judged, fields)
        return _record(session, point, questionnaire, judged, fields, picture)


@bp.get("/<code>/thanks")
@policy.public
def thanks(code: str) -> Response:
    """Show that an answer has arrived; the receipt is on the phone and never in an address."""
    point, texts = shelf.point_of(code), words(replies.language())
    return replies.page(
        "thanks.html",
        scripts=("thanks.js",),
        is_sent=request.headers.get("Sec-Fetch-Site", "") not in ELSEWHERE,
        form=replies.address(f"/q/{point.code}"),
        check=replies.address("/r"),
        code=texts["receipt_code"].format(code=point.code),
        steps=_what_next(point, texts),
    )


def _what_next(point: PointView, texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what happens to an answer from today on, with its time."""
    today = (texts["next_today"], texts["next_today_text"])
    results = (texts["next_results"], texts["next_results_text"])
    if pages.is_daily(point):
        return (today, (texts["next_day"], texts["next_day_text"]), results)
    closing = last_day(point.closes_at, platform().config.zone, replies.language())
    opening = (texts["next_open"], texts["next_open_text"])
    return (today, (closing, texts["next_close_text"]), opening, results)


@bp.route("/<path:_anything>", methods=["GET", "POST"])
@policy.public
def elsewhere(_anything: str) -> Response:
    """Answer like an unknown code wherever no form can be."""
    raise PointNotFound


def _picture(sent: Sent) -> bytes | None:
    """Return the picture that was sent, made anew, and name it among the answers.

    What is no picture is named by what no picture is called, and refused where it was entered.
    """
    for code, data in sent.pictures.items():
        try:
            picture = pictures.remade(data)
        except pictures.PictureRefused:
            sent.fields[code] = NO_PICTURE
            return None
        sent.fields[code] = picture_name(picture)
        return picture
    return None


def _too_late(session: Session, point: PointView, key: str) -> Response | None:
    """Return the answer to a page outside the fieldwork period; None while answers count."""
    try:
        points.require_open(point, clock.now())
    except (PointNotOpen, PointClosed) as refusal:
        if _is_sent(session, point, key):
            return _to_thanks(point)
        return shut(refusal, is_posted=True)
    return None


def _is_sent(session: Session, point: PointView, key: str) -> bool:
    """Whether this page has been taken in before: whatever comes now, that answer counts."""
    return intake.was_recorded(
        session, platform().inbox, platform().keystore, point, key, clock.now()
    )


def _record(
    session: Session,
    point: PointView,
    questionnaire: Questionnaire,
    judged: Judged,
    fields: MultiDict[str, str],
    picture: bytes | None,
) -> Response:
    key, ticket = fields["ik"], _ticket_of(point, fields)
    try:
        taking.raise_failure()
        credential = _credential_of(session, point, ticket) if ticket else None
        language = replies.language()
        sheet = taking.Sheet(point, questionnaire, judged, key, language, credential, picture)
        taking.store(session, platform(), sheet)
    except (PointNotOpen, PointClosed) as refusal:
        return shut(refusal, is_posted=True)
    except intake.CaseRated as refusal:
        if _is_sent(session, point, key):
            return _to_thanks(point)
        return replies.message("case_rated", refusal.status)
    except intake.TicketRefused as refusal:
        if _is_sent(session, point, key):
            return _to_thanks(point)
        if recheck_votes.read_vote(ticket):
            return replies.message(
                "vote_refused",
                refusal.status,
                link=replies.address("/r"),
                link_text="check_receipt",
            )
        return replies.message(
            "ticket_refused", refusal.status, link=replies.address("/t"), link_text="to_ticket"
        )
    return _to_thanks(point)


def _credential_of(session: Session, point: PointView, ticket: str) -> bytes:
    """Return the credential of a ticket or, where an item is judged, of a receipt."""
    keystore, vote = platform().keystore, recheck_votes.read_vote(ticket)
    if vote is None:
        return tickets.usable_credential(session, keystore, point, ticket)
    return recheck_votes.credential_of(session, keystore, point, vote, now=clock.now())


def _ticket_of(point: PointView, fields: MultiDict[str, str]) -> str:
    """Return what gives the right to answer, in its written form; empty where none is needed.

    That is a ticket or, where an item is judged, a receipt, at open points too.
    """
    vote = recheck_votes.read_vote(fields.get("ticket", "")) if point.item else None
    if vote is not None:
        return vote.text
    if point.mode != CollectionMode.TICKET:
        return ""
    code = tickets.read_ticket(fields.get("ticket", ""))
    if code is None:
        raise BodyRefused("BODY_FOREIGN", "这一页没有带评议票", "no ticket came with it")
    return code


def _again(
    point: PointView, questionnaire: Questionnaire, judged: Judged, fields: MultiDict[str, str]
) -> Response:
    """Return the form with everything that was entered, and what is still to do."""
    if confirmation.is_asked_for():
        return confirmation.refused(
            judged.status,
            is_final=False,
            note=judged.note,
            errors=dict(judged.errors),
            asked=judged.is_asked,
            again=judged.status == 409,
        )
    key, shown = fields["ik"], fields.get("pow", "")
    secret = platform().config.secret_key
    if point.asks_proof and not proof.is_solved(point.code, key, shown):
        # A phone that cannot do the work gets through with a key of ours, after its time.
        shown = ""
        key = key if receipts.key_is_ours(secret, key) else receipts.mint_key(secret, clock.now())
    html, csp = pages.render_again(
        pages.asked_of(point, replies.language(), questionnaire),
        pages.Place.of(point, platform().config.zone),
        pages.Entered(
            key=key,
            receipt=receipts.receipt_of(key),
            values={code: fields.getlist(code) for code in questionnaire.items_by_code},
            errors=judged.errors,
            note=judged.note,
            is_asked=judged.is_asked,
            proof=shown,
            ticket=_ticket_of(point, fields),
        ),
    )
    return replies.html_response(html.encode(), csp, status=judged.status)


def shut(refusal: PointNotOpen | PointClosed, *, is_posted: bool = False) -> Response:
    """Return the page of a round that takes no answers now: 410 for what was sent all the same."""
    zone, language = platform().config.zone, replies.language()
    status = refusal.status if is_posted else 200
    if isinstance(refusal, PointNotOpen):
        return replies.message("not_open", status, date=day(refusal.opens_at, zone, language))
    if isinstance(refusal, PointAbandoned):
        return replies.message("abandoned", status)
    name, date = "too_late" if is_posted else "closed", last_day(refusal.closed_at, zone, language)
    receipt = {"link": replies.address("/r"), "link_text": "check_receipt"}
    return replies.message(name, status, **receipt, date=date)


def _to_thanks(point: PointView) -> Response:
    if confirmation.is_asked_for():
        return confirmation.taken()
    return replies.see_other(f"/q/{point.code}/thanks")
