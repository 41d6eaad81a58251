"""Reviews by leaders: what is left to review, the form that is signed, and what was said."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from survey import clock
from survey.accounts.policy import Action, may
from survey.campaigns.models import RoundState
from survey.errors import NotFound, SurveyError
from survey.inspections import reviews
from survey.inspections.refusals import AnswersRefused, SignatureRefused
from survey.inspections.rounds import FormKind, NamedForm, named_form, named_forms
from survey.org import queries as organisations
from survey.web.console import named_form as printed
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.console.signature import signer
from survey.web.numbers import bounded
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("reviews", __name__, url_prefix="/reviews")
REVIEW, SEE = Action.REVIEW, Action.SEE_REVIEWS


@bp.get("/mine")
@policy(REVIEW)
def mine() -> str:
    """List what the leader may review, contact points and what is left first."""
    wanted = request.args.get("q", "")[:60].strip()
    with reading() as session:
        form = _current(named_forms(session, FormKind.REVIEW))
        rows = reviews.reviewables(session, actor(), form) if form else []
        found = [row for row in rows if wanted in row.org.name or wanted.upper() == row.org.id]
        found.sort(key=lambda row: (row.review is not None, not row.is_contact_point))
        return page(
            session,
            "console/reviews_mine.html",
            form=form,
            wanted=wanted,
            found=page_of(found),
            left=sum(row.review is None for row in rows),
            total=len(rows),
        )


@bp.get("/mine/<int:form_id>/<org_id>")
@policy(REVIEW)
def write(form_id: int, org_id: str) -> ResponseReturnValue:
    """Show the form of one object, with what the leader signed before."""
    return _form_page(form_id, org_id)


@bp.post("/mine/<int:form_id>/<org_id>")
@policy(REVIEW)
def sign(form_id: int, org_id: str) -> ResponseReturnValue:
    """Sign a review with name and password."""
    typed = request.form.get("signed_name", "")
    try:
        with reading() as session:
            form = named_form(session, FormKind.REVIEW, form_id)
            values, faults = printed.judged(form.questionnaire, request.form)
            if faults:
                raise AnswersRefused(faults)
        if signer(actor().name, request.form.get("password", "")).account_id != actor().account_id:
            raise SignatureRefused("请用自己的账号签名", "Sign with your own account")
        with transaction() as session:
            form = named_form(session, FormKind.REVIEW, form_id)
            reviews.sign(
                session,
                actor(),
                form,
                org_id,
                values,
                signed_name=typed,
                revision=request.form.get("revision", 0, type=bounded),
                now=clock.now(),
            )
    except NotFound:
        raise
    except SurveyError as refused:
        found = refused.faults if isinstance(refused, AnswersRefused) else {}
        return _form_page(form_id, org_id, found, sentence(refused), refused.status)
    return redirect(url_for(".mine", done="signed"), code=303)


@bp.get("/")
@policy(SEE)
def index() -> str:
    """List the objects that leaders have reviewed, with the mean of their scores."""
    with reading() as session:
        form = _current(named_forms(session, FormKind.REVIEW))
        rows = []
        if form:
            for org in organisations.visible(session, actor(), SEE):
                found = reviews.reviews_of(session, form, org.id)
                if found:
                    rows.append((org, found, sum(r.score for r in found) / len(found)))
        return page(session, "console/reviews.html", form=form, found=page_of(rows))


@bp.get("/<int:form_id>/<org_id>")
@policy.signed_in
def show(form_id: int, org_id: str) -> str:
    """Show the reviews of one object: a leader's own to the leader, all to those concerned."""
    with reading() as session:
        form = named_form(session, FormKind.REVIEW, form_id)
        org = organisations.get(session, org_id)
        found = reviews.reviews_of(session, form, org.id)
        if not may(actor(), SEE, org.path):
            found = [review for review in found if review.account_id == actor().account_id]
        if not found:
            raise NotFound(_("没有找到这份点评"), "There is no such review")
        said = [(review, printed.said_in(form.questionnaire, review.answers)) for review in found]
        return page(session, "console/review.html", form=form, org=org, said=said)


def _current(forms: list[NamedForm]) -> NamedForm | None:
    """Return the review form that is open, else the latest."""
    is_open = (form for form in forms if form.round.state == RoundState.OPEN)
    return next(is_open, forms[0] if forms else None)


def _form_page(
    form_id: int,
    org_id: str,
    faults: Mapping[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        form = named_form(session, FormKind.REVIEW, form_id)
        target = reviews.find_reviewable(session, actor(), form, org_id)
        given: MultiDict[str, str] = MultiDict(request.form)
        if not given and target.review:
            given = printed.as_fields(target.review.answers)
        return page(
            session,
            "console/review_write.html",
            form=form,
            target=target,
            parts=printed.parts_of(form.questionnaire),
            given=given,
            faults=faults or {},
            refused=refused,
            person=actor().display_name,
            is_final=bool(target.review) and form.round.state != RoundState.OPEN,
        ), status
