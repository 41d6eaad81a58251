"""No hidden count can be worked out: `reports/suppression.py`, `reports/differencing.py`."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from reports.differencing import Network
from reports.suppression import DISTRICT_KEY, Leaf, Total, hidden_cells, suppress
from tests.reports.plain_suppression import plainly_suppressed

SLACK = 1e-6


def leaf(key, unit, sector, n, weight=100):
    return Leaf(key, unit, sector, n, weight)


@st.composite
def trees(draw):
    units, sectors = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=14))
    return [
        leaf(
            f"B{i}",
            draw(st.sampled_from(["", *(f"U{u}" for u in range(units))])),
            f"S{draw(st.integers(0, sectors - 1))}",
            n,
            draw(st.integers(1, 2000)),
        )
        for i, n in enumerate(sizes)
    ]


def published_sums(leaves, hidden):
    """Return (hidden parts, what they add up to) of every total that is shown."""
    totals = {total for each in leaves for total in each.totals} - hidden.totals
    for total in totals:
        parts = [each for each in leaves if total in each.totals]
        unknown = [each.key for each in parts if each.key in hidden.leaves]
        visible = sum(each.n for each in parts if each.key not in hidden.leaves)
        yield unknown, sum(each.n for each in parts) - visible


def possible_range(leaves, hidden, wanted):
    """Return the range of the sum of `wanted` that a reader of everything shown can give."""
    order = sorted(hidden.leaves)
    sums = [(unknown, rest) for unknown, rest in published_sums(leaves, hidden) if unknown]
    if not sums:
        return float("inf")
    matrix = [[float(key in unknown) for key in order] for unknown, _ in sums]
    rests = [rest for _, rest in sums]
    aim = [float(key in wanted) for key in order]
    low = linprog(aim, A_eq=matrix, b_eq=rests)
    high = linprog([-a for a in aim], A_eq=matrix, b_eq=rests)
    if not (low.success and high.success):
        return float("inf")
    return -high.fun - low.fun


@settings(max_examples=60, deadline=None)
@given(trees(), st.sampled_from([5, 10]), st.booleans())
def test_every_hidden_count_keeps_k_possible_values(leaves, k, is_public):
    hidden = suppress(leaves, k, is_public=is_public)

    assert {each.key for each in leaves if each.n < k} <= hidden.leaves
    for key in hidden.leaves:
        assert possible_range(leaves, hidden, {key}) >= k - 1 - SLACK, key
    for total in {total for each in leaves for total in each.totals}:
        parts = [each for each in leaves if total in each.totals]
        if sum(each.n for each in parts) < k:
            assert total in hidden.totals
            assert possible_range(leaves, hidden, {p.key for p in parts}) >= k - 1 - SLACK, total


@settings(max_examples=60, deadline=None)
@given(trees())
def test_no_hidden_object_makes_up_what_a_total_hides(leaves):
    hidden = suppress(leaves, 10, is_public=True)
    for total in {total for each in leaves for total in each.totals} - hidden.totals:
        unseen = [e for e in leaves if total in e.totals and e.key in hidden.leaves]
        weight = sum(each.weight for each in unseen)
        assert all(each.weight <= 0.9 * weight for each in unseen)


def test_large_objects_are_all_shown():
    leaves = [leaf("a", "U1", "S1", 30), leaf("b", "U1", "S2", 10), leaf("c", "U2", "S2", 99)]
    hidden = suppress(leaves, 10, is_public=True)

    assert (hidden.leaves, hidden.totals) == (frozenset(), frozenset())


def test_the_next_smallest_sibling_is_hidden_too():
    leaves = [
        leaf("small", "U1", "S1", 8),
        leaf("next", "U1", "S1", 20),
        leaf("big", "U1", "S1", 60),
        leaf("far", "U2", "S1", 12),
        leaf("far2", "U2", "S1", 40),
    ]
    hidden = suppress(leaves, 10, is_public=False)

    assert hidden.leaves == {"small", "next"}
    assert hidden.totals == frozenset()


def test_siblings_over_sectors_are_hidden_in_public_only():
    leaves = [
        leaf("small", "U1", "S1", 4),
        leaf("sibling", "U1", "S2", 20),
        leaf("fellow", "U2", "S1", 30),
        leaf("other", "U2", "S2", 40),
        leaf("more", "U2", "S2", 60),
    ]
    inside = suppress(leaves, 5, is_public=False)
    outside = suppress(leaves, 10, is_public=True)

    assert inside.leaves == {"small", "sibling"}
    assert inside.totals == {(Total.SECTOR, "S1"), (Total.SECTOR, "S2")}
    assert outside.leaves == {"small", "sibling", "fellow", "other"}
    assert outside.totals == frozenset()


def test_an_object_alone_in_its_unit_takes_the_district_with_it():
    """Hiding an object somewhere else would not help: its own unit would give it back."""
    leaves = [
        leaf("alone", "U1", "S1", 8),
        leaf("a", "U2", "S2", 40),
        leaf("b", "U2", "S2", 50),
    ]
    hidden = suppress(leaves, 10, is_public=True)

    assert hidden.leaves == {"alone"}
    assert hidden.totals == {(Total.UNIT, "U1"), (Total.SECTOR, "S1"), DISTRICT_KEY}


def test_a_heavy_object_is_not_read_off_a_weighted_mean():
    leaves = [
        leaf("heavy", "U1", "S1", 8, weight=1857),
        leaf("light", "U1", "S1", 12, weight=42),
        leaf("a", "U1", "S1", 60, weight=700),
    ]
    hidden = suppress(leaves, 10, is_public=False)

    assert (Total.UNIT, "U1") in hidden.totals
    assert "a" not in hidden.leaves


def test_cells_as_published(vectors):
    vector = vectors["TV16_suppression"]
    children = vector["input"]["children"]
    hidden = hidden_cells(children, 10)

    assert {code: None if code in hidden else n for code, n in children.items()} == vector[
        "output"
    ]["children"]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"a": 30, "b": 0, "c": 12}, set()),
        ({"a": 30, "b": 9, "c": 0}, {"a", "b"}),
        ({"a": 30, "b": 2, "c": 3, "d": 11}, {"b", "c", "d"}),
        ({"a": 30, "b": 4, "c": 6, "d": 11}, {"b", "c"}),
        ({"a": 9}, {"a"}),
        ({}, set()),
    ],
)
def test_small_cells_are_hidden_until_the_rest_tells_nothing(counts, hidden):
    assert hidden_cells(counts, 10) == hidden


def network(*edges):
    made = Network()
    for tail, head, amount in edges:
        made.add((tail, head), amount)
    return made


def test_how_far_sums_narrow_a_number_down():
    square = network(("U1", "S1", 3), ("U1", "S2", 7), ("U2", "S1", 5), ("U2", "S2", 2))
    for edge in (("U1", "S1"), ("U1", "S2"), ("U2", "S1"), ("U2", "S2")):
        assert square.is_wide(edge, 7), edge
        assert not square.is_wide(edge, 8), edge


def test_a_number_that_no_other_can_trade_with_is_known():
    line = network(("U1", "S1", 3), ("U2", "S1", 7))

    assert line.is_wide(("U1", "S1"), 0)
    assert not line.is_wide(("U1", "S1"), 1)
    assert line.is_wide(("U1", "S1"), 3, is_shared=True)
    assert not line.is_wide(("U1", "S1"), 4, is_shared=True)


def test_what_runs_round_a_hidden_district_could_be_anything():
    edges = ("out", "U1", 3), ("U1", "S1", 3), ("S1", "in", 3)

    assert not network(*edges).is_wide(("U1", "S1"), 1)
    assert network(*edges, ("in", "out", float("inf"))).is_wide(("U1", "S1"), 10**6)


@settings(max_examples=40, deadline=None)
@given(trees(), st.sampled_from([5, 10, 14]))
def test_as_much_is_hidden_as_the_rules_say_and_no_more(leaves, k):
    """Looking again only at what has changed, and at ways around a count, changes nothing."""
    inside = plainly_suppressed(leaves, 5, is_public=False)

    assert suppress(leaves, 5, is_public=False) == inside
    assert suppress(leaves, k, is_public=True, also=inside) == plainly_suppressed(
        leaves, k, is_public=True, also=inside
    )
