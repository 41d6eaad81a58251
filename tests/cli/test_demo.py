"""The sample district on the command line, and its residents over HTTP."""

import dataclasses
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from werkzeug.serving import make_server

from survey.demo import district
from survey.web.platform import EXTENSION
from tests.command_line import ROUND, CommandLine, create
from tests.conftest import NOW

ANSWERS = 30


@contextmanager
def served(line: CommandLine) -> Iterator[None]:
    """Serve the platform at a free port, which becomes its address."""
    server = make_server("127.0.0.1", 0, line.app, threaded=True)
    held = line.platform
    address = f"http://127.0.0.1:{server.server_port}"
    config = dataclasses.replace(held.config, base_url=address)
    line.app.extensions[EXTENSION] = dataclasses.replace(held, config=config)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_sample_is_loaded_and_answered(empty: CommandLine):
    loaded = empty.run("demo", "load")
    people = (empty.home / "accounts.txt").read_text("utf-8").splitlines()
    assert loaded.stdout.endswith(f"Names and passwords: {empty.home / 'accounts.txt'}\n")
    assert [line.split("\t")[0] for line in people][:2] == ["quban", "zhengwu"]
    assert (empty.home / "accounts.txt").stat().st_mode & 0o777 == 0o600

    present, past = empty.json("rounds", "list")
    assert (past["code"], past["state"], present["state"]) == (ROUND, "closed", "open")
    assert datetime.fromisoformat(past["paper_until"]) <= NOW
    opens = datetime.fromisoformat(present["opens_at"])
    assert timedelta(0) < NOW - opens < timedelta(days=2)
    assert empty.json("verify", ROUND) == []

    with served(empty):
        told = empty.run("demo", "answer", "--count", ANSWERS, "--connections", 2).stdout
    assert told.splitlines()[0] == f"{ANSWERS} answers: stored"
    assert re.fullmatch(r"\d+\.\d s", told.splitlines()[1])
    assert empty.json("rounds", "close", present["code"])["answers"] == ANSWERS
    assert empty.code("demo", "answer", "--count", 1) == "NO_OPEN_ROUND"


def test_loading_that_was_broken_off_goes_on(empty: CommandLine, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as broken:
        broken.setattr(district, "close_round", cut)
        with pytest.raises(PowerCut):
            empty.run("demo", "load")
    assert [each["state"] for each in empty.json("rounds", "list")] == ["open"]
    passwords = (empty.home / "accounts.txt").read_text("utf-8")

    empty.run("demo", "load")

    assert [each["state"] for each in empty.json("rounds", "list")] == ["open", "closed"]
    assert empty.json("verify", ROUND) == []
    assert (empty.home / "accounts.txt").read_text("utf-8") == passwords
    assert empty.code("demo", "load") == "NOT_EMPTY"


class PowerCut(Exception):
    """The process ends here."""


def cut(*_args: object, **_kwargs: object) -> None:
    raise PowerCut


def test_the_sample_goes_into_an_empty_database_only(district: CommandLine):
    assert district.code("demo", "load") == "NOT_EMPTY"


def test_residents_cannot_answer_what_is_not_there(opened: CommandLine):
    count = ("demo", "answer", "--count", 1)
    assert opened.code(*count, "--round", "nonsense") == "ROUND_NOT_FOUND"
    create(opened, "C_window_sat", code="DRAFT")
    assert opened.code(*count, "--round", "DRAFT") == "NO_OPEN_ROUND"
