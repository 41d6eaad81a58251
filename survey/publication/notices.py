"""The public notice of a round and the notice that covers it, as kinds of document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select

from forms.definition import Questionnaire, Subject
from reports.figures import Audience, Figures
from reports.notice import Contacts, Judged, NoticeFacts, compile_cover, compile_notice
from reports.overview_passages import answers_behind
from reports.parts import EvaluationReport
from survey.accounts.policy import Action
from survey.campaigns.models import Round, RoundQuestionnaire, RoundState
from survey.collection.models import Box
from survey.errors import NotFound
from survey.instruments import service as instruments
from survey.org import queries as organisations
from survey.org.models import Level, Organisation
from survey.publication import publishing
from survey.publication.document_kind import Asked, DocumentKind, Kind, Listed
from survey.publication.marks import DRAFT_MARK
from survey.publication.models import Publication
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem
from survey.rectification.states import State
from survey.rectification.visibility import is_public
from survey.rectification.workdays import add_workdays, workdays_between
from survey.results import service as results
from survey.rulesets import versions

NAMES = {Subject.BRANCH: "党支部", Subject.WINDOW: "窗口单位"}
OUT = (RoundState.NOTICE, RoundState.PUBLISHED, RoundState.ARCHIVED)
MEASURES_WORKDAYS = 5
"""Working days after publication in which measures are due (domain.md 4.4 and 5)."""

MOMENT = timedelta(microseconds=1)


def _listed(asked: Asked) -> list[Listed]:
    """Return the notice of a round that judged places; its figures are made when it is read.

    Raises:
        ResultsSealed: the round's box is still closed.
    """
    if not results.has_figures(asked.session, asked.round):
        raise results.ResultsSealed(asked.round.code)
    if not any(name for _, _, name in _asked_about(asked)):
        return []
    found = organisations.visible(
        asked.session, asked.actor, Action.SEE_REPORTS, level=Level.DISTRICT
    )
    return [Listed(each.id, each.name) for each in found]


def _notice(asked: Asked, org_id: str) -> EvaluationReport:
    return compile_notice(_facts(asked, org_id))


def _cover(asked: Asked, org_id: str) -> EvaluationReport:
    return compile_cover(_facts(asked, org_id))


def _facts(asked: Asked, org_id: str) -> NoticeFacts:
    """Return what a notice is made of; figures are those that everybody may see.

    Raises:
        NotFound: the actor does not see the district, or the round evaluated no place.
        ResultsSealed: the round's box is still closed.
    """
    session, round_ = asked.session, asked.round
    district = organisations.get_visible(session, asked.actor, Action.SEE_REPORTS, org_id)
    judged = _judged(asked)
    if district.level != Level.DISTRICT or not judged:
        raise NotFound("这一轮没有要公示的结果", "The round has no results to be put on notice")
    opened = session.scalar(
        select(Box.opened_at).where(Box.round_id == round_.id).order_by(Box.opened_at.desc())
    )
    made = publishing.current(session, round_)
    first, last, workdays = _period(asked, made)
    published = made.published_at if made else None
    calendar = load_calendar(session)
    return NoticeFacts(
        organiser=district.name,
        round_title=round_.title,
        first_day=round_.opens_at.astimezone(asked.zone).date(),
        last_day=(round_.closes_at - MOMENT).astimezone(asked.zone).date(),
        judged=judged,
        notice_from=first,
        notice_until=last,
        workdays=workdays,
        contacts=Contacts(made.office, made.phone, made.email, made.address)
        if made
        else Contacts(),
        as_of=(opened or round_.closes_at).astimezone(asked.zone),
        mark="" if round_.state in OUT else DRAFT_MARK,
        rules=versions.name_of(session, round_.rule_set_id),
        letterhead=asked.letterhead,
        units=_units(asked),
        measures_by=add_workdays(
            calendar, published.astimezone(asked.zone).date(), MEASURES_WORKDAYS
        )
        if published
        else None,
        items=_items(asked),
    )


def _judged(asked: Asked) -> tuple[Judged, ...]:
    """Return what the round's questionnaires found of branches and windows, for everybody."""
    session, round_ = asked.session, asked.round
    found: dict[str, list[Figures]] = {}
    behind: dict[str, str] = {}
    for used, questionnaire, name in _asked_about(asked):
        if name:
            released = results.release_of(session, round_, used.code, Audience.PUBLIC)
            found.setdefault(name, []).extend(released)
            behind.setdefault(name, _behind(questionnaire, _total(released)))
    return tuple(
        Judged(
            name,
            tuple(each for each in released if each.target.level in ("branch", "window")),
            _total(released),
            behind[name],
        )
        for name, released in found.items()
    )


def _asked_about(asked: Asked) -> list[tuple[RoundQuestionnaire, Questionnaire, str]]:
    """Return the round's questionnaires, each with what it judges; "" for neither."""
    found = []
    for used in asked.round.questionnaires:
        questionnaire = instruments.load(asked.session, used.digest)
        found.append((used, questionnaire, NAMES.get(questionnaire.subject, "")))
    return found


def _total(released: Sequence[Figures]) -> Figures | None:
    return next((each for each in released if each.target.level == Level.DISTRICT), None)


def _behind(questionnaire: Questionnaire, total: Figures | None) -> str:
    if total is None or not total.is_shown or total.overall is None:
        return ""
    return answers_behind(questionnaire, total.overall, "top3")


def _period(asked: Asked, made: Publication | None) -> tuple[date | None, date | None, int]:
    least = publishing.notice_workdays(asked.round)
    if made is None or made.notice_from is None or made.notice_until is None:
        return None, None, least
    calendar = load_calendar(asked.session)
    days = workdays_between(calendar, made.notice_from, made.notice_until)
    return made.notice_from, made.notice_until, days


def _units(asked: Asked) -> tuple[str, ...]:
    query = (
        select(Organisation.name)
        .where(Organisation.level == Level.UNIT, Organisation.is_active)
        .order_by(Organisation.sort_no, Organisation.id)
    )
    return tuple(asked.session.scalars(query))


def _items(asked: Asked) -> int | None:
    round_: Round = asked.round
    query = select(func.count()).where(
        RectificationItem.round_id == round_.id, RectificationItem.state != State.VOID
    )
    if asked.audience is Audience.PUBLIC:
        query = query.where(is_public(asked.session, beside=round_))
    return asked.session.scalar(query) or None


KINDS = (
    DocumentKind(Kind.NOTICE, "评议结果公示", _listed, _notice),
    DocumentKind(Kind.COVER, "评议结果通知", _listed, _cover, (Audience.INTERNAL,)),
)
