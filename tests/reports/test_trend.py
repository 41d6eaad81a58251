"""Changes between rounds against SciPy, pingouin and Newcombe's own table."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pingouin import multicomp
from scipy import stats
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

from reports.estimates import Spread
from reports.trend import Verdict, adjusted, index_change, rate_change, score_change


def test_changes_are_those_of_the_vectors(vectors):
    vector = vectors["TV8_trend"]
    rate = rate_change((118, 150), (165, 190))
    index = index_change(Spread(150, 81.7, 20.4), Spread(190, 86.9, 17.2))

    assert rate.difference == pytest.approx(vector["diff"], abs=5e-5)
    assert rate.statistic == pytest.approx(vector["z"], abs=5e-5)
    assert rate.p == pytest.approx(vector["p"], abs=5e-5)
    assert [rate.interval.low, rate.interval.high] == pytest.approx(vector["newcombe95"], abs=5e-5)
    assert index.statistic == pytest.approx(vector["welch_t"], abs=5e-5)
    assert index.p == pytest.approx(vector["welch_p"], abs=5e-5)


def test_what_is_significant_alone_may_be_steady_together(vectors):
    vector = vectors["TV8_trend"]
    alone = [
        score_change((0.0, 1.0), (float(stats.norm.isf(p / 2)), 0.0))
        for p in vector["input"]["p_values"]
    ]
    together = adjusted(alone)

    assert [c.p for c in alone] == pytest.approx(vector["input"]["p_values"])
    assert [c.adjusted for c in together] == pytest.approx(vector["bh_adjusted"], abs=5e-5)
    assert [c.verdict is Verdict.UP for c in together] == vector["bh_significant"]
    assert alone[0].verdict is Verdict.UP
    assert together[0].verdict.sentence == "基本持平"


# Newcombe (1998), Statistics in Medicine 17:873–890, Table II, method 10, contrasts (a) to (h).
NEWCOMBE = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@pytest.mark.parametrize(("now", "before", "low", "high"), NEWCOMBE)
def test_intervals_are_those_newcombe_published(now, before, low, high):
    interval = rate_change(before, now).interval

    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(("before", "now"), [((1, 9), (8, 10)), ((40, 60), (20, 55))])
def test_the_interval_is_made_of_two_wilson_intervals(before, now):
    low_1, high_1 = proportion_confint(*now, method="wilson")
    low_2, high_2 = proportion_confint(*before, method="wilson")
    first, second = now[0] / now[1], before[0] / before[1]
    change = rate_change(before, now)

    assert change.interval.low == pytest.approx(
        first - second - np.hypot(first - low_1, high_2 - second)
    )
    assert change.interval.high == pytest.approx(
        first - second + np.hypot(high_1 - first, second - low_2)
    )


def test_welch_is_that_of_scipy_on_the_ballots_themselves():
    generator = np.random.default_rng(1)
    before, now = generator.normal(70, 9, 40), generator.normal(76, 20, 55)
    change = index_change(
        *(Spread(len(x), float(x.mean()), float(x.std(ddof=1))) for x in (before, now))
    )
    reference = stats.ttest_ind(now, before, equal_var=False)
    interval = reference.confidence_interval()

    assert change.p == pytest.approx(reference.pvalue)
    assert (change.interval.low, change.interval.high) == pytest.approx(
        (interval.low, interval.high)
    )


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=40))
def test_the_adjustment_is_that_of_pingouin(p_values):
    changes = [score_change((0.0, 1.0), (float(stats.norm.isf(p / 2)), 0.0)) for p in p_values]
    rejected, reference = multicomp([c.p for c in changes], method="fdr_bh")
    together = adjusted(changes)

    assert [c.adjusted for c in together] == pytest.approx(list(reference), abs=1e-9)
    assert [c.verdict is not Verdict.STEADY for c in together] == [
        bool(r) and c.adjusted < 0.05 and c.difference != 0
        for r, c in zip(rejected, together, strict=True)
    ]


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_turning_the_rounds_round_turns_the_verdict(first, second, data):
    before = (data.draw(st.integers(0, first)), first)
    now = (data.draw(st.integers(0, second)), second)
    there, back = rate_change(before, now), rate_change(now, before)

    assert there.difference == pytest.approx(-back.difference)
    assert there.p == pytest.approx(back.p)
    assert (there.interval.low, there.interval.high) == pytest.approx(
        (-back.interval.high, -back.interval.low), abs=1e-9
    )
    assert (there.verdict, back.verdict) in {
        (Verdict.UP, Verdict.DOWN),
        (Verdict.DOWN, Verdict.UP),
        (Verdict.STEADY, Verdict.STEADY),
    }


def test_figures_without_any_spread_are_equal_or_not():
    same, other = Spread(30, 100.0, 0.0), Spread(30, 80.0, 0.0)

    assert index_change(same, same).verdict is Verdict.STEADY
    assert index_change(other, same).verdict is Verdict.UP
    assert adjusted([]) == ()


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_a_rate_is_compared_as_statsmodels_does(first, second, data):
    before = (data.draw(st.integers(0, first)), first)
    now = (data.draw(st.integers(0, second)), second)
    change = rate_change(before, now)
    interval = confint_proportions_2indep(*now, *before, method="newcomb")

    assert (change.interval.low, change.interval.high) == pytest.approx(interval, abs=1e-9)
    if 0 < now[0] + before[0] < first + second:
        reference = proportions_ztest([now[0], before[0]], [second, first])
        assert (change.statistic, change.p) == pytest.approx(reference, abs=1e-9)
    else:
        assert (change.statistic, change.p) == (0.0, 1.0)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60))
def test_the_adjustment_is_that_of_scipy(p_values):
    changes = [replace(rate_change((1, 2), (1, 2)), p=p) for p in p_values]
    reference = stats.false_discovery_control(p_values)

    assert [each.adjusted for each in adjusted(changes)] == pytest.approx(list(reference))


def test_no_report_loads_pandas():
    code = (
        "import sys; from reports.estimates import Spread; from reports import trend;"
        "a = trend.rate_change((118, 150), (165, 190));"
        "b = trend.index_change(Spread(150, 81.7, 20.4), Spread(190, 86.9, 17.2));"
        "trend.adjusted([a, b]);"
        "print(sorted({'pandas', 'statsmodels', 'scipy.stats'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
