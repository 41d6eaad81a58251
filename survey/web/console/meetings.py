"""Meetings where people answer together: the chair's page, and the screen in the hall."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from reports.formats import Format
from reports.qr import qr_svg
from survey import clock
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import CollectionMode
from survey.collection.points import list_points
from survey.errors import NotFound, SurveyError
from survey.meetings import service, sheets
from survey.results import service as results
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send_paper
from survey.web.numbers import bounded
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("meetings", __name__)
RUN = Action.RUN_MEETINGS
SYMBOL_MM, SCREEN_MM = 52.0, 150.0


@bp.get("/rounds/<round_code>/meetings/")
@policy(RUN)
def index(round_code: str) -> ResponseReturnValue:
    """List the meetings of a round, and the points where one can be opened."""
    return _index(round_code)


@bp.post("/rounds/<round_code>/meetings/")
@policy(RUN)
def begin(round_code: str) -> ResponseReturnValue:
    """Open a meeting at one point."""
    try:
        with transaction() as session:
            meeting = service.open_meeting(
                session,
                actor(),
                request.form.get("code", ""),
                request.form.get("place", ""),
                now=clock.now(),
            )
            number = meeting.id
    except NotFound:
        raise
    except SurveyError as refused:
        return _index(round_code, sentence(refused), refused.status)
    return redirect(url_for(".show", meeting_id=number, done="meeting"), code=303)


@bp.get("/meetings/<int:meeting_id>")
@policy(RUN)
def show(meeting_id: int) -> ResponseReturnValue:
    """Show the chair what to do next."""
    return _page(meeting_id)


@bp.get("/meetings/<int:meeting_id>/screen")
@policy(RUN)
def screen(meeting_id: int) -> str:
    """Show what a projector shows: the code, the address, people present and answers in steps."""
    with reading() as session:
        row = service.find_meeting(session, actor(), meeting_id)
        url = _address(row)
        return render_template(
            "console/meeting_screen.html",
            row=row,
            url=url,
            by_slip=row.point.mode == CollectionMode.TICKET,
            symbol=qr_svg(url.upper(), size_mm=SCREEN_MM, label=_("二维码")),
            step=service.step_of(session, platform().inbox, row),
        )


@bp.get("/meetings/<int:meeting_id>/state")
@policy(RUN)
def state(meeting_id: int) -> Response:
    """Say how far the meeting has come, for the pages that show it."""
    with reading() as session:
        row = service.find_meeting(session, actor(), meeting_id)
        step = service.step_of(session, platform().inbox, row)
        return jsonify(heads=row.meeting.heads, step=step, open=row.is_open)


@bp.get("/meetings/<int:meeting_id>/attendance.pdf")
@bp.get("/meetings/<int:meeting_id>/attendance.<any(docx,xlsx,html):format_>")
@policy(RUN)
def attendance(meeting_id: int, format_: str = "pdf") -> Response:
    """Send the attendance sheet, which is tied to no ballot."""
    with reading() as session:
        made = sheets.attendance(session, actor(), meeting_id, zone=platform().config.zone)
    return send_paper(made, Format(format_), f"{_('签到表')}.{format_}")


@bp.get("/meetings/<int:meeting_id>/tally.pdf")
@bp.get("/meetings/<int:meeting_id>/tally.<any(docx,xlsx,html):format_>")
@policy(RUN)
def tally(meeting_id: int, format_: str = "pdf") -> Response:
    """Send the tally sheet."""
    with reading() as session:
        made = sheets.tally(session, actor(), meeting_id, zone=platform().config.zone)
    return send_paper(made, Format(format_), f"{_('计票表')}.{format_}")


@bp.post("/meetings/<int:meeting_id>/heads")
@policy(RUN)
def heads(meeting_id: int) -> ResponseReturnValue:
    """Write down how many people are present."""
    try:
        with transaction() as session:
            number = request.form.get("heads", 0, type=bounded)
            service.count_heads(session, actor(), meeting_id, number, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(meeting_id, sentence(refused), refused.status)
    return redirect(url_for(".show", meeting_id=meeting_id), code=303)


@bp.post("/meetings/<int:meeting_id>/close")
@policy(RUN)
def close(meeting_id: int) -> ResponseReturnValue:
    """Close the meeting; what can be announced stays on its page."""
    try:
        with transaction() as session:
            service.close_meeting(
                session,
                platform().inbox,
                actor(),
                meeting_id,
                heads=request.form.get("heads", 0, type=bounded),
                witnesses=request.form.get("witnesses", ""),
                now=clock.now(),
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(meeting_id, sentence(refused), refused.status)
    return redirect(url_for(".show", meeting_id=meeting_id, done="announced"), code=303)


def _index(round_code: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    wanted = request.args.get("q", "")[:60].strip()
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        rows = service.list_meetings(session, actor(), round_)
        busy = {row.point.id for row in rows if row.is_open}
        places = [
            point
            for point in list_points(session, actor(), round_, action=RUN)
            if wanted.upper() in (point.org_name + point.org_id + point.code).upper()
            and point.id not in busy
        ]
        takes = round_.state == "open" and round_.opens_at <= clock.now() < round_.closes_at
        return page(
            session,
            "console/meetings.html",
            round=round_,
            rows=rows,
            found=page_of(places),
            wanted=wanted,
            takes=takes,
            refused=refused,
        ), status


def _address(row: service.MeetingRow) -> str:
    """Return where those in the hall answer: the point's form, or the entry for their slips."""
    path = "t" if row.point.mode == CollectionMode.TICKET else f"q/{row.point.code}"
    return f"{platform().config.base_url}/{path}"


def _page(meeting_id: int, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        row = service.find_meeting(session, actor(), meeting_id)
        url = _address(row)
        round_ = campaigns.get_round(session, actor(), row.point.round_code)
        return page(
            session,
            "console/meeting.html",
            row=row,
            is_opened=results.is_opened(session, round_),
            url=url,
            symbol=qr_svg(url.upper(), size_mm=SYMBOL_MM, label=_("二维码")),
            step=service.step_of(session, platform().inbox, row),
            few=service.FEW,
            refused=refused,
        ), status
