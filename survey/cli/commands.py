"""Every command of the platform, added to Flask's own and imported only when it is asked for."""

from __future__ import annotations

import importlib

import click
from flask import Flask
from flask.cli import AppGroup

COMMANDS = {
    "accounts": "accounts:group",
    "awards": "awards:group",
    "backup": "backup:group",
    "ballots": "ballots:print_ballots",
    "commitments": "org:commitments",
    "db": "database:group",
    "demo": "demo:group",
    "indicators": "indicators:group",
    "inspections": "inspections:group",
    "jobs": "jobs:group",
    "keys": "keys:group",
    "members": "org:members",
    "notices": "notices:group",
    "org": "org:org",
    "points": "rounds:points",
    "posters": "collection:posters",
    "questionnaires": "questionnaires:group",
    "ratings": "ratings:group",
    "items": "items:group",
    "rectification": "rectification:group",
    "reports": "documents:group",
    "responses": "collection:responses",
    "results": "results:group",
    "rules": "rules:group",
    "sources": "sources:group",
    "tickets": "tickets:group",
    "rounds": "publishing:group",
    "verify": "collection:verify",
    "workdays": "workdays:group",
}
"""The module of this package and the name in it, by command."""


class Commands(AppGroup):
    """The commands of `COMMANDS`; a server, which needs none of them, imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(f"survey.cli.{module}"), name)
        return found


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli = Commands(app.name)
