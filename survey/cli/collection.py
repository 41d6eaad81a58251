"""`flask posters`, `flask responses import` and `flask verify`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from reports import formats
from reports.formats import Format
from survey import clock
from survey.accounts.policy import OPERATOR, Action, require
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.cli.running import (
    EXISTING_FILE,
    FOLDER,
    actor_of,
    as_option,
    command,
    json_option,
    progress,
    reading,
    show,
    write_file,
    writing,
    zone,
)
from survey.collection import board, paper, rules_check, verification
from survey.collection.board_files import FORMATS, Board, board_document, board_report, day_of
from survey.collection.bundle import bundle_of
from survey.publication import paper_codes
from survey.publication.document_files import VERIFY
from survey.publication.posters import Kind, boards, documents
from survey.results import service as results
from survey.results.checking import release_problems
from survey.web.keying import validate_paper
from survey.web.platform import platform

NOT_COUNTED = "the audit chain holds; nothing has been counted yet"

responses = click.Group("responses", help="Answers that come in on paper.")


class Issued(click.ParamType[tuple[str, int]]):
    """How many paper ballots an organisation handed out: ORG=N."""

    name = "ORG=N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Return the organisation and the number."""
        org_id, _, count = str(value).partition("=")
        if not org_id or not count.isascii() or not count.isdigit():
            self.fail(f"{value!r} is not like B012=60", param, ctx)
        return org_id, int(count)


@command(responses, "import")
@click.argument("round_code", metavar="ROUND")
@click.argument("file", type=EXISTING_FILE)
@click.option("--questionnaire", "questionnaire_code", required=True)
@click.option("--channel", type=click.Choice(["paper"]), required=True)
@click.option("--issued", type=Issued(), multiple=True, help="paper ballots handed out")
@click.option(
    "--approved-by",
    "checker_name",
    metavar="ACCOUNT",
    help="who compared the file with the ballots; default: operator",
)
@as_option
@json_option
def import_responses(
    round_code: str,
    file: Path,
    questionnaire_code: str,
    channel: str,
    issued: tuple[tuple[str, int], ...],
    checker_name: str | None,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Take keyed paper answers into the sealed box of ROUND: all rows of FILE or none."""
    held = platform()
    with writing() as session:
        actor = actor_of(session, as_name)
        round_ = campaigns.get_round(session, actor, round_code)
        taken = paper.import_paper(
            session,
            held.inbox,
            held.keystore,
            actor,
            round_,
            questionnaire_code,
            file.read_bytes(),
            validate_paper,
            issued=dict(issued),
            now=clock.now(),
            file_name=file.name,
            checker=actor_of(session, checker_name),
        )
    show(
        {"round": round_code, "taken": taken},
        as_json=as_json,
        line=lambda r: f"{r['taken']} answers",
    )


_singles = click.Group("singles")


@command(_singles, "posters")
@click.argument("round_code", metavar="ROUND")
@click.option("--out", type=FOLDER, required=True)
@click.option("--org", "org_id", help="only this organisation")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), default="poster")
@click.option(
    "--format",
    "format_",
    type=click.Choice([each.value for each in (Format.PDF, *FORMATS)]),
    default="pdf",
    help="docx, xlsx, html: the board of promises alone (--kind commitments)",
)
@as_option
def posters(
    round_code: str, out: Path, org_id: str | None, kind: str, format_: str, as_name: str | None
) -> None:
    """Write what is printed for ROUND: for one organisation, or for all.

    Long runs come in several files, each numbered.
    """
    held, wanted = platform(), Format(format_)
    if wanted is not Format.PDF and kind != Kind.COMMITMENTS:
        raise click.BadParameter("only --kind commitments has it", param_hint="--format")
    with reading() as session:
        actor = actor_of(session, as_name)
        require(actor, Action.PRINT_POSTERS)
        round_ = campaigns.get_round(session, actor, round_code)
        stem, base_url = f"{round_code}-{org_id or 'all'}-{kind}", held.config.base_url
        if wanted is not Format.PDF:
            found = boards(session, actor, round_, base_url=base_url, zone=zone(), org_id=org_id)
            write_file(out / f"{stem}.{format_}", _board(found, wanted))
            click.echo(f"{stem}.{format_}")
            return
        made = documents(
            session, actor, round_, Kind(kind), base_url=base_url, zone=zone(), org_id=org_id
        )
    with progress(kind) as tell:
        for number, html in enumerate(made, start=1):
            file = out / (f"{stem}.pdf" if len(made) == 1 else f"{stem}-{number:02d}.pdf")
            write_file(file, held.renderer.render(html))
            tell(number, len(made))
            click.echo(file.name)


def _board(found: Sequence[Board], wanted: Format) -> bytes:
    """Return boards of promises as a file besides the PDF."""
    if wanted is Format.WORD:
        return board_document(found)
    held, report = platform(), board_report(found, day_of(clock.now(), zone()))
    paper_codes.note(held.sessions, report)
    return formats.made(
        report, wanted, held.renderer.render, verify=f"{held.config.base_url}{VERIFY}"
    )


def _write_bundle(session: Session, round_: Round, folder: Path) -> None:
    bundle = bundle_of(session, round_, results.shown_points(session, round_))
    write_file(folder / "bundle.json", json.dumps(bundle, ensure_ascii=False).encode())
    for name in board.names(bundle["receipts"]):
        lines = "".join(f"{each}\n" for each in board.shard(session, round_, name))
        write_file(folder / f"{name}.txt", lines.encode())


@command(_singles, "verify")
@click.argument("round_code", metavar="ROUND")
@click.option("--bundle", "folder", type=FOLDER, help="write what outsiders check to this folder")
@click.option("--anchor", default="", help="what is printed on reports and on the notice")
@json_option
def verify(round_code: str, folder: Path | None, anchor: str, as_json: bool) -> None:
    """Check counts, receipts and hash chain of ROUND; status 0 only if all hold."""
    with reading() as session:
        round_ = campaigns.get_round(session, OPERATOR, round_code)
        problems = verification.verify_round(session, round_)
        problems += rules_check.problems_of(session, round_)
        problems += verification.anchor_problems(session, round_, anchor)
        problems += release_problems(session, round_)
        is_counted = results.is_opened(session, round_)
        if folder is not None:
            _write_bundle(session, round_, folder)
    rows = [{"zh": problem.zh, "en": problem.en} for problem in problems]
    if as_json:
        show(rows, as_json=True)
    elif rows:
        for row in rows:
            click.echo(f"VERIFICATION_FAILED: {row['zh']} / {row['en']}", err=True)
    else:
        what = "counts, receipts and audit chain hold" if is_counted else NOT_COUNTED
        click.echo(f"{round_code}: {what}")
    if rows:
        raise SystemExit(1)
