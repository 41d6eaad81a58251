"""Letters and forms about one item, ready to print: what each is called, and its content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import letters as printed
from reports.letter_facts import Again, Judgement, LetterFacts
from reports.parts import EvaluationReport
from survey.accounts.policy import Actor
from survey.org.models import Level, Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.handling_models import AcceptanceSheet
from survey.rectification.item import ACCEPTED, EvidenceKind, Sheet, reference_of
from survey.rectification.loading import Found, find
from survey.rectification.models import Transition
from survey.rectification.states import LOOKS, OWNER_WORKS, SOURCE_LABELS, Source, State
from survey.rectification.workdays import CHINA, item_deadline, local_date


class Letter(StrEnum):
    """What can be printed about an item; the value stands in addresses and file names."""

    ORDER = "order"
    REMINDER = "reminder"
    SUPERVISION = "supervision"
    INTERVIEW = "interview"
    CLOSURE = "closure"
    EXTENSION = "extension"
    APPEAL = "appeal"


LABELS = {
    Letter.ORDER: "整改通知单",
    Letter.REMINDER: "提醒函",
    Letter.SUPERVISION: "督办单",
    Letter.INTERVIEW: "约谈通知",
    Letter.CLOSURE: "销号审批表",
    Letter.EXTENSION: "延期申请表",
    Letter.APPEAL: "申诉复核表",
}
_COMPILERS: dict[Letter, Callable[[LetterFacts], EvaluationReport]] = {
    Letter.ORDER: printed.order,
    Letter.REMINDER: printed.reminder,
    Letter.SUPERVISION: printed.supervision,
    Letter.INTERVIEW: printed.interview,
    Letter.CLOSURE: printed.closure,
    Letter.EXTENSION: printed.extension,
    Letter.APPEAL: printed.appeal,
}


WHILE_OWED = (Letter.REMINDER, Letter.SUPERVISION, Letter.INTERVIEW, Letter.EXTENSION)
"""Letters that press, or ask for time: nobody sends them once the work is in others' hands."""


def fitting(state: State) -> dict[Letter, str]:
    """Return the letters that an item in `state` is offered, and what each is called."""
    owes = state in OWNER_WORKS
    return {letter: label for letter, label in LABELS.items() if owes or letter not in WHILE_OWED}


def letter_of(
    session: Session, actor: Actor, number: str, letter: Letter, *, now: datetime
) -> EvaluationReport:
    """Return a letter about the item `number` as it stands today; every format is made from it.

    Raises:
        NotFound: there is no such item within what the actor sees.
    """
    return _COMPILERS[letter](_facts(session, find(session, actor, number), now))


def file_name(number: str, letter: Letter, suffix: str = "pdf") -> str:
    """Return what a letter is called as a file."""
    return f"{number}-{LABELS[letter]}.{suffix}"


def _facts(session: Session, found: Found, now: datetime) -> LetterFacts:
    row, owner, view = found.row, found.owner, found.view
    unit = session.get(Organisation, owner.parent_id) if owner.parent_id else None
    today = local_date(now)
    due = item_deadline(
        load_calendar(session), view.state, due_on=row.due_on, stage_on=row.stage_on, today=today
    )
    source = f"{SOURCE_LABELS[Source(row.source)]} {reference_of(row.source_ref)}".strip()
    return LetterFacts(
        organiser=_organiser(session),
        unit=unit.name if unit and unit.level == Level.UNIT else "",
        owner=owner.name,
        person=row.responsible_person,
        number=row.number,
        source=source,
        problem=row.problem,
        measures=row.measures,
        state=LOOKS[view.state].label,
        registered_on=row.registered_on,
        due_on=row.due_on,
        limit_workdays=row.limit_workdays,
        workdays_left=due.workdays if view.state in OWNER_WORKS else None,
        extensions=row.extension_count,
        reopenings=row.reopen_count,
        evidence=_evidence(found),
        acceptance=_acceptance(found),
        judgement=_judgement(session, found),
        needs_recheck=row.needs_recheck,
        again=Again(view.recheck.n, view.recheck.agreement, view.recheck.score)
        if view.recheck
        else None,
        # A letter is of a day: the same letter of the same day is the same file.
        as_of=datetime.combine(today, time(), CHINA),
    )


def _organiser(session: Session) -> str:
    query = select(Organisation.name).where(Organisation.level == Level.DISTRICT)
    return session.scalar(query) or ""


def _evidence(found: Found) -> str:
    kinds = Counter(proof.kind is EvidenceKind.DOCUMENT for proof in found.view.proofs)
    photos = f"照片{kinds[False]}张" if kinds[False] else ""
    return "，".join(filter(None, (photos, f"材料{kinds[True]}份" if kinds[True] else "")))


def _acceptance(found: Found) -> str:
    """Return who accepted the work that still counts, and when."""
    last = {
        step.actor: f"{step.actor_name} {local_date(step.at):%Y-%m-%d}"
        for step in found.row.transitions
        if step.act in ACCEPTED and step.actor in found.view.acceptors
    }
    return "；".join(last.values())


def _judgement(session: Session, found: Found) -> Judgement | None:
    """Return the newest acceptance sheet of the work that still counts."""
    if not found.view.acceptors:
        return None
    sheet = session.scalar(
        select(AcceptanceSheet)
        .join(Transition, Transition.id == AcceptanceSheet.transition_id)
        .where(Transition.item_id == found.row.id)
        .order_by(AcceptanceSheet.id.desc())
        .limit(1)
    )
    if sheet is None:
        return None
    told = (sheet.is_solved, sheet.are_measures_done, sheet.has_no_relapse, sheet.has_mechanism)
    return Judgement(told, sheet.score, Sheet(*told, score=sheet.score).passes)
