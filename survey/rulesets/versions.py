"""Versions of rule sets: found by name, never changed; presets come with the program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from reports.rule_files import RuleFile, Title, preset_for, presets
from reports.rules import from_data, to_data
from survey.accounts.policy import Action, Actor, require
from survey.rulesets.models import RuleSetDraft, RuleSetVersion
from survey.rulesets.refusals import RulesNotFound

NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.]{0,39})(?:@([0-9]{1,6}))?")
SHIPPED = "pingyi"


@dataclass(frozen=True)
class Listed:
    """A version, or a preset that no round has used yet (`version` 0)."""

    code: str
    version: int
    digest: str
    title_zh: str
    title_en: str
    source: str
    is_shipped: bool
    created_by: str = ""
    approved_by: str = ""
    created_at: datetime | None = None
    derived_from: str = ""

    @property
    def name(self) -> str:
        """How it is asked for: `CODE@VERSION`, a preset by its code alone."""
        return f"{self.code}@{self.version}" if self.version else self.code


def name_of(session: Session, version_id: int | None) -> str:
    """Return `CODE@VERSION` as it is printed; empty for a round of before there were any."""
    version = session.get(RuleSetVersion, version_id) if version_id is not None else None
    return version.name if version else ""


def list_all(session: Session, actor: Actor) -> list[Listed]:
    """Return every version and every preset, presets first, the newest version of each first."""
    require(actor, Action.SEE_RULES)
    stored = session.scalars(
        select(RuleSetVersion).order_by(RuleSetVersion.code, RuleSetVersion.version.desc())
    ).all()
    kept = {(each.code, each.digest) for each in stored}
    found = [
        Listed(f.code, 0, f.digest, f.title.zh, f.title.en, f.source, is_shipped=True)
        for f in presets().values()
        if (f.code, f.digest) not in kept
    ]
    found += [_listed(each) for each in stored]
    order = {code: number for number, code in enumerate(presets())}
    return sorted(found, key=lambda each: (order.get(each.code, len(order)), each.code))


def file_of(session: Session, actor: Actor, wanted: str) -> RuleFile:
    """Return the rule set `CODE` (its newest version) or `CODE@VERSION`; nothing is stored.

    Raises:
        RulesNotFound: there is none.
    """
    require(actor, Action.SEE_RULES)
    version = stored(session, wanted)
    preset = _preset(wanted)
    if preset is not None and (version is None or version.digest != preset.digest):
        return preset
    if version is None:
        raise RulesNotFound(wanted)
    return as_file(version)


def as_file(version: RuleSetVersion | RuleSetDraft) -> RuleFile:
    """Return a version or draft as a file has it."""
    title = Title(version.title_zh, version.title_en)
    return RuleFile(version.code, title, from_data(version.content), version.source)


def version_of(session: Session, wanted: str, *, now: datetime) -> RuleSetVersion:
    """Return the version `CODE@VERSION`, or the newest of `CODE`; a preset is stored at first use.

    Raises:
        RulesNotFound: there is none.
    """
    version = stored(session, wanted)
    preset = _preset(wanted)
    if preset is not None and (version is None or version.digest != preset.digest):
        return store(session, preset, SHIPPED, "", now=now, is_shipped=True)
    if version is None:
        raise RulesNotFound(wanted)
    return version


def default_for(
    session: Session, questionnaires: list[Questionnaire], *, now: datetime
) -> RuleSetVersion:
    """Return the preset that a round of these questionnaires starts from."""
    return version_of(session, preset_for(questionnaires).code, now=now)


def get_version(session: Session, actor: Actor, version_id: int | None) -> RuleSetVersion | None:
    """Return the version that a round names; None for a round of before there were any."""
    require(actor, Action.SEE_RULES)
    return session.get(RuleSetVersion, version_id) if version_id is not None else None


def store(
    session: Session,
    file: RuleFile,
    created_by: str,
    approved_by: str,
    *,
    now: datetime,
    is_shipped: bool = False,
    derived_from: str = "",
) -> RuleSetVersion:
    """Return a new version of what a file holds, numbered after the last of its code."""
    last = session.scalar(
        select(func.max(RuleSetVersion.version)).where(RuleSetVersion.code == file.code)
    )
    version = RuleSetVersion(
        code=file.code,
        version=(last or 0) + 1,
        digest=file.digest,
        content=to_data(file.rules),
        title_zh=file.title.zh,
        title_en=file.title.en,
        source=file.source,
        derived_from=derived_from,
        is_shipped=is_shipped,
        created_by=created_by,
        approved_by=approved_by,
        created_at=now,
    )
    session.add(version)
    session.flush()
    return version


def stored(session: Session, wanted: str) -> RuleSetVersion | None:
    """Return the version `CODE@VERSION` or the newest of `CODE`; None where there is none."""
    named = NAME.fullmatch(wanted)
    if named is None:
        return None
    query = select(RuleSetVersion).where(RuleSetVersion.code == named[1])
    if named[2]:
        query = query.where(RuleSetVersion.version == int(named[2]))
    return session.scalar(query.order_by(RuleSetVersion.version.desc()).limit(1))


def _preset(wanted: str) -> RuleFile | None:
    """Return the preset of this code; a version that was asked for is in the database."""
    return presets().get(wanted)


def _listed(version: RuleSetVersion) -> Listed:
    return Listed(
        version.code,
        version.version,
        version.digest,
        version.title_zh,
        version.title_en,
        version.source,
        version.is_shipped,
        version.created_by,
        version.approved_by,
        version.created_at,
        version.derived_from,
    )
