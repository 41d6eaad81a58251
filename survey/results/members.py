"""Form B: how a branch's members were graded, handed out by an act of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Subject
from reports.member_votes import GradeTally, member_result
from reports.rules import SIDES, points_of
from reports.tally import TargetTally
from survey.accounts.policy import Action, Actor, require
from survey.campaigns.models import Round
from survey.collection import points, releases
from survey.collection.models import CollectionPoint
from survey.errors import NotFound
from survey.results.service import ResultsSealed, is_opened, rules_of

MEMBER = "member"
PEER, MASS = "member", "mass"
DECIMALS = 4


def member_rows(session: Session, actor: Actor, round_: Round, org_id: str) -> list[dict[str, Any]]:
    """Return one row for each graded member of a branch, in the order of its form.

    Two tallies apart, each None with fewer than five grades; shares and scores to four decimals.
    Never part of any other export (contract.md 3); the caller writes the act down.

    Raises:
        ResultsSealed: a box is still closed.
        NotFound: the round did not ask about the members of this branch.
    """
    require(actor, Action.RUN_ROUNDS)
    return graded_rows(session, round_, org_id)


def graded_rows(session: Session, round_: Round, org_id: str) -> list[dict[str, Any]]:
    """Return what `member_rows` does; the caller has checked who reads.

    Raises:
        ResultsSealed, NotFound: see `member_rows`.
    """
    if not is_opened(session, round_):
        raise ResultsSealed(round_.code)
    counts = releases.counts_of(session, round_.id)
    here = select(CollectionPoint.id).where(
        CollectionPoint.round_id == round_.id, CollectionPoint.org_id == org_id
    )
    views = points.points_of(session, round_.id)
    for point_id in session.scalars(here.order_by(CollectionPoint.id)):
        form = points.questionnaire_of(session, views[point_id])
        if form.subject is not Subject.MEMBERS:
            continue
        side = next(item.code for item in form.items if item.scale == SIDES)
        rules = rules_of(round_)
        tally = counts.get(point_id, TargetTally()).official
        groups = tally.groups.get(side, {})
        return [
            _row(
                rules.k_internal,
                points_of(item, rules),
                item.code,
                item.label.to("zh"),
                groups.get(PEER, {}).get(item.code, {}),
                groups.get(MASS, {}).get(item.code, {}),
            )
            for item in form.items
            if item.dimension == MEMBER
        ]
    raise NotFound("本轮没有评议这个支部的党员", "The round did not grade this branch's members")


def _row(
    least: int, points: dict[str, float], code: str, label: str, peer: Any, mass: Any
) -> dict[str, Any]:
    result = member_result(code.partition("_")[2], peer, mass, points, least=least)
    return {
        "member": result.member_id,
        "name": label.partition(". ")[2] or label,
        "peer": _tally(result.peer),
        "mass": _tally(result.mass),
        "combined": _number(result.combined),
        "excellent": _number(result.excellent),
        "qualified": _number(result.qualified),
        "unqualified": _number(result.unqualified),
        "needs_review": result.needs_review,
    }


def _tally(tally: GradeTally | None) -> dict[str, Any] | None:
    if tally is None:
        return None
    return {"n": tally.n, "counts": dict(tally.counts), "index": _number(tally.index)}


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)
