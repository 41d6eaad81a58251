"""Every route says who may open it; the suite refuses a route that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from survey.accounts.policy import Action

View = TypeVar("View", bound=Callable[..., Any])
FORM_BYTES = 64 * 1024
TABLE_BYTES = 5 * 1024 * 1024
EVIDENCE_BYTES = 10 * 1024 * 1024 + FORM_BYTES
_ATTRIBUTE = "pingyi_policy"


@dataclass(frozen=True)
class Policy:
    """Who may open a route: everybody, everybody signed in, or whoever has the right `action`.

    The right is asked for anywhere at all; the view asks again for the object it shows. `max_bytes`
    is the longest body the route reads.
    """

    is_public: bool = False
    action: Action | None = None
    max_bytes: int = FORM_BYTES


class _Declare:
    """The decorators: `@policy(Action.SEE_ROUNDS)`, `@policy.signed_in`, `@policy.public`."""

    def __call__(self, action: Action, *, max_bytes: int = FORM_BYTES) -> Callable[[View], View]:
        return lambda view: _declared(view, Policy(action=action, max_bytes=max_bytes))

    def signed_in(self, view: View) -> View:
        return _declared(view, Policy())

    def public(self, view: View) -> View:
        return _declared(view, Policy(is_public=True))


policy = _Declare()


def policy_of(view: Callable[..., Any]) -> Policy | None:
    """Return what `view` declared, or None when it declared nothing."""
    found: Policy | None = getattr(view, _ATTRIBUTE, None)
    return found


def _declared(view: View, declared: Policy) -> View:
    setattr(view, _ATTRIBUTE, declared)
    return view
