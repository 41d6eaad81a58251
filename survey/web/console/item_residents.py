"""What residents have to do with an item: where they judge it, who waits for a call, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action, may
from survey.campaigns.models import CollectionMode
from survey.collection import points
from survey.collection.models import CollectionPoint
from survey.rectification import callbacks, evidence, rechecks
from survey.rectification.loading import find
from survey.rectification.recheck_models import Outcome
from survey.rectification.states import State
from survey.rectification.workdays import local_date
from survey.web.console.session import actor
from survey.web.policies import policy
from survey.web.unit_of_work import transaction

bp = Blueprint("item_residents", __name__, url_prefix="/rectification/<number>/pictures")


@dataclass(frozen=True)
class Asked:
    """How residents are asked about an item now; `code` is empty while that is being opened."""

    round_code: str
    code: str
    last_day: date | None
    is_extended: bool
    is_ticket: bool


@dataclass(frozen=True)
class Residents:
    """What the page of an item says of residents; `asked` is None outside a recheck."""

    asked: Asked | None
    waiting: int
    may_show: bool


def residents_of(session: Session, number: str) -> Residents:
    """Return what the actor sees of residents at the item `number`."""
    found = find(session, actor(), number)
    is_caller = may(actor(), Action.CALL_BACK)
    numbers = callbacks.numbers(session, actor(), item=number) if is_caller else []
    asked = None
    if found.view.state is State.RECHECK:
        window = rechecks.window_of(session, found.row)
        if window is None:
            asked = Asked("", "", None, False, False)
        elif window.outcome == Outcome.RUNNING:
            code = session.get_one(CollectionPoint, window.point_id).code
            point = points.find_point(session, code)
            asked = Asked(
                round_code=point.round_code,
                code=code,
                last_day=local_date(window.closes_at - timedelta(microseconds=1)),
                is_extended=window.is_extended,
                is_ticket=point.mode == CollectionMode.TICKET,
            )
    waiting = sum(each.result is None for each in numbers)
    return Residents(asked, waiting, may(actor(), Action.CHECK_ITEMS, found.owner.path))


@bp.post("/<int:evidence_id>")
@policy(Action.CHECK_ITEMS)
def show_picture(number: str, evidence_id: int) -> ResponseReturnValue:
    """Let everybody see a picture of an item, or nobody but staff again."""
    shown = request.form.get("shown") == "yes"
    with transaction() as session:
        evidence.show_to_all(session, actor(), number, evidence_id, shown=shown, now=clock.now())
    done = "shown" if shown else "hidden"
    page = url_for("console.rectification.show", number=number, done=done)
    return redirect(page + "#evidence", code=303)
