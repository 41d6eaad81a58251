"""The organisation tree: who belongs where, how many they are, and how the files get in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action, may
from survey.errors import Fault, ImportRefused
from survey.org import columns, queries
from survey.org import service as org
from survey.org.models import Level
from survey.web.console import words
from survey.web.console.forms import RosterForm, posted
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import TABLE_BYTES, policy
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("organisations", __name__, url_prefix="/organisations")
SEE = Action.SEE_ORGANISATIONS
IMPORTS = {
    "organisations": org.import_organisations,
    "members": org.import_members,
    "commitments": org.import_commitments,
}


@bp.get("/")
@policy(SEE)
def index() -> str:
    """List the units with what is below them, or what a search finds."""
    wanted = {key: request.args.get(key, "")[:60] for key in ("q", "level", "sector")}
    with reading() as session:
        counts = queries.counts_by_unit(session, actor())
        found = queries.visible(
            session,
            actor(),
            SEE,
            search=wanted["q"],
            level=wanted["level"] if wanted["level"] in words.LEVELS else None,
            sector=wanted["sector"] if wanted["sector"] in columns.SECTORS else None,
        )
        units = [(unit, counts[unit.id]) for unit in queries.units(session, actor(), SEE)]
        return page(
            session,
            "console/organisations.html",
            wanted=wanted,
            is_tree=bool(units) and not any(wanted.values()),
            units=units,
            found=page_of(found),
            levels=words.LEVELS,
            sectors=columns.SECTORS,
            may_import=may(actor(), Action.IMPORT_ORGANISATIONS),
        )


@bp.get("/<org_id>")
@policy(SEE)
def show(org_id: str) -> str:
    """Show one organisation with what is below it."""
    with reading() as session:
        found = queries.get_visible(session, actor(), SEE, org_id)
        children = [c for c in queries.children_of(session, org_id) if may(actor(), SEE, c.path)]
        linked = found.linked_branch_id
        branch = queries.get(session, linked) if linked else None
        sees_members = found.level == Level.BRANCH and may(actor(), Action.SEE_MEMBERS, found.path)
        return page(
            session,
            "console/organisation.html",
            org=found,
            above=[o for o in queries.ancestors(session, found) if may(actor(), SEE, o.path)],
            level=words.LEVELS[Level(found.level)],
            head=words.HEADS[Level(found.level)],
            levels=words.LEVELS,
            children=children,
            branch=branch,
            sees_branch=branch is not None and may(actor(), SEE, branch.path),
            commitments=queries.commitments_of(session, actor(), org_id),
            commitment_words=words.COMMITMENTS,
            sees_members=sees_members,
            members=queries.members_of(session, actor(), org_id) if sees_members else [],
        )


@bp.get("/import")
@policy(Action.IMPORT_ORGANISATIONS)
def import_form() -> ResponseReturnValue:
    """Show the form of an import."""
    return _import_page(RosterForm(kind=request.args.get("kind", "organisations")))


@bp.post("/import")
@policy(Action.IMPORT_ORGANISATIONS, max_bytes=TABLE_BYTES)
def import_file() -> ResponseReturnValue:
    """Import a file whole, or list every place to mend."""
    form = RosterForm(posted())
    if not form.validate():
        return _import_page(form, status=422)
    file = form.file.data
    try:
        with transaction() as session:
            act = IMPORTS[form.kind.data]
            done = act(session, actor(), file.read(), file.filename, now=clock.now())
    except ImportRefused as refused:
        return _import_page(form, refused.faults, refused.status)
    if done.unprintable:
        return _import_page(form, unprintable=done.unprintable)
    counts: dict[str, Any] = {"a": done.added, "b": done.changed, "c": done.unchanged}
    return redirect(url_for(".index", done="imported", **counts), code=303)


def _import_page(
    form: RosterForm,
    faults: tuple[Fault, ...] = (),
    status: int = 200,
    *,
    unprintable: tuple[str, ...] = (),
) -> ResponseReturnValue:
    with reading() as session:
        values = {"form": form, "faults": faults, "unprintable": unprintable}
        return page(session, "console/organisations_import.html", **values), status
