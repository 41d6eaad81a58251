"""A tree of indicators, and people who fill it in and check what was filled in."""

from datetime import date

import pytest

from survey.accounts.models import Role
from survey.accounts.policy import Actor, Grant
from survey.indicators import entries, sets
from survey.indicators.models import Verdict
from survey.indicators.periods import read_period
from survey.indicators.sets import SetPlan
from tests.conftest import SAMPLE
from tests.rounds import add_district

TREE = (SAMPLE / "indicators_branch.csv").read_bytes()
TODAY = date(2026, 9, 10)
Q2, Q3 = read_period("2026Q2"), read_period("2026Q3")


def staff(name, role, *path):
    return Actor(name, name, (Grant(role, path[-1], "/".join(path) + "/"),))


SECRETARY = staff("shuji", Role.BRANCH_SECRETARY, "D0", "U01", "B001")
OTHER = staff("linju", Role.BRANCH_SECRETARY, "D0", "U01", "B002")
UNIT = staff("danwei", Role.UNIT_ADMIN, "D0", "U01")
UNIT_TOO = staff("danwei2", Role.UNIT_ADMIN, "D0", "U01")
DISTRICT = staff("quban", Role.DISTRICT_ADMIN, "D0")
APPROVER = staff("shending", Role.APPROVER, "D0")
VERIFIER = staff("yanshou", Role.VERIFIER, "D0")
PLAN = SetPlan("ZB", "党支部量化竞赛指标", "branch")


@pytest.fixture
def tree(session, now):
    add_district(session, now)
    return sets.import_tree(session, DISTRICT, PLAN, TREE, "indicators_branch.csv", now=now)


@pytest.fixture
def enter(session, tree, now):
    def act(actor, node, value, note="", *, org="B001", period="2026Q2"):
        place = entries.place_of(session, actor, "ZB", org, node, period)
        return entries.enter(session, actor, place, value, note, today=TODAY, now=now)

    return act


@pytest.fixture
def approve(session, now):
    def act(actor, entry, verdict=Verdict.APPROVED, reason=""):
        return entries.decide(session, actor, entry.id, verdict, reason, now=now)

    return act


def refusals(found):
    return [(fault.row, fault.column, fault.zh) for fault in found.value.faults]
