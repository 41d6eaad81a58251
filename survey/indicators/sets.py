"""Sets of indicators: read, imported as a whole, versioned, frozen by the first approval."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from reports.indicators import Direction, Indicator, Scoring
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.campaigns.service import CODE
from survey.errors import Fault, ImportRefused
from survey.indicators import tree_file
from survey.indicators.models import IndicatorEntry, IndicatorNode, IndicatorSet
from survey.indicators.periods import Cycle, Period, period_at
from survey.indicators.refusals import SetFrozen, SetNotFound, SetRefused
from survey.org.columns import LEVEL_NAMES, SECTORS
from survey.org.models import Level

DUE_DAYS = 10
MOST_DUE_DAYS = 90
MEASURED = (Level.UNIT.value, Level.BRANCH.value, Level.WINDOW.value)


@dataclass(frozen=True)
class SetPlan:
    """What a set is about, beside its tree.

    Attributes:
        starts_on: first day of the first period; None keeps that of the version being replaced.
        due_days: natural days after the end of a period; None keeps it, or takes ten.
    """

    code: str
    title: str
    level: str
    sector: str = ""
    starts_on: date | None = None
    due_days: int | None = None


def import_tree(
    session: Session, actor: Actor, plan: SetPlan, data: bytes, file_name: str, *, now: datetime
) -> IndicatorSet:
    """Return the set made of a tree file: new, mended, or a new version.

    The latest version is mended in place until a value was approved under it; then the tree
    becomes a version of its own that begins on `plan.starts_on`. The same tree again changes
    nothing.

    Raises:
        ImportRefused: names every place to mend; nothing was changed.
        SetRefused: code, title, level, sector or first day do not fit.
        SetFrozen: the latest version is frozen and no later first day was given.
    """
    require(actor, Action.EDIT_INDICATORS)
    _check(plan)
    latest = versions_of(session, plan.code)[:1]
    known = latest[0] if latest else None
    starts_on = plan.starts_on or (known.starts_on if known else date(now.year, 1, 1))
    nodes = [IndicatorNode(**values) for values in tree_file.read_tree(data, file_name)]
    _check_start([*nodes, *(known.nodes if known else ())], starts_on)
    due_days = plan.due_days or (known.due_days if known else DUE_DAYS)
    digest = _digest(nodes, plan, starts_on, due_days)
    if known is not None and known.digest == digest:
        return known
    if known is None or known.frozen_at is not None:
        made = _new_version(known, plan, starts_on, actor, now)
        session.add(made)
    else:
        made = known
        _refuse_lost(session, made, nodes)
    made.title, made.level, made.sector = clean(plan.title).strip(), plan.level, plan.sector
    made.starts_on, made.due_days, made.digest = starts_on, due_days, digest
    _put(session, made, nodes)
    audit.record(
        session,
        actor=actor.name,
        act="indicators.import",
        subject=plan.code,
        now=now,
        version=made.version,
        nodes=len(nodes),
        digest=digest,
    )
    return made


def versions_of(session: Session, code: str) -> list[IndicatorSet]:
    """Return every version of a set, the latest first; none where nobody has this code."""
    if not CODE.fullmatch(code):
        return []
    query = select(IndicatorSet).where(IndicatorSet.code == code)
    return list(session.scalars(query.order_by(IndicatorSet.version.desc())))


def list_sets(session: Session, actor: Actor) -> list[IndicatorSet]:
    """Return the latest version of every set, in order of code."""
    require(actor, Action.SEE_INDICATORS)
    query = select(IndicatorSet).order_by(IndicatorSet.code, IndicatorSet.version.desc())
    latest: dict[str, IndicatorSet] = {}
    for each in session.scalars(query):
        latest.setdefault(each.code, each)
    return list(latest.values())


def set_for(session: Session, actor: Actor, code: str, period: Period) -> IndicatorSet:
    """Return the version of a set that holds for `period`.

    Raises:
        SetNotFound: there is none.
        SetRefused: a newer version begins within the period, so that it has no one rule.
    """
    require(actor, Action.SEE_INDICATORS)
    versions = versions_of(session, code)
    found = next((each for each in versions if each.starts_on <= period.starts_on), None)
    if found is None:
        raise SetNotFound
    for each in versions:
        if period.starts_on < each.starts_on <= period.ends_on:
            raise SetRefused(
                f"{period.label}里指标改过版，请分时段看",
                f"A new version begins within {period.code}; look at shorter periods",
            )
    return found


def until(session: Session, of: IndicatorSet) -> date | None:
    """Return the last day that a version holds for; None for the latest."""
    later = [v.starts_on for v in versions_of(session, of.code) if v.starts_on > of.starts_on]
    return min(later) - timedelta(days=1) if later else None


def leaves(of: IndicatorSet) -> list[IndicatorNode]:
    """Return the indicators of a set that are measured, in the order of the file."""
    return [node for node in of.nodes if node.scoring]


def tree_of(of: IndicatorSet) -> tuple[Indicator, ...]:
    """Return the tree as the value that scores are computed with."""
    return tuple(as_indicator(node) for node in of.nodes)


def main_cycle(of: IndicatorSet) -> Cycle:
    """Return the longest cycle below a year that values are entered in, else the year."""
    cycles = {Cycle(node.cycle) for node in leaves(of)}
    return next((c for c in (Cycle.QUARTER, Cycle.MONTH) if c in cycles), Cycle.YEAR)


def as_indicator(node: IndicatorNode) -> Indicator:
    """Return one node as the value that scores are computed with."""
    return Indicator(
        code=node.code,
        name=node.name,
        parent=node.parent,
        weight=node.weight,
        scoring=Scoring(node.scoring) if node.scoring else None,
        direction=Direction(node.direction),
        target=node.target,
        floor=node.floor,
        steps=tuple((edge, points) for edge, points in node.steps),
        points_each=node.points_each,
        limit=node.limit_value,
        unit=node.unit,
        source=node.source,
        owner=node.owner,
        period=node.cycle,
    )


def _check(plan: SetPlan) -> None:
    if not CODE.fullmatch(plan.code) or not 0 < len(clean(plan.title).strip()) <= 200:
        raise SetRefused(
            "请写编号（字母、数字）和名称", "Give a code of letters and digits, and a title"
        )
    if plan.level not in MEASURED or plan.sector not in ("", *SECTORS):
        names = "、".join(LEVEL_NAMES[level] for level in MEASURED)
        raise SetRefused(f"考核对象请选{names}；系统请照名册写", "Choose a level and a sector")
    if plan.due_days is not None and not 1 <= plan.due_days <= MOST_DUE_DAYS:
        raise SetRefused("填报天数应在1到90之间", "Give 1 to 90 days for entering values")


def _check_start(nodes: Sequence[IndicatorNode], starts_on: date) -> None:
    """Refuse a first day inside a period of this version or of the one before."""
    cycles = [Cycle(node.cycle) for node in nodes if node.scoring]
    longest = max(cycles, key=lambda cycle: cycle.months)
    if period_at(longest, starts_on).starts_on != starts_on:
        kind = {"month": "月", "quarter": "季度", "year": "年"}[longest.value]
        raise SetRefused(
            f"请从一个{kind}的第一天起用", f"Begin on the first day of a {longest.value}"
        )


def _new_version(
    known: IndicatorSet | None, plan: SetPlan, starts_on: date, actor: Actor, now: datetime
) -> IndicatorSet:
    if known is not None and (plan.starts_on is None or starts_on <= known.starts_on):
        raise SetFrozen(known.starts_on)
    return IndicatorSet(
        code=plan.code,
        version=known.version + 1 if known else 1,
        made_by=actor.name,
        made_at=now,
        frozen_at=None,
    )


def _refuse_lost(session: Session, of: IndicatorSet, nodes: Sequence[IndicatorNode]) -> None:
    """Refuse a tree that lacks an indicator somebody has entered a value for."""
    kept = {node.code for node in nodes if node.scoring}
    query = select(IndicatorEntry.node_code).where(IndicatorEntry.set_id == of.id).distinct()
    lost = sorted(set(session.scalars(query)) - kept)
    if lost:
        names = "、".join(lost)
        zh = f"指标{names}已经有人填报，不能删去，请补上"
        raise ImportRefused([Fault(0, "code", "", zh, f"{names} has values and must stay")])


def _put(session: Session, made: IndicatorSet, nodes: Sequence[IndicatorNode]) -> None:
    """Let the set hold exactly `nodes`; those that stay keep their rows, which values refer to."""
    wanted = {node.code: node for node in nodes}
    known = {node.code: node for node in made.nodes}
    for code, node in known.items():
        if code not in wanted:
            made.nodes.remove(node)
    for code, node in wanted.items():
        if code not in known:
            made.nodes.append(node)
            continue
        for name in tree_file.ATTRIBUTES:
            setattr(known[code], name, getattr(node, name))
    session.flush()
    session.refresh(made)


def _digest(nodes: Sequence[IndicatorNode], plan: SetPlan, starts_on: date, due_days: int) -> str:
    about = [clean(plan.title).strip(), plan.level, plan.sector, starts_on.isoformat(), due_days]
    rows = [[getattr(node, name) for name in tree_file.ATTRIBUTES] for node in nodes]
    text = json.dumps([about, rows], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
