"""The console as one blueprint: every page of staff, behind one gate."""

from __future__ import annotations

from flask import Blueprint

from survey.web.console import (
    accounts,
    ballots,
    batches,
    board,
    callbacks,
    checklist,
    comments,
    consultations,
    coverage,
    custodians,
    desk,
    documents,
    drafts,
    field,
    giving_up,
    guard,
    home,
    indicators,
    inspections,
    item_residents,
    jobs,
    keying,
    language,
    letters,
    meetings,
    old_ledgers,
    organisations,
    paper,
    points,
    publishing,
    questionnaires,
    ratings,
    rectification,
    reports,
    results,
    reviews,
    round_rules,
    rounds,
    rows,
    rules,
    sign_in,
    sources,
    supervision,
    tickets,
    workdays,
)

PARTS = (
    sign_in,
    home,
    organisations,
    drafts,
    questionnaires,
    rules,
    rounds,
    round_rules,
    custodians,
    giving_up,
    coverage,
    points,
    tickets,
    keying,
    ballots,
    paper,
    meetings,
    checklist,
    inspections,
    reviews,
    results,
    publishing,
    rows,
    comments,
    ratings,
    indicators,
    sources,
    reports,
    documents,
    batches,
    desk,
    letters,
    field,
    board,
    old_ledgers,
    rectification,
    item_residents,
    callbacks,
    supervision,
    consultations,
    workdays,
    accounts,
    jobs,
)


def make_console() -> Blueprint:
    """Return the console's blueprint with all its parts, guarded."""
    console = Blueprint("console", __name__, url_prefix="/console")
    language.offer(console)
    guard.guard(console)
    for part in PARTS:
        console.register_blueprint(part.bp)
    return console
