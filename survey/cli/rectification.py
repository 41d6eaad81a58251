"""`flask rectification …`: the ledger, one item, and every step an item can take."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from reports import formats
from reports.formats import Format
from reports.parts import EvaluationReport
from survey import clock
from survey.accounts.policy import OPERATOR
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    reading,
    show,
    write_file,
    writing,
    zone,
)
from survey.publication import paper_codes
from survey.publication.document_files import VERIFY
from survey.rectification import evidence, ledger, ledger_import, letters, service
from survey.rectification.filters import Filter
from survey.rectification.item import EvidenceKind, Recheck, Sheet
from survey.rectification.letters import Letter
from survey.rectification.loading import find
from survey.rectification.queries import ItemRow, items
from survey.rectification.states import State
from survey.rectification.story import story
from survey.scanning import scan
from survey.web.platform import platform
from survey.web.public.item_poster import SIZES, poster_of

group = click.Group("rectification", help="Rectification items, from new to closed.")

STATES = click.Choice([state.value for state in State])


PRINTED = [Format.PDF.value, Format.WORD.value, Format.WEB.value]
LEDGER_FORMATS = ["csv", "xlsx", *PRINTED]
FULL_SCORE = 100


def _row(row: ItemRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state.value,
        "source": row.source.value,
        "org": row.org_id,
        "org_name": row.org_name,
        "problem": row.problem,
        "responsible_person": row.responsible_person,
        "registered_on": row.registered_on,
        "due_on": row.due_on,
        "reopen_count": row.reopen_count,
    }


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['number']}  {row['state']:<12}  {row['due_on']}  {row['org_name']}  {row['problem']}"
    )


@command(group, "list")
@click.option("--state", type=STATES)
@click.option("--org", "org_id")
@click.option("--overdue", is_flag=True, help="only what is overdue")
@json_option
def list_items(state: str | None, org_id: str | None, overdue: bool, as_json: bool) -> None:
    """List items, the most pressing first."""
    with reading() as session:
        found = items(
            session,
            OPERATOR,
            now=clock.now(),
            wanted=Filter(
                state=State(state) if state else None,
                org=org_id,
                overdue=True if overdue else None,
            ),
            page=None,
        )
        rows = [_row(row) for row in found.rows]
    show(rows, as_json=as_json, line=_line)


@command(group, "show")
@click.argument("number", metavar="ITEM")
@json_option
def show_item(number: str, as_json: bool) -> None:
    """Show ITEM with everything that happened to it."""
    with reading() as session:
        told = story(session, OPERATOR, number, now=clock.now())
        row = {
            **_row(told.row),
            "measures": told.measures,
            "evidence": [f"{file.kind_label}：{file.file_name}" for file in told.evidence],
            "history": [
                {
                    "at": e.at.astimezone(zone()).isoformat(timespec="seconds"),
                    "act": e.act.value,
                    "actor": e.actor,
                    "role": e.actor_role,
                    "note": e.note,
                }
                for e in reversed(told.timeline)
            ],
        }
    if as_json:
        show(row, as_json=True)
        return
    click.echo(_line(row))
    for event in row["history"]:
        click.echo(
            f"  {event['at'][:16]}  {event['act']}  {event['actor']}  {event['note']}".rstrip()
        )


@command(group, "advance")
@click.argument("number", metavar="ITEM")
@click.option("--to", "to", type=STATES, required=True)
@click.option("--note", default="", help="the reason, where one is asked for")
@click.option("--measures", default="", help="what will be done (to in_progress)")
@click.option("--evidence", "files", type=EXISTING_FILE, multiple=True)
@click.option(
    "--kind", type=click.Choice([kind.value for kind in EvidenceKind]), default="document"
)
@click.option("--stage-on", type=click.DateTime(["%Y-%m-%d"]), help="next stage (to longterm)")
@click.option(
    "--recheck",
    type=(int, int, int, float),
    metavar="N AGREE DISAGREE SCORE",
    help="result of a recheck held on paper or at a meeting",
)
@click.option(
    "--score",
    type=click.IntRange(0, 100),
    help="of the acceptance sheet; without it and any --tick: all four, and 100",
)
@click.option(
    "--tick",
    "ticks",
    multiple=True,
    type=click.Choice(["solved", "measures", "no-relapse", "mechanism"]),
    help="what the acceptance sheet says, once for each",
)
@as_option
@json_option
def advance(
    number: str,
    to: str,
    note: str,
    measures: str,
    files: tuple[Path, ...],
    kind: str,
    stage_on: Any,
    recheck: tuple[int, int, int, float] | None,
    score: int | None,
    ticks: tuple[str, ...],
    as_name: str | None,
    as_json: bool,
) -> None:
    """Take ITEM to another state, or one step within its state."""
    now, folder = clock.now(), platform().config.evidence
    stage: date | None = stage_on.date() if stage_on else None
    with writing() as session:
        actor = actor_of(session, as_name)
        for file in files:
            evidence.add_evidence(
                session,
                actor,
                number,
                _passed(file),
                file.name,
                folder=folder,
                kind=EvidenceKind(kind),
                now=now,
            )
        service.advance(
            session,
            actor,
            number,
            State(to),
            now=now,
            note=note,
            measures=measures,
            stage_on=stage,
            recheck=Recheck(*recheck) if recheck else None,
            sheet=_sheet(State(to), score, ticks),
        )
        row = _row(story(session, OPERATOR, number, now=now).row)
    show(row, as_json=as_json, line=_line)


def _passed(file: Path) -> bytes:
    data = file.read_bytes()
    scan(platform().config.scanner, data)
    return data


def _sheet(to: State, score: int | None, ticks: tuple[str, ...]) -> Sheet | None:
    """Return the acceptance sheet; whoever accepts without a word of it means all of it."""
    if score is None:
        is_whole = to is State.VERIFIED and not ticks
        return Sheet(True, True, True, True, FULL_SCORE) if is_whole else None
    return Sheet(
        is_solved="solved" in ticks,
        are_measures_done="measures" in ticks,
        has_no_relapse="no-relapse" in ticks,
        has_mechanism="mechanism" in ticks,
        score=score,
    )


@command(group, "import")
@click.argument("file", type=EXISTING_FILE)
@as_option
@json_option
def import_file(file: Path, as_name: str | None, as_json: bool) -> None:
    """Import a paper ledger (.csv or .xlsx): all rows or none."""
    with writing() as session:
        summary = ledger_import.import_ledger(
            session, actor_of(session, as_name), file.read_bytes(), file.name, now=clock.now()
        )
    done = {"added": summary.added, "sheets_not_read": list(summary.others)}
    left = f"; sheets not read: {', '.join(summary.others)}" if summary.others else ""
    show(done, as_json=as_json, line=lambda row: f"{row['added']} items added{left}")


@command(group, "export")
@click.option("--format", "format_", type=click.Choice(LEDGER_FORMATS), default="csv")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--state", type=STATES)
@click.option("--org", "org_id")
@as_option
def export(
    format_: str, out: Path, state: str | None, org_id: str | None, as_name: str | None
) -> None:
    """Write the ledger to a file."""
    wanted = Filter(state=State(state) if state else None, org=org_id)
    with reading() as session:
        actor, now = actor_of(session, as_name), clock.now()
        rows = ledger.ledger_rows(session, actor, now=now, wanted=wanted)
    if format_ in PRINTED:
        data = _paper(ledger.ledger_report(rows, as_of=now.astimezone(zone())), Format(format_))
    else:
        data = ledger.ledger_csv(rows) if format_ == "csv" else ledger.ledger_xlsx(rows)
    write_file(out, data)
    click.echo(f"{len(rows)} items in {out.name}")


@command(group, "letter")
@click.argument("number")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in Letter]))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@as_option
def letter(number: str, kind: str, out: Path, as_name: str | None) -> None:
    """Write a letter or form about one item: FILE.pdf, FILE.docx to edit in Word, or FILE.html."""
    if out.suffix[1:] not in PRINTED:
        raise click.BadParameter("use FILE.pdf, FILE.docx or FILE.html", param_hint="--out")
    with reading() as session:
        made = letters.letter_of(
            session, actor_of(session, as_name), number, Letter(kind), now=clock.now()
        )
    write_file(out, _paper(made, Format(out.suffix[1:]), number))


@command(group, "poster")
@click.argument("number", metavar="ITEM")
@click.option("--size", type=click.Choice(list(SIZES)), default="a4")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@as_option
def poster(number: str, size: str, out: Path, as_name: str | None) -> None:
    """Write the page about ITEM for the notice board, with the code of its web page, as FILE.pdf.

    Only an item that everybody may see has one.
    """
    held = platform()
    with reading() as session:
        find(session, actor_of(session, as_name), number)
        base_url = held.config.base_url
        made = poster_of(session, number, base_url=base_url, size=size, now=clock.now())
    write_file(out, held.renderer.render(made))
    click.echo(out.name)


def _paper(report: EvaluationReport, wanted: Format, item_number: str = "") -> bytes:
    """Return a letter or an extract as a file, whose check code anybody can try from now on."""
    held = platform()
    paper_codes.note(held.sessions, report, item_number=item_number)
    verify = f"{held.config.base_url}{VERIFY}"
    return formats.made(report, wanted, held.renderer.render, verify=verify)
