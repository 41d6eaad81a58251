"""Cronbach's alpha against pingouin, from sums that add up over boxes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingouin import cronbach_alpha

from reports.reliability import Remark, alpha_of, moments_of, printed_alphas

ROWS = st.integers(2, 6).flatmap(
    lambda k: st.lists(st.lists(st.integers(1, 5), min_size=k, max_size=k), min_size=3, max_size=40)
)


def test_alpha_is_that_of_the_vector(vectors):
    vector = vectors["TV9_alpha"]

    assert alpha_of(moments_of(vector["input"])) == pytest.approx(vector["alpha"], abs=5e-5)


@given(ROWS)
def test_alpha_is_that_of_pingouin(rows):
    alpha = alpha_of(moments_of(rows))
    if np.var([sum(row) for row in rows]) == 0:
        assert alpha is None
    else:
        assert alpha == pytest.approx(cronbach_alpha(pd.DataFrame(rows))[0], abs=1e-9)


@given(ROWS, st.integers(1, 100))
def test_boxes_add_up(rows, cut):
    cut = cut % len(rows)

    assert moments_of(rows[:cut] or rows[:0]) + moments_of(rows[cut:]) == moments_of(rows)


def test_only_dimensions_with_enough_items_and_cases_are_printed():
    generator = np.random.default_rng(7)
    trait = generator.integers(1, 6, 40)
    alike = [[int(t)] * 3 for t in trait]
    noise = [[int(v) for v in row] for row in generator.integers(1, 6, (40, 3))]
    printed = printed_alphas(
        {
            "alike": moments_of(alike),
            "noise": moments_of(noise),
            "two": moments_of([row[:2] for row in alike]),
            "few": moments_of(alike[:29]),
        }
    )

    assert [(a.dimension, a.remark) for a in printed] == [
        ("alike", Remark.HIGH),
        ("noise", Remark.LOW),
    ]
