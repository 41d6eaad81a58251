"""Inspections: who inspects what, the second signature, and what came of it."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from survey import clock
from survey.accounts.policy import Action, may
from survey.errors import NotFound, SurveyError
from survey.inspections import queries, service, tasks
from survey.inspections.queries import Veto
from survey.inspections.rounds import FormKind, named_form, named_forms
from survey.inspections.tasks import Period
from survey.org.models import Organisation
from survey.rectification import evidence_files
from survey.rectification.workdays import local_date
from survey.web.console import named_form as printed
from survey.web.console.fieldwork_forms import AssignForm, DrawForm
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.console.signature import signer
from survey.web.downloads import send
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("inspections", __name__, url_prefix="/inspections")
SEE, ASSIGN = Action.SEE_INSPECTIONS, Action.ASSIGN_INSPECTIONS


@bp.get("/")
@policy(SEE)
def index() -> str:
    """List inspections: all tasks for who assigns them, results for everybody else."""
    with reading() as session:
        rows = queries.all_tasks(session, actor())
        return page(
            session,
            "console/inspections.html",
            found=page_of(rows),
            pending=sum(row.veto is Veto.PENDING for row in rows),
            may_assign=may(actor(), ASSIGN),
            has_form=bool(named_forms(session, FormKind.INSPECTION)),
        )


@bp.get("/assign")
@policy(ASSIGN)
def assign_form() -> ResponseReturnValue:
    """Show the two ways of giving out inspections: a draw, or by hand."""
    return _assign_page()


@bp.post("/assign")
@policy(ASSIGN)
def assign() -> ResponseReturnValue:
    """Give one object to two inspectors."""
    form = AssignForm(request.form)
    if not form.validate():
        return _assign_page(refused=form.first_error(), given=form, status=422)
    try:
        with transaction() as session:
            chosen = named_form(session, FormKind.INSPECTION, form.form_id.data)
            pair = (form.first.data or "", form.second.data or "")
            period = Period(form.starts_on.data, form.due_on.data)
            org_id = form.org_id.data.strip().upper()
            tasks.assign(session, actor(), chosen, org_id, pair, period, now=clock.now())
    except SurveyError as refused:
        return _assign_page(refused=sentence(refused), given=form, status=refused.status)
    return redirect(url_for(".index", done="assigned", a=1), code=303)


@bp.post("/draw")
@policy(ASSIGN)
def draw() -> ResponseReturnValue:
    """Draw objects and pairs at random, with a seed that is kept."""
    form = DrawForm(request.form)
    if not form.validate():
        return _assign_page(refused=form.first_error(), drawn=form, status=422)
    try:
        with transaction() as session:
            chosen = named_form(session, FormKind.INSPECTION, form.form_id.data)
            period = Period(form.starts_on.data, form.due_on.data)
            seed = (form.seed.data or "").strip() or secrets.token_hex(8)
            tasks.draw(
                session, actor(), chosen, form.count.data, period, seed=seed, now=clock.now()
            )
    except SurveyError as refused:
        return _assign_page(refused=sentence(refused), drawn=form, status=refused.status)
    return redirect(url_for(".index", done="assigned", a=form.count.data), code=303)


@bp.get("/<inspection_id>")
@policy.signed_in
def show(inspection_id: str) -> ResponseReturnValue:
    """Show one inspection to its pair, and to others once it is confirmed."""
    return _page(inspection_id)


@bp.get("/<inspection_id>/photos/<digest>")
@policy.signed_in
def photo(inspection_id: str, digest: str) -> Response:
    """Send a photograph of an inspection."""
    with reading() as session:
        inspection, _assigned = service.find(session, actor(), inspection_id)
        if digest not in inspection.answers.values():
            raise NotFound("没有找到这张照片", "There is no such picture")
        content = evidence_files.read(platform().config.evidence, digest)
    return send(content, _media_type(content), "photo", is_shown=True)


@bp.post("/<inspection_id>/confirm")
@policy.signed_in
def confirm(inspection_id: str) -> ResponseReturnValue:
    """Confirm as the second of the pair, who signs with name and password on whatever phone."""
    try:
        second = signer(request.form.get("name", ""), request.form.get("password", ""))
        with transaction() as session:
            service.find(session, actor(), inspection_id)
            service.confirm(session, second, inspection_id, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(inspection_id, sentence(refused), refused.status)
    return redirect(url_for(".show", inspection_id=inspection_id, done="confirmed"), code=303)


@bp.post("/<inspection_id>/return")
@policy.signed_in
def send_back(inspection_id: str) -> ResponseReturnValue:
    """Send a checklist back to whoever filled it in."""
    try:
        with transaction() as session:
            note = request.form.get("note", "")
            service.send_back(session, actor(), inspection_id, note, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(inspection_id, sentence(refused), refused.status)
    return redirect(url_for(".show", inspection_id=inspection_id, done="returned"), code=303)


@bp.post("/<inspection_id>/veto")
@policy(Action.DECIDE_VETOES)
def decide_veto(inspection_id: str) -> ResponseReturnValue:
    """Decide whether a veto situation holds."""
    decision = request.form.get("decision", "")
    if decision not in ("uphold", "dismiss"):
        abort(400)
    try:
        with transaction() as session:
            service.decide_veto(
                session,
                actor(),
                inspection_id,
                decision == "uphold",
                request.form.get("reason", ""),
                now=clock.now(),
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return _page(inspection_id, sentence(refused), refused.status)
    return redirect(url_for(".show", inspection_id=inspection_id, done="veto"), code=303)


def _page(inspection_id: str, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        inspection, assigned = service.find(session, actor(), inspection_id)
        is_pair = actor().account_id in (assigned.first.id, assigned.second.id)
        answers = inspection.answers
        return page(
            session,
            "console/inspection.html",
            inspection=inspection,
            assigned=assigned,
            result=service.result_of(assigned, inspection),
            said=printed.said_in(assigned.form.questionnaire, answers),
            veto=queries.veto_of(inspection),
            second=assigned.partner_of(inspection.submitted_by),
            is_waiting=inspection.state == "submitted" and is_pair,
            sees_all=may(actor(), SEE),
            is_second=is_pair and inspection.submitted_by != actor().account_id,
            may_decide=may(actor(), Action.DECIDE_VETOES, assigned.org.path),
            sees_org=may(actor(), Action.SEE_ORGANISATIONS, assigned.org.path),
            refused=refused,
        ), status


def _assign_page(
    *,
    refused: str = "",
    given: AssignForm | None = None,
    drawn: DrawForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    today = local_date(clock.now())
    with reading() as session:
        found = named_forms(session, FormKind.INSPECTION)
        choices = [(str(f.used.id), f"{f.round.title}（{f.round.code}）") for f in found]
        names = [(i.account.name, i.account.display_name) for i in tasks.inspectors(session)]
        due = max(today, local_date(found[0].round.closes_at)) if found else today
        first = given or AssignForm(
            starts_on=today,
            due_on=due,
            org_id=request.args.get("org", "")[:32],
            # Two different people to begin with, since a pair is two.
            second=names[1][0] if len(names) > 1 else "",
        )
        second = drawn or DrawForm(starts_on=today, due_on=due)
        for form in (first, second):
            form.form_id.choices = choices
        for field in (first.first, first.second):
            field.choices = [(name, f"{called}（{name}）") for name, called in names]
        free: list[Organisation] = tasks.objects(session, found[0]) if found else []
        return page(
            session,
            "console/inspections_assign.html",
            form=first,
            draw=second,
            refused=refused,
            is_drawing=drawn is not None,
            inspectors=len(names),
            has_form=bool(found),
            free=len(free),
        ), status


def _media_type(content: bytes) -> str:
    return (
        "image/png"
        if content.startswith(b"\x89PNG")
        else ("image/webp" if content[8:12] == b"WEBP" else "image/jpeg")
    )
