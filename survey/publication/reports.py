"""Evaluation reports of a closed round: figures, wording and items put together for one object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Subject
from reports.evaluation import compile_report
from reports.figures import Audience, Figures
from reports.material import Material, Occasion, PlannedItem
from reports.parts import EvaluationReport
from reports.surroundings import with_member_table
from survey.accounts.policy import Action, Actor, require
from survey.campaigns import ruling
from survey.campaigns.models import CollectionMode, Round, RoundQuestionnaire
from survey.campaigns.public_words import ABOUT_FIGURES, problem_in_public
from survey.collection.boxes import PAPER_LABEL, lost_days
from survey.collection.bundle import anchor_of
from survey.collection.models import CollectionPoint, PaperBatch
from survey.errors import NotFound
from survey.instruments import service as instruments
from survey.instruments.models import QuestionnaireVersion
from survey.org import queries as org
from survey.org.models import Level, Organisation
from survey.publication import wording
from survey.publication.companions import View, counted_at, cut_off, judged_of
from survey.publication.document_kind import Kind
from survey.publication.marks import mark_of, report_key
from survey.publication.surroundings import (
    alongside_of,
    grades_of,
    may_see_members,
    with_members,
)
from survey.publication.wording import DocumentKey
from survey.rectification.models import RectificationItem
from survey.rectification.visibility import is_public
from survey.rectification.workdays import local_date
from survey.results import frozen
from survey.results import service as results
from survey.rulesets import versions

PEERS = {Level.BRANCH.value: "同领域支部平均", Level.WINDOW.value: "同类窗口平均"}
OBJECTS = (Level.BRANCH.value, Level.WINDOW.value)
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Reportable:
    """One report that can be made; `kind` is "branch" or "window"."""

    org_id: str
    org_name: str
    unit_id: str
    kind: str
    questionnaire: str


REPORTED = (Subject.BRANCH, Subject.WINDOW)
"""What an evaluation report is about; other questionnaires feed sections of it, or have figures
only. Where two go to one object, the first one named in the round makes its report."""


def reportables(session: Session, actor: Actor, round_: Round) -> list[Reportable]:
    """Return the reports that `actor` may open, by questionnaire and place.

    Every object has one: a list of those with answers would tell who has none.

    Raises:
        ResultsSealed: the round's box is still closed.
    """
    require(actor, Action.SEE_REPORTS)
    found: dict[str, Reportable] = {}
    visible = {each.id for each in org.visible(session, actor, Action.SEE_REPORTS)}
    for used in round_.questionnaires:
        if instruments.load(session, used.digest).subject not in REPORTED:
            continue
        for target in results.objects_of(session, round_, used.code):
            if target.level in OBJECTS and target.org_id in visible:
                reportable = Reportable(
                    org_id=target.org_id,
                    org_name=target.name,
                    unit_id=target.unit_id,
                    kind=target.level,
                    questionnaire=used.code,
                )
                found.setdefault(target.org_id, reportable)
    return list(found.values())


def shown(session: Session, round_: Round, found: Sequence[Reportable]) -> list[Reportable]:
    """Return those whose figures the office may see; all figures of the round are made for it."""
    forms = dict.fromkeys(each.questionnaire for each in found)
    known = {
        (code, figures.target.org_id)
        for code in forms
        for figures in results.release_of(session, round_, code, Audience.INTERNAL)
        if figures.is_shown
    }
    return [each for each in found if (each.questionnaire, each.org_id) in known]


def report_of(
    session: Session,
    actor: Actor,
    round_: Round,
    org_id: str,
    *,
    zone: ZoneInfo,
    audience: Audience = Audience.INTERNAL,
) -> EvaluationReport:
    """Return the report on one branch or window, as far as `audience` may read it.

    Once the round's results were let out it is the frozen one, whatever changed since.

    Raises:
        NotFound: the round did not evaluate it, or `actor` does not see it.
        ResultsSealed: the round's box is still closed.
    """
    organisation = org.get_visible(session, actor, Action.SEE_REPORTS, org_id)
    release = frozen.latest(session, round_, Audience.PUBLIC)
    if release is not None:
        key = report_key(org_id, audience)
        kept = frozen.read_part(session, release, frozen.REPORT, key, EvaluationReport)
        if kept is not None:
            kept = replace(kept, mark=mark_of(round_, audience))
            return _with_members(session, actor, round_, organisation, kept, audience)
    made = compile_of(session, round_, organisation, zone=zone, audience=audience)
    return _with_members(session, actor, round_, organisation, made, audience)


def _with_members(
    session: Session,
    actor: Actor,
    round_: Round,
    organisation: Organisation,
    report: EvaluationReport,
    audience: Audience,
) -> EvaluationReport:
    """Return the report with the table of members where it is the branch or its unit who reads.

    Nothing of single members is frozen or compiled for anybody else.
    """
    view = View(session, round_, audience)
    if view.is_public or not may_see_members(actor, organisation):
        return report
    grades = with_members(view, actor, organisation, grades_of(view, organisation.id))
    if grades is None or not grades.lines:
        return report
    return with_member_table(report, grades)


def compile_of(
    session: Session,
    round_: Round,
    organisation: Organisation,
    *,
    zone: ZoneInfo,
    audience: Audience,
) -> EvaluationReport:
    """Return a report made from the figures and items of now, in the words that were edited.

    Raises:
        NotFound: the round did not evaluate it.
        ResultsSealed: the round's box is still closed.
    """
    material = material_of(session, round_, organisation, zone=zone, audience=audience)
    key = DocumentKey(Kind(organisation.level), organisation.id)
    return wording.applied(session, round_, key, compile_report(material))


def material_of(
    session: Session,
    round_: Round,
    organisation: Organisation,
    *,
    zone: ZoneInfo,
    audience: Audience,
) -> Material:
    """Return what a report on one object is compiled from, as it stands now.

    Raises:
        NotFound, ResultsSealed: see `compile_of`.
    """
    org_id = organisation.id
    used = _used_for(session, round_, org_id)
    released = results.release_of(session, round_, used.code, audience)
    figures = next(each for each in released if each.target.org_id == org_id)
    questionnaire = instruments.load(session, used.digest)
    view = View(session, round_, audience)
    peers = _peers(released, figures)
    return Material(
        figures=figures,
        questionnaire=questionnaire,
        rules=results.rules_of(round_),
        occasion=_occasion(
            session,
            round_,
            organisation,
            used,
            version=questionnaire.version,
            zone=zone,
            audience=audience,
        ),
        plan=_plan(view, org_id),
        peers=peers,
        peers_name=PEERS[organisation.level] if peers else "",
        alongside=alongside_of(view, organisation, figures, used.code),
    )


def questionnaire_of(session: Session, round_: Round, org_id: str) -> str:
    """Return the code of the questionnaire that an object's report is made from.

    Raises:
        NotFound: the round did not evaluate it.
    """
    return _used_for(session, round_, org_id).code


def _used_for(session: Session, round_: Round, org_id: str) -> RoundQuestionnaire:
    used = session.scalar(
        select(RoundQuestionnaire)
        .join(CollectionPoint, CollectionPoint.round_questionnaire_id == RoundQuestionnaire.id)
        .join(QuestionnaireVersion, QuestionnaireVersion.digest == RoundQuestionnaire.digest)
        .where(
            CollectionPoint.round_id == round_.id,
            CollectionPoint.org_id == org_id,
            QuestionnaireVersion.subject.in_(REPORTED),
        )
        .order_by(RoundQuestionnaire.id)
        .limit(1)
    )
    if used is None:
        raise NotFound("本轮没有评议这个单位", "The round did not evaluate this organisation")
    return used


def _peers(released: Sequence[Figures], figures: Figures) -> Figures | None:
    """Return the roll-up of the same sector, where it may be shown."""
    for each in released:
        if each.target.level == "sector" and each.target.sector == figures.target.sector:
            return each if each.is_shown else None
    return None


def _occasion(
    session: Session,
    round_: Round,
    organisation: Organisation,
    used: RoundQuestionnaire,
    *,
    version: str,
    zone: ZoneInfo,
    audience: Audience,
) -> Occasion:
    ancestors = org.ancestors(session, organisation)
    unit = next((each.name for each in ancestors if each.level == Level.UNIT), "")
    organiser = next((each.name for each in ancestors if each.level == Level.DISTRICT), "")
    release = results.release_now(session, round_, audience)
    return Occasion(
        organiser=organiser,
        round_title=round_.title,
        first_day=round_.opens_at.astimezone(zone).date(),
        last_day=(round_.closes_at - MOMENT).astimezone(zone).date(),
        as_of=counted_at(session, round_).astimezone(zone),
        channels=_channels(session, round_, used),
        unit_name=unit,
        responsible=organisation.secretary_name,
        form_version=version,
        form_digest=used.digest,
        rules_name=versions.name_of(session, round_.rule_set_id),
        rules_digest=ruling.digest_of_rules(round_),
        mark=mark_of(round_, audience),
        anchor=anchor_of(session, round_),
        release=frozen.name_of(release) if release else "",
        lost_days=tuple(
            "截止以后补录的纸质票" if label == PAPER_LABEL else label
            for label in lost_days(session, round_.id)
        ),
    )


def _channels(session: Session, round_: Round, used: RoundQuestionnaire) -> str:
    """Return how answers could come in; how each one came is stored nowhere."""
    ways = ["扫公开二维码填写" if used.mode == CollectionMode.OPEN else "凭评议票填写"]
    paper = select(PaperBatch.id).where(
        PaperBatch.round_id == round_.id, PaperBatch.questionnaire == used.code
    )
    if session.scalar(paper.limit(1)) is not None:
        ways.append("纸质票补录")
    return "、".join(ways)


def _plan(view: View, org_id: str) -> tuple[PlannedItem, ...]:
    """Return the items that this round opened for the object, and the reviews beside it.

    Everybody sees those that are public. What reviews brought up much later is left out.
    """
    beside = judged_of(view)
    rounds = {each.id for each in (view.round, beside.review, beside.inspection) if each}
    query = (
        select(RectificationItem)
        .where(
            RectificationItem.round_id.in_(rounds),
            RectificationItem.org_id == org_id,
            (RectificationItem.round_id == view.round.id)
            | (RectificationItem.registered_on <= local_date(cut_off(view))),
        )
        .order_by(RectificationItem.number)
    )
    if view.is_public:
        query = query.where(
            view.kept("public items", lambda: is_public(view.session, beside=view.round))
        )
    items = view.session.scalars(query)
    return tuple(
        PlannedItem(
            problem=_said(item, view),
            measures=item.measures,
            responsible=item.responsible_person,
            limit=f"{item.due_on.month}月{item.due_on.day}日",
        )
        for item in items
    )


def _said(item: RectificationItem, view: View) -> str:
    """Return the problem; of bad ratings and comments everybody reads neither days nor counts.

    Scores stay: the report itself gives them, with their intervals.
    """
    if view.is_public and item.source not in ABOUT_FIGURES:
        return problem_in_public(item.source, item.problem)
    return item.problem
