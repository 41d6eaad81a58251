"""Read the organisation tree, its members and its commitments, within what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, false, func, or_, select
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Actor, require
from survey.errors import NotFound
from survey.org.models import Commitment, Level, Member, Organisation

MAX_ID_CHARS = 32

_LEVEL_ORDER = case(
    {level.value: place for place, level in enumerate(Level)}, value=Organisation.level
)
_IN_ORDER = (_LEVEL_ORDER, Organisation.sort_no, Organisation.id)


@dataclass(frozen=True)
class Counts:
    """How much there is below a unit; organisations and members, active ones only."""

    branches: int = 0
    windows: int = 0
    members: int = 0
    commitments: int = 0


def get(session: Session, org_id: str) -> Organisation:
    """Return an organisation by its code.

    Raises:
        NotFound: nobody has this code.
    """
    # PostgreSQL takes no NUL in a text; no code is printable otherwise or longer.
    found = session.get(Organisation, org_id) if _may_be_code(org_id) else None
    if found is None:
        raise NotFound("没有找到这个单位", "There is no such organisation")
    return found


def get_visible(session: Session, actor: Actor, action: Action, org_id: str) -> Organisation:
    """Return an organisation at which `actor` may do `action`.

    Raises:
        NotFound: there is none, or the actor does not see it; the two cannot be told apart.
        NotAllowed: the actor sees it, and the act belongs to somebody else.
    """
    organisation = get(session, org_id)
    require(actor, action, organisation.path)
    return organisation


def within(actor: Actor, action: Action) -> ColumnElement[bool]:
    """Return the condition that an organisation lies where `actor` may do `action`."""
    scopes = actor.scopes(action)
    if not scopes:
        return false()
    return or_(*(Organisation.path.startswith(scope, autoescape=True) for scope in scopes))


def visible(
    session: Session,
    actor: Actor,
    action: Action,
    *,
    level: str | None = None,
    sector: str | None = None,
    search: str | None = None,
) -> list[Organisation]:
    """Return the organisations where `actor` may do `action`: district, units, branches, windows.

    `search` finds part of a name, a short name, a code or the secretary's name.
    """
    query = select(Organisation).where(within(actor, action)).order_by(*_IN_ORDER)
    if level:
        query = query.where(Organisation.level == level)
    if sector:
        query = query.where(Organisation.sector == sector)
    if wanted := (search or "").replace("\0", "").strip():
        places = (
            Organisation.name,
            Organisation.short_name,
            Organisation.id,
            Organisation.secretary_name,
        )
        query = query.where(or_(*(place.icontains(wanted, autoescape=True) for place in places)))
    return list(session.scalars(query))


def units(session: Session, actor: Actor, action: Action) -> list[Organisation]:
    """Return the units where `actor` may do `action`."""
    return visible(session, actor, action, level=Level.UNIT)


def sectors(session: Session, actor: Actor, action: Action) -> list[str]:
    """Return the sectors of organisations at which `actor` may do `action`."""
    found = select(Organisation.sector).where(within(actor, action), Organisation.sector != "")
    return list(session.scalars(found.distinct().order_by(Organisation.sector)))


def children_of(session: Session, org_id: str) -> list[Organisation]:
    """Return what stands right below an organisation, branches before windows."""
    query = select(Organisation).where(Organisation.parent_id == org_id).order_by(*_IN_ORDER)
    return list(session.scalars(query))


def ancestors(session: Session, organisation: Organisation) -> list[Organisation]:
    """Return what stands above an organisation, from the district down to its parent."""
    above = organisation.path.split("/")[:-2]
    query = select(Organisation).where(Organisation.id.in_(above)).order_by(_LEVEL_ORDER)
    return list(session.scalars(query))


def members_of(session: Session, actor: Actor, branch_id: str) -> list[Member]:
    """Return the roster of a branch, in its order.

    Raises:
        NotFound: there is no such branch, or the actor does not see it.
        NotAllowed: the roster is for others.
    """
    branch = get_visible(session, actor, Action.SEE_MEMBERS, branch_id)
    query = select(Member).where(Member.branch_id == branch.id).order_by(Member.seq, Member.id)
    return list(session.scalars(query))


def commitments_of(session: Session, actor: Actor, org_id: str) -> list[Commitment]:
    """Return the public commitments of an organisation, the latest year first.

    Raises:
        NotFound: there is no such organisation, or the actor does not see it.
    """
    organisation = get_visible(session, actor, Action.SEE_ORGANISATIONS, org_id)
    query = (
        select(Commitment)
        .where(Commitment.org_id == organisation.id)
        .order_by(Commitment.year.desc(), Commitment.seq, Commitment.id)
    )
    return list(session.scalars(query))


def counts_by_unit(session: Session, actor: Actor) -> dict[str, Counts]:
    """Return, by the code of each unit that `actor` sees, what there is at it and right below."""
    seen = within(actor, Action.SEE_ORGANISATIONS)
    unit_id = case(
        (Organisation.level == Level.UNIT, Organisation.id), else_=Organisation.parent_id
    )
    base = select(unit_id, func.count()).where(seen, Organisation.is_active).group_by(unit_id)
    at = Organisation.level

    def counted(query: Select[str | None, int]) -> dict[str | None, int]:
        return {code: count for code, count in session.execute(query)}  # noqa: C416 - rows, not pairs

    branches = counted(base.where(at == Level.BRANCH))
    windows = counted(base.where(at == Level.WINDOW))
    members = counted(base.join(Member, Member.branch_id == Organisation.id))
    commitments = counted(base.join(Commitment, Commitment.org_id == Organisation.id))
    return {
        unit.id: Counts(
            branches.get(unit.id, 0),
            windows.get(unit.id, 0),
            members.get(unit.id, 0),
            commitments.get(unit.id, 0),
        )
        for unit in units(session, actor, Action.SEE_ORGANISATIONS)
    }


def _may_be_code(org_id: str) -> bool:
    return len(org_id) <= MAX_ID_CHARS and org_id.isascii() and org_id.isprintable()
