"""`flask accounts …`: add, list and disable accounts of staff."""

from __future__ import annotations

from typing import Any

import click

from survey import clock
from survey.accounts import service
from survey.accounts.models import Account, Role
from survey.accounts.policy import OPERATOR
from survey.cli.running import actor_of, as_option, command, json_option, reading, show, writing

group = click.Group("accounts", help="Accounts of staff.")


def _row(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "display_name": account.display_name,
        "is_active": account.is_active,
        "roles": [{"role": grant.role, "org": grant.org_id} for grant in account.grants],
    }


def _line(row: dict[str, Any]) -> str:
    roles = ", ".join(f"{held['role']}@{held['org']}" for held in row["roles"])
    return (
        f"{row['name']}  {row['display_name']}  {roles}{'' if row['is_active'] else '  (disabled)'}"
    )


@command(group, "add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--org", "org_id", required=True)
@click.option("--display-name", default="", help="the person's name; default: NAME")
@as_option
@json_option
def add(
    name: str, role: str, org_id: str, display_name: str, as_name: str | None, as_json: bool
) -> None:
    """Add the account NAME and print its first password, which is shown only once."""
    with writing() as session:
        actor = actor_of(session, as_name)
        made = service.add_account(
            session, actor, name, display_name or name, Role(role), org_id, now=clock.now()
        )
        row = {**_row(made.account), "password": made.password}
    show(row, as_json=as_json, line=lambda r: f"{_line(r)}\npassword: {r['password']}")


@command(group, "list")
@json_option
def list_all(as_json: bool) -> None:
    """List all accounts."""
    with reading() as session:
        rows = [_row(account) for account in service.list_accounts(session, OPERATOR)]
    show(rows, as_json=as_json, line=_line)


@command(group, "disable")
@click.argument("name")
@as_option
def disable(name: str, as_name: str | None) -> None:
    """Disable the account NAME; its sessions end at once."""
    with writing() as session:
        actor = actor_of(session, as_name)
        account = service.get_account(session, actor, name)
        service.disable_account(session, actor, account, now=clock.now())
    click.echo(f"{account.name} is disabled")
