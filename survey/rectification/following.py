"""Public items of one place, as anybody may follow them: what is wrong and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from survey.campaigns.models import CollectionMode, Round
from survey.campaigns.public_words import problem_in_public, without_names
from survey.collection.models import CollectionPoint
from survey.errors import NotFound
from survey.org.models import Level, Member, Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.escalation import ESCALATED_REOPENINGS
from survey.rectification.item import ENOUGH_RESIDENTS, EvidenceKind
from survey.rectification.models import Evidence, RectificationItem, Transition
from survey.rectification.recheck_models import RecheckWindow
from survey.rectification.rechecks import running_windows
from survey.rectification.service import PERSON_BY_LEVEL
from survey.rectification.states import LOOKS, OWNER_WORKS, Look, Source, State
from survey.rectification.visibility import is_public
from survey.rectification.workdays import last_workday, local_date, workdays_between

MOST = 50
FEW = 30
"""Of fewer who say yes or no, it is not told that all say the same (domain.md 3.12)."""

MOVED = or_(Transition.from_state.is_(None), Transition.from_state != Transition.to_state)
"""The steps that everybody sees: those to another state."""

NOBODY = frozenset(PERSON_BY_LEVEL.values())


@dataclass(frozen=True)
class PublicPhoto:
    """A picture that may be shown: `id` names it, `is_after` tells it from the state before."""

    id: int
    is_after: bool
    caption: str


@dataclass(frozen=True)
class PublicRecheck:
    """Residents are asked about the item up to and including `last_day`.

    `code` is that of the form; `is_open` where its poster is enough, else it takes a ticket.
    """

    code: str
    is_open: bool
    last_day: date


@dataclass(frozen=True)
class PublicSaid:
    """What residents said when they judged the work: `agree` of `told` would close the item.

    `n` took part, at least ten. Where fewer than thirty said yes or no and all the same, both
    counts are None, and `is_unanimous_yes` alone tells what they said.
    """

    n: int
    agree: int | None
    told: int | None
    is_unanimous_yes: bool


@dataclass(frozen=True)
class PublicItem:
    """An item as residents see it; `done_on` is the day it was closed, None before that.

    `problem` and `measures` are in words that tell of nobody. `is_overdue`: it should have been put
    right by now, `overdue_days` working days ago, 0 where that would tell a day that `by_month`
    keeps: of days of bad ratings only the month is said. `is_raised`: the district follows it by
    itself. `updated_on`: the last day on which something changed that everybody sees.
    """

    number: str
    org_id: str
    org_name: str
    unit_name: str
    source: Source
    problem: str
    measures: str
    state: State
    look: Look
    due_on: date
    done_on: date | None
    is_overdue: bool
    overdue_days: int
    is_raised: bool
    by_month: bool
    reopen_count: int
    photos: tuple[PublicPhoto, ...]
    recheck: PublicRecheck | None
    said: PublicSaid | None
    updated_on: date

    @property
    def is_closed(self) -> bool:
        """Whether it is done with, for now."""
        return self.state is State.CLOSED


def public_items(session: Session, org_id: str, *, now: datetime) -> list[PublicItem]:
    """Return the public items of an organisation, newest first.

    An item that a round brought up appears once that round's results are published: before that
    it would tell of them.
    """
    query = (
        select(RectificationItem)
        .where(is_public(session), RectificationItem.org_id == org_id)
        .order_by(RectificationItem.registered_on.desc(), RectificationItem.number.desc())
        .limit(MOST)
    )
    return views_of(session, session.scalars(query).all(), now=now)


def public_item(session: Session, number: str, *, now: datetime) -> PublicItem:
    """Return one public item.

    Raises:
        NotFound: there is none of this number, or it is not public.
    """
    query = select(RectificationItem).where(
        is_public(session), RectificationItem.number == number.replace("\0", "")
    )
    found = views_of(session, session.scalars(query).all(), now=now)
    if not found:
        raise _nothing()
    return found[0]


def public_photo(session: Session, number: str, photo_id: int) -> Evidence:
    """Return a picture of a public item that somebody has let everybody see.

    Raises:
        NotFound: there is no such picture, or it may not be shown.
    """
    query = (
        select(Evidence)
        .join(RectificationItem, RectificationItem.id == Evidence.item_id)
        .where(
            is_public(session),
            _is_shown(),
            Evidence.id == photo_id,
            RectificationItem.number == number.replace("\0", ""),
        )
    )
    found = session.scalar(query)
    if found is None:
        raise _nothing()
    return found


def _is_shown() -> ColumnElement[bool]:
    is_picture = Evidence.media_type.startswith("image/")
    return Evidence.is_public & is_picture & (Evidence.kind != EvidenceKind.DOCUMENT.value)


def views_of(
    session: Session, items: Sequence[RectificationItem], *, now: datetime
) -> list[PublicItem]:
    """Return public items, in their order, as everybody may see them."""
    calendar, today = load_calendar(session), local_date(now)
    windows = running_windows(session, items, now=now)
    photos, owners = _photos(session, items), _owners(session, items)
    texts, changed = texts_of(session, items), _changed(session, items)
    found = []
    for item in items:
        state, (owner, unit) = State(item.state), owners[item.org_id]
        is_overdue = state in OWNER_WORKS and item.due_on < last_workday(calendar, today)
        by_month = item.source == Source.HCP_BAD
        asked = windows.get(item.id) if state is State.RECHECK else None
        problem, measures = texts[item.id]
        found.append(
            PublicItem(
                number=item.number,
                org_id=item.org_id,
                org_name=owner,
                unit_name=unit,
                source=Source(item.source),
                problem=problem,
                measures=measures,
                state=state,
                look=LOOKS[state],
                due_on=item.due_on,
                done_on=item.closed_on if state is State.CLOSED else None,
                is_overdue=is_overdue,
                overdue_days=-workdays_between(calendar, today, item.due_on)
                if is_overdue and not by_month
                else 0,
                is_raised=state is not State.CLOSED and item.reopen_count >= ESCALATED_REOPENINGS,
                by_month=by_month,
                reopen_count=item.reopen_count,
                photos=tuple(photos.get(item.id, ())),
                recheck=_asked(asked) if asked else None,
                said=None if state is State.RECHECK else _said(item),
                updated_on=changed[item.id],
            )
        )
    return found


class Told(NamedTuple):
    """What of an item its public words are made from."""

    id: int
    number: str
    source: str
    org_id: str
    problem: str
    measures: str
    responsible_person: str


def texts_of(
    session: Session, items: Sequence[RectificationItem | Told]
) -> dict[int, tuple[str, str]]:
    """Return problem and measures of items in public words, without names of their people."""
    owners = {item.org_id for item in items}
    names: dict[str, set[str]] = {}
    people = select(Member.branch_id, Member.name).where(Member.branch_id.in_(owners))
    heads = select(Organisation.id, Organisation.secretary_name).where(Organisation.id.in_(owners))
    for query in (people, heads):
        for org_id, name in session.execute(query):
            names.setdefault(org_id, set()).add(name or "")
    return {
        item.id: (
            without_names(problem_in_public(item.source, item.problem), known),
            without_names(item.measures, known),
        )
        for item in items
        for known in [(names.get(item.org_id, set()) | {item.responsible_person}) - NOBODY]
    }


def _asked(asked: tuple[RecheckWindow, CollectionPoint]) -> PublicRecheck:
    window, point = asked
    return PublicRecheck(
        code=point.code,
        is_open=point.mode == CollectionMode.OPEN,
        last_day=local_date(window.closes_at - timedelta(microseconds=1)),
    )


def _said(item: RectificationItem) -> PublicSaid | None:
    n, agree, disagree = item.recheck_n or 0, item.recheck_agree or 0, item.recheck_disagree or 0
    told = agree + disagree
    if n < ENOUGH_RESIDENTS or told < ENOUGH_RESIDENTS:
        return None
    if told < FEW and agree in (0, told):
        return PublicSaid(n, None, None, agree == told)
    return PublicSaid(n, agree, told, False)


def _owners(session: Session, items: Sequence[RectificationItem]) -> dict[str, tuple[str, str]]:
    """Return the short name of each owner, and of the unit above it; empty where it is none."""
    unit = aliased(Organisation)
    query = (
        select(Organisation.id, Organisation.short_name, unit.short_name)
        .outerjoin(unit, (unit.id == Organisation.parent_id) & (unit.level == Level.UNIT.value))
        .where(Organisation.id.in_({item.org_id for item in items}))
    )
    return {org_id: (name, above or "") for org_id, name, above in session.execute(query)}


def _changed(session: Session, items: Sequence[RectificationItem]) -> dict[int, date]:
    """Return the day of each item's last step to another state, or of its round's end if later.

    Steps that leave the state as it is are not for everybody: calls, notes, suspicions.
    """
    last = {item.id: item.registered_on for item in items}
    steps = (
        select(Transition.item_id, func.max(Transition.at))
        .where(Transition.item_id.in_(last), MOVED)
        .group_by(Transition.item_id)
    )
    ends = (
        select(RectificationItem.id, Round.closes_at)
        .join(Round, Round.id == RectificationItem.round_id)
        .where(RectificationItem.id.in_(last))
    )
    for query in (steps, ends):
        for key, at in session.execute(query):
            last[key] = max(last[key], local_date(at))
    return last


def _photos(
    session: Session, items: Sequence[RectificationItem]
) -> Mapping[int, list[PublicPhoto]]:
    query = (
        select(Evidence)
        .where(_is_shown(), Evidence.item_id.in_([item.id for item in items]))
        .order_by(Evidence.kind.desc(), Evidence.id)
    )
    found: dict[int, list[PublicPhoto]] = {}
    for file in session.scalars(query):
        is_after = file.kind == EvidenceKind.AFTER
        found.setdefault(file.item_id, []).append(PublicPhoto(file.id, is_after, file.caption))
    return found


def _nothing() -> NotFound:
    return NotFound("没有找到公开的这件事", "There is nothing public of this number")
