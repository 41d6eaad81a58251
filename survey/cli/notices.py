"""`flask notices …`: the daily round by hand, what was told, and a test of the mail server."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import click
from sqlalchemy import select

from survey import clock
from survey.accounts.models import Account
from survey.accounts.policy import OPERATOR
from survey.accounts.sessions import actor_named
from survey.cli.running import command, json_option, reading, show, writing, zone
from survey.errors import SurveyError
from survey.notices import addresses, mail, refusals, running
from survey.notices.mail import Mail
from survey.notices.models import Notice
from survey.notices.rules import WORDS, NoticeKind
from survey.rectification.models import RectificationItem
from survey.web.platform import platform

group = click.Group("notices", help="Reminders, cards and what else people are told about items.")

MORNING = time(10)


class _Undo(Exception):
    """Ends a dry run; everything it did is undone."""


class DryRunOnly(SurveyError):
    """Another day than today can only be looked at."""

    code = "DRY_RUN_ONLY"

    def __init__(self) -> None:
        super().__init__("--day 只能和 --dry-run 一起用", "--day goes with --dry-run only")


@command(group, "run")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="look at another day")
@click.option("--dry-run", is_flag=True, help="print what would be given and sent; change nothing")
def run(day: datetime | None, dry_run: bool) -> None:
    """Give the cards that are due, tell people, and send what may be sent now.

    The worker does this by itself at 7, 8, 12 and 16 o'clock. Run twice, nothing happens twice.
    """
    if day is not None and not dry_run:
        raise DryRunOnly
    now = datetime.combine(day, MORNING, zone()) if day else clock.now()
    if dry_run:
        _preview(now)
        return
    held = platform()
    with reading():
        pass
    done = running.prepare(held.sessions, now=now)
    url = held.config.base_url
    with running.outlets_of(
        held.config.mail, held.config.messenger, now=clock.now, base_url=url
    ) as outlets:
        running.deliver(
            held.sessions, outlets, done, now=clock.now, zone=held.config.zone, base_url=url
        )
    click.echo(done.words)
    if done.refused:
        raise done.refused


def _preview(now: datetime) -> None:
    held = platform()
    try:
        with writing() as session:
            keys, digests = running.preview(
                session, now=now, zone=held.config.zone, base_url=held.config.base_url
            )
            for key in keys:
                click.echo(key)
            for digest in digests:
                click.echo(f"\n{digest.account}: {digest.subject}\n{digest.text}")
            raise _Undo
    except _Undo:
        return


@command(group, "list")
@click.option("--account", help="only what this account is told")
@click.option("--days", type=click.IntRange(1, 400), default=7, show_default=True)
@json_option
def list_notices(account: str | None, days: int, as_json: bool) -> None:
    """List what people were told, the newest first."""
    query = (
        select(Notice, Account.name, RectificationItem.number)
        .join(Account, Account.id == Notice.account_id)
        .join(RectificationItem, RectificationItem.id == Notice.item_id)
        .where(Notice.made_at > clock.now() - timedelta(days=days))
        .order_by(Notice.id.desc())
    )
    with reading() as session:
        if account:
            query = query.where(Account.name == actor_named(session, account).name)
        rows = [_row(*each) for each in session.execute(query)]
    show(rows, as_json=as_json, line=_line)


@command(group, "address")
@click.argument("account", metavar="ACCOUNT")
@click.argument("address", metavar="ADDRESS", default="")
def set_address(account: str, address: str) -> None:
    """Set the e-mail ADDRESS of ACCOUNT, which you vouch for; without one, forget it."""
    with writing() as session:
        person = actor_named(session, account)
        addresses.set_address(session, OPERATOR, person, address, now=clock.now())


@command(group, "test-mail")
@click.argument("address", metavar="ADDRESS")
def test_mail(address: str) -> None:
    """Send a mail to ADDRESS through the server of the settings."""
    config = platform().config
    if config.mail is None:
        raise refusals.NoServer
    now = clock.now()
    with mail.connected(config.mail, config.base_url) as post:
        text = "收到这封信，说明平台可以发邮件。不用回复。"
        post.send(Mail(f"test-{int(now.timestamp())}", address, "测试邮件", text), now)
    click.echo("sent")


def _row(notice: Notice, account: str, number: str) -> dict[str, Any]:
    return {
        "at": notice.made_at.astimezone(zone()).isoformat(timespec="minutes"),
        "account": account,
        "role": notice.role,
        "kind": notice.kind,
        "title": WORDS[NoticeKind(notice.kind)].title,
        "item": number,
        "is_read": notice.read_at is not None,
        "mailed": notice.mail_id is not None,
        "posted": notice.webhook_id is not None,
    }


def _line(row: dict[str, Any]) -> str:
    mark = " " if row["is_read"] else "*"
    return f"{row['at'][:16]}  {mark} {row['account']:<12}  {row['item']}  {row['title']}"
