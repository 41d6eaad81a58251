"""Awards 评先评优: a filter over a settled rating, proposals by units, decisions by the approver.

Nothing here honours anybody by itself (domain.md 5): the filter only says who may be proposed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports import rules as rule_sets
from reports.award_list import Nominee
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.org import queries as organisations
from survey.org.models import Organisation
from survey.ratings.award_models import Award, AwardState
from survey.ratings.models import Rating, RatingState
from survey.ratings.refusals import AnotherApprover, AwardRefused, RatingFixed, ReasonMissing
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem
from survey.rectification.states import OWNER_WORKS
from survey.rectification.workdays import last_workday, local_date

REASON_CHARS, HONOUR_CHARS = 500, 60
CALIBRES = {"top2": "满意以上", "top3": "基本满意以上"}


def nominees(session: Session, rating: Rating, *, now: datetime) -> tuple[Nominee, ...]:
    """Return every organisation of an approved rating with what the conditions ask of it.

    Raises:
        RatingFixed: the rating is not approved yet.
    """
    if rating.state != RatingState.APPROVED:
        raise RatingFixed(rating.state)
    orgs = {
        org.id: org
        for org in session.scalars(
            select(Organisation).where(Organisation.id.in_([e.org_id for e in rating.lines]))
        )
    }
    late = _overdue(session, now)
    lines = sorted(rating.lines, key=lambda e: (orgs[e.org_id].sort_no, e.org_id))
    return tuple(
        Nominee(
            line.org_id,
            orgs[line.org_id].name,
            orgs[line.org_id].sector,
            line.star,
            line.final,
            line.satisfaction,
            line.is_rankable,
            bool(line.composite.get("vetoes")),
            late[line.org_id],
        )
        for line in lines
    )


def calibre_of(rating: Rating) -> str:
    """Return in which calibre the rate of the conditions is, in words."""
    return CALIBRES[rule_sets.from_data(rating.rules).stars.gate_calibre]


def awards_of(session: Session, rating: Rating) -> Sequence[Award]:
    """Return every proposal of a rating, in the order in which they were made."""
    return session.scalars(
        select(Award).where(Award.rating_id == rating.id).order_by(Award.id)
    ).all()


def propose(
    session: Session,
    actor: Actor,
    rating: Rating,
    org_id: str,
    *,
    honour: str,
    reason: str,
    now: datetime,
) -> Award:
    """Propose one organisation below the actor for an honour, with what it did to deserve it.

    Raises:
        RatingFixed: the rating is not approved.
        NotFound: there is no such organisation below the actor.
        AwardRefused: it misses a condition, or was proposed for this honour already.
        ReasonMissing: no reason, or no honour.
    """
    place = organisations.get_visible(session, actor, Action.NOMINATE_AWARDS, org_id)
    called, said = clean(honour).strip()[:HONOUR_CHARS], clean(reason).strip()[:REASON_CHARS]
    if not called or not said:
        raise ReasonMissing
    _require_conditions(session, rating, place, now)
    known = select(Award.id).where(
        Award.rating_id == rating.id, Award.org_id == place.id, Award.honour == called
    )
    if session.scalar(known) is not None:
        raise AwardRefused("这项荣誉已经提名过", "It has been proposed for this honour already")
    made = Award(
        rating_id=rating.id,
        org_id=place.id,
        honour=called,
        reason=said,
        proposed_by=actor.name,
        proposed_at=now,
    )
    session.add(made)
    session.flush()
    _note(session, actor, "propose", rating, made, now)
    return made


def decide(
    session: Session, actor: Actor, award: Award, *, is_awarded: bool, now: datetime
) -> Award:
    """Award or decline a proposal; awarded, it gets the next certificate number of its year.

    Raises:
        AwardRefused: it was decided before, or a condition is no longer met.
        AnotherApprover: the actor proposed it.
    """
    require(actor, Action.APPROVE_RATINGS)
    rating = award.rating
    if award.state != AwardState.PROPOSED:
        raise AwardRefused("这项提名已经审定", "This proposal has been decided")
    if actor.name == award.proposed_by and not actor.is_operator:
        raise AnotherApprover
    if is_awarded:
        place = organisations.get(session, award.org_id)
        _require_conditions(session, rating, place, now)
        award.number = _next_number(session, rating)
    award.state = (AwardState.AWARDED if is_awarded else AwardState.DECLINED).value
    award.decided_by, award.decided_at = actor.name, now
    session.flush()
    _note(session, actor, "award" if is_awarded else "decline", rating, award, now)
    return award


def _require_conditions(
    session: Session, rating: Rating, place: Organisation, now: datetime
) -> None:
    found = {each.org_id: each for each in nominees(session, rating, now=now)}
    if place.id not in found:
        raise AwardRefused("这次评定里没有这个单位", "The rating does not have this organisation")
    failed = found[place.id].failed
    if failed:
        raise AwardRefused(
            f"“{place.name}”还不符合：{'；'.join(failed)}",
            f"{place.id} does not meet every condition of the shortlist",
        )


def _next_number(session: Session, rating: Rating) -> str:
    head = f"RY-{rating.year}-"
    last = session.scalar(select(func.max(Award.number)).where(Award.number.startswith(head)))
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:04d}"


def _overdue(session: Session, now: datetime) -> Counter[str]:
    today = last_workday(load_calendar(session), local_date(now))
    late = select(RectificationItem.org_id).where(
        RectificationItem.state.in_([state.value for state in OWNER_WORKS]),
        RectificationItem.due_on < today,
    )
    return Counter(session.scalars(late))


def _note(
    session: Session, actor: Actor, act: str, rating: Rating, award: Award, now: datetime
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=f"award.{act}",
        subject=award.org_id,
        now=now,
        rating=rating.code,
        honour=award.honour,
        number=award.number or "",
    )
