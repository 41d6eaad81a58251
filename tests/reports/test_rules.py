"""The rule set of a round as data: `reports/rules.py`."""

import json
from dataclasses import replace

import pytest

from reports.figures import Target
from reports.form_rules import FormRules
from reports.rule_faults import RulesInvalid
from reports.rules import (
    DEFAULT,
    ballot_mass,
    breakdown_items,
    dimension_label,
    from_data,
    points_of,
    to_data,
)
from reports.scoring import measure


def test_rules_survive_storage():
    changed = replace(DEFAULT, points_preset="even", k_public=12, item_base=12)

    for rules in (DEFAULT, changed):
        assert from_data(json.loads(json.dumps(to_data(rules)))) == rules


def test_what_storage_does_not_name_is_the_default():
    assert from_data({}) == DEFAULT
    assert from_data({"k_public": 20, "item_base": 20}).k_public == 20
    with pytest.raises(RulesInvalid, match="did you mean 'k_public'"):
        from_data({"k_pubic": 20})


def test_a_form_without_rules_of_its_own_has_none():
    assert DEFAULT.form("F_open_consult") == FormRules()


def test_points_come_from_the_questionnaire_unless_a_preset_replaces_them(window_form):
    item = window_form.item("C11")

    assert points_of(item, DEFAULT) == {"5": 100, "4": 80, "3": 60, "2": 30, "1": 0}
    linear = replace(DEFAULT, points_preset="linear")
    assert points_of(item, linear) == {"5": 100, "4": 75, "3": 50, "2": 25, "1": 0}
    assert points_of(window_form.item("C41"), linear) == {"1": 100, "0": 0}
    assert points_of(window_form.item("C31"), linear) == {}


def test_results_are_broken_down_by_identity_and_age_only(branch_form, window_form):
    assert [item.code for item in breakdown_items(branch_form, DEFAULT)] == ["A01", "A02"]
    assert breakdown_items(window_form, DEFAULT) == ()


def test_the_mass_score_of_one_ballot(branch_form):
    full = {f"A{n}": "4" for n in (11, 12, 13, 14, 15)} | {"A21": "3", "A30": "2"}

    assert ballot_mass(branch_form, DEFAULT, full) == pytest.approx(0.5 * 100 + 0.3 * 80 + 0.2 * 60)
    part = {"A11": "4", "A12": "2", "A13": "9", "A30": "1"}
    assert ballot_mass(branch_form, DEFAULT, part) == pytest.approx(0.5 * 80 / 0.7)
    assert ballot_mass(branch_form, DEFAULT, {"A11": "9"}) is None
    assert ballot_mass(branch_form, DEFAULT, {}) is None


def test_published_mass_score(branch_form, vectors):
    given = vectors["TV5_composite"]["input"]
    parts = [(0.5, given["A11_A15"]), (0.3, given["A21_A25"]), (0.2, [given["A30"]])]
    weights = [weight for _, weight in DEFAULT.form(branch_form.code).mass]
    mass = sum(weight * sum(values) / len(values) for weight, values in parts)

    assert weights == [0.5, 0.3, 0.2]
    assert mass == pytest.approx(vectors["TV5_composite"]["mass"])


def test_every_dimension_of_both_forms_has_a_name(branch_form, window_form, make_tally):
    for form in (branch_form, window_form):
        figures = measure(form, make_tally(form, []), DEFAULT, Target("X", "X", "branch"))
        for code in figures.dimensions:
            assert dimension_label(form.code, code, DEFAULT) != code
    assert dimension_label("F_open_consult", "other", DEFAULT) == "other"
