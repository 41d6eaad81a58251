"""Nothing is done for a form that did not come from one of our own pages in this browser."""

import re

import pytest


def posting_rules(app):
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and rule.rule.startswith("/console")
    ]


def address(rule):
    """Return some address of a rule; a forged form is refused before its object is looked for."""
    chosen = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
    return re.sub(r"<[^>]+>", "1", chosen)


@pytest.mark.parametrize("token", [None, "", "x", "20300101000000##" + "0" * 40])
def test_every_form_needs_the_token(app, as_, token):
    browser = as_("qu")
    for rule in posting_rules(app):
        data = {} if token is None else {"csrf_token": token}
        response = browser.client.post(address(rule), data=data)

        assert response.status_code == 400, rule.rule


def test_a_token_of_another_session_is_worth_nothing(app, as_):
    mine, theirs = as_("qu"), as_("danwei")

    response = mine.post("/console/sign-out", token=theirs.token())

    assert response.status_code == 400
    assert mine.get("/console/").status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_another_site_is_refused_even_with_the_token(as_, site):
    browser = as_("qu")

    response = browser.post("/console/sign-out", headers={"Sec-Fetch-Site": site})

    assert response.status_code == 400
    assert browser.get("/console/").status_code == 200


def test_a_body_beyond_the_limit_of_its_page_is_refused(as_):
    browser = as_("qu")

    small = browser.post("/console/rectification/new", {"problem": "长" * 40_000})
    large = browser.client.post(
        "/console/organisations/import",
        data=b"--b\r\n" + b"x" * (5 * 2**20),
        content_type="multipart/form-data; boundary=b",
    )

    assert small.status_code == 413
    assert large.status_code == 413
