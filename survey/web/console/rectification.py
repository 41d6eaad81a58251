"""The rectification ledger and its items: what is wrong, whose turn it is, what was done."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from reports.formats import Format
from survey import clock
from survey.accounts.policy import Action, may
from survey.errors import NotFound, SurveyError
from survey.org import queries as organisations
from survey.rectification import (
    cards,
    evidence,
    ledger,
    ledger_views,
    queries,
    requests,
    service,
    suggestions,
    uploads,
)
from survey.rectification.item import EvidenceKind, Recheck, Sheet, reference_of
from survey.rectification.states import SOURCE_LABELS, Source, State
from survey.web.console import item_page, ledger_view
from survey.web.console.forms import EvidenceForm, ExtensionForm, ItemForm, MoveForm, posted
from survey.web.console.item_sent import Sent
from survey.web.console.item_show import show_item
from survey.web.console.ledger_view import View, view_of
from survey.web.console.paging import neighbours
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.console.stage_rows import stages_sent
from survey.web.downloads import send, send_paper
from survey.web.numbers import bounded
from survey.web.platform import platform
from survey.web.policies import EVIDENCE_BYTES, policy
from survey.web.texts import sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction
from survey.web.uploads import passed, received

bp = Blueprint("rectification", __name__, url_prefix="/rectification")
SEE = Action.SEE_RECTIFICATION
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/")
@policy(SEE)
def index() -> ResponseReturnValue:
    """List the items that the actor sees."""
    return _ledger(view_of(request.args))


@bp.get("/overdue")
@policy(SEE)
def overdue() -> ResponseReturnValue:
    """List what is overdue."""
    return _ledger(view_of(MultiDict([*request.args.items(multi=True), ("due", "late")])))


def _ledger(view: View, refused: str = "", status: int = 200) -> ResponseReturnValue:
    now = clock.now()
    with reading() as session:
        listed = queries.items(
            session,
            actor(),
            now=now,
            wanted=view.wanted,
            page=request.args.get("page", 1, type=bounded),
        )
        counted = queries.count_items(session, actor(), now=now)
        lines = ledger.numbered(session, [row.number for row in listed.rows], now=now)
        return page(
            session,
            "console/ledger.html",
            view=view,
            refused=refused,
            rows=[(row, lines[row.number], *_marks(row)) for row in listed.rows],
            cards=cards.counts_of(session, [row.number for row in listed.rows]),
            card_words=item_page.CARDS,
            paging=neighbours(listed.page, listed.pages, listed.total),
            counts=counted.by_state,
            total=sum(counted.by_state.values()),
            late=counted.overdue,
            states=ledger_view.states_of(counted.by_state),
            columns=ledger_view.COLUMNS,
            orders=ledger_view.ORDERS,
            views=ledger_views.views_of(session, actor()),
            units=organisations.units(session, actor(), SEE),
            sectors=organisations.sectors(session, actor(), SEE),
            sources=SOURCE_LABELS,
            may_register=may(actor(), Action.REGISTER_ITEMS),
        ), status


def _marks(row: queries.ItemRow) -> tuple[item_page.Badge, item_page.Chip | None, str]:
    reference = reference_of(row.source_ref)
    return item_page.badge_of(row.look), item_page.chip_of(row.deadline), reference


@bp.post("/views")
@policy(SEE)
def keep_view() -> ResponseReturnValue:
    """Keep the present filters, columns and order under a name."""
    view = ledger_view.saved(request.form.get("query", "")[: ledger_views.QUERY_CHARS])
    try:
        with transaction() as session:
            ledger_views.keep_view(session, actor(), request.form.get("name", ""), view.query)
    except SurveyError as refused:
        return _ledger(view, sentence(refused), refused.status)
    return redirect(f"{url_for('.index')}?{view.query}&done=view", code=303)


@bp.post("/views/<int:view_id>/delete")
@policy(SEE)
def drop_view(view_id: int) -> ResponseReturnValue:
    """Forget a view; the items stay where they are."""
    with transaction() as session:
        ledger_views.drop_view(session, actor(), view_id)
    return redirect(url_for(".index", done="view_dropped"), code=303)


@bp.get("/ledger.csv")
@policy(SEE)
def ledger_csv() -> Response:
    """Send the filtered ledger as CSV."""
    return send(ledger.ledger_csv(_lines()), "text/csv", _("整改台账") + ".csv")


@bp.get("/ledger.xlsx")
@policy(SEE)
def ledger_xlsx() -> Response:
    """Send the filtered ledger as an Excel workbook."""
    return send(ledger.ledger_xlsx(_lines()), XLSX, _("整改台账") + ".xlsx")


@bp.get("/ledger.pdf")
@bp.get("/ledger.<any(docx,html):format_>")
@policy(SEE)
def ledger_pdf(format_: str = "pdf") -> Response:
    """Send the filtered ledger as it is printed: as PDF, as Word, or as a web page."""
    as_of = clock.now().astimezone(platform().config.zone)
    report = ledger.ledger_report(_lines(), as_of=as_of)
    return send_paper(report, Format(format_), f"{_('整改台账')}.{format_}")


def _lines() -> tuple[ledger.LedgerLine, ...]:
    wanted = view_of(request.args).wanted
    with reading() as session:
        return ledger.chosen_order(session, actor(), now=clock.now(), wanted=wanted)


@bp.get("/new")
@policy(Action.REGISTER_ITEMS)
def new() -> ResponseReturnValue:
    """Show the form of a new item."""
    return _new_page(ItemForm(org_id=request.args.get("org", "")[:32]))


@bp.post("/new")
@policy(Action.REGISTER_ITEMS)
def create() -> ResponseReturnValue:
    """Register an item."""
    form = ItemForm(request.form)
    if not form.validate():
        return _new_page(form, status=422)
    try:
        with transaction() as session:
            item = service.register(
                session,
                actor(),
                form.org_id.data.strip(),
                source=Source(form.source.data),
                problem=form.problem.data,
                limit_workdays=form.limit_workdays.data,
                responsible_person=form.responsible_person.data or "",
                now=clock.now(),
            )
            number = item.number
    except SurveyError as refused:
        return _new_page(form, sentence(refused), refused.status)
    return redirect(url_for(".show", number=number, done="item"), code=303)


def _new_page(form: ItemForm, refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        orgs = organisations.visible(session, actor(), Action.REGISTER_ITEMS)
        return page(session, "console/item_new.html", form=form, refused=refused, orgs=orgs), status


@bp.get("/<number>")
@policy(SEE)
def show(number: str) -> ResponseReturnValue:
    """Show an item and what the actor may do with it."""
    return show_item(number)


@bp.post("/<number>/move")
@policy(SEE)
def move(number: str) -> ResponseReturnValue:
    """Take an item one step on; what was written is kept when that is refused."""
    form = MoveForm(request.form)
    sent = Sent(f"move-{request.form.get('to', '')}", request.form)
    if not form.validate():
        return show_item(number, form.first_error(), sent=sent, status=422)
    try:
        with transaction() as session:
            service.advance(
                session,
                actor(),
                number,
                State(form.to.data),
                now=clock.now(),
                note=form.note.data or "",
                measures=_measures(form),
                recheck=_recheck(form),
                stages=stages_sent(request.form),
                stage_on=form.stage_on.data,
                sheet=_sheet(form),
                org_id=(form.org_id.data or "").strip(),
                responsible_person=form.responsible_person.data or "",
                revision=form.revision.data,
            )
    except NotFound:
        raise
    except ValueError:
        return show_item(number, _("阶段的日期看不懂，请重新选"), sent=sent, status=422)
    except SurveyError as refused:
        return show_item(number, sentence(refused), sent=sent, status=refused.status)
    return redirect(url_for(".show", number=number, done="moved"), code=303)


def _measures(form: MoveForm) -> str:
    """Return the measures that were ticked and written, and until when; empty without any."""
    ticked = list(dict.fromkeys(request.form.getlist("suggested")))[: suggestions.MOST]
    told = [*ticked, (form.measures.data or "").strip()]
    text = "\n".join(each for each in told if each)
    if text and form.done_by.data:
        text += f"\n计划{form.done_by.data:%Y-%m-%d}前完成"
    return text


def _recheck(form: MoveForm) -> Recheck | None:
    """Return the result that was entered; None when nothing of it was."""
    values = (form.n.data, form.agree.data, form.disagree.data, form.score.data)
    if all(value is None for value in values):
        return None
    n, agree, disagree, score = (value or 0 for value in values)
    return Recheck(n, agree, disagree, float(score))


def _sheet(form: MoveForm) -> Sheet | None:
    """Return the acceptance sheet that was filled in; None without a score."""
    if form.sheet_score.data is None:
        return None
    return Sheet(
        is_solved=bool(form.is_solved.data),
        are_measures_done=bool(form.are_measures_done.data),
        has_no_relapse=bool(form.has_no_relapse.data),
        has_mechanism=bool(form.has_mechanism.data),
        score=form.sheet_score.data,
    )


@bp.post("/<number>/extend")
@policy(Action.EXTEND_ITEMS)
def extend(number: str) -> ResponseReturnValue:
    """Put the deadline of an item off."""
    form, sent = ExtensionForm(request.form), Sent("extend", request.form)
    if not form.validate():
        return show_item(number, form.first_error(), sent=sent, status=422)
    try:
        with transaction() as session:
            requests.extend(
                session,
                actor(),
                number,
                form.workdays.data,
                form.reason.data,
                now=clock.now(),
                revision=form.revision.data,
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return show_item(number, sentence(refused), sent=sent, status=refused.status)
    return redirect(url_for(".show", number=number, done="extended"), code=303)


@bp.post("/<number>/evidence")
@policy(SEE, max_bytes=EVIDENCE_BYTES)
def add_evidence(number: str) -> ResponseReturnValue:
    """Add a file to an item."""
    form, sent = EvidenceForm(posted()), Sent("evidence", request.form)
    if not form.validate():
        return show_item(number, form.first_error(), sent=sent, status=422)
    added = redirect(url_for(".show", number=number, done="evidence") + "#evidence", code=303)
    before = form.upload.data
    if before and uploads.is_settled(platform().config.uploads, actor(), before):
        return added
    try:
        with transaction() as session:
            evidence.add_evidence(
                session,
                actor(),
                number,
                *_file_of(form),
                folder=platform().config.evidence,
                kind=EvidenceKind(form.kind.data),
                caption=form.caption.data or "",
                now=clock.now(),
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return show_item(number, sentence(refused), sent=sent, status=refused.status)
    if before:
        uploads.settle(platform().config.uploads, actor(), before)
    return added


def _file_of(form: EvidenceForm) -> tuple[bytes, str]:
    """Return content and name of a file that came with the form, or in pieces before it."""
    if not form.upload.data:
        return received(form.file.data), form.file.data.filename
    data = uploads.whole(platform().config.uploads, actor(), form.upload.data)
    return passed(data), form.name.data or ""


@bp.get("/<number>/evidence/<int:evidence_id>")
@policy(SEE)
def open_evidence(number: str, evidence_id: int) -> Response:
    """Send a file of an item: pictures to look at, everything else to save."""
    with reading() as session:
        file = evidence.open_evidence(
            session, actor(), number, evidence_id, folder=platform().config.evidence
        )
    is_picture = file.media_type.startswith("image/")
    return send(file.content, file.media_type, file.file_name, is_shown=is_picture)
