"""Published figures are the same to the digit for programs, in CSV, on pages and in PDFs."""

import csv
import hashlib
import io
import re
from html import unescape

import pypdfium2
import pytest

from reports import display
from survey import clock
from survey.accounts import tokens
from survey.accounts.policy import OPERATOR
from tests.web.console.conftest import CLOSED

RESULTS = f"/results/{CLOSED}"
KEYS = ("org", "level", "questionnaire")
BY_ITEM = ("items", "dimensions", "needs")
GOOD, ACCEPTABLE = 2, 3
"""How many of the best answers of a five-step scale each rate counts."""


@pytest.fixture
def told(app, held, published):
    """Return what the API tells everybody's programs of the published round."""
    with held.sessions.begin() as session:
        made = tokens.issue(session, OPERATOR, "qu", "看板", now=clock.now())
    return (
        app.test_client()
        .get(
            f"/api/v1/rounds/{CLOSED}/results?audience=public",
            headers={"Authorization": f"Bearer {made.secret}"},
        )
        .json
    )


def test_every_figure_is_the_same_wherever_it_is_read(app, told):
    anybody = app.test_client()
    shown = [each for each in told["figures"] if (each["overall"] or {}).get("index")]
    assert {each["level"] for each in shown} == {"branch", "window", "unit", "sector", "district"}

    _check_csv(anybody, told)
    for each in shown:
        _check_page(anybody, each)
    for org_id in ("B070", "W01"):
        (one,) = (each for each in shown if each["org"] == org_id)
        _check_report(anybody, one)
    verified = anybody.get(f"{RESULTS}/release.json").json
    assert verified["digest"] == told["release"]
    sums = [part["digest"] for part in verified["parts"] if part["kind"] == "figures"]
    assert hashlib.sha256("\n".join(sums).encode()).hexdigest() == verified["content"]["figures"]
    assert len(sums) == len(told["figures"])


def _check_csv(anybody, told):
    table = anybody.get(f"{RESULTS}/figures.csv").get_data(as_text=True).lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["release"] for row in rows} == {told["release"]}
    expected = [
        (*(each[key] for key in KEYS), *leaf) for each in told["figures"] for leaf in _leaves(each)
    ]
    found = [
        (*(row[key] for key in KEYS), row["item"], row["measure"], row["value"]) for row in rows
    ]
    assert sorted(found) == sorted(expected)


def _leaves(figures):
    """Yield (item, measure, value) of what the API tells of one object, as CSV names them."""
    for name, value in figures.items():
        if name in ("round", *KEYS):
            continue
        if name == "overall" and value:
            rest = {key: part for key, part in value.items() if key != "item"}
            yield from ((value["item"], measure, leaf) for measure, leaf in _flat(name, rest))
        elif name == "facts":
            yield from ((code, "share", str(share)) for code, share in value.items())
        elif name in BY_ITEM:
            for code, measures in value.items():
                yield from ((code, measure, leaf) for measure, leaf in _flat("", measures))
        else:
            yield from (("", measure, leaf) for measure, leaf in _flat(name, value))


def _flat(name, value):
    if isinstance(value, list):
        value = dict(zip(("low", "high"), value, strict=True))
    if not isinstance(value, dict):
        yield name, "" if value is None else str(value)
        return
    for key, inner in value.items():
        yield from _flat(f"{name}.{key}".lstrip("."), inner)


def _check_page(anybody, figures):
    """Compare the rates and the index on a place's page, with their counts."""
    path = {"district": "", "sector": f"/sectors/{figures['org']}"}
    html = anybody.get(RESULTS + path.get(figures["level"], f"/{figures['org']}")).text
    text = re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", " ", html)))
    overall = figures["overall"]
    # A total weighs its members, so that its rate is not that of its ballots added up.
    is_total = figures["level"] not in ("branch", "window")
    for rate, best in (("top2", GOOD), ("top3", ACCEPTABLE)):
        if overall[rate] is not None:
            said = display.percent(overall[rate])
            if not is_total:
                said = _rate(figures, overall["item"], rate, best)
            assert said in text, (figures["org"], rate, said)
    assert f"{display.rounded(overall['index'], 1)}分" in text, figures["org"]


def _rate(figures, code, rate, best):
    """Return a rate as it is printed, made from the counts; programs read it with four decimals."""
    item = figures["items"][code]
    order = sorted(item["counts"], reverse=True)
    chosen = sum(item["counts"][answer] for answer in order[:best])
    assert item[rate] == pytest.approx(chosen / item["n"], abs=5.1e-5)
    return f"{display.percent(chosen / item['n'])}{chosen}/{item['n']}"


def _check_report(anybody, figures):
    """Compare every line of the report's table of questions."""
    made = pypdfium2.PdfDocument(anybody.get(f"{RESULTS}/{figures['org']}.pdf").data)
    try:
        text = "".join(page.get_textpage().get_text_range() for page in made)
    finally:
        made.close()
    text = re.sub(r"\s+", "", text)
    assert len(figures["items"]) > 10
    for code, item in figures["items"].items():
        if item["top2"] is None:
            yes = item["counts"]["1"]
            said = f"{display.percent(yes / item['n'])}（{yes}/{item['n']}）"
            assert said in text, (figures["org"], code, said)
            continue
        given = item["n"] + item["dont_know"]
        line = (
            display.rounded(item["index"], 2),
            _rate(figures, code, "top2", GOOD),
            _rate(figures, code, "top3", ACCEPTABLE),
            f"{display.percent(item['dont_know'] / given)}{item['dont_know']}/{given}",
        )
        assert "".join(line) in text, (figures["org"], code, line)
