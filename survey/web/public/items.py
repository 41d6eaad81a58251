"""The board of items for everybody, a page and a short address for each, and a feed.

No cookie, no script, nothing of another host. An item that is not public and one that does not
exist are the same answer.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, redirect, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from reports.qr import qr_svg
from survey import clock
from survey.errors import NotFound
from survey.publication import public_results
from survey.rectification import following, public_board
from survey.rectification.board import Board
from survey.rectification.public_board import PublicFilter
from survey.rectification.states import Group
from survey.rectification.workdays import CHINA
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public import replies, source
from survey.web.public.item_feed import feed_of
from survey.web.public.item_poster import short_address
from survey.web.public.items_view import groups_of, indicators_of, when, where_of
from survey.web.public.items_wording import source_words, words
from survey.web.public.wording import HTML_LANGUAGES, full_day
from survey.web.unit_of_work import reading

bp = Blueprint("items", __name__)
short = Blueprint("short_items", __name__, url_prefix="/z")
FOR_NOW = "public, max-age=300"
LONGEST = 60
SHORT = re.compile(r"(?:ZG-?)?(?P<year>[0-9]{4})-?(?P<seq>[0-9]{4,8})", re.IGNORECASE)
PAGE = re.compile(r"[0-9]{1,5}")
_EXTENSION = "pingyi.items"


@bp.get("/items")
@policy.public
def index() -> Response:
    """List public items, fifty a page, with the district's figures on the first."""
    wanted, now = _wanted(), clock.now()
    page = int(asked) if PAGE.fullmatch(asked := request.args.get("page", "")) else 1
    with reading() as session:
        found = public_board.public_page(session, wanted, page=page, now=now)
        units, sectors = public_board.places(session)
        board = _board(session, now) if found.number == 1 and wanted.is_empty else None
        values: dict[str, Any] = {
            "found": found,
            "wanted": wanted,
            "units": units,
            "sectors": sectors,
            "board": board,
            "organiser": public_results.organiser(session),
        }
    if board is not None:
        values["groups"] = groups_of(board)
        values["indicators"] = indicators_of(board.whole.statistics, words(replies.language()))
    return _page("board.html", to=lambda **more: _address(wanted, **more), **values)


@bp.get("/items/<number>")
@policy.public
def show(number: str) -> Response:
    """Show one item: what is wrong, who must act, how far it has come, and how to take part."""
    with reading() as session:
        try:
            item = following.public_item(session, number[:LONGEST], now=clock.now())
        except NotFound:
            return _page("missing.html", status=404)
        office = public_results.contact(session)
        organiser = public_results.organiser(session)
    printed = short_address(platform().config.base_url, item.number)
    label = words(replies.language())["short"]
    return _page(
        "item.html",
        item=item,
        office=office,
        organiser=organiser,
        source_words=source_words(item.source, replies.language()),
        place=where_of(item),
        until=full_day(item.recheck.last_day, replies.language()) if item.recheck else "",
        short=printed,
        symbol=qr_svg(printed.upper(), size_mm=30, label=label),
    )


@bp.get("/items.atom")
@policy.public
def feed() -> Response:
    """Send the newest changes of public items as an Atom feed, of a unit or sector if asked."""
    wanted = PublicFilter(unit=_text("unit"), sector=_text("sector"))
    with reading() as session:
        items = public_board.latest_items(session, wanted, now=clock.now())
        organiser = public_results.organiser(session)
    body = feed_of(
        items,
        base=platform().config.base_url,
        address=_feed_address(wanted),
        board=replies.address("/items"),
        organiser=organiser,
        language=replies.language(),
    )
    response = Response(body, mimetype="application/atom+xml")
    if items:
        newest = max(item.updated_on for item in items)
        response.last_modified = datetime.combine(newest, time(), CHINA)
    return _kept(response)


@short.get("/<code>")
@policy.public
def go(code: str) -> ResponseReturnValue:
    """Lead from the short address on paper to the item's page."""
    match = SHORT.fullmatch(code)
    if match is None:
        return _page("missing.html", status=404)
    return redirect(replies.address(f"/items/ZG-{match['year']}-{match['seq']}"), code=302)


def _board(session: Session, now: datetime) -> Board:
    """Return the statistics, made anew only when something has changed: anybody may ask often."""
    kept: dict[object, Board] = current_app.extensions.setdefault(_EXTENSION, {})
    mark = public_board.mark_of(session, now=now)
    found = kept.get(mark)
    if found is None:
        found = public_board.public_statistics(session, now=now)
        kept.clear()
        kept[mark] = found
    return found


def _wanted() -> PublicFilter:
    state = request.args.get("state", "")
    return PublicFilter(
        unit=_text("unit"),
        sector=_text("sector"),
        group=Group(state) if state in set(Group) else None,
        overdue=state == "late",
        search=_text("q"),
    )


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:LONGEST]


def _address(wanted: PublicFilter, **more: object) -> str:
    """Return the address of the board with these conditions, and others in their place."""
    state = "late" if wanted.overdue else wanted.group.value if wanted.group else ""
    asked: dict[str, object] = {
        "unit": wanted.unit,
        "sector": wanted.sector,
        "state": state,
        "q": wanted.search,
        **more,
        "lang": "en" if replies.language() == "en" else "",
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/items?{query}" if query else "/items"


def _feed_address(wanted: PublicFilter) -> str:
    query = {"unit": wanted.unit, "sector": wanted.sector}
    asked = {name: value for name, value in query.items() if value}
    if replies.language() == "en":
        asked["lang"] = "en"
    return f"/items.atom?{urlencode(asked)}" if asked else "/items.atom"


def _page(template: str, *, status: int = 200, **values: Any) -> Response:
    language = replies.language()
    style = source.style("base.css", "items.css")
    other = "zh" if language == "en" else "en"
    html = source.render(
        f"items/{template}",
        t=words(language),
        lang=language,
        html_language=HTML_LANGUAGES[language],
        other_lang=HTML_LANGUAGES[other],
        other=_other(other),
        style=Markup(style),  # noqa: S704 - our own file
        script="",
        address=replies.address,
        when=lambda item: when(item, language),
        host=urlsplit(platform().config.base_url).netloc,
        **values,
    )
    csp = source.policy(style, "", has_photos=True)
    response = Response(html, status=status, headers=replies.page_headers(csp, language))
    return _kept(response) if status == 200 else response


def _other(language: str) -> str:
    asked = {name: value for name, value in request.args.items() if name != "lang"}
    if language == "en":
        asked["lang"] = "en"
    return f"{request.path}?{urlencode(asked)}" if asked else request.path


def _kept(response: Response) -> Response:
    """Let anybody keep an answer for a while, by a tag of what it says and of nothing else."""
    body = response.get_data()
    response.set_etag(hashlib.sha256(body).hexdigest()[:32], weak=True)
    response.headers["Cache-Control"] = FOR_NOW
    response.vary.add("Accept-Encoding")
    response.make_conditional(request)
    if response.status_code == 200 and request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(body, 9, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
