"""Acts on an item beside its steps: asked for and answered, classified, suspected, looked at."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound, SurveyError
from survey.rectification import follow_ups, requests, suspicion, triage
from survey.rectification.handling_models import RequestKind
from survey.rectification.item import StageGoal
from survey.rectification.refusals import ItemFaulty
from survey.rectification.triage import Handling
from survey.web.console import item_page
from survey.web.console.item_sent import Sent
from survey.web.console.item_show import show_item
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.console.stage_rows import stages_sent
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("item_acts", __name__, url_prefix="/rectification")
SEE = Action.SEE_RECTIFICATION


@bp.get("/follow-ups/")
@policy(Action.VERIFY_ITEMS)
def look_again() -> str:
    """List the closed items that the actor is to look at again."""
    now = clock.now()
    with reading() as session:
        tasks = follow_ups.tasks(session, actor(), now=now)
        return page(
            session,
            "console/follow_ups.html",
            tasks=[(task, item_page.chip_of(task.deadline)) for task in tasks],
        )


@bp.post("/<number>/requests")
@policy(Action.OWN_ITEMS)
def ask(number: str) -> ResponseReturnValue:
    """Ask for more time, an appeal, or a long-term plan."""

    def act(session: Session) -> None:
        requests.ask(
            session,
            actor(),
            number,
            RequestKind(request.form["kind"]),
            request.form.get("reason", ""),
            workdays=_count("workdays"),
            stages=_stages(),
            now=clock.now(),
        )

    return _done(number, act, "asked", f"ask-{request.form.get('kind', '')}")


@bp.post("/<number>/requests/answer")
@policy(SEE)
def answer(number: str) -> ResponseReturnValue:
    """Grant what was asked for, or decline it."""

    def act(session: Session) -> None:
        requests.decide(
            session,
            actor(),
            number,
            RequestKind(request.form["kind"]),
            grants=_is_yes("grants"),
            answer=request.form.get("answer", ""),
            now=clock.now(),
        )

    return _done(number, act, "answered", f"answer-{request.form.get('kind', '')}")


@bp.post("/<number>/handling")
@policy(SEE)
def classify(number: str) -> ResponseReturnValue:
    """Say how an item is dealt with, and by when."""

    def act(session: Session) -> None:
        triage.classify(
            session,
            actor(),
            number,
            Handling(request.form["handling"]),
            note=request.form.get("note", ""),
            is_works="is_works" in request.form,
            revision=_count("revision"),
            now=clock.now(),
        )

    return _done(number, act, "classified", "handling")


@bp.post("/<number>/suspicion")
@policy(Action.VERIFY_ITEMS)
def suspect(number: str) -> ResponseReturnValue:
    """Pass an item to the supervisor."""

    def act(session: Session) -> None:
        suspicion.suspect(session, actor(), number, request.form.get("note", ""), now=clock.now())

    return _done(number, act, "suspected", "suspect")


@bp.post("/<number>/suspicion/judge")
@policy(Action.SUPERVISE)
def judge(number: str) -> ResponseReturnValue:
    """Say for the supervisor whether the work was for show."""

    def act(session: Session) -> None:
        suspicion.judge(
            session,
            actor(),
            number,
            is_true=_is_yes("true"),
            note=request.form.get("note", ""),
            now=clock.now(),
        )

    return _done(number, act, "judged", "judge")


@bp.post("/<number>/follow-up")
@policy(Action.VERIFY_ITEMS)
def follow_up(number: str) -> ResponseReturnValue:
    """Write down what was found on looking at a closed item again."""

    def act(session: Session) -> None:
        follow_ups.record(
            session,
            actor(),
            number,
            holds=_is_yes("holds"),
            note=request.form.get("note", ""),
            now=clock.now(),
        )

    return _done(number, act, "looked_again", "look")


def _done(number: str, act: Callable[[Session], None], done: str, form: str) -> ResponseReturnValue:
    """Do it and show the item; a refusal stands on its page, with what was written in `form`."""
    sent = Sent(form, request.form)
    try:
        with transaction() as session:
            act(session)
    except NotFound:
        raise
    except (KeyError, ValueError):
        faulty = ItemFaulty("请从页面上的选项里选一项", "Choose one of what the page offers")
        return show_item(number, sentence(faulty), sent=sent, status=faulty.status)
    except SurveyError as refused:
        return show_item(number, sentence(refused), sent=sent, status=refused.status)
    return redirect(url_for("console.rectification.show", number=number, done=done), code=303)


def _is_yes(name: str) -> bool:
    """Return a choice that has to be made; nothing is taken for a no.

    Raises:
        ValueError: neither was chosen.
    """
    said = request.form.get(name, "")
    if said not in ("yes", "no"):
        raise ValueError(name)
    return said == "yes"


def _count(name: str) -> int:
    """Return a whole number, 0 where none was sent.

    Raises:
        ValueError: it is no number, or a very long one.
    """
    text = request.form.get(name, "").strip()[:9]
    return int(text) if text else 0


def _stages() -> tuple[StageGoal, ...]:
    return stages_sent(request.form)
