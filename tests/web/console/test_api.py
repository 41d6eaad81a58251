"""The API: who may read what, in the very words of its own description."""

import json
import re
from datetime import date, datetime, timedelta

import pytest

from survey import clock
from survey.accounts import service as accounts
from survey.accounts import tokens
from survey.accounts.models import Role
from survey.accounts.policy import OPERATOR, Action
from survey.app import create_app
from survey.campaigns import service as campaigns
from survey.collection.bursts import Bursts
from survey.rectification import service as rectification
from survey.rectification.states import Source
from survey.results import exports
from survey.web.api import gate, resources
from survey.web.platform import EXTENSION
from survey.web.policies import policy_of
from tests.conftest import make_config
from tests.web.console.conftest import CLOSED, OPEN, STAFF

ROLES = tuple(STAFF)
YES, NO, GONE = 200, 403, 404
EVERYBODY = (YES, YES, YES, YES, YES)
ADDRESSES = (
    ("/", EVERYBODY),
    ("/rounds", EVERYBODY),
    (f"/rounds/{OPEN}", EVERYBODY),
    ("/rounds/R1999Q1", (GONE,) * 5),
    (f"/rounds/{OPEN}/participation", (YES, YES, YES, YES, NO)),
    (f"/rounds/{CLOSED}/participation", (YES, YES, YES, YES, NO)),
    (f"/rounds/{CLOSED}/results", (YES, YES, YES, YES, NO)),
    (f"/rounds/{CLOSED}/results?questionnaire=C_window_sat", (YES, YES, YES, YES, NO)),
    (f"/rounds/{CLOSED}/results?questionnaire=none", (GONE, GONE, GONE, GONE, NO)),
    ("/releases", (YES, YES, YES, YES, NO)),
    ("/items", EVERYBODY),
    ("/nothing/here", (GONE,) * 5),
)
"""Columns as in test_scopes: district, unit U17, secretary of B070, manager of W01, verifier."""


@pytest.fixture(autouse=True)
def no_wrong_token_before(monkeypatch):
    monkeypatch.setattr(gate, "WRONG", Bursts())


@pytest.fixture
def read(app, held):
    """Read an address with a token of one of the staff: `read("qu", "/rounds")`."""
    kept = {}

    def answer(name, address, **options):
        if name not in kept:
            with held.sessions.begin() as session:
                made = tokens.issue(session, OPERATOR, name, "看板", now=clock.now())
            kept[name] = made.secret
        headers = {"Authorization": f"Bearer {kept[name]}", **options.pop("headers", {})}
        return app.test_client().get(f"/api/v1{address}", headers=headers, **options)

    return answer


@pytest.fixture
def items(held):
    """Items of a branch and of two windows."""
    with held.sessions.begin() as session:
        for org_id in ("B070", "W01", "W10"):
            rectification.register(
                session,
                OPERATOR,
                org_id,
                source=Source.MANUAL,
                problem=f"{org_id}要改的事",
                now=clock.now(),
            )


def fits(value, schema, schemas):
    """Whether a value is as its schema says: the part of JSON Schema that ours uses."""
    if "$ref" in schema:
        return fits(value, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    types = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
        "null": type(None),
    }
    if not any(isinstance(value, types[kind]) for kind in kinds):
        return False
    if isinstance(value, bool) and "boolean" not in kinds:
        return False
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        is_open = schema.get("additionalProperties", True)
        is_whole = set(schema["required"]) <= set(value) and (is_open or set(value) <= set(known))
        return is_whole and all(
            fits(value[name], known[name], schemas) for name in value if name in known
        )
    if isinstance(value, list):
        return all(fits(each, schema["items"], schemas) for each in value)
    if isinstance(value, str):
        return (
            value in schema.get("enum", [value])
            and re.search(schema.get("pattern", ""), value) is not None
            and is_moment(value, schema.get("format"))
        )
    return True


def is_moment(value, kind):
    if kind == "date":
        return bool(date.fromisoformat(value))
    return kind != "date-time" or datetime.fromisoformat(value).tzinfo is not None


@pytest.mark.usefixtures("items")
def test_each_role_reads_what_is_its_own_as_the_description_says(read, app):
    description = app.test_client().get("/api/v1/openapi.json").get_json()
    schemas = description["components"]["schemas"]
    for address, expected in ADDRESSES:
        found = tuple(read(name, address).status_code for name in ROLES)
        assert found == expected, address
        path = address.partition("?")[0].replace(OPEN, "{code}").replace(CLOSED, "{code}")
        for name, status in zip(ROLES, expected, strict=True):
            response = read(name, address)
            assert response.headers["Cache-Control"] == "no-store"
            content = {"$ref": "#/components/schemas/Error"}
            if status == YES:
                told = description["paths"][path]["get"]["responses"]["200"]
                content = told["content"]["application/json"]["schema"]
            assert fits(response.get_json(), content, schemas), (address, name)


def test_the_description_names_every_address_and_every_parameter(app):
    description = app.test_client().get("/api/v1/openapi.json").get_json()
    rules = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") and "<path:" not in rule.rule
    }
    assert set(description["paths"]) == rules
    assert description["openapi"].startswith("3.1")
    for path, methods in description["paths"].items():
        told = {each["name"] for each in methods["get"].get("parameters", ())}
        assert set(re.findall(r"\{(\w+)\}", path)) <= told
    assert set(re.findall(r"schemas/(\w+)", json.dumps(description))) == set(
        description["components"]["schemas"]
    )


@pytest.mark.usefixtures("items")
def test_a_secretary_reads_of_their_own_branch_alone(read):
    mine = read("shuji", f"/rounds/{CLOSED}/results").get_json()["figures"]
    seen = read("shuji", f"/rounds/{OPEN}/participation").get_json()["objects"]
    listed = read("shuji", "/items").get_json()
    assert {each["org"] for each in mine} == {"B070"}
    assert {each["org"] for each in seen} == {"B070"}
    assert {each["org"] for each in listed["items"]} == {"B070"}
    assert read("shuji", "/items?org=W01").get_json()["total"] == 0
    whole = {each["org"] for each in read("qu", "/items").get_json()["items"]}
    assert whole >= {"B070", "W01", "W10"}
    assert {each["org"] for each in read("danwei", "/items").get_json()["items"]} == {"W01"}


def test_figures_are_those_of_the_export_with_the_digest_of_their_release(read, held):
    told = read("qu", f"/rounds/{CLOSED}/results").get_json()
    with held.sessions() as session:
        round_ = campaigns.get_round(session, OPERATOR, CLOSED)
        exported = exports.export_of(session, round_, "internal", "json")
    objects = json.loads(exported.data)
    release = {each.pop("release") for each in objects}
    assert told["figures"] == objects
    assert {told["release"]} == release == {exported.release or None}
    assert told["release"]


def test_nothing_is_told_of_a_sealed_box_but_steps(read):
    refused = read("qu", f"/rounds/{OPEN}/results")
    assert refused.status_code == 409
    assert refused.get_json()["error"]["code"] == "RESULTS_SEALED"
    refused = read("qu", f"/rounds/{CLOSED}/results?audience=public")
    assert refused.get_json()["error"]["code"] == "NOT_RELEASED"


@pytest.mark.parametrize(
    "address", ["/items?page=0", "/items?page=x", "/items?state=lost", "/items?overdue=1"]
)
def test_a_parameter_that_cannot_be_used_is_named(read, address):
    error = read("qu", address).get_json()["error"]
    assert error["code"] == "PARAMETER_WRONG"
    assert re.search("[\u4e00-\u9fff]", error["zh"])


def test_a_wrong_token_is_told_and_trying_many_is_slowed_while_a_right_one_reads(
    read, app, monkeypatch
):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    assert read("qu", "/rounds").status_code == 200
    wrong = ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer pingyi_guess"})
    tried = [app.test_client().get("/api/v1/rounds", headers=wrong[n % 3]) for n in range(30)]

    assert [each.status_code for each in tried] == [401] * 20 + [429] * 10
    assert tried[0].headers["WWW-Authenticate"] == "Bearer"
    assert tried[0].get_json()["error"]["code"] == "TOKEN_WRONG"
    assert tried[-1].headers["Retry-After"] == "60"
    assert read("qu", "/rounds").status_code == 200
    now += timedelta(minutes=2)
    assert app.test_client().get("/api/v1/rounds").status_code == 401


def test_a_cookie_of_the_console_opens_nothing_here(as_):
    assert as_("qu").get("/api/v1/rounds").status_code == 401


def test_a_disabled_account_and_a_revoked_token_read_nothing(read, app, held):
    assert read("shuji", "/rounds").status_code == 200
    with held.sessions.begin() as session:
        account = accounts.get_account(session, OPERATOR, "shuji")
        accounts.disable_account(session, OPERATOR, account, now=clock.now())
    assert read("shuji", "/rounds").status_code == 401
    with held.sessions.begin() as session:
        narrow = tokens.issue(
            session, OPERATOR, "yanshou", "验收", role=Role.VERIFIER, now=clock.now()
        )
        headers = {"Authorization": f"Bearer {narrow.secret}"}
    assert app.test_client().get("/api/v1/items", headers=headers).status_code == 200
    with held.sessions.begin() as session:
        tokens.revoke(session, OPERATOR, narrow.token.id, now=clock.now())
    assert app.test_client().get("/api/v1/items", headers=headers).status_code == 401


def test_the_api_only_reads(app, read):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            assert rule.methods == {"GET", "HEAD", "OPTIONS"}
            declared = policy_of(app.view_functions[rule.endpoint])
            assert declared.is_public == rule.rule.endswith("openapi.json")
            assert declared.action is None or declared.action.name.startswith("SEE_")
    refused = app.test_client().post("/api/v1/rounds", json={})
    assert refused.status_code == 405
    assert refused.get_json()["error"]["code"] == "METHOD_NOT_ALLOWED"
    assert read("qu", "/" + "x" * 3000).get_json()["error"]["code"] == "ADDRESS_TOO_LONG"
    assert Action.SEE_RESULTS in {
        policy_of(app.view_functions[f"api.{resources.figures.__name__}"]).action
    }


def test_a_process_that_does_not_serve_the_api_has_no_address_of_it(held):
    config = make_config(held.config.database_url, held.config.home)
    object.__setattr__(config, "audiences", frozenset({"public"}))
    app = create_app(config)
    assert app.test_client().get("/api/v1/openapi.json").status_code == 404
    assert app.test_client().get("/metrics").status_code == 200
    app.extensions[EXTENSION].renderer.close()
    app.extensions[EXTENSION].engine.dispose()
