"""`flask accounts …`: add, list, reset and disable accounts of staff."""

from __future__ import annotations

from typing import Any

import click

from survey import clock
from survey.accounts import service, tokens
from survey.accounts.models import Account, ApiToken, Role
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


def _with_password(row: dict[str, Any]) -> str:
    return f"{_line(row)}\npassword: {row['password']}"


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
    show(row, as_json=as_json, line=_with_password)


@command(group, "list")
@json_option
def list_all(as_json: bool) -> None:
    """List all accounts."""
    with reading() as session:
        rows = [_row(account) for account in service.list_accounts(session, OPERATOR)]
    show(rows, as_json=as_json, line=_line)


@command(group, "reset")
@click.argument("name")
@as_option
@json_option
def reset(name: str, as_name: str | None, as_json: bool) -> None:
    """Give the account NAME a new password, which is shown only once; its sessions end at once."""
    with writing() as session:
        actor = actor_of(session, as_name)
        account = service.get_account(session, actor, name)
        password = service.reset_password(session, actor, account, now=clock.now())
        row = {**_row(account), "password": password}
    show(row, as_json=as_json, line=_with_password)


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


@command(group, "token")
@click.argument("name")
@click.option("--label", required=True, help="which program it is for")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    help="only what the account may in this role; default: all it may",
)
@click.option("--days", type=int, default=tokens.MAX_DAYS, help="how long it is good for")
@as_option
@json_option
def token(
    name: str, label: str, role: str | None, days: int, as_name: str | None, as_json: bool
) -> None:
    """Make a token for the API that reads what the account NAME may read; shown only once."""
    with writing() as session:
        actor, only = actor_of(session, as_name), Role(role) if role else None
        made = tokens.issue(session, actor, name, label, role=only, days=days, now=clock.now())
        row = {**_token_row(made.token), "token": made.secret}
    show(row, as_json=as_json, line=lambda r: f"{_token_line(r)}\ntoken: {r['token']}")


@command(group, "tokens")
@click.argument("name")
@as_option
@json_option
def list_tokens(name: str, as_name: str | None, as_json: bool) -> None:
    """List the tokens of the account NAME."""
    with reading() as session:
        found = tokens.tokens_of(session, actor_of(session, as_name), name)
        rows = [_token_row(each) for each in found]
    show(rows, as_json=as_json, line=_token_line)


@command(group, "revoke")
@click.argument("token_id", metavar="NUMBER", type=int)
@as_option
def revoke(token_id: int, as_name: str | None) -> None:
    """End the token with this NUMBER at once."""
    with writing() as session:
        tokens.revoke(session, actor_of(session, as_name), token_id, now=clock.now())
    click.echo(f"token {token_id} is revoked")


def _token_row(held: ApiToken) -> dict[str, Any]:
    return {
        "id": held.id,
        "label": held.label,
        "role": held.role or None,
        "issued_by": held.issued_by,
        "expires_at": held.expires_at.isoformat(),
    }


def _token_line(row: dict[str, Any]) -> str:
    until = row["expires_at"][:10]
    return f"{row['id']}  {row['label']}  {row['role'] or 'all roles'}  until {until}"
