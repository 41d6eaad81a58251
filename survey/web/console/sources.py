"""Results of other evaluations: imported whole, to stand beside a round's own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action
from survey.errors import Fault, ImportRefused
from survey.indicators.templates import workbook_of
from survey.ratings import outside
from survey.web.console.forms import posted
from survey.web.console.indicator_forms import TableForm
from survey.web.console.indicators import XLSX
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.policies import TABLE_BYTES, policy
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("sources", __name__, url_prefix="/sources")
IMPORT = Action.IMPORT_SOURCES


@bp.get("/")
@policy(IMPORT)
def index() -> ResponseReturnValue:
    """Show what was imported, and the form for more."""
    return _page(TableForm())


@bp.get("/template.xlsx")
@policy(IMPORT)
def template() -> Response:
    """Send a workbook to fill in."""
    data = workbook_of("结果", outside.HEAD, (), outside.WORDS)
    return send(data, XLSX, _("别的考核结果") + ".xlsx")


@bp.post("/")
@policy(IMPORT, max_bytes=TABLE_BYTES)
def import_file() -> ResponseReturnValue:
    """Import a file whole, or list every place to mend."""
    form = TableForm(posted())
    if not form.validate():
        return _page(form, status=422)
    file = form.file.data
    try:
        with transaction() as session:
            done = outside.import_results(
                session, actor(), file.read(), file.filename, now=clock.now()
            )
    except ImportRefused as refused:
        return _page(form, refused.faults, refused.status)
    counts: dict[str, Any] = {"a": done.added, "b": done.changed, "c": done.unchanged}
    return redirect(url_for(".index", done="imported", **counts), code=303)


def _page(
    form: TableForm, faults: tuple[Fault, ...] = (), status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        return page(
            session,
            "console/sources.html",
            form=form,
            faults=faults,
            found=outside.list_sources(session, actor()),
            columns=outside.WORDS,
        ), status
