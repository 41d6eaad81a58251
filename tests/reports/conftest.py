"""Questionnaires and tallies of the sample district, read in the plainest way."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from forms.definition import ItemKind
from forms.quality import SUSPECT, flags
from forms.xlsform import read_xlsform
from reports.figures import Target
from reports.rules import DEFAULT, ballot_mass, breakdown_items
from reports.tally import Moments, Tally, TargetTally
from tests.reports.sample_world import materials_of, overviews_of

SAMPLE = Path(__file__).parents[2] / "sample"


def read_questionnaire(name):
    path = SAMPLE / "xlsforms" / f"{name}.xlsx"
    return read_xlsform(path.read_bytes(), path.name)


def read_csv(name):
    with (SAMPLE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def values_of(questionnaire, row):
    """Return a row of sample answers as the quality rules take it."""
    values = {}
    for item in questionnaire.items:
        given = row.get(item.code) or None
        is_multiple = given and item.kind is ItemKind.MULTIPLE_CHOICE
        values[item.code] = tuple(given.split()) if is_multiple else given
    return values


def tally_of(questionnaire, ballots, rules=DEFAULT):
    """Return the counts of ballots given as item code → code (several parted by spaces)."""
    items, groups = defaultdict(Counter), {}
    for profile in breakdown_items(questionnaire, rules):
        groups[profile.code] = defaultdict(lambda: defaultdict(Counter))
    scores = []
    for ballot in ballots:
        for item in questionnaire.items:
            if item.kind is ItemKind.TEXT:
                continue
            given = ballot.get(item.code) or ""
            for code in given.split() or [""]:
                items[item.code][code] += 1
                for profile, cells in groups.items():
                    cells[ballot.get(profile) or ""][item.code][code] += 1
        score = ballot_mass(questionnaire, rules, ballot)
        if score is not None:
            scores.append(score)
    mass = Moments(len(scores), sum(scores), sum(score * score for score in scores))
    plain = json.loads(json.dumps({"items": items, "groups": groups}))
    return Tally(len(ballots), plain["items"], {}, plain["groups"], mass)


def target_tally(questionnaire, ballots, suspects=(), rules=DEFAULT):
    """Return the tally of one object whose `suspects` are left out of the official result."""
    return TargetTally(
        received=len(ballots) + len(suspects),
        excluded=len(suspects),
        official=tally_of(questionnaire, ballots, rules),
        complete=tally_of(questionnaire, [*ballots, *suspects], rules),
    )


@pytest.fixture(scope="session")
def branch_form():
    return read_questionnaire("A_branch_mass")


@pytest.fixture(scope="session")
def window_form():
    return read_questionnaire("C_window_sat")


@pytest.fixture(scope="session")
def organisations():
    return {row["org_id"]: row for row in read_csv("organisations.csv")}


@pytest.fixture(scope="session")
def expected():
    return json.loads((SAMPLE / "expected_results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def vectors():
    return json.loads((SAMPLE / "scoring_test_vectors.json").read_text(encoding="utf-8"))


def sample_inputs(questionnaire, file_name, organisations):
    """Return (target, tally) of every object in a file of sample answers."""
    ballots, suspects = defaultdict(list), defaultdict(list)
    for row in read_csv(file_name):
        found = flags(questionnaire, values_of(questionnaire, row), float(row["seconds"]))
        assert (SUSPECT in found) == (row["expect_suspect"] == "1"), row["response_id"]
        (suspects if SUSPECT in found else ballots)[row["org_id"]].append(row)
    return [
        (target_of(organisations[org]), target_tally(questionnaire, ballots[org], suspects[org]))
        for org in sorted(ballots)
    ]


def target_of(row, issued=None):
    def number(name):
        return int(row[name]) if row[name] else None

    return Target(
        org_id=row["org_id"],
        name=row["name_zh"],
        level=row["level"],
        sector=row["sector"],
        unit_id=row["parent_id"],
        population=number("eligible_mass") if row["level"] == "branch" else None,
        issued=issued,
        annual_cases=number("annual_cases"),
    )


@pytest.fixture(scope="session")
def branch_inputs(branch_form, organisations):
    return sample_inputs(branch_form, "responses_A_sample.csv", organisations)


@pytest.fixture(scope="session")
def window_inputs(window_form, organisations):
    return sample_inputs(window_form, "responses_C_sample.csv", organisations)


@pytest.fixture(scope="session")
def make_tally():
    return target_tally


@pytest.fixture(scope="session")
def rounds(branch_form, branch_inputs, window_form, window_inputs):
    """Return both questionnaires of the sample district with their tallies."""
    return (branch_form, branch_inputs), (window_form, window_inputs)


@pytest.fixture(scope="session")
def materials(rounds):
    """Return (org, audience) → what a report is compiled from."""
    return materials_of(rounds)


@pytest.fixture(scope="session")
def world(rounds):
    """Return audience → what summaries are compiled from."""
    return overviews_of(rounds)
