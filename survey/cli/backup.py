"""`flask backup …`: one file with everything but the keys, and its way back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from survey import clock, schema
from survey.accounts.policy import OPERATOR
from survey.backups.making import create as make
from survey.backups.restoring import Override
from survey.backups.restoring import restore as bring_back
from survey.cli.running import (
    EXISTING_FILE,
    actor_of,
    as_option,
    command,
    json_option,
    progress,
    reading,
    show,
)
from survey.web.platform import platform

group = click.Group("backup", help="Copies of everything but the keys, made while serving.")

NO_KEYS = (
    "没有备份密钥，请另外抄存密钥文件夹 / the keys are NOT in it; copy the keystore separately"
)


@command(group, "create")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_option
@json_option
def create(file: Path, as_name: str | None, as_json: bool) -> None:
    """Write database, sealed boxes, evidence and documents to FILE, while serving.

    The keys are not in it: keep a copy of the keystore somewhere else. Whoever has both can read
    a round that is still open.
    """
    held = platform()
    with reading() as session:
        actor = actor_of(session, as_name)
    stores = (held.config, held.engine, held.sessions)
    with progress("backup") as tell:
        made = make(*stores, actor, file, now=clock.now(), progress=tell)
    for name in made.missing:
        click.echo(f"BOX_MISSING: {name}", err=True)
    row = {**asdict(made), "keys": "not included"}
    show(
        row,
        as_json=as_json,
        line=lambda r: (
            f"{r['path']}  {r['size']} bytes, {r['parts']} parts, {r['boxes']} sealed boxes\n"
            f"digest {r['digest']}\n{NO_KEYS}"
        ),
    )


@command(group, "restore")
@click.argument("file", type=EXISTING_FILE)
@click.option("--despite-newer", is_flag=True, help="undo what happened since; two people")
@click.option("--reason", default="", help="why that must be")
@click.option("--approved-by", "approver_name", metavar="ACCOUNT", help="the second of them")
@click.option("--without-keys", is_flag=True, help="though the keystore is lost or another one")
@as_option
@json_option
def restore(
    file: Path,
    despite_newer: bool,
    reason: str,
    approver_name: str | None,
    without_keys: bool,
    as_name: str | None,
    as_json: bool,
) -> None:
    """Make everything what it was in FILE: checked, migrated, and only then put in place.

    Answers that came since into boxes that are still sealed stay. Afterwards reload the web
    service, which may hold old pages.
    """
    held, override = platform(), None
    actor = OPERATOR
    if as_name or approver_name:
        schema.require_head(held.engine)
        with reading() as session:
            actor, approver = actor_of(session, as_name), actor_of(session, approver_name)
        override = Override(actor, approver, reason)
    if despite_newer and override is None:
        override = Override(OPERATOR, OPERATOR, reason)
    done = bring_back(
        held.config,
        held.engine,
        held.inbox,
        actor,
        file,
        now=clock.now(),
        override=override if despite_newer else None,
        without_keys=without_keys,
    )
    for refusal in done.unusable:
        click.echo(f"{refusal.code}: {refusal.zh} / {refusal.en}", err=True)
    row = {
        "made_at": done.manifest.made_at,
        "digest": done.digest,
        "undone": list(done.undone),
        "unusable_keys": len(done.unusable),
    }
    show(row, as_json=as_json, line=lambda r: f"restored what was there at {r['made_at']}")
