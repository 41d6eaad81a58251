"""Letters and forms about one item, to print or to edit first, and the page for the wall."""

from __future__ import annotations

from flask import Blueprint, Response

from reports.formats import Format
from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound
from survey.rectification import letters
from survey.rectification.letters import Letter
from survey.rectification.loading import find
from survey.web.console.session import actor
from survey.web.downloads import send_paper, send_pdf
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.public.item_poster import SIZES, poster_of
from survey.web.unit_of_work import reading

bp = Blueprint("letters", __name__, url_prefix="/rectification")


@bp.get("/<number>/letters/<name>.pdf")
@bp.get("/<number>/letters/<name>.<any(docx,html):format_>")
@policy(Action.SEE_RECTIFICATION)
def letter(number: str, name: str, format_: str = "pdf") -> Response:
    """Send one letter about an item, as PDF, to be edited in Word, or as a web page."""
    if name not in set(Letter):
        raise NotFound("没有这种文书", "There is no such letter")
    kind = Letter(name)
    with reading() as session:
        made = letters.letter_of(session, actor(), number, kind, now=clock.now())
    name = letters.file_name(number, kind, format_)
    return send_paper(made, Format(format_), name, item_number=number)


@bp.get("/<number>/poster-<size>.pdf")
@policy(Action.SEE_RECTIFICATION)
def poster(number: str, size: str) -> Response:
    """Send a page for the notice board about an item that everybody may see."""
    if size not in SIZES:
        raise NotFound("没有这种大小", "There is no such size")
    with reading() as session:
        find(session, actor(), number)
        base_url = platform().config.base_url
        made = poster_of(session, number, base_url=base_url, size=size, now=clock.now())
    return send_pdf(made, f"{number}-公示-{size}.pdf")
