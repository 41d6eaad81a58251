"""`flask ballots`: paper ballots of a round, one file for each object."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from reports.formats import Format
from reports.renderer import RenderFailed
from survey.accounts.policy import Action, require
from survey.campaigns import service as campaigns
from survey.cli.running import FOLDER, actor_of, as_option, command, reading, write_file
from survey.collection.points import PointView
from survey.errors import NotFound
from survey.publication import ballots
from survey.web.downloads import DocumentNotMade
from survey.web.platform import platform

_singles = click.Group("singles")


@command(_singles, "ballots")
@click.argument("round_code", metavar="ROUND")
@click.option("--out", type=FOLDER, required=True)
@click.option("--org", "org_id", help="only this organisation")
@click.option("--questionnaire", help="only this questionnaire")
@click.option("--large", is_flag=True, help="in large type")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["pdf", "docx", "html"]),
    default="pdf",
    help="docx to change type and head in Word; its questions are locked",
)
@as_option
def print_ballots(
    round_code: str,
    out: Path,
    org_id: str | None,
    questionnaire: str | None,
    large: bool,
    format_: str,
    as_name: str | None,
) -> None:
    """Write the paper ballots of ROUND: one file for each object and questionnaire."""
    with reading() as session:
        actor = actor_of(session, as_name)
        require(actor, Action.PRINT_POSTERS)
        round_ = campaigns.get_round(session, actor, round_code)
        found = ballots.paper_points(
            session, actor, round_, org_id=org_id, questionnaire=questionnaire
        )
        for name, made in _files(session, found, round_code, Format(format_), is_large=large):
            if isinstance(made, RenderFailed):
                raise DocumentNotMade from made
            write_file(out / name, made)
    if not found:
        raise NotFound("本轮没有这样的纸质票", "There is no such paper ballot in this round")
    click.echo(f"{len(found)} ballots in {out.name}")


def _files(
    session: Session, found: list[PointView], round_code: str, wanted: Format, *, is_large: bool
) -> Iterator[tuple[str, bytes | RenderFailed]]:
    """Yield each ballot with the name of its file."""
    if wanted is not Format.PDF:
        yield from ballots.files(session, found, round_code, wanted, is_large=is_large)
        return
    documents = ballots.ballots(session, found, round_code, is_large=is_large)
    yield from platform().renderer.render_many(documents)
