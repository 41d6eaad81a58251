"""Coached and stuffed ballots are noticed, chance is not, and small counts stay hidden."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules import DEFAULT
from reports.second_looks import BallotSigns, Sign, second_looks


def league(count=40, n=100, top=20):
    return [BallotSigns(f"W{i:02}", "window", n, all_top=top) for i in range(count)]


def signs(looks, org_id):
    return {look.sign for look in looks if look.org_id == org_id}


def test_an_object_full_of_best_marks_stands_out_from_its_peers():
    looks = second_looks([*league(), BallotSigns("W99", "window", 100, all_top=88)], DEFAULT)

    assert signs(looks, "W99") == {Sign.ALL_TOP}
    assert looks[0].label == "全选最高等次的票比同类多得多"
    assert looks[0].share == "88/100，88.0%"


def test_a_league_of_honest_objects_is_not_accused_by_chance():
    generator = np.random.default_rng(20120229)
    accused = 0
    for _ in range(20):
        objects = [
            BallotSigns(f"W{i}", "window", 100, all_top=int(generator.binomial(100, 0.3)))
            for i in range(100)
        ]
        accused += len({look.org_id for look in second_looks(objects, DEFAULT)})
    assert accused <= 20 * 100 * 0.005


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"burst": 30}, Sign.BURST),
        ({"alike": 60}, Sign.ALIKE),
        ({"suspect": 30}, Sign.CARELESS),
        ({"coached": 20, "coached_asked": 90}, Sign.COACHED),
        ({"ticket": (50, 80), "poster": (79, 80)}, Sign.CHANNELS),
    ],
)
def test_each_sign_is_seen(changes, sign):
    assert signs(second_looks([BallotSigns("W1", "window", 160, **changes)], DEFAULT), "W1") == {
        sign
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"burst": 4},
        {"alike": 20},
        {"coached": 4, "coached_asked": 5},
        {"ticket": (70, 80), "poster": (72, 80)},
        {"ticket": (70, 80)},
    ],
)
def test_what_is_usual_or_too_few_is_not_shown(changes):
    assert second_looks([BallotSigns("W1", "window", 160, **changes)], DEFAULT) == ()


@pytest.mark.parametrize(("yes", "told"), [(40, 40), (45, 45), (46, 45), (50, 45)])
def test_how_few_said_otherwise_is_not_told(yes, told):
    (look,) = second_looks([BallotSigns("W1", "w", 50, coached=yes, coached_asked=50)], DEFAULT)

    assert (look.chosen, look.is_capped) == (told, yes > 45)


def test_a_neutral_item_that_nine_answered_tells_nothing():
    nine = BallotSigns("W1", "w", 50, coached=8, coached_asked=9)
    assert second_looks([nine], DEFAULT) == ()


@given(st.integers(0, 29), st.data())
def test_small_objects_are_never_listed(n, data):
    count = st.integers(0, n)
    each = BallotSigns(
        "W1", "window", n, all_top=data.draw(count), burst=data.draw(count), alike=data.draw(count)
    )
    assert second_looks([*league(), each], DEFAULT) == ()
