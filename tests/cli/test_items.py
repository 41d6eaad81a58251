"""What people do with an item beside its steps, on the command line."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from survey import clock
from survey.rectification import follow_ups
from survey.rectification.models import RectificationItem
from survey.rectification.states import State
from tests.command_line import CommandLine, close_line, open_line
from tests.conftest import NOW, SAMPLE

ITEM, RATED, DONE = "ZG-2026-0002", "ZG-2026-0051", "ZG-2026-0009"
PEOPLE = {
    "chuangkou": ("window_manager", "W07"),
    "qita": ("window_manager", "W10"),
    "qu": ("district_admin", "D0"),
    "yanshou": ("verifier", "D0"),
    "jiandu": ("supervisor", "D0"),
}


@pytest.fixture(scope="module")
def staffed_home(district_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of `staffed`, made once: passwords take their time."""
    home: Path = tmp_path_factory.mktemp("staffed") / "home"
    shutil.copytree(district_home, home)
    line = open_line(home)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: NOW)
        line.run("rectification", "import", SAMPLE / "rectification_ledger.csv")
        for name, (role, org_id) in PEOPLE.items():
            line.run("accounts", "add", name, "--role", role, "--org", org_id)
    close_line(line)
    return home


@pytest.fixture
def staffed(line_on: Callable[..., CommandLine], staffed_home: Path) -> CommandLine:
    """The sample's paper ledger, and those who have a say in its items."""
    return line_on(staffed_home)


def story(line: CommandLine, number: str) -> list[str]:
    history = line.json("rectification", "show", number)["history"]
    return [event["act"] for event in history]


def test_an_owner_asks_and_those_above_answer(staffed: CommandLine) -> None:
    owner, above = ("--as", "chuangkou"), ("--as", "qu")
    ask = ("items", "ask", ITEM, "--kind", "extension", "--reason", "等设备到货")
    answer = ("items", "answer", ITEM, "--kind", "extension")
    staffed.run("rectification", "advance", ITEM, "--to", "accepted", *owner)

    assert staffed.code(*ask, "--workdays", "3", "--as", "qita") == "NOT_FOUND"
    assert staffed.code(*ask, "--workdays", "3", *above) == "NOT_YOUR_STEP"
    assert staffed.code(*ask, "--workdays", "11", *owner) == "EXTENSION_REFUSED"
    assert staffed.code(*answer, "--grant", *above) == "REQUEST_FAULTY"
    staffed.run(*answer, *above, status=2)
    staffed.run("items", "ask", ITEM, "--kind", "nonsense", "--reason", "x", status=2)
    assert staffed.run(*ask, "--workdays", "3", *owner).stdout == f"{ITEM}: asked\n"
    assert staffed.code(*ask, "--workdays", "3", *owner) == "REQUEST_FAULTY"
    assert staffed.code(*answer, "--decline", *above) == "REASON_REQUIRED"
    before = staffed.json("rectification", "show", ITEM)["due_on"]
    assert staffed.run(*answer, "--grant", *above).stdout == f"{ITEM}: granted\n"

    assert staffed.json("rectification", "show", ITEM)["due_on"] > before
    assert story(staffed, ITEM)[-2:] == ["ask", "extend"]


def test_an_item_is_classified_with_a_reason_where_it_is_complex(staffed: CommandLine) -> None:
    classify, complex_ = ("items", "classify", ITEM), ("items", "classify", RATED, "complex")
    assert staffed.code(*complex_, "--as", "qu") == "REASON_REQUIRED"
    staffed.run(*complex_, "--note", "要改系统", "--as", "qu")
    assert staffed.code(*classify, "complex", "--as", "qu") == "NOT_IN_STATE"
    assert staffed.code(*classify, "immediate", "--as", "qita") == "NOT_FOUND"
    staffed.run(*classify, "nonsense", status=2)
    told = staffed.run(*classify, "immediate", "--works", "--as", "qu").stdout
    assert told == f"{ITEM}: due on {staffed.json('rectification', 'show', ITEM)['due_on']}\n"
    assert staffed.code(*classify, "dated", "--no-works", "--as", "chuangkou") == "NOT_YOUR_STEP"


def test_work_for_show_is_noted_by_those_who_accept_it_and_judged_by_the_supervisor(
    staffed: CommandLine,
) -> None:
    suspect = ("items", "suspect", ITEM, "--note", "照片是旧的")
    judge = ("items", "judge", ITEM, "--note", "现场核实")
    assert staffed.code(*judge, "--true", "--as", "jiandu") == "REQUEST_FAULTY"
    assert staffed.code(*suspect, "--as", "chuangkou") == "NOT_YOUR_STEP"
    assert staffed.run(*suspect, "--as", "yanshou").stdout == f"{ITEM}: with the supervisor\n"
    assert staffed.code(*judge, "--true", "--as", "yanshou") == "NOT_ALLOWED"
    staffed.run(*judge, "--as", "jiandu", status=2)
    assert staffed.run(*judge, "--false", "--as", "jiandu").stdout == f"{ITEM}: cleared\n"
    assert story(staffed, ITEM)[-2:] == ["suspect", "clear_suspicion"]


def test_closed_items_are_looked_at_again(staffed: CommandLine) -> None:
    assert staffed.json("items", "follow-ups") == []
    look = ("items", "look-again")
    assert staffed.code(*look, DONE, "--holds") == "NOT_FOUND"
    staffed.now += timedelta(days=150)
    with staffed.platform.sessions.begin() as session:
        # A paper ledger does not say when work ended.
        closed = RectificationItem.state == State.CLOSED.value
        again = {"closed_on": (staffed.now - timedelta(days=100)).date(), "reopen_count": 1}
        session.execute(update(RectificationItem).where(closed).values(**again))
        follow_ups.draw_due(session, now=staffed.now, seed="1")
    first, *others = staffed.json("items", "follow-ups", "--as", "qu")
    assert first.keys() == {"number", "org_name", "problem", "due_on"}
    assert first["number"] in staffed.run("items", "follow-ups").stdout
    assert staffed.code(*look, first["number"], "--relapsed") == "REASON_REQUIRED"
    assert staffed.run(*look, first["number"], "--holds").stdout == f"{first['number']}: holds\n"
    assert staffed.json("items", "follow-ups", "--as", "qu") == others
    number = others[0]["number"]
    told = staffed.run(*look, number, "--relapsed", "--note", "又没有人值守").stdout
    assert told == f"{number}: reopened\n"
    assert staffed.json("rectification", "show", number)["state"] == "reopened"
