"""Form E against the published vector and by hand."""

import json
from pathlib import Path

import pytest

from reports.checklist import score_checklist
from tests.rounds import form

VECTOR = json.loads(
    (Path(__file__).parents[2] / "sample" / "scoring_test_vectors.json").read_text("utf-8")
)["TV11_spotcheck"]


def test_the_published_vector():
    result = score_checklist(form("E_spot_check"), VECTOR["input"]["answers"])

    assert (result.got, result.base) == (VECTOR["points"], VECTOR["base"])
    assert round(result.score, 4) == VECTOR["score"]
    assert not result.has_veto
    assert [point.item.code for point in result.wanting] == ["E14", "E24", "E44", "E53"]


@pytest.mark.parametrize(
    ("answers", "has_veto"),
    [({"E62": "0"}, True), ({"E62": "1"}, False), ({"E90": "1"}, True), ({"E90": "0"}, False)],
)
def test_a_veto_is_a_failed_veto_point_or_a_situation_found(answers, has_veto):
    assert score_checklist(form("E_spot_check"), answers).has_veto is has_veto


def test_where_nothing_applies_there_is_no_score():
    result = score_checklist(form("E_spot_check"), {"E11": "9"})

    assert (result.score, result.base) == (None, 0)
