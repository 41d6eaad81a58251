"""Printed reports: which there are, and each as PDF, made when first asked for."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from reports.documents import report_html
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.org import queries as organisations
from survey.publication import reports as publication
from survey.results import service as results
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send_pdf
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("reports", __name__, url_prefix="/rounds/<round_code>/reports")
SEE = Action.SEE_REPORTS


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> ResponseReturnValue:
    """List the reports that the actor may open."""
    wanted = {key: request.args.get(key, "")[:60] for key in ("q", "unit")}
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        if not results.has_figures(session, round_):
            return page(session, "console/results_sealed.html", round=round_)
        units = organisations.units(session, actor(), SEE)
        found = publication.reportables(session, actor(), round_)
        chosen = [
            report
            for report in found
            if wanted["q"] in report.org_name + report.org_id
            and wanted["unit"] in ("", report.unit_id)
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
        )


@bp.get("/<org_id>.pdf")
@policy(SEE)
def pdf(round_code: str, org_id: str) -> Response:
    """Send the report on one object."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        report = publication.report_of(
            session, actor(), round_, org_id, zone=platform().config.zone
        )
    return send_pdf(report_html(report), f"{round_code}-{org_id}-{report.subject}.pdf")
