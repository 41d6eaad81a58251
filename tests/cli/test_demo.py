"""The sample district on the command line, and its residents over HTTP."""

import dataclasses
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from werkzeug.serving import make_server

from survey.demo import district, people
from survey.web.console.errands import errands
from survey.web.platform import EXTENSION
from tests.command_line import ROUND, CommandLine, create
from tests.conftest import NOW

ANSWERS = 30
SLIPS = {"issued": 90, "used": 61, "unused": 9, "void": 20}
PRESENT = "R2026Q3B"
STATES = {
    PRESENT: "open",
    f"{PRESENT}_check": "open",
    f"{PRESENT}_hcp": "open",
    f"{PRESENT}_party": "open",
    ROUND: "notice",
    f"{ROUND}_check": "closed",
    f"{ROUND}_party": "closed",
}


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


def staff_finds(line: CommandLine) -> dict[str, list[str]]:
    """Return what waits for each of the staff on their first page."""
    with line.app.test_request_context(), line.platform.sessions() as session:
        return {
            name: [errand.text for errand in errands(session, people.actor(session, name))]
            for name in ("jiancha", "duzha", "lingdao", "quban", "qingyu")
        }


def test_the_sample_is_loaded_and_answered(empty: CommandLine):
    loaded = empty.run("demo", "load")
    accounts = (empty.home / "accounts.txt").read_text("utf-8").splitlines()
    assert loaded.stdout.endswith(f"Names and passwords: {empty.home / 'accounts.txt'}\n")
    assert [line.split("\t")[0] for line in accounts][:2] == ["quban", "zhengwu"]
    assert (empty.home / "accounts.txt").stat().st_mode & 0o777 == 0o600

    rounds = {each["code"]: each for each in empty.json("rounds", "list")}
    assert {code: each["state"] for code, each in rounds.items()} == STATES
    past, present = rounds[ROUND], rounds[PRESENT]
    assert datetime.fromisoformat(past["paper_until"]) <= NOW
    opens = datetime.fromisoformat(present["opens_at"])
    assert timedelta(0) < NOW - opens < timedelta(days=2)
    assert [empty.json("verify", code) for code in (ROUND, f"{ROUND}_party")] == [[], []]

    assert staff_finds(empty) == {
        "jiancha": ["要去检查"],
        "duzha": ["要去检查", "同伴交的检查表等您确认"],
        "lingdao": ["对象等您点评"],
        "quban": [
            "否决情形等区办认定",
            "批评议票等您批准",
            "袋纸质票等核对",
            "项没有填：国企党支部量化竞赛指标，2026年二季度，7月10日已到期",
            "项没有填：农村党支部量化竞赛指标，2026年二季度，7月10日已到期",
        ],
        "qingyu": [
            "袋纸质票等核对",
            "项没有填：农村党支部量化竞赛指标，2026年二季度，5月10日已到期",
            "项没有填：农村党支部量化竞赛指标，2026年三季度，8月10日已到期",
            "个指标数等您审核",
        ],
    }
    assert empty.json("rounds", "show", f"{ROUND}_party")["tickets"] == SLIPS
    assert (empty.home / "slips.csv").stat().st_mode & 0o777 == 0o600

    with served(empty):
        told = empty.run("demo", "answer", "--count", ANSWERS, "--connections", 2).stdout
    assert told.splitlines()[0] == f"{ANSWERS} answers: stored"
    assert re.fullmatch(r"\d+\.\d s", told.splitlines()[1])
    assert empty.json("rounds", "close", present["code"])["answers"] == ANSWERS
    again = ("demo", "answer", "--count", 1, "--round", present["code"])
    assert empty.code(*again) == "NO_OPEN_ROUND"


def test_loading_that_was_broken_off_goes_on(empty: CommandLine, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as broken:
        broken.setattr(district, "close_round", cut)
        with pytest.raises(PowerCut):
            empty.run("demo", "load")
    assert [each["state"] for each in empty.json("rounds", "list")] == ["open"]
    passwords = (empty.home / "accounts.txt").read_text("utf-8")

    empty.run("demo", "load")

    assert {each["code"]: each["state"] for each in empty.json("rounds", "list")} == STATES
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
