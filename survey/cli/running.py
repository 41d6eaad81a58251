"""What every command shares: the session, the actor, refusals and output."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from reports.renderer import RenderFailed
from survey import db, schema
from survey.accounts import sessions as account_sessions
from survey.accounts.policy import OPERATOR, Actor
from survey.cli.refusal import Refused
from survey.errors import SurveyError
from survey.web.platform import platform

P = ParamSpec("P")
R = TypeVar("R")

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class FileTrouble(SurveyError):
    """A file or folder could not be read or written."""

    code = "FILE"

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"文件读写不成：{error.filename or ''}（{error.strerror}）",
            f"Could not read or write {error.filename or 'a file'}: {error.strerror}",
        )


class DocumentTrouble(SurveyError):
    """A document could not be set."""

    code = "RENDER_FAILED"

    def __init__(self, error: RenderFailed) -> None:
        super().__init__(f"文件没有排出来（{error}）", f"The document could not be made: {error}")


class DatabaseTrouble(SurveyError):
    """The database cannot be reached, or somebody else has been writing for too long."""

    code = "DATABASE"

    def __init__(self) -> None:
        super().__init__(
            "数据库现在连不上，或别的程序正在写；什么也没有改动，过一会儿再运行一次就行",
            "The database cannot be reached or is busy; try again in a moment",
        )


class Instant(click.ParamType[datetime]):
    """An ISO 8601 date and time; without an offset it is in the platform's own time zone."""

    name = "ISO time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the aware instant that `value` names."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not like 2026-09-01T08:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone())


def zone() -> ZoneInfo:
    """Return the time zone that dates are read and shown in."""
    return platform().config.zone


def command(group: click.Group, name: str) -> Callable[[Callable[P, R]], click.Command]:
    """Make a command of `group` that ends with status 1 and one line when it is refused."""

    def wrap(function: Callable[P, R]) -> click.Command:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except SurveyError as error:
                raise Refused(error) from error
            except BrokenPipeError:
                raise  # Whoever read the output has stopped; click knows what to do then.
            except OSError as error:
                raise Refused(FileTrouble(error)) from error
            except RenderFailed as error:
                raise Refused(DocumentTrouble(error)) from error
            except OperationalError as error:
                raise Refused(DatabaseTrouble()) from error

        return group.command(name)(with_appcontext(run))

    return wrap


@contextmanager
def writing() -> Iterator[Session]:
    """Yield a session whose changes are committed when the command succeeds."""
    schema.require_head(platform().engine)
    with platform().sessions.begin() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """Yield a session that only reads: long work with it keeps nobody from writing."""
    schema.require_head(platform().engine)
    with db.reading(platform().sessions) as session:
        yield session


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what is to be told how much of how much is done: a bar on a terminal, else a line.

    Nothing is shown before it is first told, so that a refusal stays the only line; all of it goes
    to standard error, so that data can be piped on.
    """
    with ExitStack() as stack:
        bars: list[Any] = []

        def tell(done: int, total: int) -> None:
            if not bars:
                bar = click.progressbar(length=total, label=label, file=sys.stderr)
                bars.append(stack.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        yield tell


def actor_of(session: Session, name: str | None) -> Actor:
    """Return the account named by `--as`, or the operator."""
    return account_sessions.actor_named(session, name) if name else OPERATOR


def as_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add `--as ACCOUNT` to a command."""
    return click.option("--as", "as_name", metavar="ACCOUNT", help="who acts; default: operator")(
        function
    )


def json_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add `--json` to a command."""
    return click.option("--json", "as_json", is_flag=True, help="print JSON")(function)


def show(data: Any, *, as_json: bool, line: Callable[[Any], str] | None = None) -> None:
    """Print `data` as JSON, or one line each where `data` is a list."""
    if as_json or line is None:
        click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))
        return
    for row in data if isinstance(data, list) else [data]:
        click.echo(line(row))


def write_file(path: Path, data: bytes, *, is_secret: bool = False) -> None:
    """Write `data` to `path` so that a reader sees the old file or the whole new one.

    What `is_secret` nobody else on this machine ever reads, not for a moment either.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    mode = 0o600 if is_secret else 0o666
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    part.replace(path)
