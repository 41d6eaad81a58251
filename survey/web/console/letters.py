"""Letters and forms about one item, as PDF."""

from __future__ import annotations

from flask import Blueprint, Response

from reports.documents import report_html
from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound
from survey.rectification import letters
from survey.rectification.letters import Letter
from survey.web.console.session import actor
from survey.web.downloads import send_pdf
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("letters", __name__, url_prefix="/rectification")


@bp.get("/<number>/letters/<name>.pdf")
@policy(Action.SEE_RECTIFICATION)
def letter(number: str, name: str) -> Response:
    """Send one letter about an item."""
    if name not in set(Letter):
        raise NotFound("没有这种文书", "There is no such letter")
    kind = Letter(name)
    with reading() as session:
        made = letters.letter_of(session, actor(), number, kind, now=clock.now())
    return send_pdf(report_html(made), letters.file_name(number, kind))
