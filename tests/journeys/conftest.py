"""A phone: Debian's Chromium, 390 pixels wide, and an open round behind a real socket."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from survey import clock
from tests.conftest import NOW, MadeOnce
from tests.every_form import EveryForm, every_form_home, serve_every_form
from tests.residents import Clock, Residents, open_home, serve

QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}

# As long as Playwright waits for everything else; five seconds are short on a busy machine.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the Chromium that the system has; as root it needs its sandbox switched off."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("Chromium is not installed; run make test, which sees to it")
    return {
        "executable_path": program,
        "args": ["--no-sandbox", "--disable-gpu", "--no-first-run", *QUIET],
    }


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


@pytest.fixture
def site(residents: Residents) -> Iterator[str]:
    """The address at which the round is served."""
    with listening(residents.app) as address:
        yield address


@contextmanager
def listening(app: Flask) -> Iterator[str]:
    """Serve `app` and yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def every_form(
    sqlite_template: Path, made_once: MadeOnce, tmp_path_factory: pytest.TempPathFactory
) -> EveryForm:
    """Every form that residents meet, open now and asking for proof of work; tests share it."""
    home = Path(tmp_path_factory.mktemp("every_form"))
    shutil.copytree(every_form_home(sqlite_template, made_once), home, dirs_exist_ok=True)
    return serve_every_form(home)


@pytest.fixture(scope="session")
def every_site(every_form: EveryForm) -> Iterator[str]:
    """The address at which every form is served."""
    with listening(every_form.app) as address:
        yield address


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone of 390 pixels that nobody has used before."""
    context = browser.new_context(viewport=PHONE)
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext) -> Page:
    """An empty page on the phone; a fault in a script fails the test."""
    opened = phone.new_page()

    def fail(error: object) -> None:
        raise AssertionError(f"a script failed: {error}")

    opened.on("pageerror", fail)
    return opened
