"""Paper ballots in the console: batches, two keyings, and settling where they differ."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice

from forms.definition import Questionnaire
from survey import clock
from survey.accounts.names import display_names
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection import keying, settling
from survey.collection import keying_batches as batches
from survey.collection.keying import Ballot
from survey.collection.keying_batches import BatchView
from survey.collection.keying_refusals import BallotRefused
from survey.collection.points import list_points, questionnaire_of
from survey.collection.settling import Difference
from survey.errors import NotFound, SurveyError
from survey.web.console import keying_fields as keyed
from survey.web.console.coverage import titles_of
from survey.web.console.fieldwork_forms import BatchForm
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.keying import validate_paper
from survey.web.numbers import bounded
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import language, sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("keying", __name__, url_prefix="/rounds/<round_code>/keying")
KEY = Action.KEY_PAPER
KEYED_BYTES = 256 * 1024


@bp.get("/")
@policy(KEY)
def index(round_code: str) -> ResponseReturnValue:
    """List the batches: what was handed out, what came back, how far the keying is."""
    return _index(round_code)


@bp.post("/")
@policy(KEY)
def register(round_code: str) -> ResponseReturnValue:
    """Register a batch."""
    held = platform()
    with transaction() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        form = BatchForm(request.form)
        form.point.choices = _choices(session, round_)
        if not form.validate():
            return _index(round_code, form, status=422)
        counts = {"issued": form.issued.data, "returned": form.returned.data}
        try:
            batch = batches.register(
                session,
                held.keystore,
                actor(),
                round_,
                form.point.data,
                label=form.label.data,
                spoilt=form.spoilt.data,
                now=clock.now(),
                **counts,
            )
        except NotFound:
            raise
        except SurveyError as refused:
            return _index(round_code, form, sentence(refused), refused.status)
    return redirect(url_for(".show", round_code=round_code, batch_id=batch.id), code=303)


@bp.get("/<int:batch_id>")
@policy(KEY)
def show(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Show one batch: its counts, who keys it, and what is to be done next."""
    return _batch_page(round_code, batch_id)


@bp.post("/<int:batch_id>/begin")
@policy(KEY)
def begin(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Take on a keying, having compared the mark on the ballots."""
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            mark = request.form.get("mark", "")[:20]
            keying.begin(session, actor(), round_, batch_id, mark, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _batch_page(round_code, batch_id, sentence(refused), refused.status)
    return redirect(url_for(".ballot", round_code=round_code, batch_id=batch_id, place=1), code=303)


@bp.get("/<int:batch_id>/<int:place>")
@policy(KEY)
def ballot(round_code: str, batch_id: int, place: int) -> ResponseReturnValue:
    """Show the form for one ballot; what was keyed before is not shown again."""
    return _ballot_page(round_code, batch_id, place)


@bp.post("/<int:batch_id>/<int:place>")
@policy(KEY, max_bytes=KEYED_BYTES)
def put(round_code: str, batch_id: int, place: int) -> ResponseReturnValue:
    """Seal one ballot and go on to the next, or say what is wrong with it."""
    held = platform()
    typed: dict[str, str] = {}
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            view = batches.get_batch(session, actor(), round_, batch_id)
            questionnaire = questionnaire_of(session, view.point)
            read, typed, errors = keyed.read_ballot(questionnaire, request.form)
            if errors and not read.is_spoilt:
                return _ballot_page(round_code, batch_id, place, typed, errors, status=422)
            stores = (session, held.keystore, actor(), round_, batch_id)
            keying.put_ballot(*stores, place, read, validate_paper, now=clock.now())
            following = _next_place(batches.get_batch(session, actor(), round_, batch_id), place)
    except BallotRefused as refused:
        errors = refused.english if language() == "en" else refused.messages
        return _ballot_page(round_code, batch_id, place, typed, errors, status=refused.status)
    if following is None:
        return redirect(url_for(".show", round_code=round_code, batch_id=batch_id), code=303)
    return redirect(
        url_for(".ballot", round_code=round_code, batch_id=batch_id, place=following), code=303
    )


@bp.post("/<int:batch_id>/finish")
@policy(KEY)
def finish(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Declare one's own keying complete."""
    return _step(round_code, batch_id, "keyed", keying.finish)


@bp.post("/<int:batch_id>/amend")
@policy(KEY)
def amend(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Correct the counts of a batch."""
    counts = {
        name: request.form.get(name, -1, type=bounded) for name in ("issued", "returned", "spoilt")
    }
    return _step(round_code, batch_id, "amended", batches.amend, **counts)


@bp.post("/<int:batch_id>/cancel")
@policy(KEY)
def cancel(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Give up a batch."""
    reason = request.form.get("reason", "").strip()[:200]
    if not reason:
        return _batch_page(round_code, batch_id, _("请写明为什么撤销"), 422)
    return _step(round_code, batch_id, "batch_cancelled", batches.cancel, reason=reason)


@bp.get("/<int:batch_id>/settle")
@policy(KEY)
def settle_form(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Show both keyings side by side where they differ."""
    return _settle_page(round_code, batch_id)


@bp.post("/<int:batch_id>/settle")
@policy(KEY, max_bytes=KEYED_BYTES)
def settle(round_code: str, batch_id: int) -> ResponseReturnValue:
    """Put the batch into the box as decided."""
    held = platform()
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            view = batches.get_batch(session, actor(), round_, batch_id)
            questionnaire = questionnaire_of(session, view.point)
            found = settling.compare(session, held.keystore, actor(), round_, batch_id)
            decisions = {}
            for difference in found.differences:
                decided = _decided(questionnaire, difference, request.form)
                if decided is not None:
                    decisions[difference.place] = decided
            taken = settling.settle(
                session,
                held.inbox,
                held.keystore,
                actor(),
                round_,
                batch_id,
                decisions,
                validate_paper,
                by_agreement="agreed" in request.form,
                now=clock.now(),
            )
    except NotFound:
        raise
    except BallotRefused as refused:
        said = "；".join((refused.english if language() == "en" else refused.messages).values())
        return _settle_page(round_code, batch_id, f"{sentence(refused)}：{said}", refused.status)
    except SurveyError as refused:
        return _settle_page(round_code, batch_id, sentence(refused), refused.status)
    _discard_keys()
    return redirect(url_for(".index", round_code=round_code, done="paper", a=taken), code=303)


def _step(
    round_code: str, batch_id: int, done: str, act: Callable[..., None], **more: object
) -> ResponseReturnValue:
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            act(session, actor(), round_, batch_id, now=clock.now(), **more)
    except NotFound:
        raise
    except SurveyError as refused:
        return _batch_page(round_code, batch_id, sentence(refused), refused.status)
    _discard_keys()
    return redirect(url_for(".show", round_code=round_code, batch_id=batch_id, done=done), code=303)


def _discard_keys() -> None:
    with reading() as session:
        batches.discard_keys(session, platform().keystore)


def _decided(
    questionnaire: Questionnaire, difference: Difference, posted: MultiDict[str, str]
) -> Ballot | None:
    """Return the ballot as decided, or None where something is still open."""
    keyings = {"1": difference.first, "2": difference.second}
    if not difference.codes:
        return keyings.get(posted.get(f"d{difference.place}", ""))
    fields = dict(difference.first.fields)
    for code in difference.codes:
        choice = posted.get(f"d{difference.place}.{code}", "")
        if choice in keyings:
            fields[code] = keyings[choice].fields.get(code, ())
        elif choice == "other":
            typed = posted.get(f"t{difference.place}.{code}", "")[: keyed.LONGEST].strip()
            try:
                fields[code] = keyed.values_of(questionnaire.item(code), typed)
            except ValueError:
                return None
        else:
            return None
    return Ballot(fields)


def _next_place(view: BatchView, place: int) -> int | None:
    """Return the ballot to be keyed next: the next one, else the first that is missing."""
    own = view.keying_of(actor().name)
    done = own.done if own else frozenset()
    order = [*range(place + 1, view.returned + 1), *range(1, place)]
    return next((each for each in order if each not in done), None)


def _choices(session: Session, round_: Round) -> list[SelectChoice]:
    views = list_points(session, actor(), round_, action=KEY)
    titles = titles_of(session, round_)
    several = len({view.questionnaire_code for view in views}) > 1
    return [
        SelectChoice(
            view.code,
            f"{view.org_name}（{titles[view.questionnaire_code]}）" if several else view.org_name,
        )
        for view in views
    ]


def _index(
    round_code: str, form: BatchForm | None = None, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        found = batches.list_batches(session, actor(), round_)
        form = form or BatchForm()
        form.point.choices = _choices(session, round_)
        return page(
            session,
            "console/keying.html",
            round=round_,
            batches=found,
            form=form,
            refused=refused,
            titles=titles_of(session, round_),
            me=actor().name,
            names=_names(session, found),
            is_taken=round_.state == "open" and clock.now() < round_.paper_until,
        ), status


def _names(session: Session, found: list[BatchView]) -> dict[str, str]:
    """Return what the people who key are called."""
    return display_names(session, {each.keyed_by for view in found for each in view.keyings})


def _batch_page(
    round_code: str, batch_id: int, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        view = batches.get_batch(session, actor(), round_, batch_id)
        return page(
            session,
            "console/keying_batch.html",
            round=round_,
            batch=view,
            own=view.keying_of(actor().name),
            titles=titles_of(session, round_),
            following=_next_place(view, 0),
            names=_names(session, [view]),
            refused=refused,
            is_taken=round_.state == "open" and clock.now() < round_.paper_until,
        ), status


def _ballot_page(
    round_code: str,
    batch_id: int,
    place: int,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        view = batches.get_batch(session, actor(), round_, batch_id)
        own = view.keying_of(actor().name)
        if own is None or not 1 <= place <= view.returned:
            return redirect(url_for(".show", round_code=round_code, batch_id=batch_id), code=303)
        questionnaire = questionnaire_of(session, view.point)
        return page(
            session,
            "console/keying_ballot.html",
            round=round_,
            batch=view,
            own=own,
            place=place,
            rows=keyed.rows_of(questionnaire, typed or {}, errors or {}),
            error_count=len(errors or {}),
        ), status


def _settle_page(
    round_code: str, batch_id: int, refused: str = "", status: int = 200
) -> ResponseReturnValue:
    held = platform()
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        view = batches.get_batch(session, actor(), round_, batch_id)
        try:
            found = settling.compare(session, held.keystore, actor(), round_, batch_id)
        except SurveyError as too_early:
            return _batch_page(round_code, batch_id, sentence(too_early), too_early.status)
        questionnaire = questionnaire_of(session, view.point)
        return page(
            session,
            "console/keying_settle.html",
            round=round_,
            batch=view,
            comparison=found,
            rows={row.code: row for row in keyed.rows_of(questionnaire, {}, {})},
            spelled=lambda code, values: keyed.spelled(questionnaire, code, values),
            chosen=request.form,
            is_own=view.keying_of(actor().name) is not None,
            spoilt=sum(each.is_spoilt for each in found.ballots.values()),
            refused=refused,
        ), status
