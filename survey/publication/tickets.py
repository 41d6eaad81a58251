"""Printed tickets of allowed batches: the words on the slips, and the files that hold them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from survey.collection.points import PointView, questionnaire_of
from survey.collection.slips import PER_SHEET, SlipFace, sheets_html, slip_url
from survey.collection.tickets import Slip

PART = 500
"""Slips in one document: a renderer's time is bounded."""

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Printed:
    """The slips of one batch, on their way to paper; nothing else holds them."""

    org_id: str
    face: SlipFace
    slips: tuple[Slip, ...]


def face_of(
    session: Session, point: PointView, batch_id: str, *, base_url: str, zone: ZoneInfo
) -> SlipFace:
    """Return what every slip of a batch says."""
    return SlipFace(
        org_name=point.org_name,
        form_title=questionnaire_of(session, point).title.to("zh"),
        organiser=str(point.facts["organiser"]),
        base_url=base_url,
        last_day=(point.closes_at - MOMENT).astimezone(zone).date(),
        batch=batch_id,
    )


def documents(printed: Sequence[Printed]) -> list[str]:
    """Return HTML documents of at most `PART` slips each; every batch begins on a sheet."""
    sheets = [
        [(batch.face, slip) for slip in batch.slips[start : start + PER_SHEET]]
        for batch in printed
        for start in range(0, len(batch.slips), PER_SHEET)
    ]
    per_document = PART // PER_SHEET
    starts = range(0, len(sheets), per_document)
    return [sheets_html(sheets[start : start + per_document]) for start in starts]


def table(printed: Sequence[Printed]) -> bytes:
    """Return the slips as CSV: organisation, typed code, address with the secret."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("org", "code", "url"))
    for batch in printed:
        for slip in batch.slips:
            writer.writerow((batch.org_id, slip.code, slip_url(batch.face.base_url, slip)))
    return text.getvalue().encode()
