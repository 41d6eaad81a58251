"""The steps that take in a sheet of answers, one after the other, whoever received the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forms.parsing import BodyRefused
from survey import clock
from survey.collection import intake, proof, receipts
from survey.web.public.wording import words

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from forms.definition import Questionnaire
    from survey.collection.points import PointView
    from survey.web.platform import Platform
    from survey.web.public.judging import Judged


_FAILURE: ContextVar[Exception | None] = ContextVar("failure", default=None)


@contextmanager
def failed(error: Exception) -> Iterator[None]:
    """Have `raise_failure` raise `error` inside the block, where nothing is tried again."""
    token = _FAILURE.set(error)
    try:
        yield
    finally:
        _FAILURE.reset(token)


def raise_failure() -> None:
    """Raise what kept this request's sheet from being stored before; nothing if nothing did."""
    error = _FAILURE.get()
    if error is not None:
        raise error


def page_key(fields: MultiDict[str, str]) -> str:
    """Return the key of the page that was posted.

    Raises:
        BodyRefused: the fields name no page of ours.
    """
    key = fields.get("ik", "")
    if not receipts.is_key(key) or not fields.get("fv"):
        raise BodyRefused("BODY_FOREIGN", "这不是本页的内容", "no form version or no page key")
    return key


def weighed(
    point: PointView, judged: Judged, fields: MultiDict[str, str], secret: bytes, language: str
) -> Judged:
    """Return `judged` with the flags of its proof of work, or sent back for want of one."""
    if judged.status != 200 or not point.asks_proof:
        return judged
    shown = fields.get("pow", "")
    try:
        flags = proof.judge(point.code, fields["ik"], shown, secret=secret, now=clock.now())
    except proof.ProofNeeded as refusal:
        return replace(judged, status=refusal.status, note=words(language)["too_soon"])
    return replace(judged, signals=judged.signals | flags)


@dataclass(frozen=True)
class Sheet:
    """An accepted sheet, where it was handed in, the key of its page and the page's language.

    `credential` is the ticket's, and `picture` what came beside the answers.
    """

    point: PointView
    questionnaire: Questionnaire
    judged: Judged
    key: str
    language: str
    credential: bytes | None = None
    picture: bytes | None = None


def store(session: Session, held: Platform, sheet: Sheet) -> None:
    """Store an accepted sheet durably; raises as `intake.record` does."""
    intake.record(
        session,
        held.inbox,
        held.keystore,
        sheet.point,
        sheet.questionnaire,
        sheet.judged.values,
        **_particulars(sheet),
    )


def prepare(held: Platform, sheet: Sheet) -> intake.Prepared:
    """Seal an accepted sheet, to be stored in its box; raises as `intake.prepare` does."""
    return intake.prepare(
        held.keystore,
        sheet.point,
        sheet.questionnaire,
        sheet.judged.values,
        **_particulars(sheet),
    )


def _particulars(sheet: Sheet) -> dict[str, Any]:
    return {
        "key": sheet.key,
        "seconds": sheet.judged.seconds,
        "now": clock.now(),
        "signals": sheet.judged.signals,
        "listed": sheet.judged.listed,
        "credential": sheet.credential,
        "picture": sheet.picture,
    }
