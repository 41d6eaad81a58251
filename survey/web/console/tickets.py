"""Tickets: one asks for a batch, another allows it, it is printed once, or taken back."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy

from reports.renderer import RenderFailed
from survey import clock
from survey.accounts.names import display_names
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import CollectionMode, RoundState
from survey.collection import issuing, reconciliation
from survey.collection.points import list_points
from survey.collection.ticket_models import TicketBatchState
from survey.errors import NotFound, SurveyError
from survey.publication import tickets
from survey.publication.tickets import Printed
from survey.web.console.coverage import titles_of
from survey.web.console.fieldwork_forms import TicketDecisionForm, TicketRequestForm, TicketVoidForm
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import DocumentNotMade, send
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("tickets", __name__, url_prefix="/rounds/<round_code>/tickets")
SEE, ISSUE, APPROVE = Action.SEE_TICKETS, Action.ISSUE_TICKETS, Action.APPROVE_TICKETS
STATES = {
    TicketBatchState.REQUESTED: lazy("等另一位管理员批准"),
    TicketBatchState.APPROVED: lazy("已批准，可以印一次"),
    TicketBatchState.ISSUED: lazy("已印发"),
    TicketBatchState.VOID: lazy("已作废"),
    TicketBatchState.DECLINED: lazy("没有获批"),
}


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> ResponseReturnValue:
    """List the batches of a round, and what became of their slips once it is over."""
    return _page(round_code)


@bp.post("/request")
@policy(ISSUE)
def ask(round_code: str) -> ResponseReturnValue:
    """Ask for a batch."""
    form = TicketRequestForm(request.form)
    if not form.validate():
        return _page(round_code, form, status=422)
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            codes = {p.code: p for p in list_points(session, actor(), round_, action=ISSUE)}
            point = codes.get(form.point.data or "")
            if point is None:
                raise issuing.TicketBatchNotFound
            issuing.request(session, actor(), round_, point, form.size.data, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, form, sentence(refused), refused.status)
    return redirect(url_for(".index", round_code=round_code, done="tickets_asked"), code=303)


@bp.post("/<batch_id>/decide")
@policy(APPROVE)
def decide(round_code: str, batch_id: str) -> ResponseReturnValue:
    """Allow a batch that somebody else asked for, or decline it."""
    form = TicketDecisionForm(request.form)
    if not form.validate():
        return _page(round_code, status=422)
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            allow = form.decision.data == "allow"
            issuing.decide(session, actor(), round_, batch_id, allow=allow, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, refused=sentence(refused), status=refused.status)
    return redirect(url_for(".index", round_code=round_code, done="tickets_decided"), code=303)


@bp.post("/<batch_id>/print")
@policy(ISSUE)
def print_(round_code: str, batch_id: str) -> ResponseReturnValue:
    """Send the slips of an allowed batch, once; no copy of them stays here."""
    form = TicketDecisionForm(request.form)
    if not form.csrf_token.validate(form):
        return _page(round_code, status=422)
    try:
        printed = _fresh(round_code, batch_id)
        # Several small documents would each need a window of its own: one batch, one table.
        is_table = form.decision.data == "table"
        content = tickets.table([printed]) if is_table else _pdf(printed)
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            held, now = platform().keystore, clock.now()
            issuing.issue(session, actor(), held, round_, batch_id, printed.slips, now=now)
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, refused=sentence(refused), status=refused.status)
    name = f"{round_code}-{printed.org_id}-tickets-{batch_id}"
    if is_table:
        return send(content, "text/csv", f"{name}.csv")
    return send(content, "application/pdf", f"{name}.pdf")


@bp.post("/<batch_id>/void")
@policy(APPROVE)
def void(round_code: str, batch_id: str) -> ResponseReturnValue:
    """Take a batch back, and ask for a new one in its place where that is wanted."""
    form = TicketVoidForm(request.form)
    if not form.validate():
        reason = form.errors.get("reason", [""])[0]
        return _page(round_code, refused=str(reason), status=422)
    act = issuing.reprint if form.again.data else issuing.withdraw
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            act(session, actor(), round_, batch_id, reason=form.reason.data, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(round_code, refused=sentence(refused), status=refused.status)
    return redirect(url_for(".index", round_code=round_code, done="tickets_void"), code=303)


def _fresh(round_code: str, batch_id: str) -> Printed:
    """Return fresh slips for a batch that is allowed and not printed yet."""
    config = platform().config
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        for batch, point in issuing.list_batches(session, actor(), round_):
            if batch.id == batch_id:
                if batch.state != TicketBatchState.APPROVED:
                    raise issuing.BatchNotReady(batch.state)
                face = tickets.face_of(
                    session, point, batch.id, base_url=config.base_url, zone=config.zone
                )
                return Printed(point.org_id, face, tuple(issuing.make_slips(batch.size)))
    raise issuing.TicketBatchNotFound


def _pdf(printed: Printed) -> bytes:
    """Return the slips as one PDF; never kept, unlike other documents.

    Raises:
        TooManySlips: more than one document holds.
        DocumentNotMade: it could not be set.
    """
    made = tickets.documents([printed])
    if len(made) > 1:
        raise TooManySlips
    try:
        return platform().renderer.render(made[0])
    except RenderFailed as failed:
        raise DocumentNotMade from failed


class TooManySlips(SurveyError):
    """A batch of more slips than somebody can wait for."""

    code = "TOO_MANY_SLIPS"

    def __init__(self) -> None:
        super().__init__(
            f"一次最多排{tickets.PART}张。这一批请下载表格交印刷厂，或用命令行印",
            f"At most {tickets.PART} slips at a time here; take the table, or use flask tickets",
        )


def _page(
    round_code: str, form: TicketRequestForm | None = None, refused: str = "", status: int = 200
) -> tuple[str, int] | Response:
    with reading() as session:
        round_ = campaigns.get_round(session, actor(), round_code)
        shown = reconciliation.shown(session, round_)
        points = [
            point
            for point in list_points(session, actor(), round_, action=ISSUE)
            if point.mode == CollectionMode.TICKET
        ]
        batches = issuing.list_batches(session, actor(), round_)
        people = {name for batch, _ in batches for name in (batch.requested_by, batch.approved_by)}
        return page(
            session,
            "console/tickets.html",
            round=round_,
            form=form or TicketRequestForm(),
            points=points,
            titles=titles_of(session, round_),
            batches=[
                (batch, point, shown.of(batch), STATES[TicketBatchState(batch.state)])
                for batch, point in batches
            ],
            names=display_names(session, people),
            total=shown.total,
            refused=refused,
            may_ask=bool(points) and round_.state == RoundState.OPEN,
            may_print=may(actor(), ISSUE),
            may_decide=may(actor(), APPROVE),
            me=actor().name,
        ), status
