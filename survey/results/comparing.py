"""A round beside the one before it: whether the two may be compared, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from reports.comparison import (
    Gap,
    ObjectChange,
    Obstacle,
    Setting,
    changed_items,
    changes,
    gaps,
    obstacles,
    total_changes,
)
from reports.figures import Audience, Figures
from reports.points import CALIBRES
from reports.rules import COACHED, overall_item
from reports.second_looks import BallotSigns, SecondLook, second_looks
from reports.tally import ALIKE, ALL_TOP, NO_ANSWER, NOT_ASKED, TargetTally
from reports.trend import Change
from survey.campaigns.models import CollectionMode, Round, RoundQuestionnaire
from survey.collection.models import PaperBatch
from survey.results import frozen
from survey.results import service as results

BURST, SUSPECT = "burst", "suspect"
YES = "1"
NEAR = timedelta(days=90)
"""How far apart rounds by poster and by slip may be that are held against each other."""


@dataclass(frozen=True)
class Comparison:
    """One questionnaire in two rounds.

    Attributes:
        before: the earlier round; None where there is none.
        refused: why the two are not compared, in words; empty where they are.
        scores: change of the score by organisation, judged together over all.
        earlier: figures of the earlier round by organisation; empty where not compared.
        totals: change of the score of units, sectors and the district, by “level/key”.
    """

    before: Round | None
    refused: tuple[Obstacle, ...]
    scores: Mapping[str, ObjectChange]
    earlier: Mapping[str, Figures]
    totals: Mapping[str, Change] = field(default_factory=dict)


def earlier_round(session: Session, round_: Round, questionnaire_code: str) -> Round | None:
    """Return the latest opened round before `round_` that asked the same questionnaire."""
    query = (
        select(Round)
        .join(RoundQuestionnaire, RoundQuestionnaire.round_id == Round.id)
        .where(
            RoundQuestionnaire.code == questionnaire_code,
            Round.closes_at <= round_.opens_at,
            Round.supplements.is_(None),
            Round.id != round_.id,
        )
        .order_by(Round.closes_at.desc(), Round.id.desc())
    )
    return next((each for each in session.scalars(query) if results.is_opened(session, each)), None)


def compared(
    session: Session,
    round_: Round,
    questionnaire_code: str,
    audience: Audience = Audience.INTERNAL,
) -> Comparison:
    """Return the round beside the one before, for `audience`; refused with the reasons.

    Everybody sees a comparison only with a round that is out itself.

    Raises:
        ResultsSealed: a box of `round_` is still closed.
    """
    before = earlier_round(session, round_, questionnaire_code)
    is_public = Audience(audience) is Audience.PUBLIC
    if before is None or (is_public and frozen.latest(session, before, audience) is None):
        return Comparison(None, (), {}, {})
    refused = obstacles(
        _setting(session, before, questionnaire_code), _setting(session, round_, questionnaire_code)
    )
    if refused:
        return Comparison(before, refused, {}, {})
    released = [
        results.release_of(session, each, questionnaire_code, audience) for each in (before, round_)
    ]
    old, now = (_objects(each) for each in released)
    earlier = {each.target.org_id: each for each in old}
    plain = {org_id: replace(each, items={}) for org_id, each in earlier.items()}
    scores = changes(plain, [replace(each, items={}) for each in now], results.rules_of(round_))
    totals = total_changes(*(_totals(each) for each in released))
    return Comparison(before, (), scores, earlier, totals)


def items_changed(comparison: Comparison, figures: Figures, round_: Round) -> ObjectChange | None:
    """Return the changes of one object's items, judged together as the table that they make."""
    org_id = figures.target.org_id
    if org_id not in comparison.earlier:
        return None
    earlier = {org_id: comparison.earlier[org_id]}
    return changes(earlier, [figures], results.rules_of(round_)).get(org_id)


def gap_of(
    session: Session, round_: Round, questionnaire_code: str, org_id: str, comparison: Comparison
) -> Gap | None:
    """Return one object beside itself, its peers, the best quarter and the target, if ranked."""
    now = _objects(results.release_of(session, round_, questionnaire_code, Audience.INTERNAL))
    target = results.rules_of(round_).target_score
    targets = {each.target.org_id: target for each in now} if target else {}
    return gaps(now, comparison.earlier, targets).get(org_id)


def looks_of(session: Session, round_: Round, questionnaire_code: str) -> tuple[SecondLook, ...]:
    """Return what somebody above should look at again; never a penalty (domain.md 3.11).

    Raises:
        ResultsSealed: a box is still closed.
    """
    form = results.used_questionnaire(session, round_, questionnaire_code)
    slips = _by_slip(session, round_, questionnaire_code)
    signs = [
        BallotSigns(
            org_id=target.org_id,
            peers=f"{target.sector}/{target.level}",
            n=tally.complete.n,
            all_top=tally.signs.get(ALL_TOP, 0),
            burst=tally.signs.get(BURST, 0),
            alike=tally.signs.get(ALIKE, 0),
            suspect=tally.signs.get(SUSPECT, 0),
            coached=_coached(form, tally)[0],
            coached_asked=_coached(form, tally)[1],
            ticket=slips.get(target.org_id),
            poster=_content(form, tally) if slips else None,
        )
        for target, tally in results.inputs_of(session, round_, questionnaire_code)
    ]
    return second_looks(signs, results.rules_of(round_))


def _by_slip(session: Session, round_: Round, code: str) -> dict[str, tuple[int, int]]:
    """Return who was content by slip, where a round by open poster stands near one by slip."""
    if _used(round_, code).mode != CollectionMode.OPEN:
        return {}
    form = results.used_questionnaire(session, round_, code)
    query = (
        select(Round)
        .join(RoundQuestionnaire, RoundQuestionnaire.round_id == Round.id)
        .where(
            RoundQuestionnaire.code == code,
            RoundQuestionnaire.mode == CollectionMode.TICKET.value,
            Round.closes_at > round_.opens_at - NEAR,
            Round.opens_at < round_.closes_at + NEAR,
            Round.id != round_.id,
        )
        .order_by(Round.closes_at.desc(), Round.id.desc())
    )
    for each in session.scalars(query):
        if not results.is_opened(session, each):
            continue
        asked = results.used_questionnaire(session, each, code)
        if not changed_items(asked, form):
            inputs = results.inputs_of(session, each, code)
            return {target.org_id: _content(asked, tally) for target, tally in inputs}
    return {}


def _content(form: Questionnaire, tally: TargetTally) -> tuple[int, int]:
    """Return (content in the wide calibre, all who said) of the overall item."""
    item = overall_item(form)
    calibre = CALIBRES.get(item.scale) if item is not None else None
    if item is None or calibre is None:
        return 0, 0
    counts = tally.complete.items.get(item.code, {})
    scored = [option.code for option in item.options if option.points is not None]
    return (
        sum(counts.get(each, 0) for each in calibre.top3),
        sum(counts.get(each, 0) for each in scored),
    )


def _coached(form: Questionnaire, tally: TargetTally) -> tuple[int, int]:
    """Return how many say that somebody asked them how to answer, and how many were asked that."""
    yes = asked = 0
    for item in form.items:
        if item.dimension == COACHED:
            counts = tally.complete.items.get(item.code, {})
            yes += counts.get(YES, 0)
            asked += sum(n for each, n in counts.items() if each not in (NO_ANSWER, NOT_ASKED))
    return yes, asked


def _used(round_: Round, code: str) -> RoundQuestionnaire:
    return next(each for each in round_.questionnaires if each.code == code)


def _objects(released: Sequence[Figures]) -> list[Figures]:
    return [each for each in released if each.roll_up is None]


def _totals(released: Sequence[Figures]) -> dict[str, Figures]:
    return {frozen.key_of(f.target): f for f in released if f.roll_up is not None}


def _setting(session: Session, round_: Round, code: str) -> Setting:
    keyed = session.scalar(
        select(func.coalesce(func.sum(PaperBatch.row_count), 0)).where(
            PaperBatch.round_id == round_.id, PaperBatch.questionnaire == code
        )
    )
    received = results.received_of(session, round_, code)
    return Setting(
        round_.code,
        results.used_questionnaire(session, round_, code),
        results.rules_of(round_),
        _used(round_, code).mode,
        min(1.0, (keyed or 0) / received) if received else 0.0,
    )
