"""Work said to be for show: noted by those who saw it, judged by the supervisor (domain.md 4.5)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, may, require
from survey.rectification import refusals
from survey.rectification.item import ItemView, Suspicion
from survey.rectification.loading import find
from survey.rectification.models import RectificationItem
from survey.rectification.rules import belongs_to, is_at_home
from survey.rectification.service import NOTE_CHARS
from survey.rectification.states import Act, Side
from survey.rectification.steps import acting_role, checked_text, note_act


def suspect(
    session: Session, actor: Actor, number: str, note: str, *, now: datetime
) -> RectificationItem:
    """Pass an item to the supervisor because its evidence does not fit what was seen.

    Raises:
        NotFound, NotYourStep: it is not the actor's to say.
        ReasonRequired: nothing says what does not fit.
    """
    found = find(session, actor, number, lock=True)
    if not may_suspect(found.view, actor):
        raise belongs_to((Side.VERIFIER, Side.DISTRICT))
    note = checked_text(note, NOTE_CHARS)
    if not note:
        raise refusals.ReasonRequired("请写明哪里不符", "Say what does not fit")
    if found.row.suspicion == Suspicion.SUSPECTED:
        return found.row
    found.row.suspicion = Suspicion.SUSPECTED.value
    role = acting_role(actor, found.owner, Action.VERIFY_ITEMS)
    note_act(session, actor, found, Act.SUSPECT, now, note, role)
    return found.row


def may_suspect(item: ItemView, actor: Actor) -> bool:
    """Whether `actor` may pass an item to the supervisor: those who accept the work may."""
    return may(actor, Action.VERIFY_ITEMS, item.org_path)


def may_know(item: ItemView, actor: Actor) -> bool:
    """Whether `actor` may read that the work is suspected, while nobody has found that it is true.

    Those who accept work and the supervisor may; whoever put it right, passed it for the unit or
    shares their people may not: they could look for who said so, or mend the evidence.
    """
    if actor.is_operator or actor.is_system or may(actor, Action.SUPERVISE, item.org_path):
        return True
    accepts = may(actor, Action.VERIFY_ITEMS, item.org_path)
    return accepts and not is_at_home(actor, item.home_paths)


def judge(
    session: Session, actor: Actor, number: str, *, is_true: bool, note: str, now: datetime
) -> RectificationItem:
    """Say for the supervisor whether the work was for show; if so it costs five points.

    Raises:
        NotFound, NotAllowed: it is not the actor's to judge.
        RequestFaulty: nobody suspects anything.
        ReasonRequired: no reason was given.
    """
    found = find(session, actor, number, lock=True)
    require(actor, Action.SUPERVISE, found.owner.path)
    if found.row.suspicion != Suspicion.SUSPECTED:
        raise refusals.RequestFaulty("这件没有待核实的反映", "Nothing is suspected of this item")
    note = checked_text(note, NOTE_CHARS)
    if not note:
        raise refusals.ReasonRequired("请写明核实结论", "Write down what was found")
    found.row.suspicion = (Suspicion.CONFIRMED if is_true else Suspicion.CLEARED).value
    act = Act.CONFIRM_SUSPICION if is_true else Act.CLEAR_SUSPICION
    role = acting_role(actor, found.owner, Action.SUPERVISE)
    note_act(session, actor, found, act, now, note, role)
    return found.row
