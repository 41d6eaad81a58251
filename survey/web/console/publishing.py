"""A round on its way to the public: propose, approve, notice, objections, publish, withdraw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy
from sqlalchemy.orm import Session

from reports.figures import Audience
from survey import clock
from survey.accounts.names import display_names
from survey.accounts.policy import Action, Actor, may
from survey.audit.models import AuditEntry
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round, RoundState
from survey.errors import SurveyError
from survey.publication import archiving, objections, publishing
from survey.publication.models import Outcome, Publication, PublicationState
from survey.publication.notice_terms import LIMITS, Contact
from survey.results import freezing, frozen
from survey.results import service as results
from survey.results.freezing import Candidate
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("publishing", __name__, url_prefix="/rounds/<round_code>/publication")
SEE = Action.SEE_RESULTS
PROPOSE, APPROVE = Action.PROPOSE_PUBLICATION, Action.APPROVE_PUBLICATION
STATES = {
    PublicationState.PROPOSED.value: lazy("等审定"),
    PublicationState.RETURNED.value: lazy("审定人退回"),
    PublicationState.NOTICE.value: lazy("公示中"),
    PublicationState.PUBLISHED.value: lazy("已公布"),
    PublicationState.WITHDRAWN.value: lazy("已撤回"),
}
OUTCOMES = {Outcome.UPHELD.value: lazy("成立"), Outcome.REJECTED.value: lazy("不成立")}
READY = (RoundState.CLOSED, RoundState.SCORING)
Act = Callable[[Session, Actor, Round, datetime], object]


@bp.get("/")
@policy(SEE)
def show(round_code: str) -> ResponseReturnValue:
    """Show how far a round is on its way to the public, and the next step."""
    return _page(round_code)


@bp.post("/propose")
@policy(PROPOSE)
def propose(round_code: str) -> ResponseReturnValue:
    """Put the figures before the approver."""
    contact = Contact(*(request.form.get(name, "") for name in LIMITS))
    return _act(round_code, lambda s, who, r, now: publishing.propose(s, who, r, contact, now=now))


@bp.post("/send-back")
@policy(APPROVE)
def send_back(round_code: str) -> ResponseReturnValue:
    """Return what was proposed, with the reason."""
    reason = request.form.get("reason", "")
    return _act(round_code, lambda s, who, r, now: publishing.send_back(s, who, r, reason, now=now))


@bp.post("/approve")
@policy(APPROVE)
def approve(round_code: str) -> ResponseReturnValue:
    """Let out what was proposed, under the digest that the approver was shown."""
    digest, until = request.form.get("digest", ""), _day(request.form.get("until", ""))
    chosen = _prepared(round_code)
    return _act(
        round_code,
        lambda s, who, r, now: publishing.approve(
            s, who, r, digest=digest, until=until, now=now, chosen=chosen
        ),
    )


@bp.post("/publish")
@policy(PROPOSE)
def publish(round_code: str) -> ResponseReturnValue:
    """Publish for good what stood on notice."""
    return _act(round_code, lambda s, who, r, now: publishing.publish(s, who, r, now=now))


@bp.post("/archive")
@policy(PROPOSE)
def archive(round_code: str) -> ResponseReturnValue:
    """Put a published round on file."""
    return _act(round_code, lambda s, who, r, now: archiving.archive(s, who, r, now=now))


@bp.post("/ask-withdrawal")
@policy(PROPOSE)
def ask_withdrawal(round_code: str) -> ResponseReturnValue:
    """Ask that what is out be taken back."""
    reason = request.form.get("reason", "")
    return _act(
        round_code, lambda s, who, r, now: publishing.ask_withdrawal(s, who, r, reason, now=now)
    )


@bp.post("/withdraw")
@policy(APPROVE)
def withdraw(round_code: str) -> ResponseReturnValue:
    """Take back what somebody else asked to be taken back, or leave it out."""
    act = publishing.withdraw if request.form.get("agree") == "yes" else publishing.keep
    return _act(round_code, lambda s, who, r, now: act(s, who, r, now=now))


@bp.post("/objections")
@policy(PROPOSE)
def record(round_code: str) -> ResponseReturnValue:
    """Write down an objection."""
    text, org_id = request.form.get("text", ""), request.form.get("org", "").strip()[:32]
    received = _day(request.form.get("received", ""))

    def act(session: Session, who: Actor, round_: Round, now: datetime) -> object:
        day = received or now.astimezone(platform().config.zone).date()
        return objections.record(
            session, who, round_, text=text, received_on=day, org_id=org_id, now=now
        )

    return _act(round_code, act)


@bp.post("/objections/<int:number>")
@policy(PROPOSE)
def answer(round_code: str, number: int) -> ResponseReturnValue:
    """Answer an objection."""
    outcome, text = answer_sent()
    return _act(
        round_code,
        lambda s, who, r, now: objections.answer(
            s, who, r, number, outcome=outcome, text=text, now=now
        ),
    )


def answer_sent() -> tuple[Outcome, str]:
    """Return what an objection is answered with; what is not upheld is turned down."""
    is_upheld = request.form.get("outcome") == Outcome.UPHELD.value
    return Outcome.UPHELD if is_upheld else Outcome.REJECTED, request.form.get("answer", "")


def _prepared(round_code: str) -> Candidate | None:
    try:
        return freezing.prepared(platform().sessions, round_code, Audience.PUBLIC)
    except SurveyError:
        return None  # The act meets the same refusal, and shows it.


def _act(round_code: str, act: Act) -> ResponseReturnValue:
    try:
        with transaction() as session:
            act(session, actor(), campaigns.get_round(session, actor(), round_code), clock.now())
    except SurveyError as refused:
        # Where the round itself is not there the page says so.
        return _page(round_code, sentence(refused), refused.status)
    return redirect(url_for(".show", round_code=round_code), code=303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _names(
    session: Session, history: Sequence[Publication], filed: AuditEntry | None
) -> dict[str, str]:
    """Return what the people who had a hand in it are called."""
    told = {each for made in history for each in _people(made)}
    return display_names(session, told | ({filed.actor} if filed else set()))


def _people(made: Publication) -> tuple[str, ...]:
    return made.proposed_by, made.approved_by, made.published_by, made.withdrawn_by


def _page(round_code: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        if not results.is_opened(session, round_):
            return page(session, "console/results_sealed.html", round=round_), status
        made = publishing.current(session, round_)
        internal = frozen.newest(session, round_, Audience.INTERNAL)
        today = clock.now().astimezone(platform().config.zone).date()
        history = publishing.history(session, round_)
        filed = archiving.filed(session, round_)
        return page(
            session,
            "console/publication.html",
            round=round_,
            made=made,
            is_ready=round_.state in READY,
            is_over=bool(made and made.notice_until and today > made.notice_until),
            waiting=sum(not each.answered_by for each in made.objections) if made else 0,
            history=history,
            filed=filed,
            may_archive=round_.state == RoundState.PUBLISHED and may(actor(), PROPOSE),
            names=_names(session, history, filed),
            internal=internal,
            workdays=publishing.notice_workdays(round_),
            states=STATES,
            outcomes=OUTCOMES,
            today=today,
            may_propose=may(actor(), PROPOSE),
            may_approve=may(actor(), APPROVE),
            may_see_rows=may(actor(), Action.REQUEST_ROWS) or may(actor(), Action.ALLOW_ROWS),
            refused=refused,
            filled=request.form if refused else {},
            answered=(request.view_args or {}).get("number"),
        ), status
