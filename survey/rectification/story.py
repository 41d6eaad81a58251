"""One item with all that a page shows of it: facts, files, what happened, and what may follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from survey.accounts.policy import Actor
from survey.org.models import Organisation
from survey.rectification import suspicion
from survey.rectification.asking import extension_refused
from survey.rectification.calendar import load_calendar
from survey.rectification.evidence import KIND_LABELS
from survey.rectification.item import UNTOLD, EvidenceKind, ItemView, Recheck
from survey.rectification.loading import Found, find
from survey.rectification.models import Evidence, Transition
from survey.rectification.queries import ItemRow, row_of
from survey.rectification.rules import Offer, offers, upload_refused
from survey.rectification.states import DONE, LOOKS, Act, Look, State
from survey.rectification.workdays import (
    Deadline,
    gap_warning,
    gaps,
    local_date,
    step_deadline,
)


@dataclass(frozen=True)
class Event:
    """One thing that happened, with the files that were added on the way to it."""

    act: Act
    done: str
    look: Look
    at: datetime
    actor: str
    actor_name: str
    actor_role: str
    note: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceLine:
    """A file as the page lists it; its content comes from `evidence.open_evidence`."""

    id: int
    kind: EvidenceKind
    kind_label: str
    file_name: str
    media_type: str
    size: int
    caption: str
    uploaded_by: str
    uploaded_at: datetime
    is_public: bool
    taken_at: str
    latitude: float | None
    longitude: float | None

    @property
    def is_image(self) -> bool:
        """Whether a browser may show it in the page."""
        return self.media_type.startswith("image/")


@dataclass(frozen=True)
class Stage:
    """One of the steps from 挂号 to 销号; `on` is the day it was done, None when not known."""

    label: str
    on: date | None
    is_done: bool
    is_current: bool


@dataclass(frozen=True)
class Story:
    """Everything about one item, for one actor. `timeline` has the newest event first.

    What the actor is not to read is not in it; `steps` counts all that happened.
    `step` is the limit of the step the item waits for. `revision` goes back with an act, so that
    nobody decides on what has changed meanwhile. `unknown_years` are those whose holidays nobody
    has imported though a deadline is counted in them.
    """

    row: ItemRow
    revision: int
    measures: str
    limit_workdays: int
    stage_on: date | None
    closed_on: date | None
    needs_recheck: bool
    is_public: bool
    recheck: Recheck | None
    step: Deadline
    stages: tuple[Stage, ...]
    timeline: tuple[Event, ...]
    steps: int
    evidence: tuple[EvidenceLine, ...]
    moves: tuple[Offer, ...]
    can_extend: bool
    upload_kinds: tuple[EvidenceKind, ...]
    unknown_years: tuple[int, ...]

    @property
    def warning(self) -> str:
        """The sentence about `unknown_years`, empty without them."""
        return gap_warning(self.unknown_years)


def story(session: Session, actor: Actor, number: str, *, now: datetime) -> Story:
    """Return the item `number` as `actor` sees it.

    Raises:
        NotFound: there is no such item within what the actor sees.
    """
    found = find(session, actor, number)
    calendar, today = load_calendar(session), local_date(now)
    row, view = found.row, found.view
    unit = session.get(Organisation, found.owner.parent_id) if found.owner.parent_id else None
    return Story(
        row=row_of(row, found.owner, unit, calendar, today),
        revision=row.revision,
        measures=row.measures,
        limit_workdays=row.limit_workdays,
        stage_on=row.stage_on,
        closed_on=row.closed_on,
        needs_recheck=row.needs_recheck,
        is_public=row.is_public,
        recheck=view.recheck,
        step=step_deadline(calendar, view.state, local_date(view.entered_at), today),
        stages=stages_of(view),
        timeline=_timeline(found, knows_all=suspicion.may_know(view, actor)),
        steps=len(row.transitions),
        evidence=tuple(_line(file) for file in row.evidence),
        moves=offers(view, actor, today=today),
        can_extend=extension_refused(view, actor, 1) is None,
        upload_kinds=tuple(
            kind for kind in EvidenceKind if upload_refused(view, actor, kind) is None
        ),
        unknown_years=gaps(calendar, row.registered_on, row.due_on, today),
    )


def _timeline(found: Found, *, knows_all: bool) -> tuple[Event, ...]:
    events: list[Event] = []
    files = list(found.row.evidence)
    for step in found.row.transitions:
        added = [file for file in files if file.uploaded_at <= step.at]
        files = files[len(added) :]
        if knows_all or Act(step.act) not in UNTOLD:
            events.append(_event(step, added))
    return tuple(reversed(events))


def _event(step: Transition, files: list[Evidence]) -> Event:
    act = Act(step.act)
    return Event(
        act=act,
        done=DONE[act],
        look=LOOKS[State(step.to_state)],
        at=step.at,
        actor=step.actor,
        actor_name=step.actor_name,
        actor_role=step.actor_role,
        note=step.note,
        files=tuple(file.file_name for file in files),
    )


def _line(file: Evidence) -> EvidenceLine:
    kind = EvidenceKind(file.kind)
    return EvidenceLine(
        id=file.id,
        kind=kind,
        kind_label=KIND_LABELS[kind],
        file_name=file.file_name,
        media_type=file.media_type,
        size=file.size,
        caption=file.caption,
        uploaded_by=file.uploaded_by,
        uploaded_at=file.uploaded_at,
        is_public=file.is_public,
        taken_at=file.taken_at,
        latitude=file.latitude,
        longitude=file.longitude,
    )


STAGES = ("挂号", "受理", "整改", "单位审核", "验收", "群众再评价", "销号")
_RECHECK_STAGE, _LAST_STAGE = 5, 6
_PLACES: dict[State, int] = {
    State.NEW: 0,
    State.ASSIGNED: 1,
    State.APPEAL: 1,
    State.ACCEPTED: 2,
    State.IN_PROGRESS: 2,
    State.LONGTERM: 2,
    State.REOPENED: 2,
    State.SUBMITTED: 3,
    State.EXPLAINED: 3,
    State.UNIT_CHECKED: 4,
    State.VERIFIED: _RECHECK_STAGE,
    State.RECHECK: _RECHECK_STAGE,
    State.CLOSED: _LAST_STAGE + 1,
}
"""Which step an item in a state is at; what is voided stays where it was."""


def stages_of(view: ItemView) -> tuple[Stage, ...]:
    """Return the steps of an item; a step that must be taken again counts as not done.

    The recheck is left out where none is needed. An imported item does not know the days on which
    it took the steps before.
    """
    done: dict[int, date | None] = {}
    place = 0
    for step in view.history:
        place = _PLACES.get(step.to, place)
        day = None if step.act is Act.IMPORT else local_date(step.at)
        done = {n: done.get(n, day) for n in range(place)}
    skipped = set() if view.needs_recheck else {_RECHECK_STAGE}
    current = _LAST_STAGE if place in skipped else place
    return tuple(
        Stage(label, done.get(n), n in done, n == current and view.state is not State.VOID)
        for n, label in enumerate(STAGES)
        if n not in skipped
    )
