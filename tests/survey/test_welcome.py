"""The way in: a document of a first start that fails never keeps the server from starting."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import pytest

from reports.renderer import RenderFailed
from survey import first_start, welcome
from survey.app import create_app
from survey.config import Config
from survey.web.platform import EXTENSION, Platform
from tests.conftest import NOW, make_config
from tests.rounds import Field


class SlowRenderer:
    """A renderer on a machine so busy that a document runs out of time, as long as it is `slow`."""

    slow = True

    def __init__(self, *, time_limit: float) -> None:
        assert time_limit >= 600

    def __enter__(self) -> "SlowRenderer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def render_many(
        self, documents: Iterable[tuple[Path, str]]
    ) -> Iterator[tuple[Path, bytes | RenderFailed]]:
        for number, (file, html) in enumerate(documents):
            fails = self.slow and number == 0
            yield file, RenderFailed("timeout") if fails else html.encode()


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Config:
    """Settings of a district whose round is open, on such a machine."""
    shutil.copyfile(sqlite_template, tmp_path / "pingyi.sqlite")
    config = make_config(f"sqlite:///{tmp_path / 'pingyi.sqlite'}", tmp_path)
    held: Platform = create_app(config).extensions[EXTENSION]
    Field(held.sessions, held.inbox, held.keystore, NOW).open()
    held.engine.dispose()
    monkeypatch.setattr(first_start, "Renderer", SlowRenderer)
    return config


def test_posters_that_run_out_of_time_are_a_line_and_not_the_end(started: Config) -> None:
    lines = list(welcome.prepare(started))

    assert any("二维码海报这次没有做成（timeout）" in line for line in lines)
    assert lines[-1].startswith("Ctrl-C")


def test_examples_are_all_there_or_tried_again(
    started: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = started.documents / "examples"
    monkeypatch.setattr(welcome, "OPENED", ("open",))
    pages = [("a.pdf", "a"), ("b.pdf", "b")]
    monkeypatch.setattr(first_start, "_example_pages", lambda *_: iter(pages))

    assert any("报告样例这次没有做成" in line for line in welcome.prepare(started))
    assert not folder.exists()

    pages.pop(0)
    monkeypatch.setattr(SlowRenderer, "slow", False)
    assert f"报告样例 Reports  {folder}" in list(welcome.prepare(started))
    assert (folder / "b.pdf").read_bytes() == b"b"
