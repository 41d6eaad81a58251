"""Entries of open consultations (form F): each gets a decision within two working days.

An entry is read by the level above the place it is about, and by the district; never by the place
itself. What residents wrote is masked, stays where it is, and goes into no item: an item says it
in the office's own words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports.findings import Finding, Source
from reports.masking import mask
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.models import Round, RoundQuestionnaire
from survey.collection.models import Box, BoxKind, BoxState, CollectionPoint, Verbatim
from survey.consultations.models import Outcome, TriagedEntry
from survey.errors import NotFound, SurveyError
from survey.org import queries as organisations
from survey.org.models import Member, Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem
from survey.rectification.opening import count_again, open_items
from survey.rectification.states import DEFAULT_WORKDAYS, OPEN_STATES
from survey.rectification.states import Source as ItemSource
from survey.rectification.workdays import Calendar, Deadline, add_workdays, deadline, local_date

FORM, CONTENT = "F_open_consult", "F03"
TRIAGE_WORKDAYS = 2
WORDS_CHARS = 300
READABLE = (BoxState.OPENED, BoxState.KEY_DESTROYED, BoxState.MERGED)
"""A box in one of these states gives its texts; those of a merged day lie in its month."""


class WordsMissing(SurveyError):
    """The decision needs words of the office's own."""

    code = "WORDS_MISSING"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "请用自己的话写明问题、答复或理由，不要照抄群众的原话",
            "Write the problem, the answer or the reason in words of your own",
        )


class AlreadyTriaged(SurveyError):
    """Somebody has decided on the entry meanwhile."""

    code = "ALREADY_TRIAGED"
    status = 409

    def __init__(self) -> None:
        super().__init__("这条已经有人处理过了，请刷新", "Somebody has decided on this entry")


@dataclass(frozen=True)
class Entry:
    """Something a resident wrote; `id` is random. `same` counts entries in the same words."""

    id: str
    org_id: str
    org_name: str
    round_code: str
    text: str
    due: Deadline
    same: int


def waiting(session: Session, actor: Actor, *, now: datetime) -> list[Entry]:
    """Return the entries that `actor` is to decide on, the most pressing first.

    Raises:
        NotAllowed: deciding belongs to units and the district.
    """
    require(actor, Action.REGISTER_ITEMS)
    calendar, today = load_calendar(session), local_date(now)
    rows = [row for row in session.execute(_undecided()) if _may_read(actor, row[1])]
    same: dict[tuple[str, str], int] = {}
    for text, place, _round, _box in rows:
        same[place.id, text.text] = same.get((place.id, text.text), 0) + 1
    found = [
        Entry(
            id=text.id.hex(),
            org_id=place.id,
            org_name=place.name,
            round_code=round_.code,
            text=mask(text.text, _names(session, place)),
            due=deadline(calendar, _due_on(calendar, round_, box), today),
            same=same[place.id, text.text],
        )
        for text, place, round_, box in rows
    ]
    return sorted(found, key=lambda each: (each.due.due_on or today, each.org_id, each.id))


def triage(
    session: Session,
    actor: Actor,
    ids: Sequence[str],
    outcome: Outcome,
    words: str,
    *,
    now: datetime,
    org_id: str = "",
    same_as: str = "",
) -> str:
    """Decide on entries that say the same: put right, pass on, answer, or file.

    To be put right they become one item of `org_id` (else of the place they are about), counted by
    entries; the same words, or the number of an open item in `same_as`, add to the counter there.
    Returns the item's number, empty for other outcomes.

    Raises:
        NotFound: an entry is not the actor's to read, or the organisation is out of reach.
        AlreadyTriaged: somebody has decided on one of them.
        WordsMissing: nothing was written; only what has no substance is filed without a word.
    """
    require(actor, Action.REGISTER_ITEMS)
    rows = [_found(session, actor, each) for each in dict.fromkeys(ids)]
    words = clean(words).strip()[:WORDS_CHARS]
    if not rows:
        raise NotFound("请先选一条意见", "Choose an entry first")
    if not words and outcome is not Outcome.FILE:
        raise WordsMissing
    _, place, round_ = rows[0]
    owner = place
    if org_id:
        owner = organisations.get_visible(session, actor, Action.REGISTER_ITEMS, org_id)
    number = ""
    if outcome is Outcome.RECTIFY:
        number = _open(session, rows, owner, words, same_as, now)
    today = local_date(now)
    session.add_all(
        TriagedEntry(
            text_id=text.id,
            round_id=of_round.id,
            org_id=owner.id,
            outcome=outcome.value,
            item_number=number,
            words=words,
            decided_by=actor.name,
            decided_on=today,
        )
        for text, _, of_round in rows
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyTriaged from error
    audit.record(
        session,
        actor=actor.name,
        act="consultation.triage",
        subject=f"{round_.code} {place.id}",
        now=now,
        outcome=outcome.value,
        entries=len(rows),
        item=number,
    )
    return number


def answers(session: Session, org_ids: Iterable[str]) -> list[TriagedEntry]:
    """Return the office's answers about places, newest first; never what residents wrote."""
    query = select(TriagedEntry).where(
        TriagedEntry.org_id.in_(org_ids), TriagedEntry.outcome == Outcome.ANSWER.value
    )
    return list(session.scalars(query.order_by(TriagedEntry.decided_on.desc(), TriagedEntry.words)))


def _open(
    session: Session,
    rows: Sequence[tuple[Verbatim, Organisation, Round]],
    owner: Organisation,
    words: str,
    same_as: str,
    now: datetime,
) -> str:
    """Count the entries on the open item that says the same, or make one; return its number."""
    known = session.scalar(
        select(RectificationItem)
        .where(
            RectificationItem.org_id == owner.id,
            RectificationItem.state.in_([state.value for state in OPEN_STATES]),
            RectificationItem.number == same_as
            if same_as
            else (RectificationItem.source == ItemSource.CONSULT.value)
            & (RectificationItem.problem == words),
        )
        .order_by(RectificationItem.id)
        .limit(1)
        .with_for_update()
    )
    round_ = rows[0][2]
    if known is not None:
        count_again(known, ItemSource.CONSULT, f"{round_.code}：征求意见", now, len(rows))
        return known.number
    if same_as:
        raise NotFound("没有找到这个还在办理的事项", "There is no such open item of that owner")
    mark = hashlib.sha256(b"".join(sorted(row[0].id for row in rows))).hexdigest()[:12]
    limit = DEFAULT_WORKDAYS[ItemSource.CONSULT]
    finding = Finding(Source.CONSULT, f"consult-{mark}", words, limit, len(rows))
    cause = f"{round_.code} consultation"
    opened = open_items(session, round_, {owner.id: [finding]}, now=now, cause=cause)
    return opened.created[0]


def _undecided() -> Select[Verbatim, Organisation, Round, Box]:
    decided = select(TriagedEntry.text_id).where(TriagedEntry.text_id == Verbatim.id)
    return _entries().where(~decided.exists())


def _entries() -> Select[Verbatim, Organisation, Round, Box]:
    return (
        select(Verbatim, Organisation, Round, Box)
        .join(CollectionPoint, CollectionPoint.id == Verbatim.point_id)
        .join(Organisation, Organisation.id == CollectionPoint.org_id)
        .join(Round, Round.id == CollectionPoint.round_id)
        .join(Box, Box.id == Verbatim.box_id)
        .join(RoundQuestionnaire, RoundQuestionnaire.id == CollectionPoint.round_questionnaire_id)
        .where(
            RoundQuestionnaire.code == FORM,
            Verbatim.item_code == CONTENT,
            Box.state.in_([state.value for state in READABLE]),
        )
    )


def _found(session: Session, actor: Actor, id_: str) -> tuple[Verbatim, Organisation, Round]:
    try:
        wanted = bytes.fromhex(id_)
    except ValueError:
        wanted = b""
    row = session.execute(_entries().where(Verbatim.id == wanted)).one_or_none()
    if row is None or not _may_read(actor, row[1]):
        raise NotFound("没有找到这条意见，请刷新", "There is no such entry")
    if session.get(TriagedEntry, wanted) is not None:
        raise AlreadyTriaged
    return row[0], row[1], row[2]


def _may_read(actor: Actor, place: Organisation) -> bool:
    """Whether `actor` decides on entries about `place`: from above it; the top decides itself."""
    scopes = actor.scopes(Action.REGISTER_ITEMS)
    is_top = place.parent_id is None
    return any(place.path.startswith(s) and (place.path != s or is_top) for s in scopes)


def _due_on(calendar: Calendar, round_: Round, box: Box) -> date:
    """Return until when an entry is to be decided on; a day's box is opened the next morning."""
    if box.kind == BoxKind.DAY:
        received = date.fromisoformat(box.label)
    elif box.opened_at is not None:
        received = local_date(box.opened_at) - timedelta(1)
    else:
        received = local_date(round_.closes_at)
    return add_workdays(calendar, received + timedelta(1), TRIAGE_WORKDAYS)


def _names(session: Session, place: Organisation) -> set[str]:
    return set(session.scalars(select(Member.name).where(Member.branch_id == place.id)))
