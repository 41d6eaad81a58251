"""Paper ballots to print: one object's as a PDF, many as one archive."""

from __future__ import annotations

import io
import zipfile

from flask import Blueprint, Response, request

from reports.formats import MEDIA_TYPES, Format
from reports.paper_form import paper_form_html
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.collection.keying_batches import mark_of
from survey.collection.points import PointNotFound
from survey.publication import ballots
from survey.web.console.coverage import titles_of
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import pdfs_of, send, send_pdf
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("ballots", __name__, url_prefix="/rounds/<round_code>/ballots")
PRINT = Action.PRINT_POSTERS
MOST_AT_ONCE = 60
"""Documents in one archive; more are made at the command line."""


@bp.get("/")
@policy(PRINT)
def index(round_code: str) -> str:
    """List the ballots that the actor may print."""
    wanted = request.args.get("q", "")[:60]
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        found = ballots.paper_points(session, actor(), round_)
        chosen = [p for p in found if wanted.upper() in (p.org_name + p.org_id + p.code).upper()]
        return page(
            session,
            "console/ballots.html",
            round=round_,
            wanted=wanted,
            total=len(found),
            found=page_of(chosen),
            titles=titles_of(session, round_),
            marks={point.id: mark_of(point) for point in chosen},
            most=MOST_AT_ONCE,
        )


@bp.get("/<code>.pdf")
@bp.get("/<code>.<any(docx,html):format_>")
@policy(PRINT)
def show(round_code: str, code: str, format_: str = "pdf") -> Response:
    """Send the paper ballot of one collection point, to print or to set larger in Word."""
    is_large, wanted = "large" in request.args, Format(format_)
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        for point in ballots.paper_points(session, actor(), round_):
            if point.code == code:
                ballot = ballots.paper_ballot(session, point, is_large=is_large)
                name = ballots.file_name(round_code, point, is_large=is_large, wanted=wanted)
                break
        else:
            raise PointNotFound
    if wanted is Format.PDF:
        return send_pdf(paper_form_html(ballot), name)
    return send(ballots.made(ballot, wanted), MEDIA_TYPES[wanted], name)


@bp.get("/archive.zip")
@policy(PRINT)
def archive(round_code: str) -> Response:
    """Send the ballots that fit a search as one archive: a PDF or Word file for each object."""
    wanted = request.args.get("q", "")[:60].upper()
    is_large, is_word = "large" in request.args, "word" in request.args
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        found = [
            point
            for point in ballots.paper_points(session, actor(), round_)
            if wanted in (point.org_name + point.org_id + point.code).upper()
        ][:MOST_AT_ONCE]
        if not found:
            raise PointNotFound
        if is_word:
            word = ballots.files(session, found, round_code, Format.WORD, is_large=is_large)
            made = dict(word)
        else:
            documents = dict(ballots.ballots(session, found, round_code, is_large=is_large))
    if not is_word:
        made = pdfs_of(documents)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for name, content in sorted(made.items()):
            file.writestr(zipfile.ZipInfo(name), content)
    return send(packed.getvalue(), "application/zip", f"{round_code}-ballots.zip")
