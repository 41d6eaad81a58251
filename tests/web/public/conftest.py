"""An open round of forms A and C as residents meet it."""

import shutil
from pathlib import Path

import pytest

from survey import clock
from tests.conftest import NOW
from tests.every_form import EveryForm, open_every_form, serve_every_form
from tests.residents import Clock, Residents, open_home, serve


@pytest.fixture(scope="session")
def opened_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an open round, which tests copy: making one takes a while."""
    home = Path(tmp_path_factory.mktemp("opened"))
    open_home(sqlite_template, home)
    return home


@pytest.fixture
def residents(opened_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Residents:
    """An open round; the time stands still until a test moves it."""
    shutil.copytree(opened_home, tmp_path / "home")
    time = Clock(NOW)
    monkeypatch.setattr(clock, "now", lambda: time.now)
    return serve(tmp_path / "home", time)


@pytest.fixture(scope="session")
def every_form(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> EveryForm:
    """Every form that residents meet, open; nothing is to be sent to it."""
    home = Path(tmp_path_factory.mktemp("every_form"))
    open_every_form(sqlite_template, home, clock.now())
    return serve_every_form(home)
