"""Accounts on the command line."""

import re

import pytest

from survey import clock
from survey.accounts import service
from tests.cli.conftest import On
from tests.command_line import CommandLine
from tests.conftest import SAMPLE

ADD = ("accounts", "add")
QU = (*ADD, "qu", "--role", "district_admin", "--org", "D0")


def test_a_new_account_has_a_password_that_opens(district: CommandLine):
    made = district.json(*QU, "--display-name", "汀若石")
    password = made.pop("password")
    assert made == {
        "name": "qu",
        "display_name": "汀若石",
        "is_active": True,
        "roles": [{"role": "district_admin", "org": "D0"}],
    }
    assert district.json("accounts", "list") == [made]
    with district.platform.sessions.begin() as session:
        account = service.authenticate(session, "qu", password, now=clock.now())
        assert account.must_change_password


def test_the_password_is_printed_once(district: CommandLine):
    first, second = district.run(*QU).stdout.splitlines()
    assert first == "qu  qu  district_admin@D0"
    password = re.fullmatch(r"password: ([a-z0-9]{4}(?:-[a-z0-9]{4}){3})", second)
    assert password
    assert password[1] not in district.run("accounts", "list").stdout


def test_who_may_not_be_added_is_refused(district: CommandLine):
    district.run(*QU)
    assert district.code(*QU) == "NAME_TAKEN"
    assert district.code(*ADD, "QU", "--role", "verifier", "--org", "D0") == "NAME_TAKEN"
    assert district.code(*ADD, "x", "--role", "verifier", "--org", "D0") == "ACCOUNT_REFUSED"
    assert district.code(*ADD, "yi", "--role", "verifier", "--org", "X9") == "NOT_FOUND"
    assert district.code(*ADD, "yi", "--role", "window_manager", "--org", "B001") == (
        "ACCOUNT_REFUSED"
    )
    assert district.code(*ADD, "a b", "--role", "verifier", "--org", "D0") == "ACCOUNT_REFUSED"


def test_a_unit_gives_roles_only_below_itself(district: CommandLine):
    district.run(*ADD, "zhengwu", "--role", "unit_admin", "--org", "U17")
    district.run(*ADD, "yibao", "--role", "window_manager", "--org", "W04", "--as", "zhengwu")
    elsewhere = (*ADD, "other", "--role", "unit_admin", "--org", "U03", "--as", "zhengwu")
    assert district.code(*elsewhere) == "NOT_FOUND"
    above = (*ADD, "boss", "--role", "district_admin", "--org", "D0", "--as", "zhengwu")
    assert district.code(*above) in ("NOT_FOUND", "NOT_ALLOWED")


def test_a_disabled_account_acts_no_more(district: CommandLine):
    district.run(*QU)
    assert district.run("accounts", "disable", "qu").stdout == "qu is disabled\n"
    assert district.run("accounts", "list").stdout == "qu  qu  district_admin@D0  (disabled)\n"
    assert district.code("accounts", "disable", "qu", "--as", "qu") == "NOT_FOUND"
    assert district.code("accounts", "disable", "nobody") == "NOT_FOUND"


def test_on_an_empty_platform_the_tree_comes_first(line_on: On):
    empty = line_on()
    empty.run("db", "upgrade")
    told = empty.refused(*QU)
    assert "ACCOUNT_REFUSED" in told.stderr
    assert "flask org import" in told.stderr
    empty.run("org", "import", SAMPLE / "organisations.csv")
    empty.run(*QU)


def test_a_forgotten_password_is_given_anew(district: CommandLine):
    first = district.json(*QU)["password"]
    made = district.json("accounts", "reset", "qu")
    assert made["password"] != first
    with district.platform.sessions.begin() as session:
        assert service.authenticate(session, "qu", made["password"], now=clock.now())
        with pytest.raises(service.SignInRefused):
            service.authenticate(session, "qu", first, now=clock.now())
    assert district.code("accounts", "reset", "nobody") == "NOT_FOUND"
    district.run(*ADD, "danwei", "--role", "unit_admin", "--org", "U17")
    assert district.code("accounts", "reset", "qu", "--as", "danwei") in (
        "NOT_FOUND",
        "NOT_ALLOWED",
    )
