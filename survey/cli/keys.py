"""`flask keys …`: part a round's key among custodians, print their sheets, take their words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from survey import clock
from survey.accounts.policy import Actor
from survey.campaigns import service as campaigns
from survey.campaigns.models import Round
from survey.cli.running import (
    FOLDER,
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
from survey.collection import custodians, fieldwork
from survey.collection.custodians import Standing
from survey.collection.key_sheets import key_sheets_html
from survey.web.platform import platform

group = click.Group("keys", help="Custodians of a round's key: three parts, two of which open it.")


@command(group, "split")
@click.argument("round_code", metavar="ROUND")
@click.option("--custodian", "accounts", multiple=True, required=True, help="three times")
@click.option("--out", "folder", type=FOLDER, help="print the sheets here, one PDF each")
@as_option
@json_option
def split(
    round_code: str,
    accounts: tuple[str, ...],
    folder: Path | None,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Part the key of ROUND, which must not have opened yet, among three custodians.

    With --out the sheets are written there and count as collected: print them, hand them over,
    and destroy the files. Without it each custodian signs in to the console and prints their own.
    """
    held = platform()
    with writing() as session:
        actor, round_ = _found(session, round_code, as_name)
        fieldwork.prepare_boxes(
            session, actor, round_, held.keystore, held.inbox, now=clock.now(), zone=zone()
        )
        custodians.split_key(session, actor, round_, held.keystore, accounts, now=clock.now())
    with writing() as session:
        actor, round_ = _found(session, round_code, as_name)
        custodians.finish_split(session, round_, held.keystore)
        if folder is not None:
            _print_all(session, actor, round_, folder)
        row = describe(round_, custodians.standing_of(session, round_, held.keystore))
    show(row, as_json=as_json, line=_line)


def _print_all(session: Session, actor: Actor, round_: Round, folder: Path) -> None:
    held = platform()
    for number in range(1, custodians.SHARES + 1):
        sheet = custodians.sheet_of(session, actor, round_, held.keystore, number)
        pdf = held.renderer.render(key_sheets_html([sheet]))
        write_file(folder / f"{round_.code}-key-{number}.pdf", pdf, is_secret=True)
        custodians.collect(session, actor, round_, held.keystore, number, now=clock.now())


@command(group, "give")
@click.argument("round_code", metavar="ROUND")
@as_option
@json_option
def give(round_code: str, as_name: str | None, as_json: bool) -> None:
    """Type the words of one sheet, after ROUND has ended; with the second its box can be opened."""
    words = click.prompt("Words of the sheet", hide_input=True, err=True)
    row = _acted(
        round_code,
        as_name,
        lambda session, actor, round_: custodians.give(
            session, actor, round_, platform().keystore, words, now=clock.now()
        ),
    )
    show(row, as_json=as_json, line=_line)


@command(group, "show")
@click.argument("round_code", metavar="ROUND")
@json_option
def show_one(round_code: str, as_json: bool) -> None:
    """Show who keeps the key of ROUND and who has given a part."""
    with reading() as session:
        _, round_ = _found(session, round_code, None)
        row = describe(round_, custodians.standing_of(session, round_, platform().keystore))
    show(row, as_json=as_json, line=_line)


def describe(round_: Round, standing: Standing) -> dict[str, Any]:
    """Return how far the custodians are, as it is printed."""
    return {
        "round": round_.code,
        "custodians": [
            {
                "number": share.number,
                "account": share.account,
                "collected": share.is_collected,
                "given": share.number in standing.given,
            }
            for share in standing.shares
        ],
        "missing": standing.missing,
    }


def _acted(
    round_code: str, as_name: str | None, act: Callable[[Session, Actor, Round], Standing]
) -> dict[str, Any]:
    with writing() as session:
        actor, round_ = _found(session, round_code, as_name)
        return describe(round_, act(session, actor, round_))


def _found(session: Session, round_code: str, as_name: str | None) -> tuple[Actor, Round]:
    actor = actor_of(session, as_name)
    return actor, campaigns.get_round(session, actor, round_code)


def _line(row: dict[str, Any]) -> str:
    if not row["custodians"]:
        return f"{row['round']}: the key is in one piece"
    names = ", ".join(
        f"{each['account']}{' (given)' if each['given'] else ''}" for each in row["custodians"]
    )
    return f"{row['round']}: {names}; {row['missing']} more needed"
