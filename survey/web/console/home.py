"""The first page: how the round stands, what is missing, and what waits for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection import custodians, participation
from survey.collection.models import Box
from survey.errors import NotFound
from survey.org import queries as organisations
from survey.rectification import queries as rectification
from survey.rectification.filters import Filter
from survey.rectification.loading import find as find_item
from survey.web.console import item_page, words
from survey.web.console.coverage import titles_of
from survey.web.console.errands import errands
from survey.web.console.session import actor
from survey.web.console.shell import current_round, page
from survey.web.console.spread_bars import spreads_of
from survey.web.console.standing import Phase, Standing, phase_of, standing_of
from survey.web.formats import last_moment, moment, short_day
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import text as _
from survey.web.unit_of_work import reading

bp = Blueprint("home", __name__)
MOST_LATE, MOST_BOXES, A_FEW = 8, 3, 4


@dataclass(frozen=True)
class Mark:
    """A point of the round's track; `kind` is "past", "now" or empty."""

    name: str
    kind: str
    detail: str


@dataclass(frozen=True)
class Chest:
    """A box: "sealed", "waiting" or "opened", always with words."""

    title: str
    state: str
    words: str
    detail: str


@bp.get("/")
@policy.signed_in
def show() -> str:
    """Show the first page."""
    now = clock.now()
    with reading() as session:
        round_ = current_round(session, actor())
        standing = standing_of(round_, now) if round_ else None
        return page(
            session,
            "console/home.html",
            today=now,
            round=round_,
            standing=standing,
            title=_title(round_, standing),
            track=_track(session, round_, standing) if round_ and standing else (),
            **_participation(session, round_, standing),
            boxes=_boxes(session, now),
            first_steps=_first_steps(),
            may_run=may(actor(), Action.RUN_ROUNDS),
            custody=custodians.standing_of(session, round_, platform().keystore)
            if round_
            else None,
            may_print=may(actor(), Action.PRINT_POSTERS),
            sees_results=may(actor(), Action.SEE_RESULTS),
            errands=errands(session, actor()),
            **_work(session, now),
        )


def _title(round_: Round | None, standing: Standing | None) -> str:
    """Return the fact of the day."""
    if round_ is None or standing is None:
        return _("还没有评议轮次")
    closes = last_moment(round_.closes_at.astimezone(platform().config.zone))
    titles = {
        Phase.DRAFT: _("%(title)s还是草稿", title=round_.title),
        Phase.WAITING: _("票箱已封，%(when)s", when=standing.text),
        Phase.COLLECTING: _("票箱已封，%(day)s截止后启封", day=short_day(closes)),
        Phase.ENDED: _("评议已截止，等区办启封"),
        Phase.CLOSED: _("票箱已启封，结果可以看了"),
        Phase.PUBLISHED: _("评议结果已公布"),
        Phase.ABANDONED: _("密钥丢失，这一轮已作废"),
    }
    return titles[standing.phase]


PLACES = {
    Phase.DRAFT: 0,
    Phase.WAITING: 1,
    Phase.COLLECTING: 2,
    Phase.ENDED: 4,
    Phase.CLOSED: 5,
    Phase.PUBLISHED: 6,
    Phase.ABANDONED: 3,
}


def _track(session: Session, round_: Round, standing: Standing) -> tuple[Mark, ...]:
    opened_at = session.scalar(select(func.max(Box.opened_at)).where(Box.round_id == round_.id))
    zone = platform().config.zone
    opens = short_day(round_.opens_at.astimezone(zone))
    closes = short_day(last_moment(round_.closes_at.astimezone(zone)))
    left = _("还有%(days)s天", days=standing.days_left) if standing.days_left else _("今天截止")
    is_collecting = standing.phase is Phase.COLLECTING
    plan = (
        (_("草稿"), ""),
        (_("开放评议"), opens),
        (_("正在评议"), left if is_collecting else ""),
        (_("截止"), closes),
        (_("启封核算"), _local_day(opened_at) if opened_at else _("截止以后")),
        (_("审定、公示"), ""),
        (_("公布"), ""),
    )
    at = PLACES[standing.phase]
    return tuple(
        Mark(name, "past" if place < at else "now" if place == at else "", detail)
        for place, (name, detail) in enumerate(plan)
    )


def _participation(
    session: Session, round_: Round | None, standing: Standing | None
) -> dict[str, object]:
    """Return the bars of a round, and, for who looks after a few objects, those one by one."""
    nothing: dict[str, object] = {"coverage": None, "own": ()}
    if round_ is None or standing is None or standing.phase is Phase.DRAFT:
        return nothing
    if not may(actor(), Action.SEE_PARTICIPATION):
        return nothing
    board = participation.coverage(session, platform().inbox, round_, actor())
    if not board.entries:
        return nothing
    return {
        "coverage": spreads_of(board, titles_of(session, round_)),
        "own": board.entries if len(board.entries) <= A_FEW else (),
    }


def _boxes(session: Session, now: datetime) -> list[Chest]:
    """Return the boxes of the latest rounds, the way they are spoken of."""
    if not may(actor(), Action.SEE_ROUNDS):
        return []
    chests = []
    for round_ in campaigns.list_rounds(session, actor()):
        when = moment(last_moment(round_.closes_at.astimezone(platform().config.zone)))
        words = {
            Phase.WAITING: ("sealed", _("封箱中"), _("%(when)s截止后启封", when=when)),
            Phase.COLLECTING: ("sealed", _("封箱中"), _("%(when)s截止后启封", when=when)),
            Phase.ENDED: ("waiting", _("待启封"), _("%(when)s已截止，等区办启封", when=when)),
            Phase.CLOSED: ("opened", _("已启封"), _("箱内与计票数一致，密钥已销毁")),
            Phase.PUBLISHED: ("opened", _("已公布"), _("箱内与计票数一致，密钥已销毁")),
            Phase.ABANDONED: ("waiting", _("已作废"), _("密钥丢失，票箱再也打不开")),
        }.get(phase_of(round_, now))
        if words:
            chests.append(Chest(round_.title, *words))
    return chests[:MOST_BOXES]


def _first_steps() -> tuple[tuple[str, str, str], ...]:
    """Return what to do before the first round; an address only where the actor may go there."""
    plan = (
        (
            _("导入组织名册"),
            _("区、单位、党支部和窗口"),
            "organisations",
            Action.IMPORT_ORGANISATIONS,
        ),
        (_("导入问卷"), _("XLSForm格式的Excel"), "questionnaires", Action.IMPORT_QUESTIONNAIRES),
        (_("新建评议轮次"), _("选问卷、对象和时间"), "rounds", Action.RUN_ROUNDS),
    )
    return tuple(
        (text, detail, url_for(f"console.{part}.index") if may(actor(), action) else "")
        for text, detail, part, action in plan
    )


def _work(session: Session, now: datetime) -> dict[str, object]:
    """Return what is overdue and what waits for the actor; nothing for who sees no items."""
    if not may(actor(), Action.SEE_RECTIFICATION):
        return {"sees_items": False, "late": [], "late_count": 0, "waiting": []}
    late = rectification.items(session, actor(), now=now, wanted=Filter(overdue=True))
    return {
        "sees_items": True,
        "late": [
            (row, item_page.badge_of(row.look), item_page.chip_of(row.deadline))
            for row in late.rows[:MOST_LATE]
        ],
        "late_count": late.total,
        "waiting": rectification.waiting_for(session, actor(), now=now),
    }


@bp.get("/find")
@policy.signed_in
def find() -> ResponseReturnValue:
    """Find organisations and items; a full number leads straight to its item."""
    wanted = request.args.get("q", "").strip()[:60]
    with reading() as session:
        sees_items = may(actor(), Action.SEE_RECTIFICATION)
        if sees_items and _is_number(session, wanted):
            return redirect(url_for("console.rectification.show", number=wanted.upper()), code=303)
        orgs = organisations.visible(session, actor(), Action.SEE_ORGANISATIONS, search=wanted)
        items = (
            rectification.items(
                session, actor(), now=clock.now(), wanted=Filter(search=wanted)
            ).rows
            if wanted and sees_items
            else ()
        )
        return page(
            session,
            "console/found.html",
            q=wanted,
            orgs=orgs[:50] if wanted else [],
            items=[(row, item_page.badge_of(row.look)) for row in items],
            levels={level.value: text for level, text in words.LEVELS.items()},
        )


def _is_number(session: Session, wanted: str) -> bool:
    """Whether `wanted` is the number of an item that the actor sees."""
    try:
        find_item(session, actor(), wanted.upper())
    except NotFound:
        return False
    return True


def _local_day(instant: datetime) -> str:
    return short_day(instant.astimezone(platform().config.zone))
