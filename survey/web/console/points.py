"""Collection points of a round: the code, the address and the QR code of every object."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection.points import PointNotFound, PointView, list_points, questionnaire_of
from survey.collection.posters import PosterPoint, poster_html
from survey.collection.qr import qr_svg
from survey.org import queries as organisations
from survey.publication.posters import poster_points
from survey.web.console.downloads import send_pdf
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import text as _
from survey.web.unit_of_work import reading

bp = Blueprint("points", __name__, url_prefix="/rounds/<round_code>/points")
SEE, PRINT = Action.SEE_ROUNDS, Action.PRINT_POSTERS
SYMBOL_MM = 60.0


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> str:
    """List the collection points that the actor sees."""
    wanted = {key: request.args.get(key, "")[:60] for key in ("q", "unit")}
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        found = list_points(session, actor(), round_)
        below = _below(session, wanted["unit"])
        chosen = [
            point
            for point in found
            if wanted["q"].upper() in (point.org_name + point.org_id + point.code).upper()
            and point.org_id in below
        ]
        printable = {point.org_id for point in list_points(session, actor(), round_, action=PRINT)}
        return page(
            session,
            "console/points.html",
            round=round_,
            wanted=wanted,
            total=len(found),
            found=page_of(chosen),
            base_url=platform().config.base_url,
            units=organisations.units(session, actor(), SEE),
            printable=printable,
        )


@bp.get("/<code>")
@policy(SEE)
def show(round_code: str, code: str) -> str:
    """Show one point: its address, its code to be typed, and its QR code."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        point = _point(session, round_, code, SEE)
        org = organisations.get(session, point.org_id)
        url = f"{platform().config.base_url}/q/{point.code}"
        return page(
            session,
            "console/point.html",
            round=round_,
            point=point,
            title=questionnaire_of(session, point).title.to("zh"),
            url=url,
            symbol=qr_svg(url.upper(), size_mm=SYMBOL_MM, label=_("二维码")),
            may_print=may(actor(), PRINT, org.path),
        )


@bp.get("/<code>.pdf")
@policy(PRINT)
def poster(round_code: str, code: str) -> Response:
    """Send the poster of one point."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        point = _point(session, round_, code, PRINT)
        posters_ = _posters(session, round_, {point.code})
    return send_pdf(poster_html(posters_), f"{round_code}-{point.org_id}-poster.pdf")


@bp.get("/posters.pdf")
@policy(PRINT)
def posters(round_code: str) -> Response:
    """Send the posters of all points that the actor may print, or of those below one unit."""
    unit = request.args.get("unit", "")[:32]
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        below = _below(session, unit)
        points = list_points(session, actor(), round_, action=PRINT)
        posters_ = _posters(session, round_, {p.code for p in points if p.org_id in below})
    if not posters_:
        raise PointNotFound
    return send_pdf(poster_html(posters_), f"{round_code}-{unit or 'all'}-poster.pdf")


def _posters(session: Session, round_: Round, codes: set[str]) -> list[PosterPoint]:
    config = platform().config
    found = poster_points(session, actor(), round_, base_url=config.base_url, zone=config.zone)
    return [point for point in found if point.code in codes]


def _point(session: Session, round_: Round, code: str, action: Action) -> PointView:
    """Return the point of a round with this code, where the actor may do `action`."""
    for point in list_points(session, actor(), round_, action=action):
        if point.code == code:
            return point
    raise PointNotFound


def _below(session: Session, unit: str) -> set[str]:
    """Return the organisations that the actor sees below `unit`, or all of them without one."""
    seen = organisations.visible(session, actor(), SEE)
    return {org.id for org in seen if not unit or f"/{unit}/" in f"/{org.path}"}
