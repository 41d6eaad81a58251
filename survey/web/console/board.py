"""The board of rectification: where items pile up, how old they are, and the indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import lazy_gettext as lazy

from survey import clock
from survey.accounts.policy import Action
from survey.rectification import board as boards
from survey.rectification import cards
from survey.rectification.board import Board, Line
from survey.rectification.statistics import Share, Statistics
from survey.rectification.workdays import local_date
from survey.web.console import item_page
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import policy
from survey.web.texts import text as _
from survey.web.unit_of_work import reading

bp = Blueprint("board", __name__, url_prefix="/rectification/board")
PERIODS: Mapping[str, str] = {"year": lazy("今年挂号的"), "all": lazy("历年全部")}
STEPS: Mapping[str, str] = {
    "registered": lazy("挂号"),
    "accepted": lazy("受理"),
    "fixing": lazy("整改"),
    "submitted": lazy("申请销号"),
    "verified": lazy("验收通过"),
    "rechecked": lazy("再评价或不需要"),
    "closed": lazy("销号"),
}
BAR = 420


@dataclass(frozen=True)
class Bar:
    """A bar with its words; lengths in pixels. `late` is the part that is overdue."""

    name: str
    count: int
    width: float
    overdue: int = 0
    late: float = 0


@dataclass(frozen=True)
class Indicator:
    """An indicator: its name, its value, what it is a share of, and how it is counted."""

    name: str
    value: str
    counted: str
    how: str


@bp.get("/")
@policy(Action.SEE_RECTIFICATION)
def show() -> str:
    """Show the board of what the actor sees."""
    now = clock.now()
    period = request.args.get("period", "year")
    by = request.args.get("by", "unit")
    since = None if period == "all" else date(local_date(now).year, 1, 1)
    with reading() as session:
        found = boards.board(session, actor(), now=now, since=since)
        return page(
            session,
            "console/board.html",
            board=found,
            period="all" if since is None else "year",
            periods=PERIODS,
            by="sector" if by == "sector" else "unit",
            lines=found.sectors if by == "sector" else found.units,
            funnel=_funnel(found),
            ages=_ages(found),
            indicators=indicators_of(found.whole.statistics),
            ledger_of=_ledger_of,
            percent=_percent,
            cards=cards.totals(session, actor(), now=now, since=since),
            card_words=item_page.CARDS,
        )


def _ledger_of(line: Line, by: str, **more: str) -> str:
    """Return the address of the ledger with the items of a line."""
    asked: dict[str, Any] = {by: line.code, **more} if line.code else {**more}
    return url_for("console.rectification.index", **asked)


def _percent(share: Share) -> str:
    return "—" if share.value is None else f"{share.value:.1%}"


def _funnel(found: Board) -> list[Bar]:
    most = max(1, found.whole.total)
    return [Bar(str(STEPS[n]), count, round(BAR * count / most, 1)) for n, count in found.funnel]


def _ages(found: Board) -> list[Bar]:
    most = max(1, *(age.count for age in found.ages))
    return [
        Bar(
            _("%(low)s～%(high)s天", low=age.low, high=age.high)
            if age.high
            else _("%(low)s天以上", low=age.low),
            age.count,
            round(BAR * age.count / most, 1),
            age.overdue,
            round(BAR * age.overdue / most, 1),
        )
        for age in found.ages
    ]


def indicators_of(figures: Statistics) -> list[Indicator]:
    """Return the seven indicators in words, each with what it is a share of."""
    shares = (
        (_("受理及时率"), figures.accepted_in_time, _("派出后2个工作日内受理的÷应受理的")),
        (_("按期整改率"), figures.fixed_in_time, _("到期前交出整改结果的÷已交出的和已到期的")),
        (_("销号率"), figures.closed, _("已销号的÷挂号的，撤销的不算")),
        (_("复号率"), figures.reopened, _("复过号的÷销过号或复过号的")),
        (_("回访率"), figures.called_back, _("回访过的差评÷交出整改结果的差评")),
        (_("群众再评价满意率"), figures.agreeing, _("同意销号的人÷表示同意或不同意的人")),
    )
    found = [
        Indicator(name, _percent(share), f"{share.part:,}/{share.whole:,}", how)
        for name, share, how in shares
    ]
    days = figures.median_days
    value = "—" if days is None else _("%(days)s个工作日", days=f"{days:g}")
    counted = _("%(count)s件已销号的", count=f"{figures.measured:,}")
    how = _("从挂号到销号的中位数：一半更快，一半更慢")
    found.insert(5, Indicator(_("平均办理时长"), value, counted, how))
    return found
