"""Places, their intervals and bands: `reports/ranking.py`."""

from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from bench.leagues import coverage
from reports.pairwise import holm, holm_bounds
from reports.ranking import Standing, _placed, ranked, ranks_of, simulated_bounds
from reports.rules import DEFAULT
from reports.scoring import measure


@pytest.fixture(scope="session")
def published(vectors):
    given = vectors["TV7_ranks"]["input"]
    standings = {}
    for org, counts in given["level_counts_5to1"].items():
        n = sum(counts)
        mean = sum(c * p for c, p in zip(counts, given["points"], strict=True)) / n
        squares = sum(c * (p - mean) ** 2 for c, p in zip(counts, given["points"], strict=True))
        error = sqrt(squares / (n - 1) / n)
        standings[org] = Standing(mean, error, tuple(counts), tuple(given["points"]))
    return standings


def test_places_and_bands_as_published(published, vectors):
    ranks = ranked(published, DEFAULT)
    for org, wanted in vectors["TV7_ranks"]["result"].items():
        assert published[org].score == pytest.approx(wanted["index"], abs=5e-5)
        assert published[org].se == pytest.approx(wanted["se"], abs=5e-5)
        assert (ranks[org].place, ranks[org].band) == (wanted["rank"], wanted["band"])
        low, high = wanted["rank_interval_sim"]
        assert abs(ranks[org].low - low) <= 1
        assert abs(ranks[org].high - high) <= 1
        assert [ranks[org].holm_low, ranks[org].holm_high] == wanted["rank_bounds_holm"]


def test_pairs_are_told_apart_as_published(published, vectors):
    pairs = list(combinations(published, 2))
    p_values = np.array(
        [
            2
            * norm.sf(
                abs(published[a].score - published[b].score)
                / sqrt(published[a].se ** 2 + published[b].se ** 2)
            )
            for a, b in pairs
        ]
    )
    wanted = vectors["TV7_ranks"]["pairwise_holm"]

    assert list(holm(p_values)) == [wanted[f"{a}-{b}"]["significant"] for a, b in pairs]


@pytest.mark.parametrize("count", [1, 2, 5, 15, 60])
def test_holm_agrees_with_statsmodels(count):
    p_values = np.random.default_rng(count).beta(0.1, 1, count)
    rejected = multipletests(p_values, alpha=0.05, method="holm")[0]

    assert list(holm(p_values)) == list(rejected)


def plainly_tested(scores, errors):
    """Return the bounds from a test of every single pair."""
    first, second = np.triu_indices(len(scores), 1)
    difference = scores[first] - scores[second]
    error = np.sqrt(errors[first] ** 2 + errors[second] ** 2)
    z = np.abs(difference) / np.where(error == 0, 1, error)
    p_values = np.where(error == 0, (difference == 0).astype(float), 2 * norm.sf(z))
    order = p_values.argsort()
    passes = p_values[order] <= 0.05 / (len(order) - np.arange(len(order)))
    rejected = np.zeros(len(order), dtype=bool)
    rejected[order[: len(order) if passes.all() else passes.argmin()]] = True
    above = np.where(difference > 0, first, second)[rejected & (difference != 0)]
    below = np.where(difference > 0, second, first)[rejected & (difference != 0)]
    better, worse = (np.bincount(each, minlength=len(scores)) for each in (below, above))
    return [(1 + b, len(scores) - w) for b, w in zip(better.tolist(), worse.tolist(), strict=True)]


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.sampled_from([0.5, 3, 12]))
def test_only_pairs_in_doubt_are_tested_and_all_are_judged(seed, count, spread):
    generator = np.random.default_rng(seed)
    scores, errors = generator.normal(80, spread, count), generator.gamma(2, 0.6, count)
    scores = np.where(generator.random(count) < 0.4, scores.round(), scores)
    errors = np.where(generator.random(count) < 0.4, generator.integers(0, 3, count), errors)

    assert holm_bounds(scores, errors) == plainly_tested(scores, errors)


@pytest.mark.parametrize("spread", [1.0, 8.0, 40.0])
def test_leagues_of_hundreds_are_judged_pair_by_pair_too(spread):
    generator = np.random.default_rng(int(spread))
    scores, errors = generator.normal(80, spread, 400), generator.gamma(4, 0.4, 400)

    assert holm_bounds(scores, errors) == plainly_tested(scores, errors)


@settings(max_examples=80, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.integers(1, 30)),
        elements=st.one_of(
            st.sampled_from([0.0, -0.0, 80.0, 80.5, -1.5]), st.floats(-20, 120, width=32)
        ),
    )
)
def test_places_of_draws_are_those_of_their_order(draws):
    order = (-draws).argsort(axis=1, kind="stable")
    places = [[list(row).index(i) + 1 for i in range(len(row))] for row in order]

    assert _placed(draws).tolist() == places


def test_simulated_places_are_quantiles_of_all_draws(published):
    standings = [*published.values(), *(Standing(80.0 + i / 4, 1.5) for i in range(30))]
    generator = np.random.default_rng(DEFAULT.rank_seed)
    draws = []
    for each in standings:
        if each.counts:
            shares = generator.dirichlet([n + 0.2 for n in each.counts], DEFAULT.rank_draws)
            draws.append(shares @ np.array(each.points))
        else:
            draws.append(generator.normal(each.score, each.se, DEFAULT.rank_draws))
    table = np.array(draws)
    places = [1 + (table > row).sum(axis=0) for row in table]
    wanted = [
        tuple(np.quantile(row, [0.025, 0.975], method="inverted_cdf").tolist()) for row in places
    ]

    assert [
        (pytest.approx(low, abs=1), pytest.approx(high, abs=1)) for low, high in wanted
    ] == simulated_bounds(standings, DEFAULT)


def test_ties_share_a_place_and_the_next_one_is_left_out():
    scores = {"a": 88.0, "b": 87.995, "c": 80.0, "d": 70.0}
    ranks = ranked({org: Standing(score, 1.0) for org, score in scores.items()}, DEFAULT)

    assert {org: each.place for org, each in ranks.items()} == {"a": 1, "b": 1, "c": 3, "d": 4}


def test_a_tie_does_not_creep():
    scores = {"a": 88.0, "b": 87.996, "c": 87.992}
    ranks = ranked({org: Standing(score, 1.0) for org, score in scores.items()}, DEFAULT)

    assert [each.place for each in ranks.values()] == [1, 1, 3]


def test_alone_in_its_sector_it_is_first_of_one_in_the_middle_band():
    alone = ranked({"a": Standing(99.0, 0.1)}, DEFAULT)["a"]

    assert (alone.place, alone.low, alone.high, alone.band, alone.of) == (1, 1, 1, 2, 1)


def test_without_error_places_are_certain():
    ranks = ranked({"a": Standing(90.0, 0.0), "b": Standing(80.0, 0.0)}, DEFAULT)

    assert [(r.low, r.high, r.holm_low, r.holm_high) for r in ranks.values()] == [
        (1, 1, 1, 1),
        (2, 2, 2, 2),
    ]


def test_only_rankable_objects_are_ranked_and_inside_their_sector(branch_form, branch_inputs):
    figures = [measure(branch_form, tally, DEFAULT, target) for target, tally in branch_inputs]
    ranks = ranks_of(branch_form, figures, DEFAULT)

    assert "B195" not in ranks
    assert [(org, ranks[org].place, ranks[org].of) for org in ("B006", "B008", "B070")] == [
        ("B006", 1, 3),
        ("B008", 2, 3),
        ("B070", 3, 3),
    ]
    assert (ranks["B009"].place, ranks["B009"].of, ranks["B009"].band) == (1, 1, 2)


def test_rank_intervals_hold_the_true_place():
    found = coverage(60)

    assert found.simulated >= 0.93
    assert found.tested >= 0.95
