"""The table of rights: `survey/accounts/policy.py` against domain.md 4.3 and 7.

The table below is written out, not computed, so that a change of rights shows in a review.
"""

import pytest

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, RIGHTS, SYSTEM, Action, Actor, Grant, may, require
from survey.errors import NotAllowed, NotFound

# Columns: district_admin, unit_admin, branch_secretary, window_manager, verifier, inspector,
# leader, analyst, approver, supervisor.
TABLE = """
see_organisations       x x x x x x x x x x
import_organisations    x . . . . . . . . .
see_members             x x x x . . . . . .
see_questionnaires      x x x x . x x x . .
import_questionnaires   x . . . . . . . . .
edit_questionnaires     x . . . . . . . . .
see_rules               x x x x x . x x x x
edit_rules              x . . . . . . . . .
approve_rules           . . . . . . . . x .
see_rounds              x x x x x x x x x x
run_rounds              x . . . . . . . . .
see_participation       x x x x . . . x x .
print_posters           x x x x . . . . . .
see_tickets             x x x x . . . x . x
issue_tickets           x x . . . . . . . .
approve_tickets         x . . . . . . . . .
key_paper               x x . . . . . . . .
see_results             x x x x . . x x x x
see_reports             x x x x . . x x x x
edit_wording            x x . . . . . . . .
propose_wording         x x x x . . . . . .
see_rectification       x x x x x . x x x x
register_items          x x . . . . . . . .
own_items               . . x x . . . . . .
accept_items_on_behalf  . x . . . . . . . .
check_items             x x . . . . . . . .
verify_items            x . . . x . . . . .
start_recheck           x x . . . . . . . .
reopen_items            x x . . x . . . . .
extend_items            x x . . . . . . . .
close_items             x . . . . . . . . .
see_inspections         x x x x . . . x . x
assign_inspections      x . . . . . . . . .
inspect                 . . . . . x . . . .
decide_vetoes           x . . . . . . . . .
see_reviews             x x x x . . . x . x
review                  . . . . . . x . . .
run_meetings            x x x x . . . . . .
manage_accounts         x x . . . . . . . .
see_audit               x . . . . . . . . x
see_ratings             x x x x . . x x x x
score_ratings           x . . . . . . x . .
propose_ratings         x . . . . . . . . .
approve_ratings         . . . . . . . . x .
nominate_awards         x x . . . . . . . .
propose_publication     x . . . . . . . . .
approve_publication     . . . . . . . . x .
request_rows            . . . . . . . x . .
allow_rows              . . . . . . . . x .
see_indicators          x x x x . . x x x x
edit_indicators         x . . . . . . . . .
enter_indicators        x x x x . . . . . .
check_indicators        x x . . . . . . . .
settle_indicators       . . . . . . . . x .
import_sources          x . . . . . . x . .
call_back               x x . . . . . . . .
supervise               . . . . . . . . . x
"""
ROLES = [
    Role.DISTRICT_ADMIN,
    Role.UNIT_ADMIN,
    Role.BRANCH_SECRETARY,
    Role.WINDOW_MANAGER,
    Role.VERIFIER,
    Role.INSPECTOR,
    Role.LEADER,
    Role.ANALYST,
    Role.APPROVER,
    Role.SUPERVISOR,
]
EXPECTED = {
    (role, Action(line.split()[0])): mark == "x"
    for line in TABLE.strip().splitlines()
    for role, mark in zip(ROLES, line.split()[1:], strict=True)
}

# Each role is held at one place; own and child are in reach, sibling and parent are not. The
# codes of siblings begin alike on purpose.
PLACES = {
    Role.DISTRICT_ADMIN: ("D0/", "D0/U1/B1/", "D01/", None),
    Role.UNIT_ADMIN: ("D0/U1/", "D0/U1/B1/", "D0/U11/", "D0/"),
    Role.BRANCH_SECRETARY: ("D0/U1/B1/", None, "D0/U1/B11/", "D0/U1/"),
    Role.WINDOW_MANAGER: ("D0/U1/W1/", None, "D0/U1/W11/", "D0/U1/"),
    Role.VERIFIER: ("D0/U1/", "D0/U1/B1/", "D0/U11/", "D0/"),
    Role.INSPECTOR: ("D0/U1/", "D0/U1/B1/", "D0/U11/", "D0/"),
    Role.LEADER: ("D0/U1/", "D0/U1/B1/", "D0/U11/", "D0/"),
    Role.ANALYST: ("D0/", "D0/U1/B1/", "D01/", None),
    Role.APPROVER: ("D0/", "D0/U1/B1/", "D01/", None),
    Role.SUPERVISOR: ("D0/", "D0/U1/B1/", "D01/", None),
}


def holder(role):
    path = PLACES[role][0]
    return Actor("a", "甲", (Grant(role, path.split("/")[-2], path),))


def test_the_table_names_every_role_and_act():
    assert set(EXPECTED) == {(role, action) for role in Role for action in Action}
    assert set(RIGHTS) == set(Role)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_who_may_do_what_and_where(role, action):
    actor, allowed = holder(role), EXPECTED[role, action]
    own, child, sibling, parent = PLACES[role]
    assert may(actor, action) is allowed
    assert may(actor, action, own) is allowed
    assert child is None or may(actor, action, child) is allowed
    assert not may(actor, action, sibling)
    assert parent is None or not may(actor, action, parent)


@pytest.mark.parametrize("action", Action)
def test_the_operator_may_do_everything_and_an_account_without_roles_nothing(action):
    assert may(OPERATOR, action, "D0/U1/")
    assert not may(Actor("n", "无"), action)
    assert not may(Actor("n", "无"), action, "D0/U1/")


def test_the_system_sees_items_and_may_do_nothing_else():
    assert [action for action in Action if may(SYSTEM, action, "D0/U1/")] == [
        Action.SEE_RECTIFICATION
    ]


def test_roles_add_up_each_at_its_own_place():
    actor = Actor(
        "a",
        "甲",
        (
            Grant(Role.VERIFIER, "U1", "D0/U1/"),
            Grant(Role.BRANCH_SECRETARY, "B2", "D0/U2/B2/"),
        ),
    )
    assert may(actor, Action.VERIFY_ITEMS, "D0/U1/B1/")
    assert not may(actor, Action.VERIFY_ITEMS, "D0/U2/B2/")
    assert may(actor, Action.OWN_ITEMS, "D0/U2/B2/")
    assert not may(actor, Action.OWN_ITEMS, "D0/U1/B1/")


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_refusal_tells_nothing_about_what_the_actor_does_not_see(role, action):
    actor = holder(role)
    own, _, sibling, _ = PLACES[role]
    with pytest.raises(NotFound):
        require(actor, action, sibling)
    if EXPECTED[role, action]:
        require(actor, action, own)
    else:
        with pytest.raises(NotAllowed):
            require(actor, action, own)
