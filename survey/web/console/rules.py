"""Rule sets: read them, write one, see what it would have done to the last round, approve it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from reports.rule_faults import RuleFault
from reports.rule_fields import BY_KEY, GROUP_LABELS
from reports.rule_files import MAX_BYTES, write_file
from reports.rule_values import values_of
from reports.rule_words import FILE_ONLY, differences
from reports.rules import RuleSet, from_data
from survey import clock
from survey.accounts.policy import Action, may
from survey.errors import NotFound, SurveyError
from survey.ratings import rule_preview
from survey.rulesets import drafts, versions
from survey.rulesets.models import RuleSetDraft
from survey.rulesets.refusals import RulesNotFound, RulesRefused
from survey.web.console import rule_form
from survey.web.console.results import BANDS, STATUSES
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.numbers import bounded
from survey.web.policies import policy
from survey.web.texts import language, sentence, term
from survey.web.unit_of_work import reading, transaction

bp = Blueprint("rules", __name__, url_prefix="/rules")
SEE, EDIT, APPROVE = Action.SEE_RULES, Action.EDIT_RULES, Action.APPROVE_RULES
EFFECT_WORDS = {"statuses": STATUSES, "bands": BANDS}
"""What the pages that show an effect call statuses and bands."""
FILE_BYTES = MAX_BYTES + 16 * 1024


@dataclass(frozen=True)
class Line:
    """One value as it is read: `group` stands on the first of its group alone."""

    group: str
    label: str
    value: str
    before: str = ""


def called(session: Session, name: str) -> str:
    """Return what the rules `CODE@VERSION` are called in the reader's language."""
    for each in versions.list_all(session, actor()):
        if each.name == name:
            return each.title_en if language() == "en" and each.title_en else each.title_zh
    return name or _("没有编号")


@bp.get("/")
@policy(SEE)
def index() -> str:
    """List presets, versions and, for who writes or approves, drafts."""
    with reading() as session:
        has_hand = may(actor(), EDIT) or may(actor(), APPROVE)
        return page(
            session,
            "console/rules.html",
            found=versions.list_all(session, actor()),
            drafts=drafts.list_drafts(session, actor()) if has_hand else [],
            may_edit=may(actor(), EDIT),
        )


@bp.get("/set/<name>")
@policy(SEE)
def show(name: str) -> str:
    """Show one rule set in words, and what it has otherwise than the one it was derived from."""
    with reading() as session:
        file = versions.file_of(session, actor(), name)
        stored = versions.stored(session, name)
        base = stored.derived_from if stored and stored.digest == file.digest else ""
        base = base or ("pass60" if file.code != "pass60" else "")
        other = _base_of(session, base)
        return page(
            session,
            "console/rule.html",
            file=file,
            name=name,
            stored=stored,
            base=base,
            lines=lines_of(file.rules),
            changed=changes_of(other, file.rules) if other else [],
            may_edit=may(actor(), EDIT),
        )


@bp.get("/set/<name>.json")
@policy(SEE)
def export(name: str) -> Response:
    """Give a rule set as the file that can be imported again."""
    with reading() as session:
        data = write_file(versions.file_of(session, actor(), name))
    response = Response(data, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="rules-{name}.json"'
    return response


@bp.get("/new")
@policy(EDIT)
def new() -> ResponseReturnValue:
    """Offer the rule sets that a new one can start from."""
    return _new_page()


@bp.post("/new")
@policy(EDIT, max_bytes=FILE_BYTES)
def create() -> ResponseReturnValue:
    """Start a draft from a rule set that there is, or from a file."""
    file = request.files.get("file")
    try:
        with transaction() as session:
            if file is not None and file.filename:
                draft = drafts.import_draft(session, actor(), file.read(), now=clock.now())
            else:
                draft = drafts.start_draft(
                    session,
                    actor(),
                    code=request.form.get("code", "").strip()[:60],
                    title=request.form.get("title", ""),
                    base=request.form.get("base", "")[:60],
                    now=clock.now(),
                )
            draft_id = draft.id
    except RulesRefused as refused:
        return _new_page(sentence(refused), refused.status)
    except SurveyError as refused:
        return _new_page(sentence(refused), refused.status)
    return redirect(url_for(".draft", draft_id=draft_id), code=303)


@bp.get("/drafts/<int:draft_id>")
@policy(SEE)
def draft(draft_id: int) -> ResponseReturnValue:
    """Show a draft: as a form to who writes it, in words to who approves it."""
    return _draft_page(draft_id)


@bp.post("/drafts/<int:draft_id>")
@policy(EDIT)
def save(draft_id: int) -> ResponseReturnValue:
    """Keep what was filled in, then show its effect or hand it to the approver if so wished."""
    values, faults = rule_form.posted_values(request.form)
    if faults:
        return _draft_page(draft_id, faults=faults, status=422)
    try:
        with transaction() as session:
            found = drafts.get_draft(session, actor(), draft_id)
            drafts.change_draft(
                session,
                actor(),
                found,
                request.form.get("revision", 0, type=bounded),
                title=request.form.get("title", ""),
                title_en=request.form.get("title_en", ""),
                changes=rule_form.changes_of(values),
                now=clock.now(),
            )
            if request.form.get("do") == "propose":
                drafts.propose(session, actor(), found, now=clock.now())
    except RulesRefused as refused:
        return _draft_page(draft_id, refused=refused.faults, status=refused.status)
    except NotFound:
        raise
    except SurveyError as refused:
        return _draft_page(draft_id, why=sentence(refused), status=refused.status)
    shows = "yes" if request.form.get("do") == "effect" else None
    return redirect(url_for(".draft", draft_id=draft_id, effect=shows, _anchor="effect"), code=303)


@bp.post("/drafts/<int:draft_id>/delete")
@policy(EDIT)
def delete(draft_id: int) -> ResponseReturnValue:
    """Throw a draft away."""
    with transaction() as session:
        found = drafts.get_draft(session, actor(), draft_id)
        drafts.delete_draft(session, actor(), found, now=clock.now())
    return redirect(url_for(".index"), code=303)


@bp.post("/drafts/<int:draft_id>/approve")
@policy(APPROVE)
def approve(draft_id: int) -> ResponseReturnValue:
    """Make a proposed draft a version for good."""
    try:
        with transaction() as session:
            found = drafts.get_draft(session, actor(), draft_id)
            name = drafts.approve(session, actor(), found, now=clock.now()).name
    except NotFound:
        raise
    except SurveyError as refused:
        return _draft_page(draft_id, why=sentence(refused), status=refused.status)
    return redirect(url_for(".show", name=name), code=303)


@bp.post("/drafts/<int:draft_id>/send-back")
@policy(APPROVE)
def send_back(draft_id: int) -> ResponseReturnValue:
    """Return a proposed draft with the reason."""
    try:
        with transaction() as session:
            found = drafts.get_draft(session, actor(), draft_id)
            reason = request.form.get("reason", "")
            drafts.send_back(session, actor(), found, reason, now=clock.now())
    except NotFound:
        raise
    except SurveyError as refused:
        return _draft_page(draft_id, why=sentence(refused), status=refused.status)
    return redirect(url_for(".index"), code=303)


def lines_of(rules: RuleSet) -> list[Line]:
    """Return every rule in words of the request's language."""
    values, lines, group = values_of(rules), [], ""
    for key, field in BY_KEY.items():
        if values[key] is None:
            continue
        title = term(GROUP_LABELS[field.group])
        first = title if title != group else ""
        group = title
        lines.append(Line(first, term(field.label), rule_form.worded_(field, values[key])))
    return lines


def changes_of(before: RuleSet, after: RuleSet) -> list[Line]:
    """Return what differs, in words of the request's language."""
    old, new = values_of(before), values_of(after)
    return [
        Line(
            each.group,
            term(each.label),
            rule_form.worded_(BY_KEY[each.key], new[each.key]),
            rule_form.worded_(BY_KEY[each.key], old[each.key]),
        )
        if each.key in BY_KEY
        else Line(each.group, term(FILE_ONLY), term(each.after), each.before)
        for each in differences(before, after)
    ]


def _new_page(refused: str = "", status: int = 200) -> ResponseReturnValue:
    with reading() as session:
        return page(
            session,
            "console/rule_new.html",
            found=versions.list_all(session, actor()),
            refused=refused,
            entered=request.form,
        ), status


def _draft_page(
    draft_id: int,
    *,
    faults: dict[str, str] | None = None,
    refused: tuple[RuleFault, ...] = (),
    why: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    with reading() as session:
        found = drafts.get_draft(session, actor(), draft_id)
        rules = from_data(found.content)
        base = _base_of(session, found.derived_from) or rules
        posted = request.form if faults or refused else None
        is_form = found.state == drafts.DRAFT and may(actor(), EDIT)
        wants_effect = request.args.get("effect") == "yes" or found.state == drafts.PROPOSED
        return page(
            session,
            "console/rule_draft.html",
            draft=found,
            is_form=is_form,
            parts=rule_form.parts_of(rules, base, posted, faults, refused) if is_form else (),
            changed=changes_of(base, rules),
            lines=[] if is_form else lines_of(rules),
            effect=_effect(session, found) if wants_effect else None,
            wants_effect=wants_effect,
            why=why,
            has_faults=bool(faults or refused),
            **EFFECT_WORDS,
            may_approve=may(actor(), APPROVE) and found.state == drafts.PROPOSED,
        ), status


def _effect(session: Session, found: RuleSetDraft) -> rule_preview.Preview | None:
    return rule_preview.preview(session, actor(), from_data(found.content), now=clock.now())


def _base_of(session: Session, name: str) -> RuleSet | None:
    """Return the rule set that another was derived from; None where it cannot be told."""
    if not name:
        return None
    try:
        return versions.file_of(session, actor(), name).rules
    except RulesNotFound:
        return None
