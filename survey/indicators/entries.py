"""Values of indicators: entered, corrected, shown by evidence, approved or returned above."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from survey.accounts.policy import Action, Actor, may, require
from survey.audit import service as audit
from survey.errors import NotAllowed, NotFound
from survey.indicators.models import (
    IndicatorDecision,
    IndicatorEntry,
    IndicatorEvidence,
    IndicatorNode,
    IndicatorSet,
    Owner,
    Verdict,
)
from survey.indicators.periods import Cycle, Period, read_period
from survey.indicators.refusals import (
    AnotherChecker,
    EntryDecided,
    EvidenceMissing,
    IndicatorNotFound,
    NotYourIndicator,
    PeriodNotOpen,
    PeriodSettled,
    ReasonMissing,
    ValueRefused,
)
from survey.indicators.sets import set_for
from survey.indicators.standings import home_of, is_settled, may_check, settled_of
from survey.org import queries as organisations
from survey.org.models import Organisation
from survey.rectification import evidence_files
from survey.rectification.evidence import EvidenceContent
from survey.rectification.refusals import EvidenceRefused

BIG = 1_000_000_000
NOTE_CHARS = 300
MAX_FILES = 6
AFTER_RETURN = "按退回意见更正"
WHO = {Owner.SELF: "本单位", Owner.UNIT: "上级单位", Owner.DISTRICT: "区办"}


@dataclass(frozen=True)
class Place:
    """Where a value belongs: the version, the indicator, the organisation and the period."""

    of: IndicatorSet
    node: IndicatorNode
    org: Organisation
    period: Period


def place_of(
    session: Session, actor: Actor, set_code: str, org_id: str, node_code: str, period: str
) -> Place:
    """Return the place of a value that `actor` may see.

    Raises:
        PeriodUnknown, SetNotFound: no such period or set.
        NotFound: the organisation is not there for the actor.
        IndicatorNotFound: not for this organisation, or not entered for such periods.
    """
    at = read_period(period)
    of = set_for(session, actor, set_code, at)
    org = organisations.get_visible(session, actor, Action.SEE_INDICATORS, org_id)
    node = next((n for n in of.nodes if n.code == node_code and n.scoring), None)
    if node is None or not fits(of, org) or Cycle(node.cycle) is not at.cycle:
        raise IndicatorNotFound
    return Place(of, node, org, at)


def fits(of: IndicatorSet, org: Organisation) -> bool:
    """Whether a set is for this organisation."""
    return org.level == of.level and of.sector in ("", org.sector)


def enter(
    session: Session,
    actor: Actor,
    place: Place,
    value: float | None,
    note: str = "",
    *,
    today: date,
    now: datetime,
) -> IndicatorEntry:
    """Return the entry of a value; None says that the indicator does not apply, `note` why.

    A value that is there already is corrected by a further entry, with the reason as `note`; what
    was approved before goes on counting until the correction is approved. The same again while
    nobody has decided stores nothing.

    Raises:
        NotYourIndicator: somebody else enters it.
        PeriodNotOpen, PeriodSettled: not begun, or fixed.
        ValueRefused, ReasonMissing: the value or the note does not fit.
    """
    require_enter(actor, place)
    _require_open(session, place, today)
    note = _checked_note(value, note)
    # Two people at once: the second waits here and then sees what the first has entered.
    query = select(Organisation.id).where(Organisation.id == place.org.id)
    session.execute(query.with_for_update())
    before = latest_of(session, place)
    is_open = before is not None and before.decision is None
    if before is not None and is_open and (before.value, before.note) == (value, note):
        return before
    if before is not None and not note:
        if before.decision is None or before.decision.verdict == Verdict.APPROVED:
            raise ReasonMissing
        note = AFTER_RETURN
    entry = IndicatorEntry(
        set_id=place.of.id,
        node_code=place.node.code,
        org_id=place.org.id,
        period=place.period.code,
        revision=before.revision + 1 if before else 1,
        value=value,
        note=note,
        entered_by=actor.name,
        entered_name=actor.display_name,
        entered_at=now,
    )
    session.add(entry)
    session.flush()
    _note(session, actor, "enter", place, now, revision=entry.revision, value=value)
    return entry


def _checked_note(value: float | None, note: str) -> str:
    note = clean(note).strip()
    if len(note) > NOTE_CHARS:
        over = len(note) - NOTE_CHARS
        raise ValueRefused(f"说明超出{over}字，请删短一点", "The note is too long")
    if value is not None and not (math.isfinite(value) and abs(value) <= BIG):
        raise ValueRefused("这个数太大，请核对单位", "This number is too large; check the unit")
    if value is None and not note:
        raise ValueRefused("不适用的，请写明为什么", "Say why it does not apply")
    return note


def history_of(session: Session, place: Place) -> list[IndicatorEntry]:
    """Return every entry of a value, the latest first."""
    query = select(IndicatorEntry).where(*_at(place))
    return list(session.scalars(query.order_by(IndicatorEntry.revision.desc())))


def latest_of(session: Session, place: Place) -> IndicatorEntry | None:
    """Return the latest entry of a value, or None."""
    return next(iter(history_of(session, place)), None)


def decide(
    session: Session,
    actor: Actor,
    entry_id: int,
    verdict: Verdict,
    reason: str = "",
    *,
    now: datetime,
) -> IndicatorDecision:
    """Approve the latest entry of a value, or return it with a reason.

    The first approval freezes the version of the set.

    Raises:
        NotFound: there is no such entry for the actor.
        NotAllowed: the actor does not stand above whoever enters it.
        AnotherChecker: the actor entered it.
        EntryDecided: decided or corrected meanwhile.
        PeriodSettled: the scores are fixed.
        EvidenceMissing: the indicator asks for evidence.
        ReasonMissing: a return without a reason.
    """
    entry, place = find(session, actor, entry_id)
    if not may_check(actor, place.node, place.org):
        raise NotAllowed("这个数由填报单位的上级审核", "This value is decided by the level above")
    if actor.name == entry.entered_by and not actor.is_operator:
        raise AnotherChecker
    # Two people at once: the second waits here and then sees what the first has decided.
    query = select(IndicatorSet.frozen_at).where(IndicatorSet.id == place.of.id)
    frozen_at = session.scalar(query.with_for_update())
    _refuse_settled(session, place)
    if _undecided_id(session, place) != entry.id:
        raise EntryDecided
    reason = clean(reason).strip()[:NOTE_CHARS]
    if verdict is Verdict.RETURNED and not reason:
        raise ReasonMissing
    if verdict is Verdict.APPROVED:
        if place.node.needs_evidence and entry.value is not None and not entry.evidence:
            raise EvidenceMissing(place.node.name)
        if frozen_at is None:
            place.of.frozen_at = now
    return _decided(session, actor, entry, place, verdict, reason, now)


def _undecided_id(session: Session, place: Place) -> int | None:
    """Return the id of the latest entry of a value, unless somebody has decided it."""
    query = (
        select(IndicatorEntry.id, IndicatorDecision.entry_id)
        .outerjoin(IndicatorDecision, IndicatorDecision.entry_id == IndicatorEntry.id)
        .where(*_at(place))
        .order_by(IndicatorEntry.revision.desc())
    )
    latest = session.execute(query).first()
    return None if latest is None or latest[1] is not None else latest[0]


def _at(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (
        IndicatorEntry.set_id == place.of.id,
        IndicatorEntry.period == place.period.code,
        IndicatorEntry.org_id == place.org.id,
        IndicatorEntry.node_code == place.node.code,
    )


def _decided(
    session: Session,
    actor: Actor,
    entry: IndicatorEntry,
    place: Place,
    verdict: Verdict,
    reason: str,
    now: datetime,
) -> IndicatorDecision:
    decision = IndicatorDecision(
        entry=entry,
        verdict=verdict.value,
        reason=reason,
        decided_by=actor.name,
        decided_name=actor.display_name,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    _note(session, actor, verdict.value, place, now, revision=entry.revision, reason=reason)
    return decision


def approve_all(session: Session, actor: Actor, entry_ids: Sequence[int], *, now: datetime) -> int:
    """Approve several entries at once, all or none; return how many.

    Raises:
        As `decide`.
    """
    for entry_id in entry_ids:
        decide(session, actor, entry_id, Verdict.APPROVED, now=now)
    return len(entry_ids)


def find(session: Session, actor: Actor, entry_id: int) -> tuple[IndicatorEntry, Place]:
    """Return an entry that `actor` may see, with its place.

    Raises:
        NotFound: there is none for them.
    """
    entry = session.get(IndicatorEntry, entry_id)
    org = session.get(Organisation, entry.org_id) if entry else None
    if entry is None or org is None or not may(actor, Action.SEE_INDICATORS, org.path):
        raise NotFound("没有找到这个数", "There is no such value")
    of = session.get_one(IndicatorSet, entry.set_id)
    node = next(each for each in of.nodes if each.code == entry.node_code)
    return entry, Place(of, node, org, read_period(entry.period))


def add_evidence(
    session: Session,
    actor: Actor,
    entry_id: int,
    data: bytes,
    file_name: str,
    *,
    folder: Path,
    now: datetime,
) -> IndicatorEvidence:
    """Add a file to an entry that nobody has decided yet; the same file twice stays one.

    Raises:
        NotFound, NotYourIndicator: not there, or not the actor's.
        EntryDecided: what was decided keeps the files it was decided with.
        EvidenceRefused: the file is not taken, or there are too many.
    """
    entry, place = find(session, actor, entry_id)
    require_enter(actor, place)
    if entry.decision is not None:
        raise EntryDecided
    stored = evidence_files.store(folder, data, file_name)
    for known in entry.evidence:
        if known.digest == stored.digest:
            return known
    if len(entry.evidence) >= MAX_FILES:
        raise EvidenceRefused(
            f"一项最多{MAX_FILES}份材料", f"At most {MAX_FILES} files for a value"
        )
    file = IndicatorEvidence(
        entry_id=entry.id,
        digest=stored.digest,
        file_name=stored.file_name,
        media_type=stored.media_type,
        size=stored.size,
        uploaded_by=actor.name,
        uploaded_at=now,
    )
    session.add(file)
    session.flush()
    session.refresh(entry)
    _note(session, actor, "add_evidence", place, now, digest=stored.digest, bytes=stored.size)
    return file


def open_evidence(
    session: Session, actor: Actor, evidence_id: int, *, folder: Path
) -> EvidenceContent:
    """Return a file that stands beside a value.

    Raises:
        NotFound: there is no such file for the actor.
        EvidenceDamaged: the stored file is gone or changed.
    """
    file = session.get(IndicatorEvidence, evidence_id)
    if file is None:
        raise NotFound("没有找到这份材料", "There is no such file")
    find(session, actor, file.entry_id)
    content = evidence_files.read(folder, file.digest)
    return EvidenceContent(content, file.media_type, file.file_name)


def require_enter(actor: Actor, place: Place) -> None:
    """Refuse unless `actor` enters this value, or stands above whoever does."""
    home = home_of(place.node, place.org)
    if may(actor, Action.ENTER_INDICATORS, home):
        return
    require(actor, Action.ENTER_INDICATORS)
    raise NotYourIndicator(place.node.name, WHO[Owner(place.node.owner)])


def _require_open(session: Session, place: Place, today: date) -> None:
    if place.period.starts_on > today:
        raise PeriodNotOpen(
            f"{place.period.label}还没有开始，到时再填",
            f"The period {place.period.code} has not begun",
        )
    _refuse_settled(session, place)


def _refuse_settled(session: Session, place: Place) -> None:
    if is_settled(settled_of(session, place.of), place.period):
        raise PeriodSettled(place.period.label)


def _note(
    session: Session, actor: Actor, act: str, place: Place, now: datetime, **details: object
) -> None:
    audit.record(
        session,
        actor=actor.name,
        act=f"indicators.{act}",
        subject=f"{place.of.code} {place.period.code} {place.org.id} {place.node.code}",
        now=now,
        **details,
    )
