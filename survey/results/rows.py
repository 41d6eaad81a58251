"""Single answers of an opened round: asked for by one, allowed by another, shuffled.

A row names its object only where as many answered there as the public threshold; a group that few
belong to and signs that few carry are left out. Answers about members of a branch, open texts,
pictures and telephone numbers are in no such file.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.answers import decode
from forms.cleaning import clean
from forms.definition import Item, Questionnaire, Subject
from reports.rules import COACHED, breakdown_items
from reports.tables import to_csv
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round
from survey.collection import points
from survey.collection.models import Box, Response
from survey.collection.points import PointView
from survey.collection.sealing import SUSPECT, VOID
from survey.errors import NotFound, SurveyError
from survey.results import service as results
from survey.results.models import RowRequest

REASON_CHARS = 500
HEAD = ("questionnaire", "org", "status", "signs")
VALID = "valid"
Row = tuple[str, ...]


class RowsNotAllowed(SurveyError):
    """Single answers leave only after a second person allowed it."""

    code = "ROWS_NOT_ALLOWED"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "导出逐张答卷要两个人：由统计员写明用途提出，由审定人批准；提出的人不能自己批准",
            "Single answers take two people: an analyst asks and says what for, an approver allows "
            "it; nobody allows their own request",
        )


class RowsReasonMissing(SurveyError):
    """A request for single answers says what they are for."""

    code = "REASON_MISSING"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "请写明导出逐张答卷作什么用，会留在记录里",
            "Say what the single answers are for; it stays on record",
        )


@dataclass(frozen=True)
class Rows:
    """A file of single answers: its bytes, how many it has, how many were left out."""

    data: bytes
    count: int
    left_out: int


@dataclass(frozen=True)
class _Answer:
    """One answer with its form; values are decoded when they are printed."""

    questionnaire: Questionnaire
    org_id: str
    values: Mapping[str, Any]
    status: str
    signs: tuple[str, ...]


def requests_of(session: Session, round_: Round) -> list[RowRequest]:
    """Return every request for single answers of a round, the newest first."""
    query = select(RowRequest).where(RowRequest.round_id == round_.id)
    return list(session.scalars(query.order_by(RowRequest.id.desc())))


def ask(session: Session, actor: Actor, round_: Round, reason: str, *, now: datetime) -> RowRequest:
    """Ask for the single answers of an opened round.

    Raises:
        ResultsSealed: a box is still closed.
        RowsReasonMissing: no reason.
    """
    require(actor, Action.REQUEST_ROWS)
    if not results.is_opened(session, round_):
        raise results.ResultsSealed(round_.code)
    said = clean(reason).strip()[:REASON_CHARS]
    if not said:
        raise RowsReasonMissing
    made = RowRequest(
        round_id=round_.id,
        reason=said,
        state="waiting",
        requested_by=actor.name,
        requested_at=now,
    )
    session.add(made)
    session.flush()
    _note(session, actor, "rows.ask", round_, made, now, reason=said)
    return made


def decide(
    session: Session,
    actor: Actor,
    round_: Round,
    request_id: int,
    *,
    allow: bool,
    now: datetime,
) -> RowRequest:
    """Allow a request or refuse it; by somebody else than who asked.

    Raises:
        NotFound: there is no such request.
        RowsNotAllowed: it is the actor's own, or was decided before.
    """
    require(actor, Action.ALLOW_ROWS)
    made = _request(session, round_, request_id)
    own = made.requested_by == actor.name and not actor.is_operator
    if own or made.state != "waiting":
        raise RowsNotAllowed
    made.state = "allowed" if allow else "refused"
    made.decided_by, made.decided_at = actor.name, now
    session.flush()
    _note(session, actor, "rows.allow" if allow else "rows.refuse", round_, made, now)
    return made


def take(session: Session, actor: Actor, round_: Round, request_id: int, *, now: datetime) -> Rows:
    """Return the single answers of a request that was allowed, once.

    Raises:
        NotFound: there is no such request.
        RowsNotAllowed: it was not allowed, is somebody else's, or was taken before.
    """
    require(actor, Action.REQUEST_ROWS)
    made = _request(session, round_, request_id)
    if made.state != "allowed" or made.requested_by != actor.name:
        raise RowsNotAllowed
    rows = rows_of(session, round_)
    made.state = "taken"
    session.flush()
    _note(session, actor, "rows.take", round_, made, now, rows=rows.count)
    return rows


def rows_of(session: Session, round_: Round) -> Rows:
    """Return the single answers of a round as CSV, as far as any may leave, in random order."""
    k = results.rules_of(round_).k_public
    answers = list(_answers(session, round_))
    named, left_out = _named(answers, k)
    signs = _signs_shown(named, k)
    groups = _groups_hidden(named, round_, k)
    codes = list(dict.fromkeys(i.code for a in answers for i in _coded(a.questionnaire)))
    lines = [
        (
            each.questionnaire.code,
            each.org_id,
            each.status,
            " ".join(s for s in each.signs if (each.questionnaire.code, each.org_id, s) in signs),
            *(_cell(each, code, groups) for code in codes),
        )
        for each in named
    ]
    secrets.SystemRandom().shuffle(lines)
    text = to_csv((*HEAD, *codes), lines)
    return Rows(f"\ufeff{text}".encode(), len(lines), left_out)


def _answers(session: Session, round_: Round) -> Iterator[_Answer]:
    views = points.points_of(session, round_.id)
    forms = {key: points.questionnaire_of(session, view) for key, view in views.items()}
    query = (
        select(Response.point_id, Response.answers, Response.flags)
        .join(Box, Box.id == Response.box_id)
        .where(Box.round_id == round_.id)
    )
    for point_id, codes, flags in session.execute(query):
        form = forms[point_id]
        if form.subject is Subject.MEMBERS:
            continue
        found = [flag for flag in flags.split(",") if flag]
        status = next((each for each in (VOID, SUSPECT) if each in found), VALID)
        signs = tuple(flag for flag in found if flag not in (VOID, SUSPECT))
        yield _Answer(form, _place(views[point_id]), decode(form, codes), status, signs)


def _place(view: PointView) -> str:
    return f"{view.org_id}/{view.item}" if view.item else view.org_id


def _named(answers: Sequence[_Answer], k: int) -> tuple[list[_Answer], int]:
    """Return the answers, those of places with few of them without the place.

    Where these are few altogether they are left out: a single small place would else be known by
    having no name.
    """
    count = Counter((a.questionnaire.code, a.org_id) for a in answers)
    nameless = Counter(
        a.questionnaire.code for a in answers if count[a.questionnaire.code, a.org_id] < k
    )
    kept = []
    for each in answers:
        code = each.questionnaire.code
        if count[code, each.org_id] >= k:
            kept.append(each)
        elif nameless[code] >= k:
            kept.append(_Answer(each.questionnaire, "", each.values, each.status, each.signs))
    return kept, len(answers) - len(kept)


def _signs_shown(answers: Sequence[_Answer], k: int) -> set[tuple[str, str, str]]:
    """Return (questionnaire, place, sign) that at least k carry and at least k do not."""
    all_ = Counter((a.questionnaire.code, a.org_id) for a in answers)
    carried = Counter((a.questionnaire.code, a.org_id, s) for a in answers for s in set(a.signs))
    return {key for key, count in carried.items() if count >= k and all_[key[:2]] - count >= k}


def _groups_hidden(answers: Sequence[_Answer], round_: Round, k: int) -> set[tuple[str, str, str]]:
    """Return (questionnaire, place, item) of groups of people of which one would be small."""
    rules = results.rules_of(round_)
    cells: dict[tuple[str, str, str], Counter[str]] = {}
    for each in answers:
        for item in breakdown_items(each.questionnaire, rules):
            key = (each.questionnaire.code, each.org_id, item.code)
            cells.setdefault(key, Counter())[str(each.values.get(item.code, ""))] += 1
    return {key for key, found in cells.items() if min(found.values()) < k}


def _coded(questionnaire: Questionnaire) -> list[Item]:
    return [i for i in questionnaire.items if i.options and i.dimension != COACHED]


def _cell(answer: _Answer, code: str, hidden: set[tuple[str, str, str]]) -> str:
    if (answer.questionnaire.code, answer.org_id, code) in hidden:
        return ""
    value = answer.values.get(code)
    if isinstance(value, str):
        return value
    return " ".join(value) if isinstance(value, tuple) else ""


def _request(session: Session, round_: Round, request_id: int) -> RowRequest:
    found = session.get(RowRequest, request_id)
    if found is None or found.round_id != round_.id:
        raise NotFound("没有找到这件申请", "There is no such request")
    return found


def _note(
    session: Session,
    actor: Actor,
    act: str,
    round_: Round,
    made: RowRequest,
    now: datetime,
    **data: object,
) -> None:
    audit.record(
        session, actor=actor.name, act=act, subject=round_.code, now=now, request=made.id, **data
    )
