"""The frame around every page of the console: who is here, which round, where one can go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as lazy
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action, Actor, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.notices.service import unread_count
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.rectification import queries as rectification
from survey.rectification.recheck_rounds import is_running
from survey.rectification.states import OPEN_STATES
from survey.rectification.workday_import import missing_years
from survey.rectification.workdays import local_date
from survey.web.console import forms
from survey.web.console.session import actor
from survey.web.console.standing import Phase, phase_of, standing_of
from survey.web.numbers import bounded

# What a page says once after an act; the address carries the key and at most three numbers.
TOASTS = {
    "imported": lazy("已导入：新增%(a)s条，改动%(b)s条，没变%(c)s条"),
    "questionnaire": lazy("问卷已导入"),
    "published": lazy("问卷已发布，这一版不会再变"),
    "draft_deleted": lazy("草稿已删掉"),
    "round": lazy("轮次已建立，还是草稿，没有开放"),
    "rules": lazy("本轮的规则已换"),
    "opened": lazy("票箱已封，二维码可以用了"),
    "closed": lazy("票箱已启封，%(a)s票已核对，挂号%(b)s件问题"),
    "given_up": lazy("已作废，箱里的答卷已销毁"),
    "keyed": lazy("已交出，等另一位录完再核对"),
    "amended": lazy("登记的数已改，并记入经过"),
    "batch_cancelled": lazy("这袋已撤销，录的内容已销毁"),
    "tickets_asked": lazy("已申请，等另一位管理员批准"),
    "tickets_decided": lazy("已决定，并记入记录"),
    "tickets_void": lazy("这一批已作废；已经用过的票照样有效"),
    "paper": lazy("已录入%(a)s张纸质票，与其他票一起封存"),
    "item": lazy("问题已挂号"),
    "items": lazy("按结果挂号%(a)s件"),
    "ledger": lazy("旧台账已导入，新增%(a)s件"),
    "view": lazy("视图已存好，只有您看得到"),
    "view_dropped": lazy("视图已删去"),
    "moved": lazy("已办理，并记入经过"),
    "extended": lazy("已延期，并记入经过"),
    "asked": lazy("已提出，等答复"),
    "answered": lazy("已答复，并记入经过"),
    "classified": lazy("办理方式已定"),
    "suspected": lazy("已转纪检监督"),
    "judged": lazy("核实结论已记下"),
    "looked_again": lazy("回头看的情况已记下"),
    "evidence": lazy("材料已加上"),
    "shown": lazy("照片已公开，居民看得到"),
    "hidden": lazy("照片不再公开"),
    "called": lazy("回访结果已记下"),
    "triaged": lazy("已办理，并记入记录"),
    "calendar": lazy("放假安排已导入"),
    "reviewed": lazy("复核结论已记下"),
    "disabled": lazy("账号已停用，已登录的也退出了"),
    "assigned": lazy("已派出%(a)s项检查"),
    "handed": lazy("检查表已收到，等同伴确认"),
    "confirmed": lazy("已确认，要改的问题已挂号"),
    "returned": lazy("已退回，等重新检查"),
    "veto": lazy("否决情形已认定，并记入经过"),
    "signed": lazy("点评已签名，指出的问题已挂号"),
    "meeting": lazy("评议会已开始，请现场扫码"),
    "announced": lazy("评议会已结束，参评情况可以当场宣布"),
    "password": lazy("密码已换好"),
    "tree": lazy("指标已导入"),
    "entered": lazy("已交给上级审核%(a)s项"),
    "approved_values": lazy("已通过%(a)s项"),
    "returned_value": lazy("已退回更正"),
    "worded": lazy("已保存，并记入经过"),
    "settled": lazy("已定稿，不会再变"),
    "kept": lazy("已保存"),
    "address": lazy("邮箱已验证，以后发到这里"),
}
MOST_RECENT = 8
NAVIGATION: Sequence[tuple[str, Sequence[tuple[str, Action | None, str]]]] = (
    ("", ((lazy("首页"), None, "home.show"), (lazy("通知"), None, "notices.index"))),
    (
        lazy("评议"),
        (
            (lazy("评议轮次"), Action.SEE_ROUNDS, "rounds.index"),
            (lazy("覆盖情况"), Action.SEE_PARTICIPATION, "coverage.index"),
            (lazy("二维码与海报"), Action.SEE_ROUNDS, "points.index"),
            (lazy("评议票"), Action.SEE_TICKETS, "tickets.index"),
            (lazy("评议会"), Action.RUN_MEETINGS, "meetings.index"),
            (lazy("纸质票补录"), Action.KEY_PAPER, "keying.index"),
        ),
    ),
    (
        lazy("检查与点评"),
        (
            (lazy("我的检查"), Action.INSPECT, "checklist.index"),
            (lazy("实地检查"), Action.SEE_INSPECTIONS, "inspections.index"),
            (lazy("我的点评"), Action.REVIEW, "reviews.mine"),
            (lazy("领导点评"), Action.SEE_REVIEWS, "reviews.index"),
        ),
    ),
    (
        lazy("结果"),
        (
            (lazy("评议结果"), Action.SEE_RESULTS, "results.index"),
            (lazy("量化指标"), Action.SEE_INDICATORS, "indicators.index"),
            (lazy("星级评定"), Action.SEE_RATINGS, "ratings.index"),
            (lazy("评先评优"), Action.SEE_RATINGS, "awards.index"),
            (lazy("别的考核结果"), Action.IMPORT_SOURCES, "sources.index"),
            (lazy("报告和文件"), Action.SEE_REPORTS, "reports.index"),
            (lazy("核对文件"), Action.SEE_REPORTS, "documents.check"),
        ),
    ),
    (
        lazy("整改"),
        (
            (lazy("等我办的"), Action.SEE_RECTIFICATION, "desk.show"),
            (lazy("我的验收"), Action.VERIFY_ITEMS, "field.index"),
            (lazy("整改台账"), Action.SEE_RECTIFICATION, "rectification.index"),
            (lazy("逾期的问题"), Action.SEE_RECTIFICATION, "rectification.overdue"),
            (lazy("回头看"), Action.VERIFY_ITEMS, "item_acts.look_again"),
            (lazy("整改看板"), Action.SEE_RECTIFICATION, "board.show"),
            (lazy("征求意见办理"), Action.REGISTER_ITEMS, "consultations.index"),
            (lazy("回访"), Action.CALL_BACK, "callbacks.index"),
            (lazy("监督"), Action.SUPERVISE, "supervision.index"),
        ),
    ),
    (
        lazy("设置"),
        (
            (lazy("组织与名册"), Action.SEE_ORGANISATIONS, "organisations.index"),
            (lazy("问卷"), Action.SEE_QUESTIONNAIRES, "questionnaires.index"),
            (lazy("评分规则"), Action.SEE_RULES, "rules.index"),
            (lazy("账号与权限"), Action.MANAGE_ACCOUNTS, "accounts.index"),
            (lazy("放假安排"), Action.RUN_ROUNDS, "workdays.index"),
            (lazy("后台任务"), Action.RUN_ROUNDS, "jobs.index"),
        ),
    ),
)
"""What stands in the side navigation: words, the right that opens it, and the page."""


@dataclass(frozen=True)
class Link:
    """An entry of the side navigation; `count` 0 shows none."""

    text: str
    href: str
    is_current: bool = False
    count: int = 0
    is_urgent: bool = False


@dataclass(frozen=True)
class Group:
    """Entries under one word."""

    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class RoundLink:
    """A round in the switcher; `href` is the same page of that round where it has one."""

    code: str
    title: str
    standing: str
    href: str
    is_over: bool = False


@dataclass(frozen=True)
class Shell:
    """All that the frame prints."""

    district: str
    person: str
    round: RoundLink | None
    rounds: tuple[RoundLink, ...]
    groups: tuple[Group, ...]
    toast: str
    wanted: str
    csrf_token: str
    unknown_years: tuple[int, ...] = ()


def page(session: Session, template: str, **values: Any) -> str:
    """Return a page of the console inside its frame."""
    return render_template(template, shell=shell_of(session, actor()), **values)


def current_round(session: Session, who: Actor) -> Round | None:
    """Return the round that pages without one in their address speak of; None when there is none.

    One that collects answers comes first, then one that waits for its box to be opened, then the
    latest.
    """
    if not may(who, Action.SEE_ROUNDS):
        return None
    # A running round of rechecks is open all year; nobody means it without saying so.
    rounds = sorted(campaigns.list_rounds(session, who), key=is_running)
    now = clock.now()
    for wanted in (Phase.COLLECTING, Phase.ENDED):
        for round_ in rounds:
            if phase_of(round_, now) is wanted:
                return round_
    return rounds[0] if rounds else None


def shell_of(session: Session, who: Actor) -> Shell:
    """Return the frame of this request's page for `who`."""
    rounds = campaigns.list_rounds(session, who) if may(who, Action.SEE_ROUNDS) else []
    district = _district(session)
    wanted = (request.view_args or {}).get("round_code")
    chosen = next((r for r in rounds if r.code == wanted), None) or current_round(session, who)
    return Shell(
        district=district,
        person=_person(session, who, district),
        round=_round_link(chosen) if chosen else None,
        rounds=tuple(_round_link(r) for r in rounds[:MOST_RECENT]),
        groups=_groups(session, who, chosen),
        toast=_toast(),
        wanted=request.args.get("q", "") if request.endpoint == "console.home.find" else "",
        csrf_token=forms.csrf_token(),
        unknown_years=_unknown_years(session, who),
    )


def _unknown_years(session: Session, who: Actor) -> tuple[int, ...]:
    """Return the years whose holidays the district has to import; nobody else is bothered."""
    if not may(who, Action.RUN_ROUNDS):
        return ()
    return missing_years(session, local_date(clock.now()))


def _district(session: Session) -> str:
    """Return the short name of the district; the same for everybody, seen or not."""
    query = select(Organisation.short_name).where(Organisation.level == Level.DISTRICT)
    return session.scalar(query) or ""


def _person(session: Session, who: Actor, district: str) -> str:
    """Return who acts and where; the district, which stands at the left already, is left out."""
    places = [organisations.get(session, grant.org_id).short_name for grant in who.grants]
    return "　".join([*dict.fromkeys(p for p in places if p != district), who.display_name])


def _round_link(round_: Round) -> RoundLink:
    endpoint, args = request.endpoint or "", dict(request.view_args or {})
    is_per_round = set(args) == {"round_code"} and request.method == "GET"
    href = url_for(endpoint if is_per_round else "console.rounds.show", round_code=round_.code)
    standing = standing_of(round_, clock.now())
    is_over = standing.phase in (Phase.CLOSED, Phase.PUBLISHED)
    return RoundLink(round_.code, round_.title, standing.text, href, is_over)


def _groups(session: Session, who: Actor, chosen: Round | None) -> tuple[Group, ...]:
    """Return the navigation: only what `who` may open, and what needs a round only with one."""
    counts = _counts(session, who)
    groups = []
    for title, entries in NAVIGATION:
        links = tuple(
            _link(str(text), name, chosen, counts)
            for text, action, name in entries
            if (action is None or may(who, action)) and (chosen or name not in PER_ROUND)
        )
        if links:
            groups.append(Group(str(title), links))
    return tuple(groups)


def _counts(session: Session, who: Actor) -> dict[str, int]:
    """Return the figures beside the entries: notices not read, items open, those overdue."""
    counts = {"notices.index": unread_count(session, who)}
    if not may(who, Action.SEE_RECTIFICATION):
        return counts
    counted = rectification.count_items(session, who, now=clock.now())
    return counts | {
        "rectification.index": sum(counted.by_state[state] for state in OPEN_STATES),
        "rectification.overdue": counted.overdue,
    }


PER_ROUND = frozenset(
    {
        "coverage.index",
        "points.index",
        "tickets.index",
        "keying.index",
        "meetings.index",
        "results.index",
        "reports.index",
    }
)


ALONE = frozenset({"rectification.overdue", "documents.check"})
"""Entries that are pages of a part which has an entry of its own."""

WITHIN = {"documents": "reports", "batches": "reports"}
"""Parts without an entry of their own, by the part that leads to them."""


def _part(name: str) -> str:
    part = name.split(".")[0]
    return WITHIN.get(part, part)


def _link(text: str, name: str, chosen: Round | None, counts: dict[str, int]) -> Link:
    here = (request.endpoint or "").removeprefix("console.")
    same_part = _part(here) == _part(name)
    is_current = here == name if ALONE & {here, name} else same_part
    args: dict[str, Any] = {"round_code": chosen.code} if chosen and name in PER_ROUND else {}
    return Link(
        text=text,
        href=url_for(f"console.{name}", **args),
        is_current=is_current,
        count=counts.get(name, 0),
        is_urgent=name == "rectification.overdue",
    )


def _toast() -> str:
    text = TOASTS.get(request.args.get("done", ""))
    if text is None:
        return ""
    counts = {key: request.args.get(key, 0, type=bounded) for key in ("a", "b", "c")}
    return str(text) % {key: f"{count:,}" for key, count in counts.items()}
