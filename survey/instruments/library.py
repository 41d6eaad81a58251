"""What a new questionnaire can start from: the nine forms that come along, and known scales."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Questionnaire, ResponseOption
from forms.xlsform import XlsFormRefused, read_xlsform
from survey.instruments import service
from survey.instruments.models import QuestionnaireVersion

WORKBOOKS = Path(__file__).resolve().parents[2] / "sample" / "xlsforms"


@cache
def templates() -> dict[str, Questionnaire]:
    """Return the questionnaires that come along, by code; read once by each process."""
    found = {}
    for file in sorted(WORKBOOKS.glob("*.xlsx")):
        try:
            questionnaire = read_xlsform(file.read_bytes(), file.name)
        except XlsFormRefused:
            # A workbook that somebody put there and that is no form of ours is no template.
            continue
        found[questionnaire.code] = questionnaire
    return found


def scales(session: Session, own: Questionnaire) -> dict[str, tuple[ResponseOption, ...]]:
    """Return option lists by name: the questionnaire's own, then those of others, first ones win.

    An own list comes first, so that an item gets the options its neighbours have.
    """
    newest = select(QuestionnaireVersion.digest).order_by(
        QuestionnaireVersion.imported_at.desc(), QuestionnaireVersion.digest
    )
    published = [service.load(session, digest) for digest in session.scalars(newest)]
    known = [own, *templates().values(), *published]
    found: dict[str, tuple[ResponseOption, ...]] = {}
    for questionnaire in known:
        for item in questionnaire.all_items():
            if item.scale and item.options:
                found.setdefault(item.scale, item.options)
    return found
