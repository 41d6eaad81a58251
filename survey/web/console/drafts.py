"""The questionnaire editor: drafts with a live phone beside them, published once and for all."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from forms import editing
from forms.comparison import Change, changes, keeps_meaning
from forms.definition import Item, ItemKind, Questionnaire, Subject
from forms.draft_checks import draft_faults
from forms.variants import Facts, Row
from survey import clock
from survey.accounts.policy import Action
from survey.errors import NotFound, SurveyError
from survey.instruments import drafts, library
from survey.instruments import service as instruments
from survey.instruments.drafts import DraftChanged
from survey.org.models import Level, Organisation
from survey.web.console import draft_fields as fields
from survey.web.console import words
from survey.web.console.draft_page import (
    KINDS,
    dimensions,
    earlier,
    editor_of,
    section_of,
    spot_of,
)
from survey.web.console.draft_preview import preview_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.headers import CONTENT_SECURITY_POLICY
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import language, sentence
from survey.web.texts import text as _
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("drafts", __name__, url_prefix="/questionnaires/drafts")
EDIT = Action.EDIT_QUESTIONNAIRES
DRAFT_BYTES = 512 * 1024
EXAMPLES: dict[Subject, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]] = {
    Subject.MEMBERS: (("禾一鸣", "禾一鸣（1985年生）", "泉·远山"), ()),
    Subject.COMMITMENTS: (
        ("窗口中午不断档，随到随办", "年底前修好村口到学校的路"),
        (("year", "2026"),),
    ),
    Subject.ITEM: ((), (("problem", "等候时间太长"), ("measures", "高峰时加开两个窗口"))),
}
"""What the preview of a pattern is filled with: rows, and values of its wording."""


@bp.get("/new")
@policy(EDIT)
def new() -> str:
    """Offer what a questionnaire can start from."""
    with reading() as session:
        return page(
            session,
            "console/draft_new.html",
            versions=instruments.list_versions(session, actor()),
            templates=library.templates().values(),
            subjects=words.SUBJECTS,
            refused="",
        )


@bp.post("/new")
@policy(EDIT)
def create() -> ResponseReturnValue:
    """Start a draft: empty, from a form that comes along, or from a published version."""
    with transaction() as session:
        questionnaire, based_on = _start(session)
        draft = drafts.create_draft(
            session, actor(), questionnaire, now=clock.now(), based_on=based_on
        )
    at = "" if based_on or any(questionnaire.all_items()) else "form"
    return redirect(url_for(".show", draft_id=draft.id, at=at or None), code=303)


@bp.get("/<int:draft_id>")
@policy(EDIT)
def show(draft_id: int) -> ResponseReturnValue:
    """Show a draft with one place open, and the phone beside it."""
    return _editor(draft_id, request.args.get("at", "")[:9])


@bp.post("/<int:draft_id>")
@policy(EDIT, max_bytes=DRAFT_BYTES)
def save(draft_id: int) -> ResponseReturnValue:
    """Take in what was filled in at the open place, then do what the button says, if anything."""
    at = request.form.get("at", "")[:9]
    act = request.form.get("do", "")[:40]
    entered: Item | None = None
    try:
        with transaction() as session:
            draft = drafts.get_draft(session, actor(), draft_id)
            changed, entered = _filled_in(session, draft.questionnaire, at)
            revision = _revision()
            if act in ("undo", "redo"):
                by = -1 if act == "undo" else 1
                drafts.go(session, actor(), draft_id, revision, by, now=clock.now())
            else:
                changed, at = _done(session, changed, act, at)
                drafts.change(session, actor(), draft_id, revision, changed, now=clock.now())
    except DraftChanged as refused:
        return _editor(draft_id, at, entered, refused)
    return redirect(url_for(".show", draft_id=draft_id, at=at or None), code=303)


@bp.get("/<int:draft_id>/preview")
@policy(EDIT)
def preview(draft_id: int) -> Response:
    """Show what residents would see, in a frame; nothing can be sent from it."""
    wanted = "en" if request.args.get("lang") == "en" else "zh"
    spot = spot_of(request.args.get("at", "")[:9])
    with reading() as session:
        questionnaire = drafts.get_draft(session, actor(), draft_id).questionnaire
        facts = _example(session, questionnaire)
    code = ""
    if spot is not None:
        try:
            code = editing.item_at(questionnaire, spot).code
        except IndexError:
            code = ""
    chosen = wanted if wanted in questionnaire.languages else "zh"
    content, content_policy = preview_of(
        questionnaire, facts, chosen, code, clock.now(), platform().config.zone
    )
    response = Response(content, mimetype="text/html")
    response.headers["Content-Security-Policy"] = content_policy
    return response


@bp.get("/<int:draft_id>/publish")
@policy(EDIT)
def publish_form(draft_id: int) -> ResponseReturnValue:
    """Show what publishing would change, and what is in its way."""
    return _publish_page(draft_id)


@bp.post("/<int:draft_id>/publish")
@policy(EDIT)
def publish(draft_id: int) -> ResponseReturnValue:
    """Make a draft a version that never changes."""
    version = fields.text(request.form, "version")[:40]
    try:
        with transaction() as session:
            stored = drafts.publish(
                session, actor(), draft_id, _revision(), version, now=clock.now()
            )
    except NotFound:
        raise
    except SurveyError as refused:
        return _publish_page(draft_id, version, refused)
    return redirect(
        url_for("console.questionnaires.show", digest=stored.digest, done="published"), code=303
    )


@bp.post("/<int:draft_id>/delete")
@policy(EDIT)
def delete(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    with transaction() as session:
        drafts.delete_draft(session, actor(), draft_id, now=clock.now())
    return redirect(url_for("console.questionnaires.index", done="draft_deleted"), code=303)


def _start(session: Session) -> tuple[Questionnaire, str]:
    """Return what a new draft starts with, and the digest it was copied from."""
    kind, _sign, name = request.form.get("start", "").partition(":")
    if kind == "version":
        return instruments.load(session, name[:64]), name[:64]
    if kind == "template" and name in library.templates():
        return library.templates()[name], ""
    subject = request.form.get("subject", "")
    return editing.blank(
        fields.text(request.form, "code")[:64],
        fields.text(request.form, "title")[:200],
        Subject(subject) if subject in set(Subject) else Subject.BRANCH,
        ("zh", "en") if "english" in request.form else ("zh",),
    ), ""


def _filled_in(
    session: Session, questionnaire: Questionnaire, at: str
) -> tuple[Questionnaire, Item | None]:
    """Return the questionnaire with what was filled in at the open place, and the item there."""
    form = request.form
    spot, section = spot_of(at), section_of(at)
    try:
        if form.get("part") == "item" and spot is not None:
            item = editing.item_at(questionnaire, spot)
            known = earlier(questionnaire, spot)
            scales = library.scales(session, questionnaire)
            changed = fields.read_item(form, item, questionnaire, scales, known)
            return editing.put_item(questionnaire, spot, changed), changed
        if form.get("part") == "section" and section is not None:
            known = earlier(questionnaire, (section, 0))
            code, title, relevant = fields.read_section(form, questionnaire, section, known)
            return editing.put_section(
                questionnaire, section, code=code, title=title, relevant=relevant
            ), None
    except IndexError:
        return questionnaire, None
    if form.get("part") == "form":
        return fields.read_form(form, questionnaire), None
    return questionnaire, None


def _done(
    session: Session, questionnaire: Questionnaire, act: str, at: str
) -> tuple[Questionnaire, str]:
    """Return the questionnaire after a button was pressed, and the place that is open then."""
    name, _sign, where = act.partition(" ")
    where, _sign, kind = where.partition(" ")
    spot, number = spot_of(where), section_of(where)
    try:
        if spot is not None:
            return _done_to_item(questionnaire, name, spot, kind, at)
        if number is not None:
            return _done_to_section(questionnaire, name, number, at)
    except IndexError:
        return questionnaire, at
    return questionnaire, at


def _done_to_item(
    questionnaire: Questionnaire, name: str, spot: editing.Spot, kind: str, at: str
) -> tuple[Questionnaire, str]:
    match name:
        case "add":
            wanted = ItemKind(kind) if kind in set(ItemKind) else ItemKind.SINGLE_CHOICE
            return editing.add_item(questionnaire, spot, wanted, ()), _at(spot)
        case "up" | "down":
            moved, target = editing.move_item(questionnaire, spot, -1 if name == "up" else 1)
            return moved, _at(target)
        case "copy":
            return editing.copy_item(questionnaire, spot), _at((spot[0], spot[1] + 1))
        case "remove":
            return editing.remove_item(questionnaire, spot), ""
        case "open":
            return questionnaire, _at(spot)
    return questionnaire, at


def _done_to_section(
    questionnaire: Questionnaire, name: str, number: int, at: str
) -> tuple[Questionnaire, str]:
    match name:
        case "add":
            return editing.add_section(questionnaire, number), str(number)
        case "up" | "down":
            step = -1 if name == "up" else 1
            target = min(max(number + step, 0), len(questionnaire.sections) - 1)
            return editing.move_section(questionnaire, number, step), str(target)
        case "remove":
            return editing.remove_section(questionnaire, number), ""
    return questionnaire, at


def _at(spot: editing.Spot) -> str:
    return f"{spot[0]}-{spot[1]}"


def _editor(
    draft_id: int, at: str, entered: Item | None = None, refused: SurveyError | None = None
) -> ResponseReturnValue:
    with reading() as session:
        draft = drafts.get_draft(session, actor(), draft_id)
        html = page(
            session,
            "console/draft.html",
            editor=editor_of(draft, at, language(), entered),
            kinds=words.ITEM_KINDS,
            all_kinds=KINDS,
            subjects=words.SUBJECTS,
            dimensions=[(code, words.dimension(code)) for code in dimensions()],
            scales=sorted(library.scales(session, draft.questionnaire)),
            refused=sentence(refused) if refused else "",
        )
    response = Response(html, status=refused.status if refused else 200)
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


def _publish_page(
    draft_id: int, version: str = "", refused: SurveyError | None = None
) -> ResponseReturnValue:
    with reading() as session:
        draft = drafts.get_draft(session, actor(), draft_id)
        before = _previous(session, draft.questionnaire.code)
        found: tuple[Change, ...] = ()
        if before is not None:
            found = changes(before, draft.questionnaire)
        now = clock.now().astimezone(platform().config.zone)
        return page(
            session,
            "console/draft_publish.html",
            draft=draft,
            faults=draft_faults(draft.questionnaire),
            before=before,
            changes=found,
            is_comparable=before is None or keeps_meaning(before, draft.questionnaire),
            parts=words.PARTS,
            version=version or f"{now.year}.{now.month}.{now.day}",
            refused=sentence(refused) if refused else "",
        ), refused.status if refused else 200


def _previous(session: Session, code: str) -> Questionnaire | None:
    """Return the version of this code that was published last, or None."""
    try:
        return instruments.load(session, instruments.latest(session, code).digest)
    except NotFound:
        return None


def _example(session: Session, questionnaire: Questionnaire) -> Facts:
    """Return the object that the preview speaks of: the first one of its kind, or an invented."""
    is_window = questionnaire.subject in (Subject.WINDOW, Subject.SITE)
    level = Level.WINDOW if is_window else Level.BRANCH
    found = (
        session.query(Organisation)
        .filter(Organisation.level == level.value, Organisation.is_active)
        .order_by(Organisation.sort_no, Organisation.id)
        .first()
    )
    name = found.name if found else _("示范窗口") if is_window else _("示范党支部")
    rows, values = EXAMPLES.get(questionnaire.subject, ((), ()))
    return Facts(
        found.id if found else "",
        name,
        name,
        _("区创先争优办"),
        tuple(Row(str(number), text) for number, text in enumerate(rows, start=1)),
        (*values, ("owner", name)),
    )


def _revision() -> int:
    try:
        return int(request.form.get("revision", "")[:9])
    except ValueError:
        return 0
