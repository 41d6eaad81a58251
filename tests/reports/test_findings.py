"""What should be put right: `reports/findings.py`."""

from dataclasses import replace

import pytest

from reports.disclosure import release
from reports.figures import Audience, ItemFigures, Rate, Status
from reports.findings import Source, findings_of
from reports.rules import DEFAULT


@pytest.fixture(scope="session")
def windows(window_form, window_inputs):
    figures = release(window_form, window_inputs, DEFAULT, Audience.INTERNAL)
    return {each.target.org_id: each for each in figures}


@pytest.fixture(scope="session")
def branches(branch_form, branch_inputs):
    figures = release(branch_form, branch_inputs, DEFAULT, Audience.INTERNAL)
    return {each.target.org_id: each for each in figures}


def test_a_window_starts_with_what_matters_most(window_form, windows):
    findings = findings_of(window_form, windows["W01"], DEFAULT)

    assert [(f.source, f.ref) for f in findings] == [
        (Source.IPA_Q2, "efficient"),
        (Source.LOW_SCORE, "C18"),
    ]
    assert findings[0].problem == "高效服务：得分73.96，重要程度4.69，位于优先整改区"
    assert findings[0].limit_workdays == 15


def test_several_are_ordered_by_gap(window_form, windows):
    findings = findings_of(window_form, windows["W22"], DEFAULT)
    urgent = [f.ref for f in findings if f.source is Source.IPA_Q2]
    gaps = [windows["W22"].dimensions[ref].gap for ref in urgent]

    assert set(urgent) == {"sunshine", "standard", "efficient"}
    assert gaps == sorted(gaps, reverse=True)


def test_low_items_stand_beside_the_quadrant_lowest_first(window_form, windows):
    findings = findings_of(window_form, windows["W40"], DEFAULT)
    low = [f for f in findings if f.source is Source.LOW_SCORE]
    indices = [windows["W40"].items[f.ref].index for f in low]

    assert findings[0].source is Source.IPA_Q2
    assert {"C17", "C18"} <= {f.ref for f in low}
    assert indices == sorted(indices)
    assert all(
        item.index < 70 or item.top3.share < 0.8
        for item in (windows["W40"].items[f.ref] for f in low)
    )
    assert low[0].problem.startswith("高效服务：")
    assert "基本满意以上率" in low[0].problem


def test_a_branch_is_told_which_need_it_fails(branch_form, branches):
    findings = findings_of(branch_form, branches["B009"], DEFAULT)

    assert (findings[0].source, findings[0].ref) == (Source.IPA_Q2, "A14")
    assert findings[0].problem == (
        "为群众办实事、做好事、解难事的情况：得分60.00，54.2%的群众希望先做好，位于优先整改区"
    )
    assert len({f.ref for f in findings}) == len(findings)


def low_item(**changes):
    given = {"n": 30, "index": 80.0, "top3": Rate(0.9, 27, 30)}
    return ItemFigures("C11", "sunshine", **{**given, **changes})


@pytest.mark.parametrize(
    ("item", "is_low"),
    [
        (low_item(), False),
        (low_item(index=69.9999), True),
        (low_item(index=70.0), False),
        (low_item(top3=Rate(0.79999, 23, 30)), True),
        (low_item(top3=Rate(0.8, 24, 30)), False),
        (low_item(index=10.0, n=29), False),
    ],
)
def test_thresholds_compare_what_is_not_rounded(window_form, windows, item, is_low):
    figures = replace(windows["W01"], items={"C11": item}, dimensions={})

    assert bool(findings_of(window_form, figures, DEFAULT)) == is_low


def test_signs_on_the_wall_are_no_satisfaction_item(window_form, windows):
    item = ItemFigures("C41", "display", n=100, index=10.0)
    figures = replace(windows["W01"], items={"C41": item}, dimensions={})

    assert findings_of(window_form, figures, DEFAULT) == ()


def test_only_rankable_objects_raise_items(window_form, windows, branch_form, branches):
    few = replace(windows["W40"], status=Status.SMALL_SAMPLE)

    assert findings_of(window_form, few, DEFAULT) == ()
    assert findings_of(branch_form, branches["B195"], DEFAULT) == ()
    assert findings_of(window_form, windows["窗口单位"], DEFAULT) == ()
