"""Measures to choose from: for the item of the questionnaire, else for the source."""

from survey.rectification.states import Source
from survey.rectification.suggestions import MOST, suggested


def test_every_source_but_by_hand_has_some_and_an_item_comes_first() -> None:
    for source in set(Source) - {Source.MANUAL}:
        assert suggested(source, "214"), source
    found = suggested(Source.LOW_SCORE, "A13")
    assert found[0].startswith("逐条核对承诺")
    assert len(found) <= MOST
    assert suggested(Source.SPOT_CHECK, "E24_d")[0].startswith("落实值守")
    assert suggested(Source.MANUAL, "") == ()
