"""Summaries over many objects, loaded for one audience: what units and the district are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Subject
from reports.figures import Audience, Figures
from reports.material import Occasion
from reports.overview import Covered, Overview, Promised, Rated, Rectified, Sided, Surveyed
from reports.sources import whole_reading
from reports.stars import REASON_LABELS, Reason
from survey.campaigns import ruling
from survey.campaigns.models import CollectionMode, Round
from survey.collection.boxes import lost_days
from survey.collection.bundle import anchor_of
from survey.org.models import Commitment, Level, Member, Organisation
from survey.publication import companions, reports, surroundings
from survey.publication.companions import View
from survey.publication.marks import mark_of
from survey.ratings.models import Rating
from survey.rectification.calendar import load_calendar
from survey.rectification.models import RectificationItem
from survey.rectification.states import LOOKS, OWNER_WORKS, SOURCE_LABELS, Group, Source, State
from survey.rectification.visibility import is_public
from survey.rectification.workdays import last_workday
from survey.results import frozen
from survey.results import service as results
from survey.rulesets import versions

MOMENT = timedelta(microseconds=1)
WHOLE = "全区"
WAYS = {CollectionMode.OPEN: "扫公开二维码填写", CollectionMode.TICKET: "凭评议票填写"}


@dataclass(frozen=True)
class Reader:
    """Who reads a summary of which round: everything that the loaders here need.

    Attributes:
        today: local day that the state of items is told for.
    """

    view: View
    zone: ZoneInfo
    today: date

    @property
    def session(self) -> Session:
        """To read by."""
        return self.view.session

    @property
    def round(self) -> Round:
        """The round."""
        return self.view.round

    @property
    def audience(self) -> Audience:
        """Whose threshold holds."""
        return self.view.audience


def occasion_of(reader: Reader) -> Occasion:
    """Return when, by whom and under which rules a whole round was held."""
    session, round_, zone = reader.session, reader.round, reader.zone
    release = results.release_now(session, round_, reader.audience)
    ways = dict.fromkeys(WAYS[CollectionMode(used.mode)] for used in round_.questionnaires)
    return Occasion(
        organiser=_district(session).name,
        round_title=round_.title,
        first_day=round_.opens_at.astimezone(zone).date(),
        last_day=(round_.closes_at - MOMENT).astimezone(zone).date(),
        as_of=companions.counted_at(session, round_).astimezone(zone),
        channels="、".join(ways),
        mark=mark_of(round_, reader.audience),
        anchor=anchor_of(session, round_),
        release=frozen.name_of(release) if release else "",
        rules_name=versions.name_of(session, round_.rule_set_id),
        rules_digest=ruling.digest_of_rules(round_),
        lost_days=tuple(lost_days(session, round_.id)),
    )


def surveyed_of(reader: Reader, unit_id: str = "") -> tuple[Surveyed, ...]:
    """Return every questionnaire about branches or windows, of the district or of one unit."""
    found, known = [], set[str]()
    for used in reader.round.questionnaires:
        form = results.used_questionnaire(reader.session, reader.round, used.code)
        if form.subject not in reports.REPORTED:
            continue
        released = companions.figures_of(reader.view, used.code)
        objects = [f for f in released if f.roll_up is None and f.target.level in reports.OBJECTS]
        totals = {
            level: [f for f in released if f.target.level == level]
            for level in ("unit", "sector", "district")
        }
        if unit_id:
            objects = [f for f in objects if f.target.unit_id == unit_id]
            whole = [f for f in totals["unit"] if f.target.org_id == unit_id]
        else:
            whole = totals["district"]
        new = {f.target.org_id for f in objects} - known
        # Of two questionnaires for one object the first one in the round makes its report.
        if not new:
            continue
        known |= new
        comparison = companions.comparison_of(reader.view, used.code)
        changes = {
            f"{f.target.level}/{f.target.key}": change.score.verdict
            for f in objects
            if (change := comparison.scores.get(f.target.org_id)) and change.score
        }
        changes |= {key: change.verdict for key, change in comparison.totals.items()}
        found.append(
            Surveyed(
                form,
                results.rules_of(reader.round),
                tuple(objects),
                whole[0] if whole else None,
                () if unit_id else tuple(totals["unit"]),
                () if unit_id else tuple(totals["sector"]),
                changes,
                comparison.before.title if comparison.before else "",
                tuple(each.zh for each in comparison.refused),
            )
        )
    return tuple(sorted(found, key=lambda each: each.questionnaire.subject is Subject.WINDOW))


def overview_of(reader: Reader, unit: Organisation | None = None) -> Overview:
    """Return what the summary of one unit, or of the whole district, is compiled from."""
    session = reader.session
    top = unit or _district(session)
    surveyed = surveyed_of(reader, unit.id if unit else "")
    orgs = _below(session, top)
    items = _items(reader, orgs)
    names = {org.id: org.name for org in _units(session)}
    rating = companions.settled_rating(session, reader.round)
    shown = {f.target.org_id: f for one in surveyed for f in one.objects}
    return Overview(
        name=unit.name if unit else WHOLE,
        audience=reader.audience,
        occasion=occasion_of(reader),
        surveyed=surveyed,
        covered=(*_covered(surveyed), *_members(reader, surveyed)),
        rectified=rectified("合计", items, reader),
        by_source=_by_source(items, reader),
        by_unit=() if unit else _by_unit(items, orgs, names, reader),
        promised=_promised(reader, orgs),
        unit_types={org.id: org.unit_type for org in _units(session)},
        sided=_sided(reader, surveyed),
        rated=rated_of(session, rating, shown) if rating else (),
        rating=rating.title if rating else "",
    )


def rated_of(session: Session, rating: Rating, shown: dict[str, Figures]) -> tuple[Rated, ...]:
    """Return the lines of a settled rating for the objects that a summary is about."""
    query = select(Organisation).where(Organisation.id.in_([each.org_id for each in rating.lines]))
    orgs = {org.id: org for org in session.scalars(query)}
    return tuple(
        Rated(
            line.org_id,
            orgs[line.org_id].name,
            orgs[line.org_id].level,
            orgs[line.org_id].sector,
            line.final,
            {part["component"]: part["score"] for part in line.composite["parts"]},
            line.last,
            line.star,
            line.is_lagging,
            tuple(REASON_LABELS[Reason(each)] for each in line.reasons),
            shown[line.org_id].is_shown,
        )
        for line in rating.lines
        if line.org_id in shown
    )


def rectified(label: str, items: Sequence[RectificationItem], reader: Reader) -> Rectified:
    """Return where items stand on the reader's day; void ones are left out."""
    today, counted = reader.today, [item for item in items if item.state != State.VOID]
    groups = [LOOKS[State(item.state)].group for item in counted]
    late = last_workday(reader.view.kept("calendar", lambda: load_calendar(reader.session)), today)
    works = {state.value for state in OWNER_WORKS}
    due = [item for item in counted if item.due_on < today]
    days = [
        (item.closed_on - item.registered_on).days for item in counted if item.closed_on is not None
    ]
    return Rectified(
        label,
        waiting=groups.count(Group.WAITING),
        working=groups.count(Group.IN_WORK),
        checking=groups.count(Group.CHECKING),
        closed=groups.count(Group.SETTLED),
        overdue=sum(item.state in works and item.due_on < late for item in counted),
        reopened=sum(item.reopen_count > 0 for item in counted),
        due=len(due),
        in_time=sum(item.closed_on is not None and item.closed_on <= item.due_on for item in due),
        days=median(days) if days else None,
        on=today,
    )


def _items(reader: Reader, orgs: Iterable[Organisation]) -> list[RectificationItem]:
    """Return the items of the round's year; everybody sees those that are public."""
    year = reader.round.closes_at.year
    query = (
        select(RectificationItem)
        .where(RectificationItem.registered_on.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(RectificationItem.number)
    )
    if reader.view.is_public:
        query = query.where(is_public(reader.session, beside=reader.round))
    ids = {org.id for org in orgs}
    return [item for item in reader.session.scalars(query) if item.org_id in ids]


def _by_source(items: Sequence[RectificationItem], reader: Reader) -> tuple[Rectified, ...]:
    groups = [
        (SOURCE_LABELS[source], [item for item in items if item.source == source])
        for source in Source
    ]
    return tuple(rectified(label, inside, reader) for label, inside in groups if inside)


def _by_unit(
    items: Sequence[RectificationItem],
    orgs: Sequence[Organisation],
    names: dict[str, str],
    reader: Reader,
) -> tuple[Rectified, ...]:
    unit_of = {
        org.id: next((part for part in org.path.split("/") if part in names), "") for org in orgs
    }
    groups: dict[str, list[RectificationItem]] = {name: [] for name in names}
    for item in items:
        groups.setdefault(unit_of.get(item.org_id, ""), []).append(item)
    return tuple(
        rectified(names.get(unit, "区直"), inside, reader)
        for unit, inside in groups.items()
        if inside
    )


def _covered(surveyed: Sequence[Surveyed]) -> tuple[Covered, ...]:
    """Return how many objects had answers, where their total is shown that tells it.

    Where nobody answered there is no total; only the office is told that.
    """
    found = []
    for one in surveyed:
        whole = one.whole
        if whole is None and one.objects and one.objects[0].audience is Audience.INTERNAL:
            found.append(Covered(one.noun, 0, len(one.objects)))
        elif whole is not None and whole.is_shown and whole.roll_up is not None:
            found.append(Covered(one.noun, whole.roll_up.members, len(one.objects)))
    return tuple(found)


def _members(reader: Reader, surveyed: Sequence[Surveyed]) -> tuple[Covered, ...]:
    """Return how many members were graded this year, of those on the rosters."""
    branches = {
        f.target.org_id for one in surveyed for f in one.objects if f.target.level == Level.BRANCH
    }
    if not branches:
        return ()
    query = select(Member.branch_id).where(Member.is_evaluated)
    roster = [branch for branch in reader.session.scalars(query) if branch in branches]
    graded = sum(
        grades.members
        for branch in sorted(branches)
        if (grades := surroundings.grades_of(reader.view, branch)) is not None
    )
    return (Covered("党员", min(graded, len(roster)), len(roster)),) if graded else ()


def _promised(reader: Reader, orgs: Sequence[Organisation]) -> Promised:
    found: list[Commitment] = []
    scores = []
    ledger = surroundings.ledger_of(reader.view)
    for org in orgs:
        mine = ledger.get(org.id, [])
        found += mine
        if mine:
            score = surroundings.promises_of(reader.view, org.id)[1]
            scores += [] if score is None else [score]
    states = [each.status for each in found]
    return Promised(
        len(found),
        states.count("completed"),
        states.count("partly"),
        states.count("overdue"),
        len(states) - sum(states.count(s) for s in ("completed", "partly", "overdue")),
        tuple(scores),
    )


def _sided(reader: Reader, surveyed: Sequence[Surveyed]) -> tuple[Sided, ...]:
    judged = companions.judged_of(reader.view).judged
    found = []
    for one in surveyed:
        for figures in one.objects:
            mine, residents = judged.get(figures.target.org_id), whole_reading(figures)
            if mine is None or not mine.leader or residents is None:
                continue
            target = figures.target
            seen = [each.score for each in mine.inspection]
            found.append(
                Sided(
                    target.name,
                    target.level,
                    target.sector,
                    residents.score,
                    sum(each.score for each in mine.leader) / len(mine.leader),
                    sum(seen) / len(seen) if seen else None,
                )
            )
    return tuple(found)


def _below(session: Session, top: Organisation) -> list[Organisation]:
    query = (
        select(Organisation)
        .where(Organisation.path.startswith(top.path, autoescape=True))
        .order_by(Organisation.sort_no, Organisation.id)
    )
    return list(session.scalars(query))


def _units(session: Session) -> list[Organisation]:
    query = select(Organisation).where(Organisation.level == Level.UNIT)
    return list(session.scalars(query.order_by(Organisation.sort_no, Organisation.id)))


def _district(session: Session) -> Organisation:
    return session.scalars(select(Organisation).where(Organisation.level == Level.DISTRICT)).one()
