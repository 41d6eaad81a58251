"""Figures of an opened round: counts from the database in, what an audience may see out."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire, Subject
from reports import rules
from reports.disclosure import Places, release
from reports.figures import Audience, Figures, Slips, Target
from reports.findings import Finding, findings_of
from reports.release_audit import Exposure, audit
from reports.rules import RuleSet
from reports.tally import TargetTally
from reports.veiling import threshold
from survey.campaigns.models import OpeningKind, Round, RoundQuestionnaire, RoundState
from survey.collection import points, reconciliation, releases
from survey.collection.boxes import UNOPENED
from survey.collection.models import Box, CollectionPoint, PaperIssued
from survey.collection.reconciliation import Reconciled
from survey.db import once
from survey.errors import NotFound, SurveyError
from survey.instruments import service as instruments
from survey.meetings import service as meetings
from survey.org.models import Level, Organisation
from survey.results import frozen
from survey.results.models import Release
from survey.results.shelf import Shelf

_RECEIVED: dict[Hashable, int] = {}
"""Answers of a questionnaire in an opened round, by its boxes' roots: a number for each."""

_RELEASED = Shelf(2_500)
"""Figures of opened rounds by all they follow from; counts never change after the opening. Only of
what was not let out yet: a district of 2,300 takes 95 MB."""


class ReleaseUnsafe(SurveyError):
    """From what would be released together, a count could be worked out that may not be shown."""

    code = "RELEASE_UNSAFE"

    def __init__(self, round_code: str, exposed: Sequence[Exposure]) -> None:
        first = exposed[0]
        super().__init__(
            f"轮次“{round_code}”的结果还不能发布：有{len(exposed)}处样本不足的数可以被推算出来，"
            f"例如{first.key}的{first.what}。请联系维护人员，不要手工删改后发布",
            f"The figures of {round_code} may not go out: {len(exposed)} hidden counts can be "
            f"worked out, such as {first.what} of {first.key}. Report it; do not publish by hand",
        )


class ResultsSealed(SurveyError):
    """The round's box has not been opened: nobody sees a result."""

    code = "RESULTS_SEALED"

    def __init__(self, round_code: str) -> None:
        super().__init__(
            f"轮次“{round_code}”还没有启封，启封前谁也看不到结果",
            f"The box of {round_code} is sealed; nobody sees a result before it is opened",
        )


def is_opened(session: Session, round_: Round) -> bool:
    """Whether the round is over and every box of it has been opened."""
    states = session.scalars(select(Box.state).where(Box.round_id == round_.id)).all()
    return bool(states) and round_.state != RoundState.OPEN and not set(states) & set(UNOPENED)


def has_figures(session: Session, round_: Round) -> bool:
    """Whether there is anything to see: the round is opened, or some of its days are."""
    return is_opened(session, round_) or _is_running(session, round_)


def _is_running(session: Session, round_: Round) -> bool:
    """Whether a daily round goes on of which a box was opened; then a part of it may be shown."""
    opened = select(Box.id).where(Box.round_id == round_.id, Box.opened_at.is_not(None))
    return (
        round_.opening == OpeningKind.DAILY
        and round_.state == RoundState.OPEN
        and session.scalar(opened.limit(1)) is not None
    )


def rules_of(round_: Round) -> RuleSet:
    """Return the rule set that was frozen when the round opened."""
    return rules.from_data(round_.rules)


def used_questionnaire(session: Session, round_: Round, code: str) -> Questionnaire:
    """Return the version of a questionnaire that the round uses, as it was imported.

    Raises:
        NotFound: the round does not use it.
    """
    return instruments.load(session, _used(round_, code).digest)


def inputs_of(
    session: Session, round_: Round, questionnaire_code: str, *, as_they_stand: bool = False
) -> list[tuple[Target, TargetTally]]:
    """Return every object of a questionnaire with its counts, all boxes of the round merged.

    Of a daily round that goes on, the counts are those that `releases` lets be seen by now.
    Objects are in the organisations' order; those that nobody answered for are among them. Once
    something was released they stay as they stood then; `as_they_stand` asks for today's.

    Raises:
        ResultsSealed: a box is still closed.
        NotFound: the round does not use the questionnaire.
    """
    used = _used(round_, questionnaire_code)
    if is_opened(session, round_):
        counts = releases.counts_of(session, round_.id)
    elif _is_running(session, round_):
        counts = releases.shown_of(session, round_.id)
    else:
        raise ResultsSealed(round_.code)
    return [
        (target, counts.get(point_id, TargetTally()))
        for point_id, target in _targets(session, used, as_they_stand=as_they_stand)
    ]


def objects_of(session: Session, round_: Round, questionnaire_code: str) -> tuple[Target, ...]:
    """Return what a questionnaire was about, in the organisations' order; no figure is made.

    Raises:
        ResultsSealed, NotFound: see `inputs_of`.
    """
    used = _used(round_, questionnaire_code)
    if not has_figures(session, round_):
        raise ResultsSealed(round_.code)
    key = ("objects_of", used.id, round_.state)
    return once(session, key, lambda: tuple(target for _, target in _targets(session, used)))


def received_of(session: Session, round_: Round, questionnaire_code: str) -> int:
    """Return how many answers came in for a questionnaire, as far as `inputs_of` may count them.

    Raises:
        ResultsSealed, NotFound: see `inputs_of`.
    """
    key = (_used(round_, questionnaire_code).id, _roots(session, round_))
    if key not in _RECEIVED or not is_opened(session, round_):
        inputs = inputs_of(session, round_, questionnaire_code)
        _RECEIVED[key] = sum(counts.received for _, counts in inputs)
    return _RECEIVED[key]


def _roots(session: Session, round_: Round) -> tuple[str | None, ...]:
    """Return what the boxes of a round were opened with: another counting has other roots."""
    query = select(Box.content_root).where(Box.round_id == round_.id).order_by(Box.id)
    return tuple(session.scalars(query))


def release_of(
    session: Session, round_: Round, questionnaire_code: str, audience: Audience
) -> tuple[Figures, ...]:
    """Return all figures of a questionnaire that `audience` may see: objects, then roll-ups.

    Once they were released these are the frozen ones, whatever changed since; before, nothing
    leaves here that was not audited: `reports.release_audit`.

    Raises:
        ReleaseUnsafe: together they would give away what may not be shown.
        ResultsSealed: a box is still closed.
        NotFound: the round does not use the questionnaire.
    """
    key = ("release_of", round_.id, round_.state, questionnaire_code, Audience(audience))
    return once(
        session, key, lambda: _release_of(session, round_, questionnaire_code, Audience(audience))
    )


def _release_of(
    session: Session, round_: Round, questionnaire_code: str, audience: Audience
) -> tuple[Figures, ...]:
    used = _used(round_, questionnaire_code)
    kept = release_now(session, round_, audience)
    if kept is not None:
        return frozen.figures_of(session, kept, used.code)
    return compute(session, round_, questionnaire_code, audience)


def release_now(session: Session, round_: Round, audience: Audience) -> Release | None:
    """Return the release that `release_of` reads from; None where figures are made anew."""
    if not is_opened(session, round_):
        return None
    return frozen.latest(session, round_, Audience(audience))


def compute(
    session: Session,
    round_: Round,
    questionnaire_code: str,
    audience: Audience,
    *,
    as_they_stand: bool = False,
) -> tuple[Figures, ...]:
    """Return figures made anew from the counts, though some were released already.

    Raises:
        ReleaseUnsafe, ResultsSealed, NotFound: see `release_of`.
    """
    used = _used(round_, questionnaire_code)
    roots = _roots(session, round_)
    targets = tuple(target for _, target in _targets(session, used, as_they_stand=as_they_stand))
    places = places_of(session)
    rules_text = json.dumps(round_.rules, sort_keys=True)
    named = (places.district_id, places.district_name, *places.unit_names.items())
    is_over = is_opened(session, round_)
    key = (used.id, used.digest, Audience(audience), roots, is_over, rules_text, named, targets)

    def made() -> tuple[Figures, ...]:
        questionnaire = instruments.load(session, used.digest)
        inputs = inputs_of(session, round_, questionnaire_code, as_they_stand=as_they_stand)
        forms = _forms(session, used, questionnaire)
        rule_set = rules_of(round_)
        released = release(questionnaire, inputs, rule_set, audience, places, forms)
        exposed = audit([released], inputs, threshold(rule_set, Audience(audience)))
        if exposed:
            raise ReleaseUnsafe(round_.code, exposed)
        return released

    return made() if not has_figures(session, round_) else _RELEASED.get(key, made)


def shown_points(session: Session, round_: Round) -> frozenset[int]:
    """Return the points whose number of answers is in what everybody may see of a round.

    Others have few, or would give away by a sum what others have; nothing that is published
    beside the figures may tell their number.

    Raises:
        ReleaseUnsafe: see `release_of`.
    """
    if not has_figures(session, round_):
        return frozenset()
    shown: set[int] = set()
    for used in round_.questionnaires:
        figures = release_of(session, round_, used.code, Audience.PUBLIC)
        known = {each.target.key for each in figures if each.roll_up is None and each.n is not None}
        shown.update(point for point, target in _targets(session, used) if target.key in known)
    return frozenset(shown)


def findings_by_org(session: Session, round_: Round) -> dict[str, tuple[Finding, ...]]:
    """Return what the round found to be put right, by organisation.

    Raises:
        ResultsSealed: a box is still closed.
    """
    found: dict[str, tuple[Finding, ...]] = {}
    for used in round_.questionnaires:
        questionnaire = used_questionnaire(session, round_, used.code)
        for figures in release_of(session, round_, used.code, Audience.INTERNAL):
            findings = findings_of(questionnaire, figures, rules_of(round_))
            if findings:
                org_id = figures.target.org_id
                found[org_id] = (*found.get(org_id, ()), *findings)
    return found


def _forms(
    session: Session, used: RoundQuestionnaire, questionnaire: Questionnaire
) -> dict[str, Questionnaire]:
    """Return the forms of a pattern by the key of their object; nothing for other forms.

    Rows of members are in no release, so that their forms are not needed either.
    """
    if not questionnaire.is_pattern or questionnaire.subject is Subject.MEMBERS:
        return {}
    views = points.points_of(session, used.round_id)
    return {
        target.key: points.questionnaire_of(session, views[point_id])
        for point_id, target in _targets(session, used)
    }


def _used(round_: Round, code: str) -> RoundQuestionnaire:
    for used in round_.questionnaires:
        if used.code == code:
            return used
    raise NotFound(f"本轮没有问卷“{code}”", f"The round has no questionnaire {code!r}")


def _targets(
    session: Session, used: RoundQuestionnaire, *, as_they_stand: bool = False
) -> list[tuple[int, Target]]:
    """Return the objects by point, in the organisations' order.

    Figures of several releases are made of the same objects: with other weights, the same totals
    would be further equations for what is hidden.
    """
    release = None if as_they_stand else frozen.newest(session, used.round, Audience.INTERNAL)
    if release is not None:
        kept = {each.key: each for each in frozen.objects_of(session, release, used.code)}
        order = {key: place for place, key in enumerate(kept)}
        found = [(point_id, kept.get(each.key, each)) for point_id, each in _present(session, used)]
        return sorted(found, key=lambda each: order.get(each[1].key, len(order)))
    return _present(session, used)


def _present(session: Session, used: RoundQuestionnaire) -> list[tuple[int, Target]]:
    units = set(session.scalars(select(Organisation.id).where(Organisation.level == Level.UNIT)))
    query = (
        select(CollectionPoint.id, CollectionPoint.item, Organisation, PaperIssued.count)
        .join(Organisation, Organisation.id == CollectionPoint.org_id)
        .join(PaperIssued, PaperIssued.point_id == CollectionPoint.id, isouter=True)
        .where(CollectionPoint.round_questionnaire_id == used.id)
        .order_by(Organisation.sort_no, Organisation.id, CollectionPoint.item)
    )
    is_roll = _subject(session, used) == Subject.BRANCH
    tickets = reconciliation.by_point(session, used.round_id)
    shown = reconciliation.shown(session, used.round, Audience.PUBLIC).points
    present = meetings.present_by_point(session, used.round_id)
    return [
        (
            point_id,
            replace(
                _target(place, units, item=item, is_roll=is_roll),
                issued=_issued(paper, tickets.get(point_id)),
                slips=_slips(shown.get(point_id)),
                present=present.get(point_id),
            ),
        )
        for point_id, item, place, paper in session.execute(query)
    ]


def _issued(paper: int | None, tickets: Reconciled | None) -> int | None:
    """Return ballots handed out of either kind; None where neither is known."""
    in_force = tickets.in_force if tickets else None
    return None if paper is None and in_force is None else (paper or 0) + (in_force or 0)


def _slips(tickets: Reconciled | None) -> Slips | None:
    if tickets is None or tickets.used is None:
        return None
    return Slips(tickets.issued, tickets.used, tickets.unused or 0, tickets.void or 0)


def _subject(session: Session, used: RoundQuestionnaire) -> str:
    return instruments.load(session, used.digest).subject


def _target(place: Organisation, units: set[str], *, item: str, is_roll: bool) -> Target:
    """Return an object; only where the branch itself is evaluated is it known who may vote."""
    return Target(
        org_id=place.id,
        name=place.name,
        level=place.level,
        sector=place.sector,
        unit_id=next((part for part in place.path.split("/") if part in units), ""),
        population=place.eligible_mass if is_roll else None,
        annual_cases=place.annual_cases,
        item=item,
    )


def places_of(session: Session) -> Places:
    """Return what the district and the units are called."""
    named = select(Organisation.id, Organisation.name)
    units = session.execute(named.where(Organisation.level == Level.UNIT)).all()
    district = session.execute(named.where(Organisation.level == Level.DISTRICT)).first()
    if district is None:
        return Places(unit_names=dict(units))
    return Places(district[0], district[1], dict(units))
