"""The questionnaires: every version that was imported, as it will be asked."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from forms.comparison import changes, keeps_meaning
from forms.xlsform_export import to_xlsform
from survey import clock
from survey.accounts.policy import Action, may
from survey.errors import Fault, ImportRefused
from survey.instruments import drafts
from survey.instruments import service as instruments
from survey.web.console import words
from survey.web.console.forms import WorkbookForm, posted
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.policies import TABLE_BYTES, policy
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("questionnaires", __name__, url_prefix="/questionnaires")
EDIT = Action.EDIT_QUESTIONNAIRES
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/")
@policy(Action.SEE_QUESTIONNAIRES)
def index() -> str:
    """List every version of every questionnaire."""
    with reading() as session:
        versions = instruments.list_versions(session, actor())
        return page(
            session,
            "console/questionnaires.html",
            versions=[(v, instruments.load(session, v.digest)) for v in versions],
            codes=len({version.code for version in versions}),
            languages=words.languages,
            subjects={subject.value: text for subject, text in words.SUBJECTS.items()},
            drafts=drafts.list_drafts(session, actor()) if may(actor(), EDIT) else [],
            may_import=may(actor(), Action.IMPORT_QUESTIONNAIRES),
            may_edit=may(actor(), EDIT),
        )


@bp.get("/<digest>")
@policy(Action.SEE_QUESTIONNAIRES)
def show(digest: str) -> str:
    """Show all items of one version, in its languages."""
    with reading() as session:
        questionnaire = instruments.load(session, digest)
        return page(
            session,
            "console/questionnaire.html",
            questionnaire=questionnaire,
            digest=digest,
            level=words.SUBJECTS[questionnaire.subject],
            kinds=words.ITEM_KINDS,
            tongues=words.languages(questionnaire.languages),
            dimension=words.dimension,
            previous=instruments.previous(session, digest),
            may_edit=may(actor(), EDIT),
        )


@bp.get("/<digest>.xlsx")
@policy(Action.SEE_QUESTIONNAIRES)
def export(digest: str) -> Response:
    """Send one version as an XLSForm workbook."""
    with reading() as session:
        questionnaire = instruments.load(session, digest)
    name = f"{questionnaire.code}-{questionnaire.version or digest[:8]}.xlsx"
    return send(to_xlsform(questionnaire), WORKBOOK, name)


@bp.get("/<digest>/changes")
@policy(Action.SEE_QUESTIONNAIRES)
def compare(digest: str) -> str:
    """Show what a version changed from the one before it."""
    with reading() as session:
        questionnaire = instruments.load(session, digest)
        before = instruments.previous(session, digest)
        old = instruments.load(session, before.digest) if before else questionnaire
        return page(
            session,
            "console/questionnaire_changes.html",
            questionnaire=questionnaire,
            digest=digest,
            before=old,
            changes=changes(old, questionnaire),
            is_comparable=keeps_meaning(old, questionnaire),
            parts=words.PARTS,
        )


@bp.get("/import")
@policy(Action.IMPORT_QUESTIONNAIRES)
def import_form() -> ResponseReturnValue:
    """Show the form of an import."""
    return _import_page(WorkbookForm())


@bp.post("/import")
@policy(Action.IMPORT_QUESTIONNAIRES, max_bytes=TABLE_BYTES)
def import_file() -> ResponseReturnValue:
    """Import a workbook, or list every fault by sheet, row and column."""
    form = WorkbookForm(posted())
    if not form.validate():
        return _import_page(form, status=422)
    file = form.file.data
    try:
        with transaction() as session:
            version = instruments.import_questionnaire(
                session, actor(), file.read(), file.filename, now=clock.now()
            )
    except ImportRefused as refused:
        return _import_page(form, refused.faults, refused.status)
    return redirect(url_for(".show", digest=version.digest, done="questionnaire"), code=303)


def _import_page(
    form: WorkbookForm, faults: tuple[Fault, ...] = (), status: int = 200
) -> ResponseReturnValue:
    with reading() as session:
        return page(session, "console/questionnaires_import.html", form=form, faults=faults), status
