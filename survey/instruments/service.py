"""Take in questionnaires, name them by digest and find them again; none is ever changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from forms.digest import digest as digest_of
from forms.loading import from_data, to_data
from forms.xlsform import XlsFormRefused, read_xlsform
from survey.accounts.policy import Action, Actor, require
from survey.audit import service as audit
from survey.errors import Fault, ImportRefused, NotFound
from survey.instruments.models import QuestionnaireVersion

_LOADED: dict[str, Questionnaire] = {}
"""Questionnaires by digest, read once by each process; a digest never means another one."""


class QuestionnaireNotFound(NotFound):
    """There is no questionnaire of this code or digest."""

    code = "QUESTIONNAIRE_NOT_FOUND"

    def __init__(self, wanted: str) -> None:
        super().__init__(f"没有问卷“{wanted}”，请先导入", f"There is no questionnaire {wanted!r}")


def import_questionnaire(
    session: Session, actor: Actor, data: bytes, file_name: str, *, now: datetime
) -> QuestionnaireVersion:
    """Return the version that an XLSForm workbook holds, stored unless it already was.

    Raises:
        ImportRefused: names every fault by sheet, row and column; nothing was stored.
    """
    require(actor, Action.IMPORT_QUESTIONNAIRES)
    try:
        questionnaire = read_xlsform(data, file_name)
    except XlsFormRefused as refusal:
        raise ImportRefused(
            [Fault(f.row, f.column, f.value, f.zh, f.en, sheet=f.sheet) for f in refusal.faults]
        ) from refusal
    digest = digest_of(questionnaire)
    version = session.get(QuestionnaireVersion, digest)
    if version is None:
        version = QuestionnaireVersion(
            digest=digest,
            code=questionnaire.code,
            version=questionnaire.version,
            title=questionnaire.title.to(questionnaire.languages[0]),
            subject=questionnaire.subject.value,
            definition=to_data(questionnaire),
            imported_at=now,
        )
        session.add(version)
        audit.record(
            session,
            actor=actor.name,
            act="questionnaire.import",
            subject=questionnaire.code,
            now=now,
            digest=digest,
        )
    return version


def list_versions(session: Session, actor: Actor) -> list[QuestionnaireVersion]:
    """Return every version there is, by code, the newest first."""
    require(actor, Action.SEE_QUESTIONNAIRES)
    return list(
        session.scalars(
            select(QuestionnaireVersion).order_by(
                QuestionnaireVersion.code,
                QuestionnaireVersion.imported_at.desc(),
                QuestionnaireVersion.digest,
            )
        )
    )


def latest(session: Session, code: str) -> QuestionnaireVersion:
    """Return the version of `code` that was imported last.

    Raises:
        QuestionnaireNotFound: none was.
    """
    version = session.scalar(
        select(QuestionnaireVersion)
        .where(QuestionnaireVersion.code == code.replace("\0", ""))
        .order_by(QuestionnaireVersion.imported_at.desc(), QuestionnaireVersion.digest)
        .limit(1)
    )
    if version is None:
        raise QuestionnaireNotFound(code)
    return version


def previous(session: Session, digest: str) -> QuestionnaireVersion | None:
    """Return the version of the same code that came before this one, or None."""
    version = session.get(QuestionnaireVersion, digest.replace("\0", ""))
    if version is None:
        return None
    return session.scalar(
        select(QuestionnaireVersion)
        .where(
            QuestionnaireVersion.code == version.code,
            QuestionnaireVersion.imported_at < version.imported_at,
        )
        .order_by(QuestionnaireVersion.imported_at.desc(), QuestionnaireVersion.digest)
        .limit(1)
    )


def load(session: Session, digest: str) -> Questionnaire:
    """Return the questionnaire with this digest; each is read from the database once.

    Raises:
        QuestionnaireNotFound: none has it.
    """
    if digest not in _LOADED:
        version = session.get(QuestionnaireVersion, digest.replace("\0", ""))
        if version is None:
            raise QuestionnaireNotFound(digest)
        _LOADED[digest] = from_data(version.definition)
    return _LOADED[digest]
