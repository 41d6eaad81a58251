"""Awards 评先评优: a filter over a settled rating, proposals by units, the district's order.

Nothing here honours anybody by itself (domain.md 5): the filter only says who may be proposed.
What was proposed is let out on a notice, and honoured after it, in `publication.award_notices`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
from survey.ratings.refusals import (
    AnotherApprover,
    AwardNotFound,
    AwardRefused,
    RatingFixed,
    ReasonMissing,
)
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
    """Return every proposal of a rating: in the district's order, then as they were made."""
    own = select(Award).where(Award.rating_id == rating.id)
    found = session.scalars(own.order_by(Award.id)).all()
    return sorted(found, key=lambda each: (each.place is None, each.place, each.id))


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
    called, said = clean(honour).strip()[:HONOUR_CHARS], _said(reason)
    if not called:
        raise ReasonMissing
    require_conditions(session, rating, [place.id], now=now)
    known = select(Award.id).where(
        Award.rating_id == rating.id, Award.org_id == place.id, Award.honour == called
    )
    if session.scalar(known) is not None:
        raise AwardRefused("这项荣誉已经提名过", "It has been proposed for this honour already")
    made = Award(
        rating=rating,
        org_id=place.id,
        honour=called,
        reason=said,
        proposed_by=actor.name,
        proposed_at=now,
    )
    session.add(made)
    session.flush()
    note(session, actor, "propose", made, now)
    return made


def arrange(
    session: Session, actor: Actor, rating: Rating, places: Mapping[int, int], *, now: datetime
) -> None:
    """Put the proposals that wait in the district's order: their ids by place, from 1.

    Raises:
        AwardRefused: a place below 1, or a proposal that is decided or on notice.
    """
    require(actor, Action.PROPOSE_RATINGS)
    waiting = {each.id: each for each in awards_of(session, rating) if each.is_waiting}
    if not places.keys() <= waiting.keys() or any(not 1 <= at <= 999 for at in places.values()):
        raise AwardRefused(
            "排序请写1到999的数，只排还没有审定的提名",
            "Places are numbers from 1 to 999, of proposals that nobody has decided yet",
        )
    for award_id, place in places.items():
        waiting[award_id].place = place
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        act="award.arrange",
        subject=rating.code,
        now=now,
        places={str(key): place for key, place in sorted(places.items())},
    )


def decline(session: Session, actor: Actor, award: Award, reason: str, *, now: datetime) -> Award:
    """Turn a proposal down, also while it is on notice; the reason stays where the unit reads it.

    Raises:
        AwardRefused: it was decided before.
        AnotherApprover: the actor proposed it.
        ReasonMissing: no reason.
    """
    require(actor, Action.APPROVE_RATINGS)
    require_another(actor, award)
    if award.state != AwardState.PROPOSED:
        raise AwardRefused("这项提名已经审定", "This proposal has been decided")
    award.declined_because = _said(reason)
    award.state = AwardState.DECLINED.value
    award.decided_by, award.decided_at = actor.name, now
    session.flush()
    note(session, actor, "decline", award, now)
    return award


def find(session: Session, rating: Rating, award_id: int) -> Award:
    """Return one proposal of a rating.

    Raises:
        AwardNotFound: it has none of this number.
    """
    found = session.get(Award, award_id)
    if found is None or found.rating_id != rating.id:
        raise AwardNotFound
    return found


def require_another(actor: Actor, award: Award) -> None:
    """Refuse whoever proposed an award to decide about it.

    Raises:
        AnotherApprover: the actor did.
    """
    if actor.name == award.proposed_by and not actor.is_operator:
        raise AnotherApprover


def _said(reason: str) -> str:
    said = clean(reason).strip()[:REASON_CHARS]
    if not said:
        raise ReasonMissing
    return said


def require_conditions(
    session: Session, rating: Rating, org_ids: Sequence[str], *, now: datetime
) -> None:
    """Refuse unless every one of these organisations meets every condition today.

    Raises:
        AwardRefused: one does not, or the rating does not have it; the sentence names what fails.
    """
    found = {each.org_id: each for each in nominees(session, rating, now=now)}
    for org_id in org_ids:
        if org_id not in found:
            raise AwardRefused(
                "这次评定里没有这个单位", "The rating does not have this organisation"
            )
        if failed := found[org_id].failed:
            raise AwardRefused(
                f"“{found[org_id].name}”还不符合：{'；'.join(failed)}",
                f"{org_id} does not meet every condition of the shortlist",
            )


def next_number(session: Session, rating: Rating) -> str:
    """Return the next certificate number of the rating's year."""
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


def note(session: Session, actor: Actor, act: str, award: Award, now: datetime) -> None:
    """Put on record what was done about one proposal."""
    audit.record(
        session,
        actor=actor.name,
        act=f"award.{act}",
        subject=award.org_id,
        now=now,
        rating=award.rating.code,
        honour=award.honour,
        number=award.number or "",
    )
