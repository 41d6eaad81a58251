"""The award shortlist and its certificates as a kind of document: of the settled rating, today."""

from __future__ import annotations

from reports.award_list import Awarded, Awards, compile_awards
from reports.parts import EvaluationReport
from reports.sentences import day
from survey.errors import NotFound
from survey.org import queries as organisations
from survey.publication import companions, overviews
from survey.publication.document_kind import Asked, DocumentKind, Kind
from survey.publication.summary_documents import district_of, reader_of
from survey.ratings import awards
from survey.ratings.award_models import AwardState
from survey.rectification.workdays import local_date


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
    decided = [a for a in awards.awards_of(session, rating) if a.state == AwardState.AWARDED]
    return compile_awards(
        Awards(
            asked.audience,
            occasion,
            rating.title,
            rating.year,
            awards.nominees(session, rating, now=asked.now),
            tuple(
                Awarded(
                    each.org_id,
                    organisations.get(session, each.org_id).name,
                    each.honour,
                    each.number or "",
                    day(local_date(each.decided_at)) if each.decided_at else "",
                )
                for each in sorted(decided, key=lambda a: a.number or "")
            ),
            awards.calibre_of(rating),
        )
    )


KINDS = (DocumentKind(Kind.AWARDS, "评先评优推荐名单", district_of, _compiled),)
"""Made of what stands today, as nobody with an overdue item is honoured; never frozen."""
