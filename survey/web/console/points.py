"""Collection points of a round: the code, the address and the QR code of every object."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from reports.formats import MEDIA_TYPES, Format
from reports.qr import qr_svg
from survey import clock
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import CollectionMode, Round
from survey.collection.board_files import FORMATS, board_document, board_report, day_of
from survey.collection.points import PointNotFound, PointView, list_points, questionnaire_of
from survey.errors import SurveyError
from survey.org import queries as organisations
from survey.publication.posters import PER_DOCUMENT, Kind, boards, documents, kinds_for
from survey.web.console import words
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send, send_paper, send_pdf
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import text as _
from survey.web.unit_of_work import reading

bp = Blueprint("points", __name__, url_prefix="/rounds/<round_code>/points")
SEE, PRINT = Action.SEE_ROUNDS, Action.PRINT_POSTERS
SYMBOL_MM = 60.0
KIND_NAMES = {
    Kind.POSTER: lazy("海报A4"),
    Kind.POSTER_A3: lazy("海报A3"),
    Kind.CARD: lazy("桌牌"),
    Kind.LABELS: lazy("不干胶"),
    Kind.CONTACT: lazy("连心卡"),
    Kind.COMMITMENTS: lazy("承诺公示"),
}


class TooManyToPrint(SurveyError):
    """More pages than somebody can wait for."""

    code = "TOO_MANY_TO_PRINT"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"一次最多印{most}个。请先选一个单位再打印，或请管理员用命令行一次印完",
            f"At most {most} at a time; choose a unit first, or use flask posters",
        )


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> str:
    """List the collection points that the actor sees."""
    wanted = {key: request.args.get(key, "")[:60] for key in ("q", "unit")}
    wanted["kind"] = _kind().value
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
        # Those who got tickets of their own need no posters.
        printable = {
            point.org_id
            for point in list_points(session, actor(), round_, action=PRINT)
            if point.mode == CollectionMode.OPEN
        }
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
            at_once=len(printable & below),
            most=PER_DOCUMENT[_kind()],
            kinds=[(kind.value, name) for kind, name in KIND_NAMES.items()],
            kind_name=KIND_NAMES[_kind()],
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
            kinds=[(kind.value, KIND_NAMES[kind]) for kind in kinds_for(session, point)],
            board_formats=[(each.value, words.FORMATS[each.value]) for each in FORMATS],
            symbol=qr_svg(url.upper(), size_mm=SYMBOL_MM, label=_("二维码")),
            may_print=may(actor(), PRINT, org.path),
        )


@bp.get("/<code>.pdf")
@policy(PRINT)
def poster(round_code: str, code: str) -> Response:
    """Send the poster of one point, or another piece that leads there."""
    kind = _kind()
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        point = _point(session, round_, code, PRINT)
        (html,) = _documents(session, round_, kind, {point.code})
    return send_pdf(html, f"{round_code}-{point.org_id}-{kind}.pdf")


@bp.get("/<code>.<any(docx,xlsx,html):format_>")
@policy(PRINT)
def board(round_code: str, code: str, format_: str) -> Response:
    """Send one organisation's board of promises to edit in Word, as a workbook or a web page."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        point = _point(session, round_, code, PRINT)
        config = platform().config
        found = boards(
            session,
            actor(),
            round_,
            base_url=config.base_url,
            zone=config.zone,
            codes={point.code},
        )
    wanted = Format(format_)
    name = f"{round_code}-{point.org_id}-{Kind.COMMITMENTS}.{format_}"
    if wanted is Format.WORD:
        return send(board_document(found), MEDIA_TYPES[wanted], name)
    return send_paper(board_report(found, day_of(clock.now(), config.zone)), wanted, name)


@bp.get("/posters.pdf")
@policy(PRINT)
def posters(round_code: str) -> Response:
    """Send the posters of all points that the actor may print, or of those below one unit.

    A phone's browser waits for them; long runs belong to the command line or are cut by units.
    """
    kind = _kind()
    unit = request.args.get("unit", "")[:32]
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        below = _below(session, unit)
        points = list_points(session, actor(), round_, action=PRINT)
        chosen = {point.code for point in points if point.org_id in below}
        made = _documents(session, round_, kind, chosen)
    if len(made) > 1:
        raise TooManyToPrint(PER_DOCUMENT[kind])
    return send_pdf(made[0], f"{round_code}-{unit or 'all'}-{kind}.pdf")


def _kind() -> Kind:
    """Return the piece that the address asks for."""
    asked = request.args.get("kind", Kind.POSTER.value)
    return Kind(asked) if asked in {kind.value for kind in Kind} else Kind.POSTER


def _documents(session: Session, round_: Round, kind: Kind, codes: set[str]) -> list[str]:
    config = platform().config
    return documents(
        session, actor(), round_, kind, base_url=config.base_url, zone=config.zone, codes=codes
    )


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
