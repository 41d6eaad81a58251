"""A refusal as the command line shows it."""

from __future__ import annotations

from typing import IO, Any

import click

from survey.errors import SurveyError


class Refused(click.ClickException):
    """Ends a command with status 1 and `CODE: message` on standard error, in both languages.

    The faults of an imported file follow, one to a line.
    """

    exit_code = 1

    def __init__(self, error: SurveyError) -> None:
        faults = getattr(error, "faults", ())
        places = (f"  {fault.sentence('zh')} / {fault.sentence('en')}" for fault in faults)
        super().__init__("\n".join([f"{error.code}: {error.zh} / {error.en}", *places]))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the refusal."""
        click.echo(self.message, file=file, err=file is None)
