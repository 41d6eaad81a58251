"""Everybody who may try something with an item, and an item to try it with."""

from datetime import UTC, date, datetime

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Actor, Grant
from survey.rectification.item import ItemView, Sheet, Step, needs_recheck
from survey.rectification.states import Act, Source, State
from survey.rectification.workdays import local_date

START = datetime(2026, 9, 10, 2, tzinfo=UTC)
TODAY = local_date(START)
PASSED = Sheet(True, True, True, False, 85)
HOME, LINKED, ABROAD = "D0/U01/B001/", "D0/U01/W01/", "D0/U02/B002/"


def person(name: str, *grants: tuple[Role, str]) -> Actor:
    held = tuple(Grant(role, path.strip("/").split("/")[-1], path) for role, path in grants)
    return Actor(name, f"{name}同志", held)


SECRETARY = person("secretary", (Role.BRANCH_SECRETARY, HOME))
UNIT = person("unit", (Role.UNIT_ADMIN, "D0/U01/"))
VERIFIER = person("verifier", (Role.VERIFIER, "D0/"))
SECOND_VERIFIER = person("second", (Role.VERIFIER, "D0/U01/"))
DISTRICT = person("district", (Role.DISTRICT_ADMIN, "D0/"))
PEOPLE = (
    SECRETARY,
    UNIT,
    VERIFIER,
    SECOND_VERIFIER,
    DISTRICT,
    OPERATOR,
    person("both", (Role.BRANCH_SECRETARY, HOME), (Role.VERIFIER, "D0/")),
    person("linked", (Role.WINDOW_MANAGER, LINKED), (Role.VERIFIER, "D0/U01/")),
    person("all", *((role, "D0/") for role in Role)),
    person("foreign_secretary", (Role.BRANCH_SECRETARY, ABROAD)),
    person("foreign_unit", (Role.UNIT_ADMIN, "D0/U02/"), (Role.VERIFIER, "D0/U02/")),
    person("nobody"),
)


def an_item(state: State = State.NEW, source: Source = Source.LOW_SCORE) -> ItemView:
    registered = Step(Act.REGISTER, "system", None, state, START)
    return ItemView(
        number="ZG-2026-0001",
        source=source,
        org_path=HOME,
        home_paths=(HOME, LINKED),
        state=state,
        limit_workdays=15,
        due_on=date(2026, 9, 30),
        history=(registered,),
        needs_recheck=needs_recheck(source),
    )
