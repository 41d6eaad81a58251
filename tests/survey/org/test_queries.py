"""Reading the tree within what the actor may see: `survey/org/queries.py`."""

from pathlib import Path

import pytest

from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Action, Actor, Grant
from survey.errors import NotAllowed, NotFound
from survey.org import queries
from survey.org import service as org
from survey.org.models import Organisation

SAMPLE = Path(__file__).resolve().parents[3] / "sample"
SEE = Action.SEE_ORGANISATIONS
NOBODY = Actor("x", "没有角色")


def holder(role, org_id, org_path):
    return Actor("a", "甲", (Grant(role, org_id, org_path),))


U13_ADMIN = holder(Role.UNIT_ADMIN, "U13", "D0/U13/")


@pytest.fixture
def district(session, now):
    """A session on the sample district."""
    for name, take in (
        ("organisations", org.import_organisations),
        ("members", org.import_members),
        ("commitments", org.import_commitments),
    ):
        take(session, OPERATOR, (SAMPLE / f"{name}.csv").read_bytes(), f"{name}.csv", now=now)
    session.commit()
    return session


def test_what_each_actor_sees_of_the_tree(district):
    assert len(queries.visible(district, OPERATOR, SEE)) == 294
    assert queries.visible(district, NOBODY, SEE) == []
    below = queries.visible(district, U13_ADMIN, SEE)
    assert len(below) == 36
    assert all(organisation.path.startswith("D0/U13/") for organisation in below)
    levels = [organisation.level for organisation in queries.visible(district, OPERATOR, SEE)]
    assert levels == sorted(levels, key=["district", "unit", "branch", "window"].index)

    farms = queries.visible(district, OPERATOR, SEE, level="branch", sector="农村")
    assert len(farms) == 60
    assert len(queries.units(district, OPERATOR, SEE)) == 22

    branch = queries.get(district, "B012")
    assert [o.level for o in queries.ancestors(district, branch)] == ["district", "unit"]
    assert queries.ancestors(district, queries.get(district, "D0")) == []
    assert len(queries.children_of(district, "U13")) == 35

    counts = queries.counts_by_unit(district, OPERATOR)
    assert sum(count.branches for count in counts.values()) == 211
    assert sum(count.windows for count in counts.values()) == 60
    assert sum(count.members for count in counts.values()) == 3550
    assert sum(count.commitments for count in counts.values()) == 602
    assert set(queries.counts_by_unit(district, U13_ADMIN)) == {"U13"}

    assert len(queries.members_of(district, OPERATOR, "B012")) > 3
    assert (
        len(queries.commitments_of(district, holder(Role.UNIT_ADMIN, "U17", "D0/U17/"), "B184"))
        == 2
    )


def small_tree(session):
    rows = (
        ("D0", "D0/", "district", "示范区"),
        ("U_1", "D0/U_1/", "unit", "云澜街道100%达标"),
        ("UA1", "D0/UA1/", "unit", "禾湾_街道"),
        ("BX", "D0/UA1/BX/", "branch", "Alpha支部"),
    )
    for place, (code, path, level, name) in enumerate(rows):
        parent_id = path.split("/")[-3] if level != "district" else None
        session.add(
            Organisation(
                id=code,
                parent_id=parent_id,
                path=path,
                level=level,
                name=name,
                short_name=name,
                sort_no=place,
            )
        )
        session.flush()


def test_a_search_takes_every_character_as_itself(session):
    small_tree(session)
    for search, found in (
        ("街道", ["U_1", "UA1"]),
        ("%", ["U_1"]),
        ("_", ["U_1", "UA1"]),
        ("\\", []),
        (" alpha ", ["BX"]),
        ("bx", ["BX"]),
        ("\0", ["D0", "U_1", "UA1", "BX"]),
        ("'; --", []),
        ("", ["D0", "U_1", "UA1", "BX"]),
    ):
        organisations = queries.visible(session, OPERATOR, SEE, search=search)
        assert [organisation.id for organisation in organisations] == found


def test_an_underscore_in_a_code_reaches_nobody_else(session):
    small_tree(session)
    actor = holder(Role.UNIT_ADMIN, "U_1", "D0/U_1/")
    assert [o.id for o in queries.visible(session, actor, SEE)] == ["U_1"]


def test_what_is_foreign_cannot_be_told_from_what_is_not_there(session):
    small_tree(session)
    actor = holder(Role.BRANCH_SECRETARY, "U_1", "D0/U_1/")
    for org_id in ("B9", "UA1", "BX", "D0", "", "甲", "\0", "x" * 40, "../D0"):
        with pytest.raises(NotFound) as refusal:
            queries.get_visible(session, actor, SEE, org_id)
        assert refusal.value.zh == "没有找到这个单位"


def test_what_is_seen_but_belongs_to_others_is_not_allowed(session):
    small_tree(session)
    actor = holder(Role.VERIFIER, "UA1", "D0/UA1/")
    assert queries.get_visible(session, actor, SEE, "BX").id == "BX"
    with pytest.raises(NotAllowed):
        queries.members_of(session, actor, "BX")
