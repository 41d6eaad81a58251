"""Public promises that were not kept, or that nobody knows of, as rectification items (4.1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire, Subject
from reports.commitments import MIN_JUDGES, CommitmentCounts, CommitmentResult, commitment_figures
from reports.display import index, percent
from reports.findings import Finding, Source
from reports.tally import Tally
from survey.campaigns.models import Round
from survey.campaigns.targets import row_key
from survey.org.models import Commitment, Organisation
from survey.ratings.components import AWARE, instances
from survey.rectification.models import RectificationItem
from survey.rectification.opening import OpenedItems, open_items
from survey.rectification.states import DEFAULT_WORKDAYS
from survey.rectification.states import Source as ItemSource
from survey.rectification.workdays import local_date

KEPT = "completed"
LOW_DELIVERY = 60
PROBLEM_CHARS = 300


def open_overdue(session: Session, *, now: datetime) -> OpenedItems:
    """Make an item of every public promise whose day has passed and that is not kept.

    Each promise once; done again, nothing changes.
    """
    query = _overdue(now).order_by(Commitment.org_id, Commitment.seq, Commitment.id)
    found: dict[str, tuple[Finding, ...]] = {}
    for promise in session.scalars(query):
        text = f"承诺到期（{promise.due_on:%Y-%m-%d}）没有完成：{promise.content}"
        finding = _finding(Source.COMMITMENT, _ref(promise.id), text)
        found[promise.org_id] = (*found.get(promise.org_id, ()), finding)
    if not found:
        return OpenedItems((), ())
    return open_items(session, None, found, now=now, cause="commitments")


def has_overdue(session: Session, *, now: datetime) -> bool:
    """Whether there is an overdue promise that no item is about yet."""
    about = select(RectificationItem.id).where(
        RectificationItem.org_id == Commitment.org_id,
        RectificationItem.source_ref == literal(_ref("")).concat(Commitment.id),
    )
    return session.scalar(_overdue(now).where(~about.exists()).limit(1)) is not None


def open_from_round(session: Session, round_: Round, *, now: datetime) -> OpenedItems:
    """Make an item of every promise that residents call unkept, and of those too few know.

    Nothing is made of fewer than ten answers. None where the round asks about no promises.
    """
    found: dict[str, tuple[Finding, ...]] = {}
    for form, org_id, tally in instances(session, round_, Subject.COMMITMENTS):
        findings = _findings(session, form, org_id, tally)
        if findings:
            found[org_id] = (*found.get(org_id, ()), *findings)
    if not found:
        return OpenedItems((), ())
    return open_items(session, round_, found, now=now, cause=f"{round_.code} commitments")


def _overdue(now: datetime) -> Select[Commitment]:
    return (
        select(Commitment)
        .join(Organisation, Organisation.id == Commitment.org_id)
        .where(
            Commitment.due_on < local_date(now),
            Commitment.status != KEPT,
            Commitment.is_public,
            Organisation.is_active,
        )
    )


def _findings(
    session: Session, form: Questionnaire, org_id: str, tally: Tally
) -> tuple[Finding, ...]:
    ledger = {
        row_key(each.id): each
        for each in session.scalars(select(Commitment).where(Commitment.org_id == org_id))
    }
    counts = [_counts(item.code, tally) for item in form.items if item.dimension == "delivery"]
    asked = {each.commitment_id: each.respondents for each in counts}
    found: list[Finding] = []
    for result in commitment_figures(counts).results:
        promise = ledger.get(result.commitment_id)
        if promise is not None:
            found += _of_promise(promise, result, asked[result.commitment_id])
    return tuple(found)


def _counts(code: str, tally: Tally) -> CommitmentCounts:
    key = code.partition("_")[2]
    asked = tally.items.get(f"G1_{key}", {})
    answered = sum(n for answer, n in asked.items() if answer not in ("", "-"))
    return CommitmentCounts(key, answered, asked.get(AWARE, 0), tally.items.get(code, {}))


def _of_promise(promise: Commitment, result: CommitmentResult, asked: int) -> list[Finding]:
    found = []
    if result.judged >= MIN_JUDGES and (result.delivery or 0.0) < LOW_DELIVERY:
        text = f"承诺兑现得分{index(result.delivery or 0.0)}，低于{LOW_DELIVERY}：{promise.content}"
        found.append(_finding(Source.COMMITMENT, _ref(promise.id), text))
    if asked >= MIN_JUDGES and result.is_little_known:
        rate = percent(result.awareness or 0.0)
        text = f"承诺公开不到位，知晓率{rate}：{promise.content}"
        found.append(_finding(Source.AWARENESS, f"aware:{promise.id}", text))
    return found


def _finding(source: Source, ref: str, text: str) -> Finding:
    return Finding(source, ref, text[:PROBLEM_CHARS], DEFAULT_WORKDAYS[ItemSource(source)])


def _ref(promise_id: str) -> str:
    """Return by what an item about a promise is known, whatever found it unkept."""
    return f"promise:{promise_id}"
