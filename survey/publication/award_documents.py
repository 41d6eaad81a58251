"""The award shortlist and its certificates as a kind of document: of the settled rating, today."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.award_list import Awarded, Awards, OnNotice, compile_awards
from reports.notice import Contacts
from reports.parts import EvaluationReport
from reports.sentences import day
from survey.campaigns.models import Round
from survey.errors import NotFound
from survey.org import queries as organisations
from survey.publication import award_notices, companions, overviews
from survey.publication.document_kind import Asked, DocumentKind, Kind
from survey.publication.summary_documents import district_of, reader_of
from survey.ratings import awards
from survey.ratings.award_models import Award, AwardState
from survey.ratings.models import Rating
from survey.ratings.service import RESIDENTS
from survey.rectification.calendar import load_calendar
from survey.rectification.workdays import local_date, workdays_between


def _compiled(asked: Asked, org_id: str) -> EvaluationReport:
    if org_id not in {each.org_id for each in district_of(asked)}:
        raise NotFound("没有这份文件", "There is no such document")
    session = asked.session
    occasion = overviews.occasion_of(reader_of(asked))
    rating = companions.settled_rating(session, asked.round)
    if rating is None:
        return compile_awards(
            Awards(asked.audience, occasion, "", asked.round.closes_at.year, (), ())
        )
    found = awards.awards_of(session, rating)
    honoured = [_honour(session, each) for each in found if each.state == AwardState.AWARDED]
    return compile_awards(
        Awards(
            asked.audience,
            occasion,
            rating.title,
            rating.year,
            awards.nominees(session, rating, now=asked.now),
            tuple(sorted(honoured, key=lambda each: each.number)),
            awards.calibre_of(rating),
            _notice(session, rating),
        )
    )


def _honour(session: Session, award: Award) -> Awarded:
    on = day(local_date(award.decided_at)) if award.decided_at else ""
    name = organisations.get(session, award.org_id).name
    return Awarded(award.org_id, name, award.honour, award.number or "", on)


def _notice(session: Session, rating: Rating) -> OnNotice | None:
    made = award_notices.running(session, rating)
    if made is None or made.notice_from is None or made.notice_until is None:
        return None
    days = workdays_between(load_calendar(session), made.notice_from, made.notice_until)
    return OnNotice(
        tuple(_honour(session, each) for each in made.awards if each.is_on_notice),
        made.notice_from,
        made.notice_until,
        days,
        Contacts(made.office, made.phone, made.email, made.address),
    )


def round_of(session: Session, rating: Rating) -> Round | None:
    """Return the round whose documents tell of a rating's honours; None when a later rating does.

    A rating is of several rounds; its honours stand with that of the residents.
    """
    codes = [rating.sources[name] for name in RESIDENTS if name in rating.sources]
    for round_ in session.scalars(select(Round).where(Round.code.in_(codes)).order_by(Round.id)):
        if companions.settled_rating(session, round_) is rating:
            return round_
    return None


KINDS = (DocumentKind(Kind.AWARDS, "评先评优推荐名单", district_of, _compiled),)
"""Made of what stands today, as nobody with an overdue item is honoured; never frozen."""
