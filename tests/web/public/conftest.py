"""An open round of forms A and C as residents meet it."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from survey import clock
from tests.conftest import NOW, MadeOnce
from tests.every_form import EveryForm, every_form_home, serve_every_form
from tests.residents import Clock, Residents, open_home, serve


@pytest.fixture(scope="session")
def opened_home(sqlite_template: Path, made_once: MadeOnce) -> Path:
    """A data folder with an open round, which tests copy."""
    return made_once("opened", partial(open_home, sqlite_template))


@pytest.fixture
def residents(opened_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Residents:
    """An open round; the time stands still until a test moves it."""
    shutil.copytree(opened_home, tmp_path / "home")
    time = Clock(NOW)
    monkeypatch.setattr(clock, "now", lambda: time.now)
    return serve(tmp_path / "home", time)


@pytest.fixture(scope="session")
def every_form(
    sqlite_template: Path, made_once: MadeOnce, tmp_path_factory: pytest.TempPathFactory
) -> EveryForm:
    """Every form that residents meet, open; nothing is to be sent to it."""
    home = Path(tmp_path_factory.mktemp("every_form"))
    shutil.copytree(every_form_home(sqlite_template, made_once), home, dirs_exist_ok=True)
    return serve_every_form(home)
