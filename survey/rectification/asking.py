"""Who may put a deadline off, and what an owner may ask for: pure answers (domain.md 4.3, 4.4)."""

from __future__ import annotations

from datetime import date

from survey.accounts.models import Role
from survey.accounts.policy import Action, Actor, may
from survey.errors import SurveyError
from survey.rectification import refusals
from survey.rectification.handling_models import RequestKind
from survey.rectification.item import ItemView
from survey.rectification.rules import belongs_to, unseen
from survey.rectification.states import LOOKS, OWNER_WORKS, Side, State

EXTENSION_WORKDAYS = 10
MOST_EXTENSIONS = 2
ASKED_IN: dict[RequestKind, frozenset[State]] = {
    RequestKind.EXTENSION: OWNER_WORKS - {State.NEW},
    RequestKind.APPEAL: frozenset({State.ASSIGNED, State.ACCEPTED}),
    RequestKind.LONGTERM: frozenset({State.IN_PROGRESS}),
}
"""The states in which an owner may ask for something."""


def extension_refused(item: ItemView, actor: Actor, workdays: int) -> SurveyError | None:
    """Return why `actor` may not put the deadline off by `workdays`, or None when it is allowed."""
    refusal = unseen(item, actor)
    if refusal:
        return refusal
    if not may(actor, Action.EXTEND_ITEMS, item.org_path):
        return belongs_to((Side.UNIT, Side.DISTRICT))
    if item.state not in OWNER_WORKS:
        return refusals.ExtensionRefused(
            f"这件现在是“{LOOKS[item.state].label}”，没有要延的期限",
            f"An item that is {item.state} has no deadline to put off",
        )
    if not 1 <= workdays <= EXTENSION_WORKDAYS:
        return refusals.ExtensionRefused(
            f"一次最多延{EXTENSION_WORKDAYS}个工作日", f"At most {EXTENSION_WORKDAYS} working days"
        )
    is_district = actor.is_operator or Role.DISTRICT_ADMIN in actor.roles_at(item.org_path)
    if item.extension_count == 1 and not is_district:
        return refusals.ExtensionRefused(
            "单位已经延过一次，再延要由区办来定", "The second extension is the district's to grant"
        )
    if item.extension_count >= MOST_EXTENSIONS:
        return too_many_extensions()
    return None


def ask_refused(
    item: ItemView, actor: Actor, kind: RequestKind, *, today: date
) -> SurveyError | None:
    """Return why `actor` may not ask for this on `item` today, or None when it is allowed."""
    refusal = unseen(item, actor)
    if refusal:
        return refusal
    if not may(actor, Action.OWN_ITEMS, item.org_path):
        return belongs_to((Side.OWNER,))
    if item.state not in ASKED_IN[kind]:
        return refusals.NotInState(
            f"这件现在是“{LOOKS[item.state].label}”，不能提出这项申请",
            f"An item that is {item.state} takes no such request",
        )
    if kind is RequestKind.EXTENSION and item.extension_count >= MOST_EXTENSIONS:
        return too_many_extensions()
    if kind is RequestKind.APPEAL and item.appeal_until and today > item.appeal_until:
        return refusals.TooLate(
            f"申诉期到{item.appeal_until:%Y-%m-%d}，已经过了",
            f"An appeal had to come in by {item.appeal_until}",
        )
    return None


def too_many_extensions() -> SurveyError:
    """Return the refusal of a third extension."""
    return refusals.ExtensionRefused(
        "已经延过两次，不能再延", "It was put off twice; no more than that"
    )
