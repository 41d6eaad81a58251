"""Results of an opened round: who stands where, and one object's figures in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from reports import display
from reports.figures import Audience, Figures, Rate, Status
from reports.parts import EvaluationReport
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.org import queries as organisations
from survey.org.models import Level
from survey.publication import reports as publication
from survey.ratings.beside import beside
from survey.results import service as results
from survey.web.console.coverage import titles_of
from survey.web.console.drawings import shown
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import term
from survey.web.texts import text as _
from survey.web.unit_of_work import reading

bp = Blueprint("results", __name__, url_prefix="/rounds/<round_code>/results")
SEE = Action.SEE_RESULTS
BANDS = {1: lazy("第一梯队"), 2: lazy("第二梯队"), 3: lazy("第三梯队")}
STATUSES = {
    Status.SUPPRESSED: lazy("样本不足，不予公布"),
    Status.SMALL_SAMPLE: lazy("样本偏少，不参加排名"),
    Status.LOW_RETURN: lazy("回收率不到一半，不参加排名"),
    Status.RANKABLE: "",
}
OBJECTS = (Level.BRANCH.value, Level.WINDOW.value)
MANY = 60
"""More objects than this are shown one sector at a time."""


@dataclass(frozen=True)
class Line:
    """One object of the league table, every figure as it is read; empty where none is shown."""

    org_id: str
    name: str
    unit: str
    sector: str
    is_shown: bool
    n: str
    members: int
    score: str
    rate: str
    fraction: str
    interval: str
    place: str
    places: str
    band: str
    note: str


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> ResponseReturnValue:
    """Show the league of one questionnaire, sector by sector."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        if not results.has_figures(session, round_):
            return page(session, "console/results_sealed.html", round=round_)
        codes = [used.code for used in round_.questionnaires]
        code = request.args.get("questionnaire", "")
        code = code if code in codes else codes[0]
        released = results.release_of(session, round_, code, Audience.INTERNAL)
        return page(session, "console/results.html", **_league(session, round_, code, released))


def _league(
    session: Session, round_: Round, code: str, released: Sequence[Figures]
) -> dict[str, object]:
    seen = {org.id: org for org in organisations.visible(session, actor(), SEE)}
    objects = [f for f in released if f.target.level in OBJECTS and f.target.org_id in seen]
    sectors = list(dict.fromkeys(f.target.sector for f in objects))
    units = {org.id: org.short_name for org in seen.values() if org.level == Level.UNIT}
    wanted = request.args.get("sector", "")
    if wanted not in sectors:
        wanted = sectors[0] if len(objects) > MANY else ""
    sees_all = any(org.level == Level.DISTRICT for org in seen.values())
    totals = {
        level: [
            _line(f, units)
            for f in released
            if f.target.level == level and (sees_all or f.target.org_id in seen)
        ]
        for level in ("sector", "district", "unit")
    }
    return {
        "round": round_,
        "release": results.release_now(session, round_, Audience.INTERNAL),
        "code": code,
        "titles": titles_of(session, round_),
        "wanted": wanted,
        "groups": [
            (sector, [_line(f, units) for f in _ordered(objects) if f.target.sector == sector])
            for sector in sectors
            if wanted in ("", sector)
        ],
        "objects": len(objects),
        "shown": sum(f.is_shown for f in objects),
        "is_branch": bool(objects) and objects[0].target.level == Level.BRANCH,
        "sectors": totals["sector"] + totals["district"],
        "units": totals["unit"],
    }


def _ordered(objects: Sequence[Figures]) -> list[Figures]:
    """Return objects by place; those without one after them, in their own order."""
    return sorted(objects, key=lambda f: f.rank.place or 0 if f.rank else len(objects) + 1)


def _line(figures: Figures, units: dict[str, str]) -> Line:
    target, rank, overall = figures.target, figures.rank, figures.overall
    top2 = overall.top2 if overall else None
    score = figures.mass.score if figures.mass else overall.index if overall else None
    return Line(
        org_id=target.org_id,
        name=_("全区") if target.level == Level.DISTRICT else term(target.name),
        unit=units.get(target.unit_id, ""),
        sector=target.sector,
        is_shown=figures.is_shown,
        n=f"{figures.n:,}" if figures.n is not None else "",
        members=figures.roll_up.members if figures.roll_up else 0,
        score=display.index(score) if score is not None else "",
        rate=display.percent(top2.share) if top2 else "",
        fraction=_fraction(top2),
        interval=_interval(top2),
        place=str(rank.place) if rank and rank.place else "",
        places=_("%(low)s～%(high)s", low=rank.low, high=rank.high)
        if rank and rank.low and rank.high
        else "",
        band=str(BANDS[rank.band]) if rank else "",
        note=str(STATUSES[figures.status]),
    )


def _fraction(rate: Rate | None) -> str:
    if rate is None or rate.chosen is None or rate.base is None:
        return ""
    return display.fraction(rate.chosen, rate.base)


def _interval(rate: Rate | None) -> str:
    if rate is None:
        return ""
    if rate.interval is None:
        return term(display.CENSUS) if rate.method == "census" else ""
    low, high = display.percent(rate.interval.low), display.percent(rate.interval.high)
    return _("%(low)s～%(high)s", low=low, high=high)


@bp.get("/<org_id>")
@policy(SEE)
def show(round_code: str, org_id: str) -> ResponseReturnValue:
    """Show the figures of one object, as in its printed report."""
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        org = organisations.get_visible(session, actor(), SEE, org_id)
        if not results.has_figures(session, round_):
            return page(session, "console/results_sealed.html", round=round_)
        report = publication.report_of(
            session, actor(), round_, org_id, zone=platform().config.zone
        )
        used = publication.questionnaire_of(session, round_, org_id)
        form = results.used_questionnaire(session, round_, used)
        return page(
            session,
            "console/result.html",
            round=round_,
            org=org,
            report=report,
            title=_title(org.short_name, report),
            sections=shown(report),
            beside=beside(session, actor(), round_, org, used),
            names={item.code: item.label.to("zh") for item in form.items},
            may_print=may(actor(), Action.SEE_REPORTS, org.path),
        )


def _title(name: str, report: EvaluationReport) -> str:
    """Return the fact of the page: the rate with its calibre, or that nothing may be shown."""
    for fact in report.facts:
        if fact.label.startswith("满意率"):
            said = {"name": name, "fact": term(fact.label), "value": fact.value}
            return _("%(name)s：%(fact)s%(value)s", **said)
    return _("%(name)s：样本不足，不予公布", name=name)
