"""Figures of an opened round as files: the same figures in every format."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy.orm import Session

from reports.contract import to_contract
from reports.figures import Audience, Figures
from reports.method_sheet import as_text, figures_digest, method_lines
from reports.spss import sav
from reports.tables import HEADER, long_rows, to_csv
from reports.wide_table import wide_table
from reports.workbook import workbook
from survey.campaigns.models import Round
from survey.results import service as results

SHEET = "结果"
BOM = "\ufeff"


@dataclass(frozen=True)
class Export:
    """A file of figures.

    Attributes:
        data: what it holds.
        method: how the figures were made, for formats that cannot hold it; None for others.
        objects: how many objects.
        digest: SHA-256 of the figures, the same in every format.
    """

    data: bytes
    method: bytes | None
    objects: int
    digest: str


def export_of(
    session: Session, round_: Round, audience: Audience, format_: str, *, bom: bool = False
) -> Export:
    """Return the figures of every questionnaire of a round as `format_`: json, csv, xlsx or sav.

    Raises:
        ResultsSealed: a box is still closed.
    """
    figures = [
        each
        for used in round_.questionnaires
        for each in results.release_of(session, round_, used.code, audience)
    ]
    questionnaires = [
        results.used_questionnaire(session, round_, used.code) for used in round_.questionnaires
    ]
    rules = results.rules_of(round_)
    lines = method_lines(round_.code, round_.title, figures, questionnaires, rules, audience)
    objects = [to_contract(each, round_.code) for each in figures]
    digest = figures_digest(objects)
    if format_ == "xlsx":
        table = wide_table(figures, questionnaires, rules)
        return Export(workbook([(SHEET, table)], lines), None, len(figures), digest)
    if format_ == "sav":
        table = wide_table(figures, questionnaires, rules)
        return Export(sav(table, round_.code, lines), None, len(figures), digest)
    data = _csv(figures, round_, bom=bom) if format_ == "csv" else _json(objects)
    return Export(data, as_text(lines).encode(), len(figures), digest)


def _csv(figures: list[Figures], round_: Round, *, bom: bool) -> bytes:
    text = to_csv(HEADER, long_rows(figures, round_.code))
    return f"{BOM if bom else ''}{text}".encode()


def _json(objects: list[dict[str, object]]) -> bytes:
    return json.dumps(objects, ensure_ascii=False, indent=1).encode()
