"""The coverage board: which branches and windows have ballots, and which are still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from reports.tables import to_csv
from survey.accounts.policy import Action
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.collection import participation
from survey.collection.participation import Cell, Coverage, Line
from survey.instruments import service as instruments
from survey.org import queries as organisations
from survey.web.console.paging import page_of
from survey.web.console.session import actor
from survey.web.console.shell import page
from survey.web.downloads import send
from survey.web.platform import platform
from survey.web.policies import policy
from survey.web.texts import term
from survey.web.texts import text as _
from survey.web.unit_of_work import reading

bp = Blueprint("coverage", __name__, url_prefix="/rounds/<round_code>/coverage")
SEE = Action.SEE_PARTICIPATION
SHADES = (("l4", 1.0), ("l3", 0.9), ("l2", 0.5), ("l1", 0.0))
"""How dark a cell is, by the share that has ballots; the darker, the more is missing."""


@dataclass(frozen=True)
class Square:
    """One cell of the matrix; `shade` l0 is nothing yet, l4 is all there; empty: not concerned."""

    shade: str
    covered: int
    total: int
    missing: int


@dataclass(frozen=True)
class Strip:
    """One row of the matrix; without `key` it leads nowhere."""

    key: str
    name: str
    squares: tuple[Square, ...]


@bp.get("/")
@policy(SEE)
def index(round_code: str) -> str:
    """Show the matrix, by unit or by sector."""
    by = "sector" if request.args.get("by") == "sector" else "unit"
    only = request.args.get("only", "")
    with reading() as session:
        round_, board = _board(session, round_code)
        lines = board.by_sector if by == "sector" else board.by_unit
        chosen = [line for line in lines if _is_wanted(line, only)]
        groups = _by_kind(session, chosen) if by == "unit" else [("", chosen)]
        return page(
            session,
            "console/coverage.html",
            round=round_,
            by=by,
            only=only,
            columns=[(code, titles_of(session, round_)[code]) for code in board.questionnaires],
            groups=[
                (title, [_strip(line, board) for line in members]) for title, members in groups
            ],
            total=_strip(_sum(lines), board) if len(lines) > 1 else None,
            count=len(chosen),
            missing=len(board.missing),
            objects=len(board.entries),
            covered_from=board.covered_from,
        )


@bp.get("/objects")
@policy(SEE)
def objects(round_code: str) -> str:
    """List objects with the step they have reached; by default those that are missing."""
    wanted = {key: request.args.get(key, "")[:60] for key in ("unit", "sector", "questionnaire")}
    is_all = request.args.get("show") == "all"
    with reading() as session:
        round_, board = _board(session, round_code)
        entries = [
            entry
            for entry in (board.entries if is_all else board.missing)
            if wanted["unit"] in ("", entry.unit_id)
            and wanted["sector"] in ("", entry.sector)
            and wanted["questionnaire"] in ("", entry.questionnaire_code)
        ]
        return page(
            session,
            "console/coverage_objects.html",
            round=round_,
            wanted=wanted,
            is_all=is_all,
            found=page_of(entries),
            titles=titles_of(session, round_),
            units=[line for line in board.by_unit if line.key],
            covered_from=board.covered_from,
        )


@bp.get("/table.csv")
@policy(SEE)
def table(round_code: str) -> Response:
    """Send every object with the step it has reached, as CSV."""
    with reading() as session:
        round_, board = _board(session, round_code)
        titles = titles_of(session, round_)
    header = (_("编号"), _("对象"), _("单位"), _("系统"), _("问卷"), _("票数（按档）"), _("已覆盖"))
    rows = (
        (
            entry.org_id,
            entry.name,
            entry.unit_name,
            term(entry.sector),
            titles[entry.questionnaire_code],
            entry.answers,
            _("是") if entry.is_covered else _("否"),
        )
        for entry in board.entries
    )
    # Excel in China reads UTF-8 only with the mark at the start.
    content = "\ufeff" + to_csv(header, rows)
    return send(content, "text/csv", f"{round_code}-{_('覆盖情况')}.csv")


def titles_of(session: Session, round_: Round) -> dict[str, str]:
    """Return what the questionnaires of a round are called, by code."""
    return {
        used.code: instruments.load(session, used.digest).title.to("zh")
        for used in round_.questionnaires
    }


def _board(session: Session, round_code: str) -> tuple[Round, Coverage]:
    round_ = campaigns.get_round(session, actor(), round_code)
    return round_, participation.coverage(session, platform().inbox, round_, actor())


def _is_wanted(line: Line, only: str) -> bool:
    cells = line.cells.values()
    if only == "gaps":
        return any(cell.missing for cell in cells)
    if only == "none":
        return any(not cell.covered for cell in cells)
    return True


def _by_kind(session: Session, lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Return the lines under the kind of their unit: towns and streets, then departments."""
    units = {unit.id: unit for unit in organisations.units(session, actor(), SEE)}
    groups: dict[str, list[Line]] = {}
    for line in lines:
        unit = units.get(line.key)
        named = replace(line, name=unit.short_name) if unit else line
        groups.setdefault(term(unit.unit_type) if unit else "", []).append(named)
    return list(groups.items())


def _sum(lines: Sequence[Line]) -> Line:
    codes = dict.fromkeys(code for line in lines for code in line.cells)
    cells = {}
    for code in codes:
        mine = [line.cells[code] for line in lines if code in line.cells]
        cells[code] = Cell(sum(c.covered for c in mine), sum(c.total for c in mine))
    return Line("", _("合计"), cells)


def _strip(line: Line, board: Coverage) -> Strip:
    squares = tuple(_square(line.cells.get(code)) for code in board.questionnaires)
    return Strip(line.key, term(line.name) or _("区直属"), squares)


def _square(cell: Cell | None) -> Square:
    if cell is None:
        return Square("", 0, 0, 0)
    shade = next(name for name, least in SHADES if cell.covered >= least * cell.total)
    if not cell.covered:
        shade = "l0"
    return Square(shade, cell.covered, cell.total, cell.missing)
