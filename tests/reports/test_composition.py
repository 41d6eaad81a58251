"""Dimensions, overall scores and quadrants: `reports/composition.py`, `reports/quadrants.py`."""

from fractions import Fraction

import pytest

from reports.composition import Readings, compose
from reports.figures import ItemFigures, Quadrant
from reports.quadrants import Point, quadrants_of
from reports.rules import DEFAULT


def near(value):
    return pytest.approx(value, abs=5.01e-5)


def window_parts(window_form, vectors, importance_n=100):
    """Return the score parts of the published example of CSI and quadrants."""
    indices = {**vectors["TV3_csi"]["input"]["item_index"], "C50": 84.3}
    importance = vectors["TV4_ipa"]["input"]["importance"]
    performance = vectors["TV4_ipa"]["input"]["performance"]
    items = {
        item.code: ItemFigures(item.code, item.dimension, n=100, index=indices.get(item.code, 90.0))
        for item in window_form.items
        if item.is_scored
    }
    readings = Readings(
        codes={
            item.code: Fraction(str(performance[item.dimension]))
            for item in window_form.items
            if item.dimension in performance
        },
        importance={code: Fraction(str(value)) for code, value in importance.items()},
        importance_n=dict.fromkeys(importance, importance_n),
    )
    return compose(window_form, DEFAULT, items, readings)


def test_overall_score_as_published(window_form, vectors):
    vector = vectors["TV3_csi"]
    parts = window_parts(window_form, vectors)

    assert {code: d.index for code, d in parts.dimensions.items()} == near(
        vector["dimension_index"]
    )
    assert {code: d.weight for code, d in parts.dimensions.items()} == near(vector["weights"])
    assert parts.csi == near(vector["csi_importance_weighted"])
    assert parts.csi_equal == near(vector["csi_equal_weighted"])
    assert parts.csi_gap == near(vector["gap_overall_minus_csi"])


def test_quadrants_as_published(window_form, vectors):
    vector = vectors["TV4_ipa"]
    parts = window_parts(window_form, vectors)
    urgent = [d for d in parts.dimensions.values() if d.quadrant is Quadrant.CONCENTRATE]

    assert parts.cross.importance == near(vector["cross_importance"])
    assert parts.cross.performance == near(vector["cross_performance"])
    assert {code: d.quadrant for code, d in parts.dimensions.items()} == {
        code: name[:2] for code, name in vector["quadrant"].items()
    }
    assert {code: d.gap for code, d in parts.dimensions.items()} == near(vector["gap"])
    assert [d.code for d in sorted(urgent, key=lambda d: -d.gap)] == vector["order_Q2"]


def test_few_importance_answers_mean_equal_weights_and_no_quadrants(window_form, vectors):
    parts = window_parts(window_form, vectors, importance_n=29)

    assert parts.csi == parts.csi_equal == near(85.87)
    assert parts.cross is None
    assert {d.quadrant for d in parts.dimensions.values()} == {None}


def test_a_value_on_a_cross_line_is_on_its_upper_side():
    """Three tenths are equal to their mean as fractions; as floats they are not."""
    points = {code: Point(Fraction(1, 10), Fraction(3, 10)) for code in "abc"}
    assert sum([0.1] * 3) / 3 != 0.1

    assert set(quadrants_of(points)[1].values()) == {Quadrant.KEEP}


@pytest.mark.parametrize(("enough", "has_index"), [(2, False), (3, True), (5, True)])
def test_a_dimension_needs_half_of_its_items(branch_form, enough, has_index):
    work = [item.code for item in branch_form.items if item.dimension == "work"]
    items = {
        item.code: ItemFigures(item.code, item.dimension, n=20, index=80.0)
        for item in branch_form.items
        if item.is_scored
    }
    for code in work[enough:]:
        items[code] = ItemFigures(code, "work", n=9, index=0.0)

    parts = compose(branch_form, DEFAULT, items, Readings())

    assert (parts.dimensions["work"].index is not None) == has_index
    assert parts.mass == (pytest.approx(80.0) if has_index else None)
