"""Make items of what a closed round found: each finding once, however often this runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports.findings import Finding
from survey.accounts.policy import SYSTEM
from survey.audit import service as audit
from survey.audit.models import AuditEntry
from survey.campaigns.models import Round
from survey.errors import NotFound
from survey.org.models import Organisation
from survey.rectification.calendar import load_calendar
from survey.rectification.item import needs_recheck
from survey.rectification.loading import find
from survey.rectification.models import RectificationItem, Transition
from survey.rectification.numbering import reserve
from survey.rectification.rules import Given, is_reopenable
from survey.rectification.service import Problem, advance, new_item
from survey.rectification.states import OPEN_STATES, SOURCE_LABELS, Act, Source, State
from survey.rectification.steps import add_transition, take
from survey.rectification.workdays import local_date

ACT = "rectification.open_items"


@dataclass(frozen=True)
class OpenedItems:
    """The numbers of the items made, of those open that were reported again, and of those reopened.

    What was reopened had been closed, and has been found again.
    """

    created: tuple[str, ...]
    merged: tuple[str, ...]
    reopened: tuple[str, ...] = ()


@dataclass
class _Known:
    """The items of one organisation about one item code or dimension, and who reported again."""

    items: list[RectificationItem]
    marks: set[str]

    def has(self, round_: Round | None, source: Source) -> bool:
        """Whether this round's finding from `source` was taken in before."""
        round_id = round_.id if round_ else None
        made = any((i.round_id, i.source) == (round_id, source.value) for i in self.items)
        return made or _mark(round_, source) in self.marks

    def last_closed(self) -> RectificationItem | None:
        """Return the item that was closed last, or None."""
        closed = [item for item in self.items if item.closed_on is not None]
        return max(closed, key=lambda item: (item.closed_on, item.id), default=None)

    def open_item(self) -> RectificationItem | None:
        """Return the oldest item that is still open, or None."""
        return next((item for item in self.items if State(item.state) in OPEN_STATES), None)


def open_items(
    session: Session,
    round_: Round | None,
    findings_by_org: Mapping[str, Sequence[Finding]],
    *,
    now: datetime,
    cause: str = "",
) -> OpenedItems:
    """Make an item of each finding, owned by the organisation it is about.

    A finding about what is still open there, from this round or an earlier one, is counted on the
    open item instead (domain.md 4.1). What was closed in the last 90 days is reopened; what was
    closed before that becomes a new item that names the old one. Bad ratings are assigned to their
    window at once. Running again for the same findings changes nothing. `cause` names what the
    findings come from where that is not the round's own results; without a round it is needed.

    Raises:
        NotFound: an organisation does not exist.
    """
    numbers = iter(reserve(session, local_date(now).year, sum(map(len, findings_by_org.values()))))
    organisations = _organisations(session, findings_by_org)
    known = _known(session, findings_by_org)
    calendar = load_calendar(session)
    created: list[str] = []
    merged: list[str] = []
    reopened: list[str] = []
    for org_id, finding in ((o, each) for o, found in findings_by_org.items() for each in found):
        source = Source(finding.source)
        about = known.setdefault((org_id, finding.ref), _Known([], set()))
        if about.has(round_, source):
            continue
        mark, closed = _mark(round_, source), about.last_closed()
        if open_item := about.open_item():
            count_again(open_item, source, mark, now, finding.reports)
            about.marks.add(mark)
            merged.append(open_item.number)
            continue
        if closed is not None and is_reopenable(closed.closed_on, local_date(now)):
            _reopen(session, closed, mark, now, finding.reports)
            about.marks.add(mark)
            reopened.append(closed.number)
            continue
        problem = _problem(organisations[org_id], finding, round_)
        item = new_item(session, SYSTEM, next(numbers), problem, calendar, now=now)
        item.precursor = closed.number if closed else ""
        about.items.append(item)
        created.append(item.number)
        if source is Source.HCP_BAD:
            session.flush()
            advance(session, SYSTEM, item.number, State.ASSIGNED, now=now)
    session.flush()
    opened = OpenedItems(tuple(created), tuple(merged), tuple(reopened))
    _audit(session, cause or _code(round_), opened, now)
    return opened


def were_opened(session: Session, round_: Round) -> bool:
    """Whether `open_items` has been done for a round, with whatever outcome."""
    done = select(AuditEntry.id).where(AuditEntry.act == ACT, AuditEntry.subject == round_.code)
    return session.scalar(done.limit(1)) is not None


def _problem(org: Organisation, finding: Finding, round_: Round | None) -> Problem:
    return Problem(
        org,
        Source(finding.source),
        finding.problem,
        finding.limit_workdays,
        finding.ref,
        round_.id if round_ else None,
        reports=finding.reports,
    )


def _mark(round_: Round | None, source: Source) -> str:
    """Return the note by which a repeated report is known again."""
    return f"{_code(round_)}：{SOURCE_LABELS[source]}"


def _code(round_: Round | None) -> str:
    return round_.code if round_ else "日常"


def _audit(session: Session, subject: str, opened: OpenedItems, now: datetime) -> None:
    audit.record(
        session,
        actor=SYSTEM.name,
        act=ACT,
        subject=subject,
        now=now,
        created=len(opened.created),
        merged=len(opened.merged),
        **({"reopened": len(opened.reopened)} if opened.reopened else {}),
    )


def _reopen(
    session: Session, item: RectificationItem, mark: str, now: datetime, reports: int
) -> None:
    """Take up again what was closed and has been found again."""
    session.flush()
    found = find(session, SYSTEM, item.number, lock=True)
    take(session, SYSTEM, found, State.REOPENED, Given(mark), now)
    found.row.report_count += reports


def count_again(
    item: RectificationItem, source: Source, mark: str, now: datetime, reports: int
) -> None:
    """Count what is still open once more; `mark` says in its story who reported it again."""
    item.report_count += reports
    item.needs_recheck = item.needs_recheck or needs_recheck(source, report_count=item.report_count)
    add_transition(item, SYSTEM, SYSTEM.name, Act.REPORT_AGAIN, State(item.state), now, mark)


def _organisations(session: Session, org_ids: Mapping[str, object]) -> dict[str, Organisation]:
    query = select(Organisation).where(Organisation.id.in_(org_ids))
    found = {org.id: org for org in session.scalars(query)}
    for org_id in org_ids:
        if org_id not in found:
            raise NotFound(f"没有找到单位{org_id}", f"There is no organisation {org_id}")
    return found


def _known(session: Session, org_ids: Mapping[str, object]) -> dict[tuple[str, str], _Known]:
    """Return what is there already, by organisation and reference; oldest items first."""
    known: dict[tuple[str, str], _Known] = {}
    by_id: dict[int, _Known] = {}
    here = RectificationItem.org_id.in_(org_ids), RectificationItem.source_ref != ""
    items = select(RectificationItem).where(*here).order_by(RectificationItem.id).with_for_update()
    for item in session.scalars(items):
        about = known.setdefault((item.org_id, item.source_ref), _Known([], set()))
        about.items.append(item)
        by_id[item.id] = about
    reports = select(Transition.item_id, Transition.note).where(
        Transition.act.in_((Act.REPORT_AGAIN.value, Act.REOPEN.value)),
        # Not by their ids: PostgreSQL takes 65,535 of them at most, and a ledger may have more.
        Transition.item_id.in_(select(RectificationItem.id).where(*here)),
    )
    for item_id, note in session.execute(reports):
        by_id[item_id].marks.add(note)
    return known
