"""The platform's commands as an operator runs them, in a process of the test's own."""

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from flask.cli import FlaskGroup

from survey.app import create_app
from survey.web.platform import EXTENSION, Platform
from tests.conftest import NOW, SAMPLE, make_config

FORMS = {
    "A_branch_mass": "responses_A_sample.csv",
    "C_window_sat": "responses_C_sample.csv",
}
ROUND = "R2026Q3"
OPENS, CLOSES = "2026-09-01T08:00", "2026-09-16T00:00"
REFUSAL = re.compile(r"([A-Z][A-Z_]+): .*[\u4e00-\u9fff].* / .+")


@dataclass
class CommandLine:
    """`flask …` on a data folder of its own; tests move the time it sees."""

    app: Flask
    home: Path
    now: datetime = NOW

    @property
    def platform(self) -> Platform:
        """What the application holds."""
        platform: Platform = self.app.extensions[EXTENSION]
        return platform

    def run(self, *arguments: object, status: int = 0, typed: str | None = None) -> Result:
        """Run a command that ends with `status`; anything but an exit is a failure."""
        # The group that the program `flask` is, so that parsing happens as it does there.
        program = FlaskGroup(create_app=lambda: self.app)
        runner = self.app.test_cli_runner()
        result = runner.invoke(program, [str(each) for each in arguments], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        return result

    def json(self, *arguments: object) -> Any:
        """Return what a command prints with `--json`."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def refused(self, *arguments: object) -> Result:
        """Run a command that is refused: nothing on standard output, nothing changed."""
        before = self.contents()
        result = self.run(*arguments, status=1)
        assert result.stdout == ""
        assert REFUSAL.fullmatch(result.stderr.splitlines()[0]), result.stderr
        assert self.contents() == before
        return result

    def code(self, *arguments: object) -> str:
        """Return the code of the one line with which a command is refused."""
        result = self.refused(*arguments)
        assert len(result.stderr.splitlines()) == 1
        return result.stderr.partition(":")[0]

    def contents(self) -> dict[str, str]:
        """Return what the data folder holds: databases row by row, of the rest the names."""
        held = {}
        for path in sorted(p for p in self.home.rglob("*") if p.is_file()):
            if path.suffix == ".sqlite":
                # Row by row, since a file's bytes change when it is only looked at.
                with closing(sqlite3.connect(path)) as connection:
                    held[path.name] = hashlib.sha256(repr(rows_of(connection)).encode()).hexdigest()
            elif not path.name.endswith(("-wal", "-shm", ".gate")):
                held[path.name] = ""
        return held


def rows_of(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    """Return every row of every table."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
        for (name,) in tables
    }


def open_line(home: Path) -> CommandLine:
    """Return the command line on the data in `home`."""
    return CommandLine(create_app(make_config(f"sqlite:///{home / 'pingyi.sqlite'}", home)), home)


def close_line(line: CommandLine) -> None:
    """End what the command line held."""
    line.platform.renderer.close()
    line.platform.engine.dispose()


def create(line: CommandLine, *questionnaires: str, code: str = ROUND) -> Result:
    """Create a round that runs from the first to the fifteenth of September."""
    uses = [part for each in questionnaires for part in ("--questionnaire", each)]
    times = ("--opens-at", OPENS, "--closes-at", CLOSES)
    proof = ("--pow", "off")
    return line.run("rounds", "create", code, "--title", "三季度评议", *uses, *times, *proof)


def sample_rows(form: str, target: Path, *org_ids: str) -> Path:
    """Write the sample's answers for some organisations to `target` and return it."""
    head, *rows = (SAMPLE / FORMS[form]).read_text("utf-8-sig").splitlines()
    kept = [row for row in rows if row.split(",")[3] in org_ids]
    target.write_text("\n".join([head, *kept, ""]), "utf-8")
    return target
