"""The calendar of holidays and 调休 that deadlines are counted with, and its import."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action
from survey.errors import ImportRefused, SurveyError
from survey.rectification.calendar import load_calendar, shipped
from survey.rectification.workday_import import import_workdays
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.policies import TABLE_BYTES, policy
from survey.web.texts import language, sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("workdays", __name__, url_prefix="/workdays")
MOST_FAULTS = 50


@bp.get("/")
@policy(Action.RUN_ROUNDS)
def index() -> ResponseReturnValue:
    """Show the years whose holidays are known, and which are missing."""
    return _page()


@bp.post("/")
@policy(Action.RUN_ROUNDS, max_bytes=TABLE_BYTES)
def load() -> ResponseReturnValue:
    """Import a table; every bad row is named, and nothing is kept then."""
    file = request.files.get("file")
    try:
        with transaction() as session:
            data, name = (file.read(), file.filename or "") if file else (b"", "")
            import_workdays(session, actor(), data, name, now=clock.now())
    except ImportRefused as refused:
        faults = [fault.sentence(language()) for fault in refused.faults[:MOST_FAULTS]]
        return _page(sentence(refused), faults, refused.status)
    except SurveyError as refused:
        return _page(sentence(refused), status=refused.status)
    return redirect(url_for(".index", done="calendar"), code=303)


def _page(
    refused: str = "", faults: list[str] | None = None, status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        calendar = load_calendar(session)
        years = [
            (
                year,
                sum(d.year == year and not works for d, works in calendar.exceptions.items()),
                sum(d.year == year and works for d, works in calendar.exceptions.items()),
                year in shipped().years,
            )
            for year in sorted(calendar.years, reverse=True)
        ]
        return page(
            session,
            "console/workdays.html",
            years=years,
            refused=refused,
            faults=faults or [],
        ), status
