"""Figures as people read them: `reports/display.py`."""

import pytest

from reports import display
from reports.figures import Interval


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.86047, "86.0%"), (0.0005, "0.1%"), (0.8745, "87.5%"), (1.0, "100.0%"), (0.0, "0.0%"),
     (0.1 + 0.2, "30.0%"), (0.28499999, "28.5%"), (-0.00001, "0.0%")],
)  # fmt: skip
def test_rates_have_one_decimal_half_up(share, text):
    assert display.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(86.97674418, "86.98"), (86.985, "86.99"), (2.675, "2.68"), (79.9999, "80.00"), (0.0, "0.00"),
     (-1.4236, "-1.42"), (100.0, "100.00"), (1e-9, "0.00")],
)  # fmt: skip
def test_indices_have_two_decimals_half_up(value, text):
    assert display.index(value) == text


def test_intervals_and_fractions():
    assert display.percent_interval(Interval(0.7718, 0.9183)) == "77.2%～91.8%"
    assert display.index_interval(Interval(82.9479, 91.0056)) == "82.95～91.01"
    assert display.fraction(74, 86) == "74/86"
