"""What waits for whoever is signed in besides rectification: inspections, reviews, slips, paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, may
from survey.campaigns.models import Round, RoundState
from survey.collection import issuing, keying_batches
from survey.collection.keying_models import BatchState, KeyingBatch
from survey.collection.ticket_models import TicketBatch, TicketBatchState
from survey.indicators import sets, standings
from survey.indicators.periods import Period
from survey.indicators.standings import Owed
from survey.inspections import queries, reviews
from survey.inspections.queries import Stage, Veto
from survey.inspections.rounds import FormKind, named_forms
from survey.publication.models import Publication, PublicationState
from survey.ratings.award_models import Award, AwardNotice, AwardNoticed, AwardState
from survey.ratings.models import Rating
from survey.results.models import RowRequest
from survey.web.console.indicator_words import period_name, sheet_period, today
from survey.web.formats import short_day
from survey.web.texts import text as _

TO_FILL = (Stage.TODO, Stage.RETURNED)


@dataclass(frozen=True)
class Errand:
    """So many things of one kind that only the reader can move on, and where to do it."""

    count: int
    text: str
    href: str


def errands(session: Session, actor: Actor) -> list[Errand]:
    """Return what waits for `actor`, kind by kind; kinds with nothing to do are left out."""
    found = (
        *_inspections(session, actor),
        *_reviews(session, actor),
        *_tickets(session, actor),
        *_paper(session, actor),
        *_indicators(session, actor),
        *_publication(session, actor),
        *_rows(session, actor),
        *_awards(session, actor),
    )
    return [errand for errand in found if errand.count]


def _inspections(session: Session, actor: Actor) -> Iterator[Errand]:
    if may(actor, Action.INSPECT):
        rows, href = queries.my_tasks(session, actor), url_for("console.checklist.index")
        yield Errand(sum(row.stage in TO_FILL for row in rows), _("要去检查"), href)
        yield Errand(sum(row.is_mine_to_confirm for row in rows), _("同伴交的检查表等您确认"), href)
    if may(actor, Action.DECIDE_VETOES):
        pending = sum(row.veto is Veto.PENDING for row in queries.all_tasks(session, actor))
        yield Errand(pending, _("否决情形等区办认定"), url_for("console.inspections.index"))


def _reviews(session: Session, actor: Actor) -> Iterator[Errand]:
    """Yield the reviews that are left in the round that the page of reviews is about."""
    if not may(actor, Action.REVIEW):
        return
    form = next(
        (f for f in named_forms(session, FormKind.REVIEW) if f.round.state == RoundState.OPEN), None
    )
    rows = reviews.reviewables(session, actor, form) if form else []
    left = sum(row.review is None for row in rows)
    yield Errand(left, _("对象等您点评"), url_for("console.reviews.mine"))


def _tickets(session: Session, actor: Actor) -> Iterator[Errand]:
    """Yield batches of slips to allow or to print, round by round."""
    if not (may(actor, Action.APPROVE_TICKETS) or may(actor, Action.ISSUE_TICKETS)):
        return
    states = (TicketBatchState.REQUESTED, TicketBatchState.APPROVED)
    undone = select(TicketBatch.round_id).where(TicketBatch.state.in_(states))
    for round_ in _rounds_with(session, undone):
        batches = [batch for batch, _point in issuing.list_batches(session, actor, round_)]
        href = url_for("console.tickets.index", round_code=round_.code)
        if may(actor, Action.APPROVE_TICKETS):
            asked = [
                batch
                for batch in batches
                if batch.state == TicketBatchState.REQUESTED and batch.requested_by != actor.name
            ]
            yield Errand(len(asked), _("批评议票等您批准"), href)
        if may(actor, Action.ISSUE_TICKETS):
            allowed = sum(batch.state == TicketBatchState.APPROVED for batch in batches)
            yield Errand(allowed, _("批评议票可以印了"), href)


def _paper(session: Session, actor: Actor) -> Iterator[Errand]:
    """Yield bags of paper that have been keyed twice and are to be settled."""
    if not may(actor, Action.KEY_PAPER):
        return
    unsettled = select(KeyingBatch.round_id).where(KeyingBatch.state == BatchState.OPEN.value)
    for round_ in _rounds_with(session, unsettled):
        keyed = sum(
            batch.is_complete and batch.state == BatchState.OPEN
            for batch in keying_batches.list_batches(session, actor, round_)
        )
        href = url_for("console.keying.index", round_code=round_.code)
        yield Errand(keyed, _("袋纸质票等核对"), href)


def _indicators(session: Session, actor: Actor) -> Iterator[Errand]:
    """Yield the values that the actor owes, sheet by sheet, and those to decide."""
    if may(actor, Action.ENTER_INDICATORS):
        owed = standings.missing(session, actor, today=today(), only_own=True)
        yield from _owed(session, actor, owed)
    if may(actor, Action.CHECK_INDICATORS):
        found = standings.waiting(session, actor, only_own=True)
        yield Errand(len(found), _("个指标数等您审核"), url_for("console.indicators.waiting"))


def _owed(session: Session, actor: Actor, owed: Sequence[Owed]) -> Iterator[Errand]:
    """Yield what is owed: one line for each sheet of a set, with the first of its last days."""
    groups: dict[tuple[str, Period], list[Owed]] = {}
    for each in owed:
        of = sets.set_for(session, actor, each.set_code, each.period)
        groups.setdefault((each.set_code, sheet_period(of, each.period)), []).append(each)
    for (code, period), found in groups.items():
        alone = found[0].org.id if len({each.org.id for each in found}) == 1 else None
        said = {
            "title": found[0].set_title,
            "period": period_name(period),
            "day": short_day(found[0].due_on),
        }
        yield Errand(
            sum(len(each.nodes) for each in found),
            _("项没有填：%(title)s，%(period)s，%(day)s已到期", **said)
            if found[0].is_late
            else _("项要填：%(title)s，%(period)s，%(day)s前", **said),
            url_for("console.indicators.sheets.show", code=code, period=period.code, org_id=alone)
            if alone
            else url_for("console.indicators.league", code=code, period=period.code),
        )


def _publication(session: Session, actor: Actor) -> Iterator[Errand]:
    """Yield the results, and the wishes to withdraw some, that another person has asked about."""
    if not may(actor, Action.APPROVE_PUBLICATION):
        return
    query = (
        select(Publication, Round).join(Round, Round.id == Publication.round_id).order_by(Round.id)
    )
    asked = Publication.state == PublicationState.PROPOSED.value, Publication.proposed_by
    back = Publication.withdrawn_at.is_(None), Publication.withdrawn_by
    for (condition, by), text in (
        (asked, _("轮结果等您审定：%(title)s")),
        (back, _("轮结果有人提出撤回：%(title)s")),
    ):
        found = query.where(condition, by.not_in(("", actor.name)))
        for _made, round_ in session.execute(found):
            href = url_for("console.publishing.show", round_code=round_.code)
            yield Errand(1, text % {"title": round_.title}, href)


def _rows(session: Session, actor: Actor) -> Iterator[Errand]:
    """Yield the requests for single answers that another person has made, round by round."""
    if not may(actor, Action.ALLOW_ROWS):
        return
    waiting = (
        select(Round.code, func.count())
        .join(RowRequest, RowRequest.round_id == Round.id)
        .where(RowRequest.state == "waiting", RowRequest.requested_by != actor.name)
        .group_by(Round.code)
        .order_by(Round.code)
    )
    for code, count in session.execute(waiting):
        yield Errand(
            count, _("份逐张答卷的申请等您批准"), url_for("console.rows.show", round_code=code)
        )


def _awards(session: Session, actor: Actor) -> Iterator[Errand]:
    """Yield the honours to approve, and those whose notice is over, rating by rating."""
    if may(actor, Action.APPROVE_RATINGS):
        waiting = (
            select(Rating.code, func.count())
            .join(Award, Award.rating_id == Rating.id)
            .outerjoin(AwardNoticed, AwardNoticed.award_id == Award.id)
            .where(
                Award.state == AwardState.PROPOSED.value,
                Award.proposed_by != actor.name,
                AwardNoticed.award_id.is_(None),
            )
            .group_by(Rating.code)
            .order_by(Rating.code)
        )
        for code, count in session.execute(waiting):
            yield Errand(count, _("项表彰提名等您审定"), url_for("console.awards.show", code=code))
    if may(actor, Action.PROPOSE_RATINGS):
        over = (
            select(Rating.code)
            .join(AwardNotice, AwardNotice.rating_id == Rating.id)
            .where(AwardNotice.ended_at.is_(None), AwardNotice.notice_until < today())
            .order_by(Rating.code, AwardNotice.id)
        )
        for code in session.scalars(over):
            href = url_for("console.awards.show", code=code)
            yield Errand(1, _("批表彰名单公示已满，等您确认"), href)


def _rounds_with(session: Session, found: Select[int]) -> list[Round]:
    """Return the open rounds whose ids are `found`; most rounds have nothing that waits."""
    query = select(Round).where(Round.state == RoundState.OPEN, Round.id.in_(found))
    return list(session.scalars(query.order_by(Round.opens_at.desc(), Round.id)))
