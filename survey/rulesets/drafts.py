"""Rule sets that are being written: by one person, approved by another, then versions for good."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.cleaning import clean
from forms.digest import digest_of
from reports.rule_faults import RulesInvalid
from reports.rule_files import RuleFile, Title, presets, read_file
from reports.rules import RuleSet, from_data, to_data
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.db import hold
from survey.rulesets import versions
from survey.rulesets.models import RuleSetDraft, RuleSetVersion
from survey.rulesets.refusals import (
    RulesChanged,
    RulesNotFound,
    RulesOwnApproval,
    RulesRefused,
    RulesSame,
    RulesUnfit,
    RulesWaiting,
)

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]{0,39}")
MAX_TITLE, MAX_SOURCE, MAX_REASON = 200, 500, 500
DRAFT, PROPOSED = "draft", "proposed"


def list_drafts(session: Session, actor: Actor) -> list[RuleSetDraft]:
    """Return what is being written or waits for the approver; only they see it."""
    _require_hand(actor)
    return list(session.scalars(select(RuleSetDraft).order_by(RuleSetDraft.code)))


def get_draft(session: Session, actor: Actor, draft_id: int) -> RuleSetDraft:
    """Return a draft.

    Raises:
        RulesNotFound: there is none.
    """
    _require_hand(actor)
    draft = session.get(RuleSetDraft, draft_id)
    if draft is None:
        raise RulesNotFound(str(draft_id))
    return draft


def start_draft(
    session: Session,
    actor: Actor,
    *,
    code: str,
    title: str,
    base: str,
    now: datetime,
    title_en: str = "",
) -> RuleSetDraft:
    """Return a new draft, a copy of the rule set `base`.

    Raises:
        RulesNotFound: there is no `base`.
        RulesUnfit: the code belongs to a preset or another draft, or is none; no title.
    """
    require(actor, Action.EDIT_RULES)
    file = versions.file_of(session, actor, base)
    titled = RuleFile(code, Title(title, title_en), file.rules, file.source)
    return _add_draft(session, actor, titled, _name_of(session, base, file), now=now)


def import_draft(session: Session, actor: Actor, data: bytes, *, now: datetime) -> RuleSetDraft:
    """Return a draft of what a file holds; an open draft of the same code is written over.

    Raises:
        RulesRefused: names every key to mend.
        RulesUnfit: see `start_draft`.
        RulesWaiting: the draft of this code lies before the approver.
    """
    require(actor, Action.EDIT_RULES)
    file = _read(data)
    draft = session.scalar(select(RuleSetDraft).where(RuleSetDraft.code == file.code))
    if draft is None:
        newest = versions.stored(session, file.code)
        return _add_draft(session, actor, file, newest.name if newest else "", now=now)
    _require_state(session, draft, DRAFT)
    _write(draft, file, actor, now)
    session.flush()
    return draft


def change_draft(
    session: Session,
    actor: Actor,
    draft: RuleSetDraft,
    revision: int,
    *,
    title: str,
    changes: Mapping[str, Any],
    now: datetime,
    title_en: str = "",
) -> RuleSetDraft:
    """Return the draft with `changes`, data as `reports.rules.from_data` takes it, in force.

    Raises:
        RulesChanged: somebody else was faster.
        RulesWaiting: it lies before the approver.
        RulesRefused: it would not hold together; nothing was changed.
    """
    require(actor, Action.EDIT_RULES)
    _require_state(session, draft, DRAFT)
    if revision != draft.revision:
        raise RulesChanged
    rules = trial(draft, changes)
    _write(draft, RuleFile(draft.code, Title(title, title_en), rules, draft.source), actor, now)
    session.flush()
    return draft


def trial(draft: RuleSetDraft, changes: Mapping[str, Any]) -> RuleSet:
    """Return what a draft would be with `changes`, without changing it.

    Raises:
        RulesRefused: it would not hold together.
    """
    try:
        return from_data({**draft.content, **_merged(draft.content, changes)})
    except RulesInvalid as refused:
        raise RulesRefused(refused) from refused


def delete_draft(session: Session, actor: Actor, draft: RuleSetDraft, *, now: datetime) -> None:
    """Throw a draft away that is not before the approver.

    Raises:
        RulesWaiting: it is.
    """
    require(actor, Action.EDIT_RULES)
    _require_state(session, draft, DRAFT)
    _note(session, actor, "delete", draft.code, now)
    session.delete(draft)
    session.flush()


def propose(session: Session, actor: Actor, draft: RuleSetDraft, *, now: datetime) -> None:
    """Hand a draft to the approver.

    Raises:
        RulesWaiting: that was done already.
        RulesSame: it says the same as the newest version of its code.
    """
    require(actor, Action.EDIT_RULES)
    _require_state(session, draft, DRAFT)
    newest = versions.stored(session, draft.code)
    if newest is not None and newest.digest == digest_of(draft.content):
        raise RulesSame(newest.name)
    draft.state, draft.changed_by, draft.changed_at = PROPOSED, actor.name, now
    draft.returned_because = ""
    session.flush()
    _note(session, actor, "propose", draft.code, now, digest=digest_of(draft.content))


def approve(
    session: Session, actor: Actor, draft: RuleSetDraft, *, now: datetime
) -> RuleSetVersion:
    """Return the version that a proposed draft becomes; the draft is gone.

    Raises:
        RulesWaiting: it has not been proposed.
        RulesOwnApproval: the approver wrote it.
    """
    require(actor, Action.APPROVE_RULES)
    _require_state(session, draft, PROPOSED)
    if actor.name == draft.changed_by and not actor.is_operator:
        raise RulesOwnApproval
    file = versions.as_file(draft)
    version = versions.store(
        session, file, draft.changed_by, actor.name, now=now, derived_from=draft.derived_from
    )
    session.delete(draft)
    session.flush()
    _note(session, actor, "approve", version.name, now, digest=version.digest)
    return version


def send_back(
    session: Session, actor: Actor, draft: RuleSetDraft, reason: str, *, now: datetime
) -> None:
    """Return a proposed draft to whoever writes it, with the reason.

    Raises:
        RulesWaiting: it has not been proposed.
        RulesUnfit: no reason.
    """
    require(actor, Action.APPROVE_RULES)
    _require_state(session, draft, PROPOSED)
    said = clean(reason).strip()[:MAX_REASON]
    if not said:
        raise RulesUnfit("请写明退回的理由", "Say why it goes back")
    draft.state, draft.returned_because = DRAFT, said
    session.flush()
    _note(session, actor, "send_back", draft.code, now)


def _name_of(session: Session, wanted: str, file: RuleFile) -> str:
    version = versions.stored(session, wanted)
    return version.name if version and version.digest == file.digest else file.code


def _add_draft(
    session: Session, actor: Actor, file: RuleFile, derived_from: str, *, now: datetime
) -> RuleSetDraft:
    if not CODE.fullmatch(file.code):
        raise RulesUnfit(
            "规则代码只能用字母、数字、“_”和“.”，不超过40个字",
            "A code has letters, digits, '_' and '.', at most 40 of them",
        )
    if file.code in presets():
        raise RulesUnfit(
            f"“{file.code}”是自带的规则，不能改；请换一个代码，照着它改",
            f"{file.code} comes with the program; copy it under another code",
        )
    taken = select(RuleSetDraft.id).where(RuleSetDraft.code == file.code)
    if session.scalar(taken) is not None:
        raise RulesUnfit(
            f"“{file.code}”已经有一份草稿，请接着改", f"There is a draft of {file.code} already"
        )
    draft = RuleSetDraft(
        code=file.code, derived_from=derived_from, state=DRAFT, revision=0, returned_because=""
    )
    _write(draft, file, actor, now)
    session.add(draft)
    session.flush()
    _note(session, actor, "draft", file.code, now, derived_from=derived_from)
    return draft


def _write(draft: RuleSetDraft, file: RuleFile, actor: Actor, now: datetime) -> None:
    title, title_en = clean(file.title.zh).strip(), clean(file.title.en).strip()
    if not 0 < len(title) <= MAX_TITLE or len(title_en) > MAX_TITLE:
        raise RulesUnfit("请写明名称，不超过200字", "A title has 1 to 200 characters")
    draft.title_zh, draft.title_en = title, title_en
    draft.source = clean(file.source).strip()[:MAX_SOURCE]
    draft.content = to_data(file.rules)
    draft.revision += 1
    draft.changed_by, draft.changed_at = actor.name, now


def _merged(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `changes` with what they do not name inside a group taken from `content`."""
    return {
        key: {**content[key], **_merged(content[key], value)}
        if isinstance(value, Mapping)
        and isinstance(content.get(key), Mapping)
        and key not in REPLACED
        else value
        for key, value in changes.items()
    }


REPLACED = frozenset({"points"})
"""Groups that are given whole: a scale that is not named has no points of its own."""


def _read(data: bytes) -> RuleFile:
    try:
        return read_file(data)
    except RulesInvalid as refused:
        raise RulesRefused(refused) from refused


def _require_hand(actor: Actor) -> None:
    """Refuse whoever neither writes nor approves rule sets."""
    if not actor.scopes(Action.APPROVE_RULES):
        require(actor, Action.EDIT_RULES)


def _require_state(session: Session, draft: RuleSetDraft, wanted: str) -> None:
    hold(session, draft)
    if draft.state != wanted:
        raise RulesWaiting(is_proposed=draft.state == PROPOSED)


def _note(
    session: Session, actor: Actor, act: str, subject: str, now: datetime, **data: object
) -> None:
    audit.record(session, actor=actor.name, act=f"rules.{act}", subject=subject, now=now, **data)
