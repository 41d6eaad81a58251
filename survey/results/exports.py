"""Figures of an opened round as files: the same figures in every format."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy.orm import Session

from forms.definition import Questionnaire
from reports.contract import to_contract
from reports.figures import Audience, Figures
from reports.method_sheet import Lines, as_text, figures_digest, method_lines
from reports.spss import sav
from reports.tables import HEADER, long_rows, to_csv
from reports.wide_table import wide_table
from reports.workbook import workbook
from survey.campaigns import ruling
from survey.campaigns.models import Round
from survey.results import frozen
from survey.results import service as results
from survey.results.models import Release
from survey.rulesets import versions

SHEET = "结果"
UNRELEASED = "没有发布，送审稿"
BOM = "\ufeff"


@dataclass(frozen=True)
class Export:
    """A file of figures.

    Attributes:
        data: what it holds.
        method: how the figures were made, for formats that cannot hold it; None for others.
        objects: how many objects.
        digest: SHA-256 of the figures, the same in every format.
        release: digest of the release that they come from; empty before there is one.
    """

    data: bytes
    method: bytes | None
    objects: int
    digest: str
    release: str = ""


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
    release = results.release_now(session, round_, audience)
    lines = _method(session, round_, figures, questionnaires, audience, release)
    name = release.digest if release else ""
    objects = [to_contract(each, round_.code) for each in figures]
    digest = figures_digest(objects)
    if format_ == "xlsx":
        table = wide_table(figures, questionnaires, rules)
        return Export(workbook([(SHEET, table)], lines), None, len(figures), digest, name)
    if format_ == "sav":
        table = wide_table(figures, questionnaires, rules)
        return Export(sav(table, round_.code, lines), None, len(figures), digest, name)
    data = (
        _csv(figures, round_, name, bom=bom)
        if format_ == "csv"
        else _json([{**each, "release": name or None} for each in objects])
    )
    return Export(data, as_text(lines).encode(), len(figures), digest, name)


def _method(
    session: Session,
    round_: Round,
    figures: list[Figures],
    questionnaires: list[Questionnaire],
    audience: Audience,
    release: Release | None,
) -> Lines:
    """Return how the figures were made, and which release they are of."""
    return (
        *method_lines(
            round_.code,
            round_.title,
            figures,
            questionnaires,
            results.rules_of(round_),
            audience,
            rules_name=versions.name_of(session, round_.rule_set_id),
            rules_digest=ruling.digest_of_rules(round_),
        ),
        ("发布版本", frozen.name_of(release) if release else UNRELEASED),
        ("发布摘要", release.digest if release else "—"),
    )


def _csv(figures: list[Figures], round_: Round, release: str, *, bom: bool) -> bytes:
    rows = ((*row, release) for row in long_rows(figures, round_.code))
    text = to_csv((*HEADER, "release"), rows)
    return f"{BOM if bom else ''}{text}".encode()


def _json(objects: list[dict[str, object]]) -> bytes:
    return json.dumps(objects, ensure_ascii=False, indent=1).encode()
