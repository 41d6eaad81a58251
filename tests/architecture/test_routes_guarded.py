"""Every route says who may open it; what says nothing is refused."""

import pytest

from survey.accounts.policy import Action
from survey.app import create_app
from survey.web.policies import policy_of
from tests.conftest import make_config


@pytest.fixture
def app(sqlite_url, tmp_path):
    return create_app(make_config(sqlite_url, tmp_path))


def test_every_route_declares_its_policy(app):
    silent = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if policy_of(app.view_functions[rule.endpoint]) is None
    ]
    assert not silent, f"say who may open {silent}"


def test_only_the_door_of_the_console_is_public(app):
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/console")
        and policy_of(app.view_functions[rule.endpoint]).is_public
    }
    assert public == {"console.sign_in.show", "console.sign_in.sign_in"}


def test_rights_are_the_ones_of_the_policy_table(app):
    for rule in app.url_map.iter_rules():
        declared = policy_of(app.view_functions[rule.endpoint])
        assert declared.action is None or isinstance(declared.action, Action)


def test_an_undeclared_route_is_refused(app):
    app.view_functions["console.home.show"] = lambda: "open to all"

    assert app.test_client().get("/console/").status_code == 403
