"""One document on the screen: as a web page, its sentences to be edited, its number, its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from reports import rewording, web_page
from reports.documents import style
from reports.figures import Audience
from reports.parts import EvaluationReport
from survey import clock
from survey.accounts.names import display_names
from survey.accounts.policy import Action, may
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.errors import NotFound, SurveyError
from survey.org import queries as organisations
from survey.publication import codes, documents, paper_codes, wording
from survey.publication.codes import CodeUnknown
from survey.publication.document_files import VERIFY
from survey.publication.document_kind import Asked, Kind
from survey.publication.document_models import NUMBER
from survey.publication.wording import DocumentKey
from survey.publication.wording_refusals import FigureChanged, SentenceGone
from survey.web.console import words
from survey.web.console.batches import asked_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import sentence
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("documents", __name__)
SEE, PROPOSE, EDIT = Action.SEE_REPORTS, Action.PROPOSE_WORDING, Action.EDIT_WORDING
ONE = "/rounds/<round_code>/documents/<any(internal,public):audience>/<kind>/<org_id>"


@bp.get(ONE)
@policy(SEE)
def show(round_code: str, audience: str, kind: str, org_id: str) -> ResponseReturnValue:
    """Show one document as a web page, beside its files."""
    with reading() as session:
        asked, report = _compiled(session, round_code, audience, kind, org_id)
        html = _page(session, asked, kind, org_id, report)
        handed, round_id = codes.printed(asked, Kind(kind), org_id, report), asked.round.id
    codes.note(platform().sessions, round_id, [handed])
    return html


@bp.get(f"{ONE}/words")
@policy(PROPOSE)
def edit(round_code: str, audience: str, kind: str, org_id: str) -> ResponseReturnValue:
    """Show the sentences of a document that may be edited."""
    return _sentences(round_code, audience, kind, org_id)


@bp.post(f"{ONE}/words")
@policy(PROPOSE)
def write(round_code: str, audience: str, kind: str, org_id: str) -> ResponseReturnValue:
    """Keep a sentence in other words, or show what the document would look like."""
    place, text = request.form.get("place", "")[:60], request.form.get("text", "")
    if request.form.get("act") == "preview":
        return _preview(round_code, audience, kind, org_id, place, text)
    if request.form.get("act") == "restore":
        text = request.form.get("generated", "")
    try:
        with transaction() as session:
            asked, report = _compiled(session, round_code, audience, kind, org_id)
            wording.write(
                session,
                actor(),
                asked.round,
                DocumentKey(Kind(kind), org_id),
                report,
                _others(asked, kind, org_id),
                place=place,
                digest=request.form.get("digest", "")[:64],
                text=text,
                now=clock.now(),
                seen=request.form.get("seen"),
            )
    except SurveyError as refusal:
        return _sentences(round_code, audience, kind, org_id, refusal, place, text)
    return _back(round_code, audience, kind, org_id, f"s-{place.replace('/', '-')}")


@bp.post(f"{ONE}/words/<int:wording_id>")
@policy(EDIT)
def decide(
    round_code: str, audience: str, kind: str, org_id: str, wording_id: int
) -> ResponseReturnValue:
    """Take over a sentence that was proposed, or decline it."""
    accept = request.form.get("accept") == "yes"
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            wording.decide(session, actor(), round_, wording_id, accept=accept, now=clock.now())
    except SurveyError as refusal:
        return _sentences(round_code, audience, kind, org_id, refusal)
    return _back(round_code, audience, kind, org_id)


@bp.post(f"{ONE}/number")
@policy(EDIT)
def number(round_code: str, audience: str, kind: str, org_id: str) -> ResponseReturnValue:
    """Give a document its number."""
    typed = request.form.get("number", "")[:200]
    try:
        with transaction() as session:
            round_ = campaigns.get_round(session, actor(), round_code)
            key = DocumentKey(_kind(kind), org_id)
            wording.set_number(session, actor(), round_, key, typed, now=clock.now())
    except SurveyError as refusal:
        return _sentences(round_code, audience, kind, org_id, refusal, NUMBER, typed)
    return _back(round_code, audience, kind, org_id)


@bp.get("/document.css")
@policy(SEE)
def styles() -> Response:
    """Send the style sheet of documents, the one that stands inside a document's own file."""
    return Response(style("web"), mimetype="text/css")


@bp.get("/check")
@policy(SEE)
def check() -> ResponseReturnValue:
    """Go to the document with a check code, for whoever may see it."""
    typed = request.args.get("code", "")[:60]
    with reading() as session:
        try:
            found = codes.find(session, actor(), typed) if typed else None
        except CodeUnknown as refusal:
            return _letter_or_refused(session, typed, refusal)
        if found is None:
            return page(session, "console/document_check.html", typed="", refused="", paper=None)
        round_ = session.get_one(Round, found.round_id)
        asked = asked_of(session, round_.code, Audience(found.audience))
        kind = _kind(found.kind)
        report = documents.compiled(asked, kind, found.org_id)
        return _page(session, asked, kind, found.org_id, report, checked=found)


def _letter_or_refused(session: Session, typed: str, refusal: CodeUnknown) -> ResponseReturnValue:
    """Show the letter or form with a code, or that there is nothing."""
    try:
        paper = paper_codes.find(session, actor(), codes.normalised(typed))
    except CodeUnknown:
        paper = None
    refused = "" if paper else sentence(refusal)
    html = page(session, "console/document_check.html", typed=typed, refused=refused, paper=paper)
    return html, 200 if paper else 404


def _kind(kind: str) -> Kind:
    if kind not in set(Kind):
        raise NotFound("没有这种文件", "There is no such document")
    return Kind(kind)


def _compiled(
    session: Session, round_code: str, audience: str, kind: str, org_id: str
) -> tuple[Asked, EvaluationReport]:
    asked = asked_of(session, round_code, Audience(audience))
    return asked, documents.compiled(asked, _kind(kind), org_id)


def _others(asked: Asked, kind: str, org_id: str) -> Sequence[EvaluationReport]:
    """Return the same document for other readers, where there is one."""
    made = documents.KINDS[Kind(kind)]
    others = [each for each in made.audiences if each is not asked.audience]
    return [
        documents.compiled(
            replace(asked, audience=each),
            Kind(kind),
            org_id,
        )
        for each in others
    ]


def _page(
    session: Session,
    asked: Asked,
    kind: str,
    org_id: str,
    report: EvaluationReport,
    **values: Any,
) -> ResponseReturnValue:
    """Return the document inside the console."""
    organisation = organisations.get(session, org_id)
    return page(
        session,
        "console/document.html",
        round=asked.round,
        audience=asked.audience.value,
        kind=kind,
        org_id=org_id,
        label=documents.KINDS[Kind(kind)].label,
        is_table=documents.KINDS[Kind(kind)].is_table,
        audiences={each.value: words.AUDIENCES[each.value] for each in _readers(kind)},
        formats=words.FORMATS,
        article=web_page.article(report, verify=_verify()),
        may_edit=may(asked.actor, PROPOSE, organisation.path),
        **{"checked": None, "preview": None, **values},
    )


def _readers(kind: str) -> tuple[Audience, ...]:
    return documents.KINDS[Kind(kind)].audiences


def _verify() -> str:
    return f"{platform().config.base_url}{VERIFY}"


def _preview(
    round_code: str, audience: str, kind: str, org_id: str, place: str, text: str
) -> ResponseReturnValue:
    with reading() as session:
        asked, report = _compiled(session, round_code, audience, kind, org_id)
        generated = next((s for s in rewording.generated_of(report) if s.place == place), None)
        if generated is None:
            return _sentences(round_code, audience, kind, org_id, SentenceGone(), place, text)
        found = rewording.difference(generated.text, text)
        if found is not None:
            refusal = FigureChanged(found)
            return _sentences(round_code, audience, kind, org_id, refusal, place, text)
        shown = rewording.placed(report, {place: text})
        seen = request.form.get("seen", "")
        preview = {"place": place, "digest": generated.digest, "seen": seen, "text": text}
        return _page(session, asked, kind, org_id, shown, preview=preview)


def _sentences(
    round_code: str,
    audience: str,
    kind: str,
    org_id: str,
    refusal: SurveyError | None = None,
    place: str = "",
    text: str = "",
) -> ResponseReturnValue:
    with reading() as session:
        asked, report = _compiled(session, round_code, audience, kind, org_id)
        key = DocumentKey(Kind(kind), org_id)
        organisation = organisations.get_visible(session, actor(), PROPOSE, org_id)
        lines = wording.lines(session, asked.round, key, report, _others(asked, kind, org_id))
        is_open = wording.is_open(asked.round, key.kind)
        html = page(
            session,
            "console/document_words.html",
            round=asked.round,
            audience=audience,
            kind=kind,
            org_id=org_id,
            label=documents.KINDS[Kind(kind)].label,
            audiences={each.value: words.AUDIENCES[each.value] for each in _readers(kind)},
            report=report,
            lines=lines,
            names=display_names(session, {p.written_by for line in lines if (p := line.proposal)}),
            heads=[section.title for section in report.sections],
            is_open=is_open,
            is_final=may(actor(), EDIT, organisation.path),
            longest=wording.LONGEST,
            refused=sentence(refusal) if refusal else "",
            refused_place=place,
            typed=text,
            is_typed_shown=is_open and place in {NUMBER, *(line.sentence.place for line in lines)},
        )
    return html, (refusal.status if refusal else 200)


def _back(
    round_code: str, audience: str, kind: str, org_id: str, anchor: str = ""
) -> ResponseReturnValue:
    address = url_for(
        ".edit", round_code=round_code, audience=audience, kind=kind, org_id=org_id, done="worded"
    )
    return redirect(f"{address}#{anchor}" if anchor else address, code=303)
