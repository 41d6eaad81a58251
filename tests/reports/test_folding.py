"""Figures held small are those that were folded: `reports/folding.py`."""

import zlib

from reports.disclosure import release
from reports.figures import Audience
from reports.folding import folded
from reports.plain_data import canonical, to_plain
from reports.rules import DEFAULT


def content_of(figures):
    return zlib.compress(canonical(to_plain(figures)).encode())


def test_folded_figures_equal_the_unfolded_ones(branch_form, branch_inputs):
    for audience in Audience:
        for figures in release(branch_form, branch_inputs, DEFAULT, audience):
            found = folded(content_of(figures))

            assert found == figures
            assert figures == found
            assert canonical(to_plain(found)) == canonical(to_plain(figures))


def test_windows_too(window_form, window_inputs):
    for figures in release(window_form, window_inputs, DEFAULT, Audience.INTERNAL):
        assert folded(content_of(figures)) == figures


def test_nothing_is_unfolded_before_it_is_asked_for(branch_form, branch_inputs, monkeypatch):
    figures = release(branch_form, branch_inputs, DEFAULT, Audience.INTERNAL)[0]
    unfolded = []
    found = folded(content_of(figures))
    monkeypatch.setattr(
        "reports.folding._unfolded", lambda content: unfolded.append(content) or figures
    )

    assert (found.target, found.n, found.mass, found.overall) == (
        figures.target,
        figures.n,
        figures.mass,
        figures.overall,
    )
    assert not unfolded
    assert list(found.items) == list(figures.items)
    assert (found.needs[0], found.needs[:2]) == (figures.needs[0], figures.needs[:2])
    assert hash(found.breakdowns) == hash(figures.breakdowns)
    assert unfolded
