"""What leaders and inspectors said of each object, line by line, beside the residents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.figures import Figures
from reports.rules import RuleSet
from reports.sources import (
    INSPECTION,
    LEADER,
    Line,
    Reading,
    line_of,
    mean_reading,
    residents_reading,
)
from survey.campaigns.models import Round
from survey.inspections.models import LeaderReview
from survey.inspections.queries import Veto, inspection_scores
from survey.inspections.reviews import reviews_of
from survey.inspections.rounds import LEADER_DIMENSION, FormKind, named_forms


@dataclass(frozen=True)
class Judgement:
    """One review or inspection: its whole score and its items, 0–100."""

    score: float
    items: Mapping[str, float]


@dataclass
class Judged:
    """All judgements of one object; `is_vetoed`: the district upheld a veto found on the spot."""

    leader: list[Judgement] = field(default_factory=list)
    inspection: list[Judgement] = field(default_factory=list)
    is_vetoed: bool = False


def judged_in(
    session: Session,
    leader_round: Round | None,
    inspection_round: Round | None,
    *,
    until: datetime | None = None,
) -> dict[str, Judged]:
    """Return what leaders said in one round and inspectors in another, by organisation.

    With `until` only what was signed or handed in by then.
    """
    found: dict[str, Judged] = defaultdict(Judged)
    if inspection_round is not None:
        for each in inspection_scores(session, inspection_round, until=until):
            found[each.org_id].inspection.append(Judgement(each.score, each.items))
            found[each.org_id].is_vetoed |= each.veto is Veto.UPHELD
    if leader_round is not None:
        for form in named_forms(session, FormKind.REVIEW, leader_round):
            graded = [i.code for i in form.questionnaire.items if i.dimension == LEADER_DIMENSION]
            reviewed = select(LeaderReview.org_id).where(
                LeaderReview.round_questionnaire_id == form.used.id
            )
            for org_id in session.scalars(reviewed.distinct().order_by(LeaderReview.org_id)):
                found[org_id].leader += [
                    Judgement(
                        review.score,
                        {c: float(str(review.answers[c])) for c in graded if c in review.answers},
                    )
                    for review in reviews_of(session, form, org_id, until=until)
                ]
    return dict(found)


def lines_of(figures: Figures, judged: Judged, rules: RuleSet) -> tuple[Line, ...]:
    """Return the lines of one object's level that at least two sources judged."""
    found = []
    for line in rules.lines:
        if line.level != figures.target.level:
            continue
        readings = [
            reading
            for reading in (
                residents_reading(line, figures),
                _named(LEADER, line.review, judged.leader),
                _named(INSPECTION, line.inspection, judged.inspection),
            )
            if reading is not None
        ]
        if len(readings) > 1:
            found.append(line_of(line, readings))
    return tuple(found)


def sentences_of(lines: Sequence[Line]) -> list[dict[str, str]]:
    """Return every contradiction as a sentence in both languages, with its line's name."""
    return [
        {"line": line.label, "zh": each.sentence, "en": each.english}
        for line in lines
        for each in line.contradictions
    ]


def _named(
    source: str, codes: tuple[str, ...] | None, judgements: Sequence[Judgement]
) -> Reading | None:
    if codes is None:
        return None
    if codes == ():
        return mean_reading(source, [each.score for each in judgements])
    scores = []
    for each in judgements:
        given = [each.items[code] for code in codes if code in each.items]
        if given:
            scores.append(sum(given) / len(given))
    return mean_reading(source, scores)
