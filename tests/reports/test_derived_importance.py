"""Derived importance against pandas, from joint counts alone."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.derived_importance import derived_importance, spearman
from reports.rules import DEFAULT
from reports.tally import Tally

CELLS = st.dictionaries(
    st.tuples(st.sampled_from([Fraction(n, 2) for n in range(2, 11)]), st.integers(1, 5)),
    st.integers(1, 30),
    min_size=1,
    max_size=20,
)


@given(CELLS)
def test_the_correlation_is_that_of_pandas(cells):
    rows = [(float(a), b) for (a, b), n in cells.items() for _ in range(n)]
    table = pd.DataFrame(rows)
    found = spearman(cells, 1)

    if table[0].nunique() < 2 or table[1].nunique() < 2:
        assert found is None
    else:
        assert found == pytest.approx(table[0].corr(table[1], method="spearman"))


def test_too_few_ballots_derive_nothing():
    assert spearman({(Fraction(4), 5): 28, (Fraction(2), 1): 1}, 30) is None


def test_dimensions_and_paired_items_are_derived(window_form, branch_form):
    window = Tally(n=60, overall={"clean": {"9/2|5": 40, "2|1": 20}})
    pairs = {"A11|A30": {"4|4": 30, "1|1": 20, "9|4": 50}, "A12|A30": {"4|4": 12}}

    assert derived_importance(window_form, window, DEFAULT) == {"clean": pytest.approx(1)}
    assert derived_importance(branch_form, Tally(n=60, pairs=pairs), DEFAULT) == {
        "A11": pytest.approx(1)
    }
