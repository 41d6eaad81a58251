"""Honours 评先评优: the shortlist of a settled rating, proposals, their notice, certificates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from reports.award_list import CONDITIONS, Nominee, candidates
from survey import clock
from survey.accounts.names import display_names
from survey.accounts.policy import Action, Actor, may
from survey.org import queries as organisations
from survey.org.models import Level
from survey.publication import award_documents, award_notices
from survey.publication.document_kind import Kind
from survey.publication.notice_terms import LIMITS, Contact
from survey.ratings import awards
from survey.ratings import service as ratings
from survey.ratings.award_models import Award, AwardNotice, AwardState
from survey.ratings.models import Rating, RatingState
from survey.rectification.workdays import local_date
from survey.web.console.acts import carry_out
from survey.web.console.publishing import OUTCOMES, answer_sent
from survey.web.console.ratings import quotas
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.numbers import bounded
from survey.web.policies import policy
from survey.web.unit_of_work import reading

bp = Blueprint("awards", __name__, url_prefix="/awards")
SEE, NOMINATE = Action.SEE_RATINGS, Action.NOMINATE_AWARDS
PROPOSE, APPROVE = Action.PROPOSE_RATINGS, Action.APPROVE_RATINGS
HONOURS = ("先进基层党组织", "群众满意窗口", "为民服务先进单位")
"""Names that are offered; an office writes its own."""

LONGEST_ID = 10
WAITING, ON_NOTICE = lazy("等审定"), lazy("公示中")
STATES = {AwardState.AWARDED.value: lazy("已表彰"), AwardState.DECLINED.value: lazy("没有通过")}
Act = Callable[[Session, Actor, Rating, datetime], object]


@dataclass(frozen=True)
class Row:
    """A proposal as the page prints it."""

    award: Award
    name: str
    state: str
    is_own: bool


@dataclass(frozen=True)
class Group:
    """The candidates of one sector, the highest score first."""

    sector: str
    found: tuple[Nominee, ...]


@bp.get("/")
@policy(SEE)
def index() -> ResponseReturnValue:
    """Show the honours of the latest settled rating; without one, how to come to honours."""
    with reading() as session:
        found = _settled(session)
        if not found:
            return page(session, "console/awards_none.html", may_score=_may_score())
        return redirect(url_for(".show", code=found[0].code), code=303)


@bp.get("/<code>")
@policy(SEE)
def show(code: str) -> ResponseReturnValue:
    """Show the honours of one rating, as far as the reader's organisations go."""
    return _page(code)


@bp.post("/<code>/propose")
@policy(NOMINATE)
def propose(code: str) -> ResponseReturnValue:
    """Propose one organisation of the shortlist."""
    org_id = request.form.get("org", "")[:32]
    honour, reason = request.form.get("honour", ""), request.form.get("reason", "")
    return _act(
        code,
        lambda s, who, r, now: awards.propose(
            s, who, r, org_id, honour=honour, reason=reason, now=now
        ),
    )


@bp.post("/<code>/arrange")
@policy(PROPOSE)
def arrange(code: str) -> ResponseReturnValue:
    """Keep the district's order of the proposals."""
    places = {
        _id(name.removeprefix("place-")): _number(value)
        for name, value in request.form.items()
        if name.startswith("place-") and value.strip()
    }
    return _act(code, lambda s, who, r, now: awards.arrange(s, who, r, places, now=now))


@bp.post("/<code>/announce")
@policy(APPROVE)
def announce(code: str) -> ResponseReturnValue:
    """Approve the proposals that are ticked, and put them on notice."""
    chosen = request.form.getlist("award", type=bounded)
    contact = Contact(*(request.form.get(name, "") for name in LIMITS))
    until = _day(request.form.get("until", ""))
    return _act(
        code,
        lambda s, who, r, now: award_notices.announce(
            s, who, r, chosen, contact, until=until, now=now
        ),
    )


@bp.post("/<code>/decline/<int:award_id>")
@policy(APPROVE)
def decline(code: str, award_id: int) -> ResponseReturnValue:
    """Turn one proposal down, with the reason."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda s, who, r, now: awards.decline(s, who, awards.find(s, r, award_id), reason, now=now),
    )


@bp.post("/<code>/objections")
@policy(PROPOSE)
def record(code: str) -> ResponseReturnValue:
    """Write down an objection to what is on notice."""
    text, received = request.form.get("text", ""), _day(request.form.get("received", ""))
    about = request.form.get("award", type=bounded)
    return _act(
        code,
        lambda s, who, r, now: award_notices.record(
            s,
            who,
            r,
            text=text,
            received_on=received or local_date(now),
            award_id=about,
            now=now,
        ),
    )


@bp.post("/<code>/objections/<int:number>")
@policy(PROPOSE)
def answer(code: str, number: int) -> ResponseReturnValue:
    """Answer an objection."""
    outcome, text = answer_sent()
    return _act(
        code,
        lambda s, who, r, now: award_notices.answer(
            s, who, r, number, outcome=outcome, text=text, now=now
        ),
    )


@bp.post("/<code>/grant")
@policy(PROPOSE)
def grant(code: str) -> ResponseReturnValue:
    """Award who is left at the end of the notice."""
    return _act(code, lambda s, who, r, now: award_notices.grant(s, who, r, now=now))


def _act(code: str, act: Act) -> ResponseReturnValue:
    return carry_out(
        lambda s: act(s, actor(), ratings.get(s, actor(), code), clock.now()),
        lambda refused, status: _page(code, refused, status),
        url_for(".show", code=code),
    )


def _page(code: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        rating = ratings.get(session, actor(), code)
        if rating.state != RatingState.APPROVED:
            html = page(session, "console/awards_none.html", may_score=_may_score(), rating=rating)
            return html, status
        now = clock.now()
        seen = {org.id: org for org in organisations.visible(session, actor(), SEE)}
        everybody = awards.nominees(session, rating, now=now)
        nominees = [each for each in everybody if each.org_id in seen]
        fit = candidates(nominees)
        rows = [
            _row(each, seen[each.org_id].name)
            for each in awards.awards_of(session, rating)
            if each.org_id in seen
        ]
        notice = award_notices.running(session, rating)
        hands = {row.award.proposed_by for row in rows} | _hands(notice)
        html = page(
            session,
            "console/awards.html",
            rating=rating,
            others=[each for each in _settled(session) if each.id != rating.id],
            groups=_groups(fit),
            count=len(nominees),
            fit=fit,
            open_to=[each for each in fit if may(actor(), NOMINATE, seen[each.org_id].path)],
            conditions=[(c, sum(c not in e.failed for e in nominees)) for c in CONDITIONS],
            near=[each for each in nominees if len(each.failed) == 1],
            quotas=quotas(rating),
            calibre=awards.calibre_of(rating),
            rows=rows,
            waiting=[row for row in rows if row.award.is_waiting],
            on_notice=[row for row in rows if row.award.is_on_notice],
            honoured=sorted(
                (r for r in rows if r.award.state == AwardState.AWARDED),
                key=lambda row: row.award.number or "",
            ),
            notice=notice,
            is_over=notice is not None and _is_over(notice, now),
            unanswered=sum(not each.answered_by for each in notice.objections) if notice else 0,
            workdays=award_notices.workdays(rating),
            outcomes=OUTCOMES,
            honours=HONOURS,
            names=display_names(session, hands),
            documents=_documents(session, rating),
            today=local_date(now),
            may_nominate=may(actor(), NOMINATE),
            may_propose=may(actor(), PROPOSE),
            may_approve=may(actor(), APPROVE),
            refused=refused,
            filled=request.form,
        )
    return html, status


def _settled(session: Session) -> list[Rating]:
    found = ratings.list_ratings(session, actor())
    return [each for each in found if each.state == RatingState.APPROVED]


def _may_score() -> bool:
    return may(actor(), Action.SCORE_RATINGS)


def _row(award: Award, name: str) -> Row:
    state = str(STATES.get(award.state) or (ON_NOTICE if award.is_on_notice else WAITING))
    return Row(award, name, state, is_own=award.proposed_by == actor().name)


def _groups(fit: list[Nominee]) -> list[Group]:
    sectors = dict.fromkeys(each.sector for each in fit)
    return [Group(name, tuple(e for e in fit if e.sector == name)) for name in sectors]


def _hands(notice: AwardNotice | None) -> set[str]:
    return {notice.approved_by} if notice is not None else set()


def _is_over(notice: AwardNotice, now: datetime) -> bool:
    return notice.notice_until is None or local_date(now) > notice.notice_until


def _documents(session: Session, rating: Rating) -> dict[str, str] | None:
    """Return where the list with its certificates is; None for who may not have it."""
    round_ = award_documents.round_of(session, rating)
    tops = [
        each
        for each in organisations.visible(session, actor(), Action.SEE_REPORTS)
        if each.level == Level.DISTRICT
    ]
    if round_ is None or not tops:
        return None
    return {"round_code": round_.code, "org_id": tops[0].id, "kind": Kind.AWARDS.value}


def _id(text: str) -> int:
    """Return the number of a proposal; 0, which none has, for what is no number."""
    return int(text) if text.isdecimal() and len(text) < LONGEST_ID else 0


def _number(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text.strip()) <= 3 else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
