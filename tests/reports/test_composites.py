"""Composite scores, as the vectors and the rules of sharing weights have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.composite_rules import BRANCH_COMPOSITE, WINDOW_COMPOSITE, CompositeRules
from reports.composites import Conduct, Source, Unscored, composite_of

COMPONENTS = [code for code, _ in BRANCH_COMPOSITE.weights]
SCORES = st.fixed_dictionaries({code: st.floats(0, 100) for code in COMPONENTS})


def sources(scores):
    return {code: Source(score) for code, score in scores.items()}


def branch(vectors):
    given = vectors["TV5_composite"]["input"]
    scores = {code: given[code] for code in ("peer", "leader", "spot", "commit")}
    return {"mass": vectors["TV5_composite"]["mass"], **scores}


def test_a_branch_is_scored_as_in_the_vector(vectors):
    vector = vectors["TV5_composite"]
    whole = composite_of(sources(branch(vectors)), BRANCH_COMPOSITE, Conduct(overdue=2))

    assert whole.raw == pytest.approx(vector["raw"], abs=5e-5)
    assert whole.final == pytest.approx(vector["final"], abs=5e-5)


def test_the_weight_of_a_missing_component_is_shared(vectors):
    vector = vectors["TV5_composite"]
    scores = branch(vectors)
    del scores["leader"]
    whole = composite_of(sources(scores), BRANCH_COMPOSITE, Conduct(overdue=2))

    weights = {part.component: round(part.weight, 4) for part in whole.parts}
    assert weights == vector["missing_leader_weights"]
    assert whole.raw == pytest.approx(vector["missing_leader_raw"], abs=5e-5)
    assert whole.final == pytest.approx(vector["missing_leader_final"], abs=5e-5)
    assert whole.missing == ("leader",)


def test_a_window_is_scored_as_in_the_vector(vectors):
    vector = vectors["TV5b_window_composite"]
    whole = composite_of(sources(vector["input"]["scores"]), WINDOW_COMPOSITE)

    assert whole.raw == pytest.approx(vector["raw"], abs=5e-5)
    assert sum(part.points for part in whole.parts) == pytest.approx(whole.raw)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (["mass"], Unscored.NO_RESIDENTS),
        (["peer", "leader"], Unscored.TOO_FEW_COMPONENTS),
        (COMPONENTS, Unscored.NO_RESIDENTS),
    ],
)
def test_without_residents_or_two_others_there_is_no_score(vectors, missing, reason):
    scores = {code: score for code, score in branch(vectors).items() if code not in missing}
    whole = composite_of(sources(scores), BRANCH_COMPOSITE)

    assert (whole.final, whole.raw, whole.unscored) == (None, None, reason)


@pytest.mark.parametrize(
    ("conduct", "points"),
    [
        (Conduct(overdue=9), 5),
        (Conduct(overdue=1, false_claims=2, late_publications=1), 12),
        (Conduct(), 0),
    ],
)
def test_deductions_have_their_limits(conduct, points):
    whole = composite_of({"mass": Source(50)}, CompositeRules((("mass", 1.0),)), conduct)

    assert (whole.deduction, whole.final) == (points, 50 - points)


@given(SCORES, st.sets(st.sampled_from(COMPONENTS[1:]), max_size=1))
def test_a_composite_lies_between_its_components(scores, missing):
    kept = {code: score for code, score in scores.items() if code not in missing}
    whole = composite_of(sources(kept), BRANCH_COMPOSITE)

    assert sum(part.weight for part in whole.parts) == pytest.approx(1)
    assert min(kept.values()) - 1e-9 <= whole.raw <= max(kept.values()) + 1e-9


def test_the_error_is_that_of_the_residents_alone():
    whole = composite_of(
        {**sources(dict.fromkeys(COMPONENTS, 80.0)), "mass": Source(80, se=1.2)}, BRANCH_COMPOSITE
    )

    assert whole.se == pytest.approx(0.6)
