"""Rounds seen from the console's own forms: which are checklists, which reviews, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Item, ItemKind, Questionnaire
from survey.campaigns.models import Round, RoundQuestionnaire, RoundState
from survey.errors import NotFound
from survey.inspections.refusals import NotInFieldwork
from survey.instruments import service as instruments

LEADER_DIMENSION, FACT_DIMENSION = "leader", "fact"
# What was seen during fieldwork may still arrive from a phone that had no signal.
TAKES_ACTS = frozenset({RoundState.OPEN, RoundState.CLOSED, RoundState.SCORING, RoundState.REVIEW})


class FormKind(StrEnum):
    """Who answers a named form."""

    INSPECTION = "inspection"
    REVIEW = "review"


@dataclass(frozen=True)
class NamedForm:
    """A named questionnaire of a round."""

    round: Round
    used: RoundQuestionnaire
    questionnaire: Questionnaire
    kind: FormKind


def kind_of(questionnaire: Questionnaire) -> FormKind | None:
    """Return who answers a questionnaire in the console; None for those of residents."""
    if not questionnaire.is_named:
        return None
    is_review = any(item.dimension == LEADER_DIMENSION for item in questionnaire.items)
    return FormKind.REVIEW if is_review else FormKind.INSPECTION


def named_forms(session: Session, kind: FormKind, round_: Round | None = None) -> list[NamedForm]:
    """Return the named questionnaires of rounds that have been opened, the latest round first."""
    query = (
        select(Round, RoundQuestionnaire)
        .join(RoundQuestionnaire, RoundQuestionnaire.round_id == Round.id)
        .where(Round.state.not_in((RoundState.DRAFT, RoundState.SCHEDULED)))
        .order_by(Round.opens_at.desc(), Round.id.desc(), RoundQuestionnaire.id)
    )
    if round_ is not None:
        query = query.where(Round.id == round_.id)
    found = []
    for each, used in session.execute(query):
        questionnaire = instruments.load(session, used.digest)
        if kind_of(questionnaire) is kind:
            found.append(NamedForm(each, used, questionnaire, kind))
    return found


def named_form(session: Session, kind: FormKind, used_id: int) -> NamedForm:
    """Return one named questionnaire of a round that has been opened.

    Raises:
        NotFound: there is none, or it is answered by others.
    """
    used = session.get(RoundQuestionnaire, used_id)
    round_ = session.get(Round, used.round_id) if used else None
    if used is not None and round_ is not None:
        questionnaire = instruments.load(session, used.digest)
        is_open = round_.state not in (RoundState.DRAFT, RoundState.SCHEDULED)
        if is_open and kind_of(questionnaire) is kind:
            return NamedForm(round_, used, questionnaire, kind)
    raise NotFound("没有找到这份表", "There is no such form")


def require_fieldwork(round_: Round, now: datetime) -> None:
    """Refuse before the round begins and once its results are fixed.

    Raises:
        NotInFieldwork: it takes no named acts at `now`.
    """
    if now < round_.opens_at:
        raise NotInFieldwork("这一轮还没有开始", "This round has not begun yet")
    if round_.state not in TAKES_ACTS:
        raise NotInFieldwork(
            "这一轮的结果已经定了，不再收检查和点评。请交区办处理",
            "The results of this round are fixed; hand this to the district office",
        )


def signature_item(questionnaire: Questionnaire) -> Item | None:
    """Return the item that asks for the name of whoever answers; the platform fills it in."""
    return next(
        (
            item
            for item in questionnaire.items
            if item.kind is ItemKind.TEXT and item.dimension == FACT_DIMENSION
        ),
        None,
    )
