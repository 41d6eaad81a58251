"""Documents of a round: which there are, each made when first asked for, and batches of them."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from reports.figures import Audience
from reports.formats import Format
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.errors import NotFound
from survey.org import queries as organisations
from survey.publication import batch_standing, codes, documents
from survey.publication.document_files import KEPT, file_name
from survey.publication.document_kind import Asked, Kind, Listed
from survey.results import service as results
from survey.web.console import batches, words
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send_document
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("reports", __name__, url_prefix="/rounds/<round_code>/reports")
SEE = Action.SEE_REPORTS
FEW = 12
"""Documents that are sooner opened one by one than asked for as a batch."""


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> ResponseReturnValue:
    """List the documents that the actor may open, and the batches that were asked for."""
    wanted = {key: request.args.get(key, "")[:60] for key in ("q", "unit", "kind")}
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        if not results.has_figures(session, round_):
            return page(session, "console/results_sealed.html", round=round_)
        units = organisations.units(session, actor(), SEE)
        found = _documents(batches.asked_of(session, round_code, Audience.INTERNAL))
        chosen = [
            (kind, one)
            for kind, one in found
            if wanted["q"] in one.org_name + one.org_id
            and wanted["unit"] in ("", one.unit_id, one.org_id)
            and wanted["kind"] in ("", kind)
        ]
        return page(
            session,
            "console/reports.html",
            round=round_,
            wanted=wanted,
            total=len(found),
            found=page_of(chosen),
            units=units,
            unit_names={unit.id: unit.short_name for unit in units},
            kinds=batches.kind_labels(),
            counted=Counter(kind.value for kind, _ in found),
            batches=batch_standing.list_batches(session, actor(), round_),
            formats=words.FORMATS,
            audiences=words.AUDIENCES,
            asked=batches.asked_before(),
            is_none=bool(request.args.get("none")),
            kept_days=KEPT.days,
            is_short=len(found) <= FEW,
            for_all={
                kind.value
                for kind, made in documents.KINDS.items()
                if Audience.PUBLIC in made.audiences
            },
        )


def _documents(asked: Asked) -> list[tuple[Kind, Listed]]:
    """Return every document, kind by kind."""
    return [(kind, one) for kind in documents.KINDS for one in documents.listed(asked, kind)]


@bp.get("/<any(public,internal):audience>/<kind>/<org_id>.<format_>")
@policy(SEE)
def document(round_code: str, audience: str, kind: str, org_id: str, format_: str) -> Response:
    """Send one document in one format; it is made unless that was done before."""
    if kind not in set(Kind) or format_ not in set(Format):
        raise NotFound("没有这种文件", "There is no such document")
    with reading() as session:
        asked = batches.asked_of(session, round_code, Audience(audience))
        value = documents.compiled(asked, Kind(kind), org_id)
        handed, round_id = codes.printed(asked, Kind(kind), org_id, value), asked.round.id
        edition = batch_standing.edition_at(session, asked.round, asked.now)
    codes.note(platform().sessions, round_id, [handed])
    name = file_name(round_code, org_id, kind, format_, audience=audience, edition=edition)
    return send_document(value, Format(format_), name, is_shown=format_ == Format.PDF)
