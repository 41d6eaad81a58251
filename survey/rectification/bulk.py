"""One act on many items, each for itself with its own outcome; never acceptance or closing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey.accounts.policy import Actor
from survey.errors import SurveyError
from survey.rectification import service
from survey.rectification.refusals import BulkFaulty
from survey.rectification.states import State

MOST = 100
STEPS: Mapping[str, State] = {
    "assign": State.ASSIGNED,
    "accept": State.ACCEPTED,
    "check": State.UNIT_CHECKED,
}
"""What may be done to many at once. Accepting the work and closing it are decided one by one."""


@dataclass(frozen=True)
class Pick:
    """An item that was ticked, in the revision that was looked at."""

    number: str
    revision: int


@dataclass(frozen=True)
class Outcome:
    """What became of one item; `refusal` tells why nothing did."""

    number: str
    refusal: SurveyError | None


def take_many(
    session: Session, actor: Actor, step: str, picks: Sequence[Pick], *, now: datetime
) -> tuple[Outcome, ...]:
    """Take every item of `picks` the same step; what is refused stays as it was, the others go on.

    Raises:
        BulkFaulty: the step is none for many items, or none or too many were ticked.
    """
    if step not in STEPS:
        raise BulkFaulty(
            "这一步要一件一件地办", "This step is decided item by item, never for many at once"
        )
    if not picks:
        raise BulkFaulty("还没有勾选，请先勾上要办的", "Nothing is ticked; tick some items first")
    if len(picks) > MOST:
        raise BulkFaulty(f"一次最多办{MOST}件，请少勾一些", f"At most {MOST} items at once")
    to = STEPS[step]
    return tuple(_take(session, actor, pick, to, now) for pick in picks)


def _take(session: Session, actor: Actor, pick: Pick, to: State, now: datetime) -> Outcome:
    try:
        with session.begin_nested():
            service.advance(session, actor, pick.number, to, now=now, revision=pick.revision)
    except SurveyError as refused:
        return Outcome(pick.number, refused)
    return Outcome(pick.number, None)
