"""Check codes on letters, forms and extracts of the ledger, which are no documents of a round.

Whoever holds such a paper learns at `/v` that it is ours; staff who see its item are led there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reports import parts
from reports.parts import EvaluationReport
from survey.accounts.policy import Actor
from survey.db import Sessions, insert_new, reading
from survey.errors import NotFound
from survey.publication.document_models import PaperCode
from survey.rectification.loading import find as find_item
from survey.rectification.models import RectificationItem


@dataclass(frozen=True)
class Paper:
    """What staff are told of a code: title, day, digest, and the item it is about, if any."""

    title: str
    as_of: datetime
    digest: str
    item_number: str = ""


def note(sessions: Sessions, report: EvaluationReport, *, item_number: str = "") -> None:
    """Note the code of a paper about to be handed out; the same paper has the same code."""
    digest = parts.digest_of(report)
    code = parts.code_of(digest)
    with reading(sessions) as session:
        if is_known(session, code):
            return
    with sessions.begin() as session:
        item = RectificationItem.number == item_number
        item_id = session.query(RectificationItem.id).filter(item).scalar() if item_number else None
        row = {"code": code, "title": "".join(report.title), "item_id": item_id}
        row |= {"digest": digest, "as_of": report.as_of}
        session.execute(insert_new(session, PaperCode), [row])


def is_known(session: Session, code: str) -> bool:
    """Whether a paper with this code, as `codes.normalised` returns it, was handed out."""
    return session.get(PaperCode, code) is not None


def find(session: Session, actor: Actor, code: str) -> Paper | None:
    """Return the paper with a code; None where there is none, or `actor` may not see its item."""
    found = session.get(PaperCode, code)
    if found is None:
        return None
    number = ""
    if found.item_id is not None:
        number = session.get_one(RectificationItem, found.item_id).number
        try:
            find_item(session, actor, number)
        except NotFound:
            return None
    return Paper(found.title, found.as_of, found.digest, number)
