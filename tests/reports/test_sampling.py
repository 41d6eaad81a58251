"""What the adviser tells collectors, and that its numbers are the formula's."""

from hypothesis import given
from hypothesis import strategies as st

from reports.estimates import required_sample
from reports.rules import DEFAULT
from reports.sampling import MARGINS, advise, margin_of, sentence


def test_the_adviser_says_what_the_next_ballots_buy():
    assert sentence(advise(55, 120, DEFAULT)) == "还需12份，可达±8个百分点"
    assert sentence(advise(20, 120, DEFAULT)) == "还需10份，才能参加排名"
    assert sentence(advise(120, 120, DEFAULT)) == "应评的人都已参评，没有抽样误差"
    assert sentence(advise(40, 60, DEFAULT)) == "应评人数不多，请争取全员参评"
    assert sentence(advise(2_000, None, DEFAULT)) == "份数已经足够"


def test_a_roster_too_small_to_be_ranked_asks_for_everybody():
    assert advise(5, 12, DEFAULT).missing_for_ranking == 7


@given(st.sampled_from(MARGINS), st.none() | st.integers(40, 100_000))
def test_the_sample_asked_for_gives_the_margin_and_one_less_does_not(margin, population):
    needed = required_sample(margin, population)

    assert margin_of(needed, population) <= margin + 1e-9
    assert margin_of(needed - 1, population) > margin - 1e-9


@given(st.integers(0, 3_000), st.none() | st.integers(1, 3_000))
def test_advice_never_asks_for_more_than_there_are(n, population):
    n = n if population is None else min(n, population)
    advice = advise(n, population, DEFAULT)

    assert advice.missing >= 0
    assert advice.missing_for_ranking >= 0
    assert population is None or n + advice.missing <= population
    assert sentence(advice)
