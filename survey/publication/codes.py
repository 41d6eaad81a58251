"""Check codes that were printed, and what anybody may be told of the document behind one.

Of what is out, everything: title, edition, where it stands now. Of drafts and internal documents
only that they are genuine: who holds the paper has read it, and nobody else learns what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reports import parts
from reports.figures import Audience
from reports.parts import CHECK_CODE_LENGTH, EvaluationReport
from survey.accounts.policy import Action, Actor, may
from survey.campaigns.models import Round
from survey.db import Sessions, insert_new, reading
from survey.errors import NotFound
from survey.org.models import Organisation
from survey.publication import paper_codes
from survey.publication.document_kind import Asked, Kind
from survey.publication.document_models import DocumentCode
from survey.publication.models import Publication, PublicationState
from survey.results import frozen
from survey.results.models import Release

_SPACES = re.compile(r"[\s\-—·.]")
_CODE = re.compile(f"[0-9A-HJKMNP-TV-Z]{{{CHECK_CODE_LENGTH}}}")
# Crockford: what people misread.
_MISREAD = str.maketrans("OILU", "011V")
MOST_IN_ONE = 200
WITH_PAGE = (Kind.BRANCH, Kind.WINDOW, Kind.UNIT)
"""Kinds about a place that has a public page of its own."""


class CodeUnknown(NotFound):
    """No document of ours has this check code."""

    code = "CODE_UNKNOWN"

    def __init__(self) -> None:
        super().__init__(
            "没有查到这个核对码，请对照原件再输一次",
            "No document has this check code; compare it with the paper and type it again",
        )


class Standing(StrEnum):
    """Where a document stands today."""

    NOTICE = "notice"
    PUBLISHED = "published"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Printed:
    """A document that is handed out; `release_id` where it is a frozen one."""

    kind: Kind
    org_id: str
    audience: Audience
    report: EvaluationReport
    release_id: int | None = None


@dataclass(frozen=True)
class Checked:
    """What everybody is told of a code; all but `standing` and `round` is empty of internal ones.

    Attributes:
        standing: where the document stands.
        round_code, round_title: which round; empty of internal documents.
        title: of the document, in its meaning-lines.
        org_id: the object, for a link to its public page; empty where it has none.
        edition: number of the public edition.
        digest: SHA-256 of the content, as the PDF carries it.
        as_of: until when its figures were counted; None of internal documents.
        office, phone: who takes objections to the results.
    """

    standing: Standing
    round_code: str = ""
    round_title: str = ""
    title: tuple[str, ...] = ()
    org_id: str = ""
    edition: int = 0
    digest: str = ""
    as_of: datetime | None = None
    office: str = ""
    phone: str = ""


def printed(asked: Asked, kind: Kind, org_id: str, report: EvaluationReport) -> Printed:
    """Return a compiled document as one that is handed out.

    What is printed for everybody of a round that is out belongs to the edition that is out.
    """
    is_public = asked.audience is Audience.PUBLIC
    release = frozen.latest(asked.session, asked.round, Audience.PUBLIC) if is_public else None
    return Printed(kind, org_id, asked.audience, report, release.id if release else None)


def remember(session: Session, round_: Round, printed: Iterable[Printed]) -> None:
    """Note the codes of documents that are handed out; those known already stay as they are.

    The same words may be printed as a draft, in the office's copy and in several editions: what
    is told is of the copy for everybody, and of its latest edition.
    """
    rows = {row["code"]: row for row in (_row(round_, each) for each in printed)}
    codes = list(rows)
    for start in range(0, len(codes), MOST_IN_ONE):
        some = codes[start : start + MOST_IN_ONE]
        query = select(DocumentCode).where(DocumentCode.code.in_(some))
        known = {each.code: each for each in session.scalars(query)}
        for code, entry in known.items():
            _raise(entry, rows[code])
        new = [rows[code] for code in some if code not in known]
        if new:
            session.execute(insert_new(session, DocumentCode), new)
    session.flush()


def note(sessions: Sessions, round_id: int, handed: Sequence[Printed]) -> None:
    """Note the codes of documents about to be handed out; mostly they are known already."""
    with reading(sessions) as session:
        new = [each for each in handed if not is_noted(session, each)]
    if new:
        with sessions.begin() as session:
            remember(session, session.get_one(Round, round_id), new)


def is_noted(session: Session, handed: Printed) -> bool:
    """Whether nothing would be written of a document, so that most readers wait for nobody."""
    entry = session.get(DocumentCode, parts.check_code(handed.report))
    known = (entry.audience, entry.release_id) if entry else ("", None)
    return entry is not None and _rank(*known) >= _rank(handed.audience, handed.release_id)


def normalised(typed: str) -> str:
    """Return a code as it is stored, however it was typed, scanned or read out.

    Raises:
        CodeUnknown: it is none.
    """
    code = _SPACES.sub("", typed).upper().translate(_MISREAD)
    if not _CODE.fullmatch(code):
        raise CodeUnknown
    return code


def check(session: Session, typed: str) -> Checked:
    """Return what everybody may know of the document with this code.

    Raises:
        CodeUnknown: there is none.
    """
    code = normalised(typed)
    found = session.get(DocumentCode, code)
    if found is None:
        if paper_codes.is_known(session, code):
            return Checked(Standing.INTERNAL)
        raise CodeUnknown
    release = session.get(Release, found.release_id) if found.release_id else None
    attempts = _attempts(session, release) if release else []
    own = next((each for each in reversed(attempts) if each.release_id == found.release_id), None)
    if found.audience != Audience.PUBLIC or release is None or own is None:
        return Checked(Standing.INTERNAL)
    round_ = session.get_one(Round, found.round_id)
    return Checked(
        _standing(own, attempts[-1]),
        round_.code,
        round_.title,
        tuple(found.title.split("\n")),
        found.org_id if found.kind in WITH_PAGE else "",
        release.edition,
        found.digest,
        found.as_of,
        own.office,
        own.phone,
    )


def find(session: Session, actor: Actor, typed: str) -> DocumentCode:
    """Return the document with a code, for staff who may see it.

    Raises:
        CodeUnknown: there is none, or not for `actor`.
    """
    found = session.get(DocumentCode, normalised(typed))
    place = session.get(Organisation, found.org_id) if found else None
    if found is None or place is None or not may(actor, Action.SEE_REPORTS, place.path):
        raise CodeUnknown
    return found


def _attempts(session: Session, release: Release) -> list[Publication]:
    """Return the attempts to publish the round that let something out, the last one last."""
    query = (
        select(Publication)
        .where(Publication.round_id == release.round_id, Publication.release_id.is_not(None))
        .order_by(Publication.id)
    )
    return list(session.scalars(query))


def _standing(own: Publication, last: Publication) -> Standing:
    if own.state == PublicationState.WITHDRAWN:
        return Standing.WITHDRAWN
    if last.id != own.id:
        return Standing.REPLACED
    return Standing.NOTICE if own.state == PublicationState.NOTICE else Standing.PUBLISHED


def _raise(entry: DocumentCode, row: dict[str, Any]) -> None:
    """Let an entry stand for the more public and the later of two documents of the same words."""
    if _rank(row["audience"], row["release_id"]) > _rank(entry.audience, entry.release_id):
        entry.release_id, entry.audience = row["release_id"], row["audience"]


def _rank(audience: str, release_id: int | None) -> tuple[bool, int]:
    return audience == Audience.PUBLIC and release_id is not None, release_id or 0


def _row(round_: Round, printed: Printed) -> dict[str, Any]:
    report = printed.report
    return {
        "code": parts.check_code(report),
        "round_id": round_.id,
        "release_id": printed.release_id,
        "kind": printed.kind.value,
        "org_id": printed.org_id,
        "audience": printed.audience.value,
        "title": "\n".join(report.title),
        "digest": parts.digest_of(report),
        "as_of": report.as_of,
    }
