"""The platform's commands on the sample district, each test on a copy of its own."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey import clock
from tests.command_line import FORMS, ROUND, CommandLine, close_line, create, open_line
from tests.conftest import NOW, SAMPLE, MadeOnce

On = Callable[..., CommandLine]
CLOSED_AT = datetime(2026, 9, 18, 2, 0, tzinfo=UTC)


@pytest.fixture
def line_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[On]:
    """Return a command line on a copy of a data folder."""
    opened: list[CommandLine] = []

    def make(home: Path | None = None) -> CommandLine:
        own = tmp_path / f"home-{len(opened)}"
        shutil.copytree(home, own) if home else own.mkdir()
        line = open_line(own)
        opened.append(line)
        monkeypatch.setattr(clock, "now", lambda: line.now)
        return line

    yield make
    for line in opened:
        close_line(line)


@pytest.fixture
def empty(line_on: On) -> CommandLine:
    """A folder in which nothing is yet, not even a schema."""
    return line_on()


@pytest.fixture
def district(line_on: On, district_home: Path) -> CommandLine:
    """The sample district with its questionnaires, and no round."""
    return line_on(district_home)


@pytest.fixture
def opened(line_on: On, opened_home: Path) -> CommandLine:
    """An open round over two branches and a window, which nobody has answered."""
    return line_on(opened_home)


@pytest.fixture(scope="session")
def district_home(sqlite_template: Path, made_once: MadeOnce) -> Path:
    """The data folder of `district`."""

    def fill(home: Path) -> None:
        shutil.copyfile(sqlite_template, home / "pingyi.sqlite")
        line = open_line(home)
        line.run("org", "import", SAMPLE / "organisations.csv")
        line.run("members", "import", SAMPLE / "members.csv")
        line.run("commitments", "import", SAMPLE / "commitments.csv")
        for form in FORMS:
            line.run("questionnaires", "import", SAMPLE / "xlsforms" / f"{form}.xlsx")
        close_line(line)

    return made_once("cli-district", fill)


@pytest.fixture(scope="session")
def opened_home(district_home: Path, made_once: MadeOnce) -> Path:
    """The data folder of `opened`."""

    def fill(home: Path) -> None:
        shutil.copytree(district_home, home, dirs_exist_ok=True)
        line = open_line(home)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(clock, "now", lambda: NOW)
            create(line, "A_branch_mass:org=B006+B195", "C_window_sat:org=W01")
            line.run("rounds", "open", ROUND, "--no-key-copy")
        close_line(line)

    return made_once("cli-opened", fill)


@pytest.fixture
def closed(line_on: On, closed_home: Path) -> CommandLine:
    """The sample round over all branches and windows, keyed from paper and closed."""
    line = line_on(closed_home)
    line.now = CLOSED_AT
    return line


@pytest.fixture(scope="session")
def closed_home(district_home: Path, made_once: MadeOnce) -> Path:
    """The data folder of `closed`."""

    def fill(home: Path) -> None:
        shutil.copytree(district_home, home, dirs_exist_ok=True)
        line = open_line(home)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(clock, "now", lambda: line.now)
            create(line, *FORMS)
            line.run("rounds", "open", ROUND, "--no-key-copy")
            for form, file in FORMS.items():
                keyed = ("--questionnaire", form, SAMPLE / file, "--channel", "paper")
                line.run("responses", "import", ROUND, *keyed)
            line.now = CLOSED_AT
            line.run("rounds", "close", ROUND)
        close_line(line)

    return made_once("cli-closed", fill)
