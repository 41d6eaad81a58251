"""Collection points of a round: the code, the address and the QR code of every object."""

from __future__ import annotations

from flask import Blueprint, request

from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.collection.points import list_points
from survey.org import queries as organisations
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("points", __name__, url_prefix="/rounds/<round_code>/points")
SEE = Action.SEE_ROUNDS


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> str:
    """List the collection points that the actor sees."""
    wanted = {key: request.args.get(key, "")[:60] for key in ("q", "unit")}
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        found = list_points(session, actor(), round_)
        orgs = {org.id: org for org in organisations.visible(session, actor(), SEE)}
        chosen = [
            point
            for point in found
            if wanted["q"] in point.org_name + point.org_id + point.code
            and wanted["unit"] in ("", orgs[point.org_id].parent_id)
        ]
        return page(
            session,
            "console/points.html",
            round=round_,
            wanted=wanted,
            total=len(found),
            found=page_of(chosen),
            base_url=platform().config.base_url,
            units=organisations.units(session, actor(), SEE),
            may_print=may(actor(), Action.PRINT_POSTERS),
        )
