"""Means, shares and their intervals: `reports/estimates.py`."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from reports.estimates import (
    Coverage,
    correction,
    hypergeometric,
    mean_interval,
    method_of,
    rate,
    required_sample,
    spread_of,
    spread_of_moments,
    wilson,
)
from reports.figures import Interval, Method
from reports.rules import DEFAULT


def near(value):
    return pytest.approx(value, abs=5.01e-5)


def ends(interval: Interval):
    return [interval.low, interval.high]


def test_one_item_has_the_published_estimates(vectors):
    vector = vectors["TV1_item"]
    counts, points = vector["input"]["counts"], vector["input"]["points"]
    population = vector["input"]["roster_N"]
    spread = spread_of(points, counts)
    known = Coverage(population, return_rate=vector["return_rate"])
    returned = Coverage(population, return_rate=0.8)

    assert (spread.n, spread.mean, spread.sd) == near((86, vector["index"], vector["sd"]))
    assert spread.se == near(vector["index_se"])
    assert ends(wilson(74, 86)) == near(vector["wilson95_top2"])
    assert ends(wilson(74, 86, population)) == near(vector["wilson95_top2_fpc"])
    assert ends(wilson(83, 86)) == near(vector["wilson95_top3"])
    assert ends(wilson(83, 86, population)) == near(vector["wilson95_top3_fpc"])
    assert ends(mean_interval(spread, 1.0, DEFAULT)) == near(vector["index_ci95"])
    factor = correction(86, returned, DEFAULT)
    assert spread.se * factor == near(vector["index_se_fpc"])
    assert ends(mean_interval(spread, factor, DEFAULT)) == near(vector["index_ci95_fpc"])
    assert correction(86, known, DEFAULT) == 1.0
    assert rate(3, 86, known, DEFAULT).share == near(vector["bad_rate"])


def test_wilson_at_the_edges(vectors):
    for case in vectors["TV1b_wilson_edges"]:
        assert ends(wilson(case["x"], case["n"], case["N"])) == near(case["ci"]), case


def test_exact_intervals_as_published(vectors):
    for case in vectors["TV1c_hypergeometric"]:
        assert ends(hypergeometric(case["x"], case["n"], case["N"])) == near(case["ci"]), case


@pytest.mark.parametrize("base", [1, 2, 9, 30, 86, 385, 2000])
def test_wilson_agrees_with_two_libraries(base):
    for chosen in {0, 1, base // 3, base // 2, base - 1, base}:
        ours = ends(wilson(chosen, base))
        scipys = binomtest(chosen, base).proportion_ci(method="wilson")
        assert ours == pytest.approx([scipys.low, scipys.high], abs=1e-12)
        assert ours == pytest.approx(proportion_confint(chosen, base, method="wilson"), abs=1e-12)


@pytest.mark.parametrize("population", [2, 15, 40])
def test_exact_intervals_agree_with_brute_force(population):
    """Written without a library: keep every total that leaves both tails above 2.5 %."""
    for base in range(1, population):
        for chosen in {0, base // 2, base}:
            kept = [
                total
                for total in range(population + 1)
                if tail(total, population, base, range(chosen, base + 1)) > 0.025
                and tail(total, population, base, range(chosen + 1)) > 0.025
            ]
            wanted = [kept[0] / population, kept[-1] / population]
            assert ends(hypergeometric(chosen, base, population)) == pytest.approx(wanted)


def tail(total, population, base, values):
    ways = sum(comb(total, x) * comb(population - total, base - x) for x in values)
    return ways / comb(population, base)


@pytest.mark.parametrize(
    ("chosen", "base", "population", "returned", "method"),
    [
        (40, 40, 40, None, Method.CENSUS),
        (40, 50, 40, 1.0, Method.WILSON),
        (20, 29, 200, 0.8, Method.HYPERGEOMETRIC),
        (0, 100, 200, 0.9, Method.HYPERGEOMETRIC),
        (100, 100, 200, 0.9, Method.HYPERGEOMETRIC),
        (20, 29, 201, 0.8, Method.WILSON_FPC),
        (50, 100, 200, 0.8, Method.WILSON_FPC),
        (50, 100, 200, 0.7999999, Method.WILSON),
        (50, 100, 200, None, Method.WILSON),
        (50, 100, None, 0.9, Method.WILSON),
    ],
)
def test_which_interval_a_rate_gets(chosen, base, population, returned, method):
    coverage = Coverage(population, returned)
    figure = rate(chosen, base, coverage, DEFAULT)

    assert method_of(chosen, base, coverage, DEFAULT) is method
    assert (figure.interval is None) == (method is Method.CENSUS)


def test_nobody_is_not_a_share_of_nought():
    assert rate(0, 0, Coverage(), DEFAULT) is None
    assert spread_of({"5": 100.0}, {}) is None
    with pytest.raises(ValueError, match="outside"):
        rate(3, 2, Coverage(), DEFAULT)


def test_an_index_without_spread_or_of_few_has_no_interval():
    points = {"5": 100.0, "4": 80.0}
    assert mean_interval(spread_of(points, {"5": 40}), 1.0, DEFAULT) is None
    assert mean_interval(spread_of(points, {"5": 20, "4": 9}), 1.0, DEFAULT) is None
    assert mean_interval(spread_of(points, {"5": 20, "4": 10}), 0.0, DEFAULT) is None
    assert mean_interval(spread_of(points, {"5": 1}), 1.0, DEFAULT) is None
    assert mean_interval(spread_of(points, {"5": 20, "4": 10}), 1.0, DEFAULT) is not None


def test_the_interval_of_an_index_stays_on_its_scale():
    points = {"5": 100.0, "1": 0.0}
    lowest = mean_interval(spread_of(points, {"5": 1, "1": 29}), 1.0, DEFAULT)
    highest = mean_interval(spread_of(points, {"5": 29, "1": 1}), 1.0, DEFAULT)

    assert (lowest.low, highest.high) == (0.0, 100.0)


@pytest.mark.parametrize(
    ("base", "coverage", "factor"),
    [
        (40, Coverage(40), 0.0),
        (40, Coverage(40, 0.1), 0.0),
        (50, Coverage(40, 1.0), 1.0),
        (30, Coverage(40, 0.8), 0.5),
        (30, Coverage(40, 0.79), 1.0),
        (30, Coverage(), 1.0),
    ],
)
def test_whoever_asks_all_has_no_sampling_error(base, coverage, factor):
    assert correction(base, coverage, DEFAULT) == pytest.approx(factor)


def test_how_many_ballots_are_needed(vectors):
    for case in vectors["TV2_sample_size"]:
        assert required_sample(case["margin"], case["N"]) == case["n"], case


@given(st.lists(st.sampled_from([0.0, 30.0, 60.0, 80.0, 100.0]), min_size=1, max_size=60))
def test_sums_tell_the_same_spread_as_counts(values):
    counts = {str(value): values.count(value) for value in values}
    direct = spread_of({code: float(code) for code in counts}, counts)
    summed = spread_of_moments(len(values), sum(values), sum(value**2 for value in values))

    assert summed.mean == pytest.approx(direct.mean)
    if direct.sd is None:
        assert summed.sd is None
    else:
        assert summed.sd == pytest.approx(direct.sd, abs=1e-5)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 4000))
def test_intervals_hold_their_share(base, chosen, more):
    chosen = min(chosen, base)
    for population in (None, base + more):
        interval = wilson(chosen, base, population)
        assert 0.0 <= interval.low <= chosen / base <= interval.high <= 1.0
