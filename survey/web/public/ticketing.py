"""The way in with a one-time ticket: its secret stays out of addresses, and looking spends nothing.

A secret in the QR code's fragment never leaves the phone by itself; a script puts it into the
form and takes it out of the address. Used tickets open their form as fresh ones do, so that a
slip cannot be tried out to see whether somebody answered with it.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from forms.parsing import BodyRefused, BodyShape
from survey import clock
from survey.collection import points, proof, tickets
from survey.collection.points import PointClosed, PointNotOpen
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import guesses, refusals, replies, shelf
from survey.web.public.answering import shut
from survey.web.public.bodies import read_body
from survey.web.unit_of_work import reading

bp = Blueprint("ticketing", __name__, url_prefix="/t")
refusals.register(bp)

FIELDS = BodyShape(known=frozenset({"ticket", "ik", "pow"}), repeatable=frozenset())


@bp.get("")
@policy.public
def ask() -> Response:
    """Ask for a ticket, scanned or typed."""
    if set(request.args) - {"lang"}:
        # A secret that was printed into the query by mistake must not stay in the address.
        return replies.see_other("/t")
    return _ticket_page()


@bp.get("/<path:_anything>")
@policy.public
def ask_again(_anything: str) -> Response:
    """Lead away from an address that somebody put a secret into."""
    return replies.see_other("/t")


@bp.post("")
@policy.public
def resolve() -> Response:
    """Show the form that a ticket opens, the ticket in a hidden field; nothing is spent."""
    fields = read_body(FIELDS)
    given = fields.get("ticket", "")
    code = tickets.read_ticket(given)
    if code is None:
        return _malformed(given)
    now, secret, tried = clock.now(), platform().config.secret_key, guesses.counted()
    earned = guesses.is_earned(secret, code, fields.get("ik", ""), fields.get("pow", ""), now)
    if not earned and tried.are_many(now):
        key = guesses.key_for(secret, code, now)
        return _ticket_page(422, fault="ticket_wait", code=code, key=key, puzzle=proof.PUZZLE)
    with reading() as session:
        try:
            point = tickets.point_of(session, platform().keystore, code)
        except tickets.TicketNotFound:
            tried.note(now)
            raise
    try:
        points.require_open(point, now)
    except (PointNotOpen, PointClosed) as refusal:
        return shut(refusal)
    language = replies.language()
    served = shelf.page_of(point, language)
    is_gzip = request.accept_encodings.quality("gzip") > 0
    headers, body = replies.form(served, secret, now, language, is_gzip=is_gzip, ticket=code)
    return Response(body, headers=headers)


@bp.errorhandler(tickets.TicketNotFound)
def _not_found(_error: tickets.TicketNotFound) -> Response:
    return _ticket_page(404, fault="ticket_not_found")


def _malformed(given: str) -> Response:
    """Return the page again to somebody who miscounted; refuse what nobody can have typed."""
    if not given.isprintable() or len(given) > tickets.LONGEST_TYPED:
        raise BodyRefused("BODY_FOREIGN", "这不是评议票上的字符", "no ticket has this form")
    return _ticket_page(400, fault="ticket_wrong")


def _ticket_page(status: int = 200, *, fault: str = "", **waiting: str) -> Response:
    return replies.page(
        "ticket.html",
        status=status,
        scripts=("ticket.js",),
        action=replies.address("/t"),
        fault=fault,
        waiting=waiting,
        entry=replies.address("/"),
        privacy=replies.address("/privacy"),
        other="/t" if replies.language() == "en" else "/t?lang=en",
    )
