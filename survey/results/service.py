"""From stored tallies to figures that may be shown: what pages, reports and exports read."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from reports import disclosure, tally
from reports.disclosure import Places
from reports.figures import Audience, Figures, Target
from reports.findings import Finding, findings_of
from reports.rules import RuleSet
from reports.rules import from_data as rules_from_data
from reports.tally import TargetTally
from survey.campaigns.models import Round, RoundQuestionnaire
from survey.collection.models import Box, BoxState, CollectionPoint, PaperIssued, StoredTally
from survey.errors import NotFound, SurveyError
from survey.instruments import service as instruments
from survey.org.models import Level, Organisation

OPENED = (BoxState.OPENED.value, BoxState.KEY_DESTROYED.value)
KEPT_RELEASES = 32


class ResultsSealed(SurveyError):
    """The round's box has not been opened, so nobody can know anything yet."""

    code = "RESULTS_SEALED"

    def __init__(self) -> None:
        super().__init__(
            "票箱还没有启封，截止启封后才能看结果",
            "The box is still sealed; results come after the round is closed",
        )


class NotInRound(NotFound):
    """The round does not use this questionnaire."""

    code = "QUESTIONNAIRE_NOT_IN_ROUND"

    def __init__(self, wanted: str) -> None:
        super().__init__(f"本轮没有用问卷“{wanted}”", f"The round does not use {wanted!r}")


def used_questionnaire(session: Session, round_: Round, code: str) -> Questionnaire:
    """Return the questionnaire `code` in the version that the round pinned.

    Raises:
        NotInRound: the round does not use it.
    """
    for used in round_.questionnaires:
        if used.code == code:
            return instruments.load(session, used.digest)
    raise NotInRound(code)


def is_opened(session: Session, round_: Round) -> bool:
    """Whether every box of the round has been opened."""
    states = list(session.scalars(select(Box.state).where(Box.round_id == round_.id)))
    return bool(states) and all(state in OPENED for state in states)


def inputs_of(session: Session, round_: Round, code: str) -> list[tuple[Target, TargetTally]]:
    """Return every object of a questionnaire in a round with its counts, boxes added up.

    Raises:
        ResultsSealed: a box is still closed.
        NotInRound: the round does not use the questionnaire.
    """
    if not is_opened(session, round_):
        raise ResultsSealed
    used_questionnaire(session, round_, code)
    counts = _counts(session, round_)
    issued = dict(session.execute(select(PaperIssued.point_id, PaperIssued.count)).all())
    rows = session.execute(
        select(CollectionPoint.id, Organisation)
        .join(RoundQuestionnaire, RoundQuestionnaire.id == CollectionPoint.round_questionnaire_id)
        .join(Organisation, Organisation.id == CollectionPoint.org_id)
        .where(CollectionPoint.round_id == round_.id, RoundQuestionnaire.code == code)
        .order_by(Organisation.sort_no, Organisation.id)
    )
    return [
        (_target(organisation, issued.get(point_id)), counts[point_id])
        for point_id, organisation in rows
    ]


def release_of(
    session: Session, round_: Round, code: str, audience: Audience
) -> tuple[Figures, ...]:
    """Return all that `audience` may see of a questionnaire in a round: objects, then roll-ups.

    An opened box never changes, so a release is computed once in a process.

    Raises:
        ResultsSealed, NotInRound: see `inputs_of`.
    """
    if not is_opened(session, round_):
        raise ResultsSealed
    key = (round_.id, code, audience, _fingerprint(session, round_))
    if key not in _releases():
        made = disclosure.release(
            used_questionnaire(session, round_, code),
            inputs_of(session, round_, code),
            rules_of(round_),
            audience,
            places_of(session),
        )
        while len(_releases()) >= KEPT_RELEASES:
            _releases().pop(next(iter(_releases())))
        _releases()[key] = made
    return _releases()[key]


def figures_of(
    session: Session, round_: Round, code: str, org_id: str, audience: Audience
) -> Figures:
    """Return what `audience` may see of one object or roll-up.

    Raises:
        ResultsSealed, NotInRound: see `inputs_of`.
        NotFound: the round did not evaluate it.
    """
    for figures in release_of(session, round_, code, audience):
        if figures.target.org_id == org_id:
            return figures
    raise NotFound("本轮没有评议这个单位", "The round did not evaluate this organisation")


def findings_by_org(session: Session, round_: Round) -> dict[str, list[Finding]]:
    """Return what the round found should be put right, by organisation.

    Raises:
        ResultsSealed: a box is still closed.
    """
    found: dict[str, list[Finding]] = defaultdict(list)
    for used in round_.questionnaires:
        questionnaire = instruments.load(session, used.digest)
        for figures in release_of(session, round_, used.code, Audience.INTERNAL):
            problems = findings_of(questionnaire, figures, rules_of(round_))
            if problems:
                found[figures.target.org_id] += problems
    return dict(found)


def rules_of(round_: Round) -> RuleSet:
    """Return the rule set that was frozen when the round opened."""
    return rules_from_data(round_.rules)


def places_of(session: Session) -> Places:
    """Return what the district and its units are called in roll-ups."""
    district = session.scalars(
        select(Organisation).where(Organisation.level == Level.DISTRICT)
    ).one()
    units = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.level == Level.UNIT)
    )
    return Places(district.id, district.short_name, dict(units.all()))


def _counts(session: Session, round_: Round) -> defaultdict[int, TargetTally]:
    counts: defaultdict[int, TargetTally] = defaultdict(TargetTally)
    rows = session.execute(
        select(StoredTally.point_id, StoredTally.data)
        .join(Box, Box.id == StoredTally.box_id)
        .where(Box.round_id == round_.id)
    )
    for point_id, data in rows:
        counts[point_id] = counts[point_id] + tally.from_data(data)
    return counts


def _target(organisation: Organisation, issued: int | None) -> Target:
    is_branch = organisation.level == Level.BRANCH
    return Target(
        org_id=organisation.id,
        name=organisation.name,
        level=organisation.level,
        sector=organisation.sector,
        unit_id=organisation.parent_id or "",
        population=organisation.eligible_mass if is_branch else None,
        issued=issued,
        annual_cases=organisation.annual_cases,
    )


def _fingerprint(session: Session, round_: Round) -> tuple[str, ...]:
    """Return what the release depends on beside the rules: the boxes, and what was issued."""
    roots = session.scalars(
        select(Box.content_root).where(Box.round_id == round_.id).order_by(Box.id)
    )
    issued = session.scalar(
        select(func.coalesce(func.sum(PaperIssued.count), 0))
        .join(CollectionPoint, CollectionPoint.id == PaperIssued.point_id)
        .where(CollectionPoint.round_id == round_.id)
    )
    return (*(root or "" for root in roots), str(issued))


@lru_cache(maxsize=1)
def _releases() -> dict[tuple[int, str, Audience, tuple[str, ...]], tuple[Figures, ...]]:
    """Return the releases of this process by what they depend on."""
    return {}
