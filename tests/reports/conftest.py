"""Questionnaires and tallies of the sample district, read in the plainest way."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import openpyxl
import pytest

from forms.definition import (
    Item,
    ItemKind,
    Questionnaire,
    ResponseOption,
    Section,
    Subject,
    Wording,
)
from reports.figures import Target
from reports.rules import DEFAULT, ballot_mass, breakdown_items
from reports.tally import Moments, Tally, TargetTally

SAMPLE = Path(__file__).parents[2] / "sample"
ZH = "label::中文(zh)"


def sheet_rows(workbook, name):
    rows = workbook[name].iter_rows(values_only=True)
    header = next(rows)
    return [dict(zip(header, row, strict=True)) for row in rows if any(row)]


def read_questionnaire(name, subject):
    """Return what figures need of a workbook: items, options, points and dimensions."""
    workbook = openpyxl.load_workbook(SAMPLE / "xlsforms" / f"{name}.xlsx")
    options = defaultdict(list)
    for row in sheet_rows(workbook, "choices"):
        points = None if row["points"] is None else float(row["points"])
        wording = Wording((("zh", row[ZH]),))
        options[row["list_name"]].append(ResponseOption(str(row["name"]), wording, points))
    dimensions = {row["name"]: row["dimension"] for row in sheet_rows(workbook, "items")}
    items = []
    for row in sheet_rows(workbook, "survey"):
        kind, _, scale = row["type"].partition(" ")
        if kind in {"select_one", "select_multiple", "text"}:
            items.append(
                Item(
                    code=row["name"],
                    kind=ItemKind(kind),
                    label=Wording((("zh", row[ZH]),)),
                    required=row["required"] == "yes",
                    scale=scale,
                    options=tuple(options[scale]),
                    dimension=dimensions[row["name"]],
                )
            )
    settings = sheet_rows(workbook, "settings")[0]
    return Questionnaire(
        code=settings["form_id"],
        version=str(settings["version"]),
        title=Wording((("zh", settings["form_title"]),)),
        languages=("zh",),
        subject=subject,
        sections=(Section("", Wording(), tuple(items)),),
    )


def read_csv(name):
    with (SAMPLE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


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
    return read_questionnaire("A_branch_mass", Subject.BRANCH)


@pytest.fixture(scope="session")
def window_form():
    return read_questionnaire("C_window_sat", Subject.WINDOW)


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
        (suspects if row["expect_suspect"] == "1" else ballots)[row["org_id"]].append(row)
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
