"""Ratings: the list, one league per sector, decisions by hand, the proposal and its approval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from reports import rules
from reports.composites import COMPONENT_LABELS, UNSCORED_SENTENCES, Unscored
from reports.stars import REASON_LABELS, Reason, promotion_matrix
from reports.trend import Verdict
from survey import clock
from survey.accounts.policy import Action, Actor, may
from survey.campaigns import service as campaigns
from survey.errors import NotFound, SurveyError
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.ratings import service as ratings
from survey.ratings.models import ConductKind, Rating, RatingLine
from survey.web.console.acts import carry_out
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.numbers import bounded
from survey.web.policies import policy
from survey.web.texts import sentence, term
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("ratings", __name__, url_prefix="/ratings")
SEE, SCORE = Action.SEE_RATINGS, Action.SCORE_RATINGS
PROPOSE, APPROVE = Action.PROPOSE_RATINGS, Action.APPROVE_RATINGS
STATES = {
    "draft": lazy("正在评"),
    "proposed": lazy("等审定"),
    "approved": lazy("已审定"),
}
BANDS = {1: lazy("第一梯队"), 2: lazy("第二梯队"), 3: lazy("第三梯队")}
LEVELS = {Level.BRANCH.value: lazy("党支部"), Level.WINDOW.value: lazy("服务窗口")}
CONDUCT = {
    ConductKind.VETO.value: lazy("一票否决的情形"),
    ConductKind.FALSE_CLAIM.value: lazy("整改弄虚作假"),
    ConductKind.LATE_PUBLICATION.value: lazy("结果没有按时公开"),
}
Act = Callable[[Session, Actor, Rating, datetime], object]


@dataclass(frozen=True)
class Row:
    """One organisation as the league prints it."""

    line: RatingLine
    org: Organisation
    unit: str
    parts: tuple[tuple[str, float, float], ...]
    missing: str
    unscored: str
    reasons: str
    band: str
    change: str
    is_moved: bool


@bp.get("/")
@policy(SEE)
def index() -> str:
    """List the ratings that the reader may see."""
    return _list()[0]


@bp.post("/")
@policy(SCORE)
def create() -> ResponseReturnValue:
    """Make a rating of the rounds chosen for each component."""
    given = {name: request.form.get(name, "")[:200] for name in ("code", "title", "year")}
    chosen = {each: request.form.get(f"source-{each}", "")[:40] for each in COMPONENT_LABELS}
    try:
        with transaction() as session:
            ratings.create(
                session,
                actor(),
                code=given["code"],
                title=given["title"],
                year=request.form.get("year", 0, type=bounded),
                sources={component: code for component, code in chosen.items() if code},
                now=clock.now(),
            )
    except SurveyError as refused:
        return _list(given, chosen, sentence(refused), refused.status)
    return redirect(url_for(".show", code=given["code"]), code=303)


def _list(
    given: Mapping[str, str] | None = None,
    chosen: Mapping[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> tuple[str, int]:
    with reading() as session:
        may_score = may(actor(), SCORE)
        held = campaigns.list_rounds(session, actor()) if may_score else []
        return page(
            session,
            "console/ratings.html",
            found=ratings.list_ratings(session, actor()),
            states=STATES,
            may_score=may_score,
            rounds=[each for each in held if each.supplements is None],
            components=[(code, term(label)) for code, label in COMPONENT_LABELS.items()],
            given=given or {"code": "", "title": "", "year": str(clock.now().year)},
            chosen=chosen or {},
            refused=refused,
        ), status


@bp.get("/<code>")
@policy(SEE)
def show(code: str) -> ResponseReturnValue:
    """Show one rating, sector by sector, as far as the reader's organisations go."""
    return _page(code)


@bp.post("/<code>/compute")
@policy(SCORE)
def compute(code: str) -> ResponseReturnValue:
    """Score a draft anew."""
    return _act(code, lambda s, who, r, now: ratings.compute(s, who, r, now=now))


@bp.post("/<code>/decide")
@policy(PROPOSE)
def decide(code: str) -> ResponseReturnValue:
    """Decide one star by hand, with a reason."""
    org_id = request.form.get("org", "")[:32]
    star = request.form.get("star", 0, type=bounded)
    reason = request.form.get("reason", "")
    return _act(
        code, lambda s, who, r, now: ratings.decide(s, who, r, org_id, star, reason, now=now)
    )


@bp.post("/<code>/conduct")
@policy(PROPOSE)
def conduct(code: str) -> ResponseReturnValue:
    """Confirm conduct of one organisation in the rating's year, and score the draft with it."""
    org_id, note = request.form.get("org", "")[:32], request.form.get("note", "")
    kind = request.form.get("kind", "")
    if kind not in CONDUCT:
        raise NotFound("没有找到这种情形", "There is no such kind of conduct")

    def act(session: Session, who: Actor, rating: Rating, now: datetime) -> None:
        ratings.mark_conduct(
            session, who, org_id, year=rating.year, kind=ConductKind(kind), note=note, now=now
        )
        ratings.compute(session, who, rating, now=now)

    return _act(code, act)


@bp.post("/<code>/propose")
@policy(PROPOSE)
def propose(code: str) -> ResponseReturnValue:
    """Hand a rating to the approver."""
    return _act(code, lambda s, who, r, now: ratings.propose(s, who, r, now=now))


@bp.post("/<code>/send-back")
@policy(APPROVE)
def send_back(code: str) -> ResponseReturnValue:
    """Return a proposed rating with the reason."""
    reason = request.form.get("reason", "")
    return _act(code, lambda s, who, r, now: ratings.send_back(s, who, r, reason, now=now))


@bp.post("/<code>/approve")
@policy(APPROVE)
def approve(code: str) -> ResponseReturnValue:
    """Fix the stars for good."""
    return _act(code, lambda s, who, r, now: ratings.approve(s, who, r, now=now))


def _act(code: str, act: Act) -> ResponseReturnValue:
    return carry_out(
        lambda s: act(s, actor(), ratings.get(s, actor(), code), clock.now()),
        lambda refused, status: _page(code, refused, status),
        url_for(".show", code=code),
    )


def _page(code: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        rating = ratings.get(session, actor(), code)
        seen = {org.id: org for org in organisations.visible(session, actor(), SEE)}
        rows = [_row(line, seen) for line in rating.lines if line.org_id in seen]
        return page(
            session,
            "console/rating.html",
            rating=rating,
            state=STATES[rating.state],
            leagues=_leagues(rows),
            quotas=quotas(rating),
            waiting=[row for row in rows if row.line.waits],
            lagging=[row for row in rows if row.line.is_lagging],
            matrices=_matrices(rows),
            labels={name: term(COMPONENT_LABELS[name]) for name in rating.sources},
            may_score=may(actor(), SCORE),
            may_propose=may(actor(), PROPOSE),
            may_approve=may(actor(), APPROVE),
            conduct_kinds=CONDUCT,
            objects=[row.org for row in rows],
            refused=refused,
        ), status


def quotas(rating: Rating) -> str:
    """Return the largest share of each star, in words."""
    return _("、").join(
        _("%(star)s星不超过可评对象的%(share)s%%", star=star, share=round(100 * share))
        for star, share in sorted(rules.from_data(rating.rules).stars.quotas, reverse=True)
    )


def _leagues(rows: list[Row]) -> list[tuple[str, str, list[Row]]]:
    """Return (sector, level, rows by place); what has no place comes last."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.org.sector, row.org.level), []).append(row)
    return [
        (sector, str(LEVELS[level]), sorted(found, key=_place))
        for (sector, level), found in groups.items()
    ]


def _place(row: Row) -> tuple[int, float]:
    place = row.line.place["place"] if row.line.place else 1_000_000
    return place, -(row.line.final or 0.0)


def _matrices(rows: list[Row]) -> list[tuple[str, dict[tuple[int, int], int]]]:
    """Return the promotion matrix of all, of each sector and of each unit with several."""
    groups: dict[str, list[tuple[int | None, int | None]]] = {"": []}
    for row in rows:
        pair = (row.line.last, row.line.star)
        for name in dict.fromkeys(("", row.org.sector, row.unit)):
            groups.setdefault(name, []).append(pair)
    return [(name, promotion_matrix(pairs)) for name, pairs in groups.items() if len(pairs) > 1]


def _row(line: RatingLine, seen: dict[str, Organisation]) -> Row:
    org, made = seen[line.org_id], line.composite
    parts = tuple(
        (term(COMPONENT_LABELS[part["component"]]), part["score"], part["weight"])
        for part in made["parts"]
    )
    above = seen.get(org.parent_id or "")
    unscored = made["unscored"]
    return Row(
        line=line,
        org=org,
        unit=above.short_name if above is not None and above.level == Level.UNIT else "",
        parts=parts,
        missing="、".join(term(COMPONENT_LABELS[name]) for name in made["missing"]),
        unscored=term(UNSCORED_SENTENCES[Unscored(unscored)]) if unscored else "",
        reasons="、".join(term(REASON_LABELS[Reason(reason)]) for reason in line.reasons),
        band=str(BANDS[line.place["band"]]) if line.place else "",
        change=term(Verdict(line.change).sentence) if line.change else "",
        is_moved=Reason.QUOTA in line.reasons,
    )
