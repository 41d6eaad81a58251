"""Make a rating, score it, propose it, decide what is borderline, and have another approve it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports import rules as rule_sets
from reports.composites import COMPONENT_LABELS
from reports.stars import Candidate, highest_allowed
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.db import hold
from survey.org import queries as organisations
from survey.org.models import Organisation
from survey.ratings import scoring
from survey.ratings.models import ConductKind, ConductMark, Rating, RatingLine, RatingState
from survey.ratings.refusals import (
    AnotherApprover,
    DecisionsMissing,
    QuotaExceeded,
    RatingFixed,
    RatingNotFound,
    RatingRefused,
    RatingUnscored,
    ReasonMissing,
    StarNotAllowed,
)
from survey.results import service as results

RESIDENTS = ("mass", "survey")
REASON_CHARS = 500


def create(
    session: Session,
    actor: Actor,
    *,
    code: str,
    title: str,
    year: int,
    sources: Mapping[str, str],
    now: datetime,
) -> Rating:
    """Return a new rating in draft, with the rules of its residents' round frozen in it.

    Args:
        session: flushed here, committed by the caller.
        actor: somebody who scores.
        code: of the rating, as of rounds.
        title: in print.
        year: the rating year; stars of the approved rating before it are the last stars.
        sources: component → code of its round.
        now: aware.

    Raises:
        RatingRefused: code taken or unfit, an unknown component, or no residents' round.
        RoundNotFound: there is no such round.
    """
    require(actor, Action.SCORE_RATINGS)
    if not campaigns.CODE.fullmatch(code) or not clean(title).strip() or not 2000 <= year <= 2100:
        raise RatingRefused(
            "请写编号（字母数字）、名称和年度", "Give a code of letters and digits, a title, a year"
        )
    if session.scalar(select(Rating.id).where(Rating.code == code)) is not None:
        raise RatingRefused(f"编号“{code}”已经有了", f"There is a rating {code} already")
    unknown = sorted(set(sources) - set(COMPONENT_LABELS))
    if unknown or not set(sources) & set(RESIDENTS):
        raise RatingRefused(
            "至少要有一轮群众评议或群众测评作为来源",
            f"Name a round for mass or survey; unknown: {', '.join(unknown) or 'none'}",
        )
    rounds = {each: campaigns.get_round(session, actor, named) for each, named in sources.items()}
    residents = next(rounds[each] for each in RESIDENTS if each in rounds)
    rating = Rating(
        code=code,
        title=clean(title)[:200],
        year=year,
        sources=dict(sources),
        rules=rule_sets.to_data(results.rules_of(residents)),
    )
    session.add(rating)
    session.flush()
    _note(session, actor, "create", rating, now, sources=dict(sources))
    return rating


def get(session: Session, actor: Actor, code: str) -> Rating:
    """Return a rating that `actor` may see; before it is proposed only those who score see it.

    Raises:
        RatingNotFound: there is none for them.
    """
    require(actor, Action.SEE_RATINGS)
    rating = (
        session.scalar(select(Rating).where(Rating.code == code)) if code.isprintable() else None
    )
    if rating is None or not _is_seen(actor, rating):
        raise RatingNotFound
    return rating


def list_ratings(session: Session, actor: Actor) -> list[Rating]:
    """Return the ratings that `actor` may see, the latest year first."""
    require(actor, Action.SEE_RATINGS)
    found = session.scalars(select(Rating).order_by(Rating.year.desc(), Rating.id.desc()))
    return [rating for rating in found if _is_seen(actor, rating)]


def compute(session: Session, actor: Actor, rating: Rating, *, now: datetime) -> int:
    """Score a draft anew; return the number of lines. Decisions made so far are dropped.

    Raises:
        RatingFixed: it is no draft any more.
        ResultsSealed: a round that feeds it has a closed box.
    """
    require(actor, Action.SCORE_RATINGS)
    _require_state(session, rating, RatingState.DRAFT)
    lines = scoring.lines_of(session, rating, now=now)
    rating.lines.clear()
    session.flush()
    rating.lines.extend(lines)
    rating.scored_by, rating.scored_at = actor.name, now
    session.flush()
    _note(session, actor, "compute", rating, now, lines=len(lines))
    return len(lines)


def decide(
    session: Session,
    actor: Actor,
    rating: Rating,
    org_id: str,
    star: int,
    reason: str,
    *,
    now: datetime,
) -> RatingLine:
    """Decide the star of one organisation by hand, within veto, gates and one step up.

    Raises:
        RatingFixed: it has been proposed.
        ReasonMissing: no reason.
        StarNotAllowed: more stars than the rules allow, or fewer than one.
        NotFound: the rating has no such organisation.
    """
    require(actor, Action.PROPOSE_RATINGS)
    _require_state(session, rating, RatingState.DRAFT)
    line = line_of(rating, org_id)
    said = clean(reason).strip()[:REASON_CHARS]
    if not said:
        raise ReasonMissing
    most = highest_allowed(_candidate(line), rule_sets.from_data(rating.rules).stars)
    if not 1 <= star <= most:
        raise StarNotAllowed(most)
    line.star_decided, line.decision_reason, line.decided_by = star, said, actor.name
    line.is_lagging = line.is_lagging or star == 1
    session.flush()
    _note(session, actor, "decide", rating, now, org=org_id, star=star, proposed=line.star_proposed)
    return line


def propose(session: Session, actor: Actor, rating: Rating, *, now: datetime) -> None:
    """Hand a scored rating to the approver; every borderline star has been decided.

    Raises:
        RatingFixed, RatingUnscored, DecisionsMissing, QuotaExceeded: not ready.
    """
    require(actor, Action.PROPOSE_RATINGS)
    _require_state(session, rating, RatingState.DRAFT)
    if not rating.lines:
        raise RatingUnscored
    waiting = sum(line.waits for line in rating.lines)
    if waiting:
        raise DecisionsMissing(waiting)
    _require_quotas(session, rating)
    rating.state, rating.proposed_by = RatingState.PROPOSED, actor.name
    rating.returned_because = ""
    session.flush()
    _note(session, actor, "propose", rating, now)


def send_back(
    session: Session, actor: Actor, rating: Rating, reason: str, *, now: datetime
) -> None:
    """Return a proposed rating to draft, with the reason.

    Raises:
        RatingFixed: it has not been proposed, or is approved.
        ReasonMissing: no reason.
    """
    require(actor, Action.APPROVE_RATINGS)
    _require_state(session, rating, RatingState.PROPOSED)
    said = clean(reason).strip()[:REASON_CHARS]
    if not said:
        raise ReasonMissing
    rating.state, rating.returned_because = RatingState.DRAFT, said
    session.flush()
    _note(session, actor, "send_back", rating, now)


def approve(session: Session, actor: Actor, rating: Rating, *, now: datetime) -> None:
    """Fix a proposed rating for good; by somebody who neither scored, decided nor proposed.

    Raises:
        RatingFixed: it has not been proposed, or is approved already.
        AnotherApprover: the actor had a hand in it.
    """
    require(actor, Action.APPROVE_RATINGS)
    _require_state(session, rating, RatingState.PROPOSED)
    hands = {rating.scored_by, rating.proposed_by, *(line.decided_by for line in rating.lines)}
    if actor.name in hands and not actor.is_operator:
        raise AnotherApprover
    for line in rating.lines:
        line.star_decided = line.star
    rating.state = RatingState.APPROVED
    rating.approved_by, rating.approved_at = actor.name, now
    session.flush()
    _note(session, actor, "approve", rating, now)


def mark_conduct(
    session: Session,
    actor: Actor,
    org_id: str,
    *,
    year: int,
    kind: ConductKind,
    note: str,
    now: datetime,
) -> ConductMark:
    """Confirm conduct that takes points off or forces the lowest star; it stays on record.

    Raises:
        NotFound: no such organisation.
        ReasonMissing: nothing said of what happened.
    """
    place = organisations.get_visible(session, actor, Action.PROPOSE_RATINGS, org_id)
    said = clean(note).strip()[:REASON_CHARS]
    if not said:
        raise ReasonMissing
    mark = ConductMark(
        org_id=place.id,
        year=year,
        kind=ConductKind(kind).value,
        note=said,
        confirmed_by=actor.name,
        confirmed_at=now,
    )
    session.add(mark)
    session.flush()
    audit.record(
        session, actor=actor.name, act="rating.conduct", subject=place.id, now=now, kind=mark.kind
    )
    return mark


def line_of(rating: Rating, org_id: str) -> RatingLine:
    """Return one organisation's line.

    Raises:
        RatingNotFound: it has none.
    """
    for line in rating.lines:
        if line.org_id == org_id:
            return line
    raise RatingNotFound


def may_see_drafts(actor: Actor) -> bool:
    """Whether `actor` has a part in making stars."""
    acts = (Action.SCORE_RATINGS, Action.PROPOSE_RATINGS, Action.APPROVE_RATINGS)
    return any(actor.scopes(act) for act in acts)


def _is_seen(actor: Actor, rating: Rating) -> bool:
    return rating.state != RatingState.DRAFT or may_see_drafts(actor)


def _require_state(session: Session, rating: Rating, state: RatingState) -> None:
    hold(session, rating)
    if rating.state != state:
        raise RatingFixed(rating.state)


def _candidate(line: RatingLine) -> Candidate:
    return Candidate(
        org_id=line.org_id,
        sector="",
        final=line.final,
        satisfaction=line.satisfaction,
        is_rankable=line.is_rankable,
        is_vetoed=bool(line.composite.get("vetoes")),
        last=line.last,
        se=line.se,
    )


def _require_quotas(session: Session, rating: Rating) -> None:
    sectors = {org.id: org.sector for org in session.scalars(select(Organisation))}
    rated: dict[str, list[RatingLine]] = {}
    for line in rating.lines:
        if line.is_rankable and line.final is not None:
            rated.setdefault(sectors[line.org_id], []).append(line)
    for level, share in rule_sets.from_data(rating.rules).stars.quotas:
        for sector, lines in rated.items():
            most = int(share * len(lines) + 1e-9)
            by_hand = any(line.decided_by and line.star == level for line in lines)
            if by_hand and sum(line.star == level for line in lines) > most:
                raise QuotaExceeded(sector, level, most)


def _note(
    session: Session, actor: Actor, act: str, rating: Rating, now: datetime, **data: object
) -> None:
    audit.record(
        session, actor=actor.name, act=f"rating.{act}", subject=rating.code, now=now, **data
    )
