"""Leaders review what is below them: signed, with a problem named, one review per round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.cleaning import clean
from forms.definition import ItemKind, Questionnaire
from forms.expressions import Value
from survey.accounts.policy import Action, Actor, may
from survey.audit import service as audit
from survey.campaigns import service as campaigns
from survey.campaigns.models import RoundState
from survey.errors import NotFound
from survey.inspections import findings
from survey.inspections.models import LeaderReview
from survey.inspections.refusals import (
    AlreadySettled,
    AnswersRefused,
    NotInFieldwork,
    SignatureRefused,
)
from survey.inspections.rounds import (
    LEADER_DIMENSION,
    NamedForm,
    require_fieldwork,
    signature_item,
)
from survey.inspections.service import digest_of
from survey.inspections.tasks import INTERESTED
from survey.org.models import Organisation

MAX_PROBLEMS = 20


@dataclass(frozen=True)
class Reviewable:
    """An object that a leader may review, and the leader's own review as it stands, if any."""

    org: Organisation
    is_contact_point: bool
    review: LeaderReview | None


def reviewables(session: Session, actor: Actor, form: NamedForm) -> list[Reviewable]:
    """Return the objects of a round that `actor` may review: below the leader, not the leader's."""
    own = latest_by_org(session, form, actor.account_id) if actor.account_id else {}
    return [
        Reviewable(org, _is_contact_point(actor, org), own.get(org.id))
        for org in campaigns.targets_of(session, form.used)
        if may_review(actor, org)
    ]


def may_review(actor: Actor, org: Organisation) -> bool:
    """Whether `actor` leads what stands above the object, or has it as a contact point."""
    is_interested = bool(actor.roles_at(org.path) & INTERESTED)
    return may(actor, Action.REVIEW, org.path) and not is_interested


def find_reviewable(session: Session, actor: Actor, form: NamedForm, org_id: str) -> Reviewable:
    """Return one object that `actor` may review.

    Raises:
        NotFound: there is none, or it is not the actor's.
    """
    for each in reviewables(session, actor, form):
        if each.org.id == org_id:
            return each
    raise NotFound("没有找到可以点评的对象", "There is nothing here for you to review")


def sign(
    session: Session,
    actor: Actor,
    form: NamedForm,
    org_id: str,
    values: Mapping[str, Value],
    *,
    signed_name: str,
    revision: int,
    now: datetime,
) -> LeaderReview:
    """Store a review under the leader's name; every problem named becomes an item.

    The caller has made sure of the password. A review can be written anew until the round closes;
    each writing stays on record and the last one counts.

    Args:
        session: flushed here, committed by the caller.
        actor: an account that leads what stands above the object.
        form: the review form of a round.
        org_id: the object.
        values: valid answers.
        signed_name: as the leader typed it; it has to be the name of the account.
        revision: how many reviews of the object by this leader the page had seen.
        now: aware.

    Raises:
        NotFound: the object is not the actor's to review.
        NotInFieldwork: the round has not begun, or a second writing comes after its close.
        SignatureRefused: the name is another one.
        AnswersRefused: no problem is named.
        AlreadySettled: the leader has signed from another page meanwhile.
    """
    require_fieldwork(form.round, now)
    target = find_reviewable(session, actor, form, org_id)
    assert actor.account_id is not None  # noqa: S101 - only accounts may review
    if "".join(clean(signed_name).split()) != "".join(actor.display_name.split()):
        raise SignatureRefused(
            f"签名要和本人姓名一致：{actor.display_name}", f"Sign as {actor.display_name}"
        )
    named = problems(form.questionnaire, values)
    _require_problem(form.questionnaire, named)
    seen = target.review.revision if target.review else 0
    answers = _stored(form.questionnaire, values, actor)
    if target.review and digest_of(target.review.answers) == digest_of(answers):
        return target.review
    if seen and form.round.state != RoundState.OPEN:
        raise NotInFieldwork("这一轮已截止，点评不能再改", "The round is closed; reviews stay")
    if seen != revision:
        raise _signed_elsewhere()
    review = _store(session, actor, form, org_id, answers, seen + 1, now)
    findings.open_from_review(session, form.round, org_id, named, now=now)
    return review


def latest_by_org(
    session: Session, form: NamedForm, account_id: int | None = None
) -> dict[str, LeaderReview]:
    """Return the latest review of each object by one leader, by the object's code."""
    query = (
        select(LeaderReview)
        .where(
            LeaderReview.round_questionnaire_id == form.used.id,
            LeaderReview.account_id == account_id,
        )
        .order_by(LeaderReview.revision)
    )
    return {review.org_id: review for review in session.scalars(query)}


def reviews_of(
    session: Session, form: NamedForm, org_id: str, *, until: datetime | None = None
) -> list[LeaderReview]:
    """Return the reviews of an object that count: the latest one of each leader, signed by then."""
    query = (
        select(LeaderReview)
        .where(LeaderReview.round_questionnaire_id == form.used.id, LeaderReview.org_id == org_id)
        .order_by(LeaderReview.account_id, LeaderReview.revision)
    )
    if until is not None:
        query = query.where(LeaderReview.signed_at <= until)
    latest = {review.account_id: review for review in session.scalars(query)}
    return sorted(latest.values(), key=lambda review: review.signed_at)


def score_of(questionnaire: Questionnaire, answers: Mapping[str, object]) -> float:
    """Return the mean of the scores a leader gave, 0–100 (domain.md 2.13)."""
    given = [
        float(str(answers[item.code]))
        for item in questionnaire.items
        if item.dimension == LEADER_DIMENSION and item.code in answers
    ]
    return sum(given) / len(given) if given else 0.0


def problems(questionnaire: Questionnaire, values: Mapping[str, object]) -> list[str]:
    """Return the problems a leader named, one for each line of the text that asks for them."""
    item = problem_item(questionnaire)
    text = values.get(item) if item else None
    lines = str(text or "").splitlines()
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


def problem_item(questionnaire: Questionnaire) -> str:
    """Return the code of the item that asks for problems: the required text in many lines."""
    signature = signature_item(questionnaire)
    return next(
        (
            item.code
            for item in questionnaire.items
            if item.kind is ItemKind.TEXT and item.required and item is not signature
        ),
        "",
    )


def _store(
    session: Session,
    actor: Actor,
    form: NamedForm,
    org_id: str,
    answers: dict[str, object],
    revision: int,
    now: datetime,
) -> LeaderReview:
    """Store one writing of a review; another one of the same number, come meanwhile, stays."""
    review = LeaderReview(
        round_id=form.round.id,
        round_questionnaire_id=form.used.id,
        org_id=org_id,
        account_id=actor.account_id,
        revision=revision,
        answers=answers,
        score=score_of(form.questionnaire, answers),
        actor=actor.name,
        signed_name=actor.display_name,
        signed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(review)
    except IntegrityError:
        raise _signed_elsewhere() from None
    audit.record(
        session,
        actor=actor.name,
        act="review.sign",
        subject=f"{form.round.code} {org_id}",
        now=now,
        revision=review.revision,
        digest=digest_of(answers),
    )
    return review


def _require_problem(questionnaire: Questionnaire, named: list[str]) -> None:
    code = problem_item(questionnaire)
    if not named:
        raise AnswersRefused({code: "至少写一条问题，才能签名"})
    if len(named) > MAX_PROBLEMS:
        raise AnswersRefused({code: f"最多写{MAX_PROBLEMS}条，一行一条"})


def _stored(
    questionnaire: Questionnaire, values: Mapping[str, Value], actor: Actor
) -> dict[str, object]:
    answers: dict[str, object] = {
        code: list(value) if isinstance(value, tuple) else value
        for code, value in values.items()
        if value is not None
    }
    item = signature_item(questionnaire)
    if item is not None:
        answers[item.code] = f"{actor.display_name}（{actor.name}）"
    return answers


def _is_contact_point(actor: Actor, org: Organisation) -> bool:
    return any(g.org_id == org.id and g.role == "leader" for g in actor.grants)


def _signed_elsewhere() -> AlreadySettled:
    return AlreadySettled(
        "您在别处已经签过这份点评，请看过再改", "You have signed this elsewhere; look again"
    )
