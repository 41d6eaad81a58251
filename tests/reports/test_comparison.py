"""Two rounds side by side: refused where they are not alike, tested together where they are."""

from dataclasses import replace

import pytest

from forms.definition import Wording
from reports.comparison import Setting, changed_items, changes, gaps, obstacles
from reports.composite_rules import StarRules
from reports.estimates import Coverage
from reports.figures import Audience, Figures, MassFigures, Status, Target
from reports.rules import DEFAULT
from reports.scoring import item_figures
from reports.trend import Verdict


def reworded(questionnaire, code):
    """Return the questionnaire with one item asked in other words."""

    def item(each):
        return replace(each, label=Wording((("zh", "换了说法"),))) if each.code == code else each

    return replace(
        questionnaire,
        sections=tuple(
            replace(section, items=tuple(item(each) for each in section.items))
            for section in questionnaire.sections
        ),
    )


def without(questionnaire, code):
    return replace(
        questionnaire,
        sections=tuple(
            replace(section, items=tuple(i for i in section.items if i.code != code))
            for section in questionnaire.sections
        ),
    )


def setting(questionnaire, **changes):
    return replace(Setting("R2026Q2", questionnaire, DEFAULT, "open", 0.3), **changes)


def figures(org_id, questionnaire, counts, mass=None, sector="窗口单位"):
    """Return figures of the overall item, and of a mass score where one is given."""
    item = questionnaire.items_by_code["C50"]
    overall = item_figures(item, counts, Coverage(), DEFAULT)
    return Figures(
        Target(org_id, org_id, "window", sector),
        questionnaire.code,
        Audience.INTERNAL,
        Status.RANKABLE,
        True,
        n=overall.n,
        items={"C50": overall},
        overall=overall,
        mass=mass,
    )


def test_rounds_alike_may_be_compared(window_form):
    assert obstacles(setting(window_form), setting(window_form, paper_share=0.4)) == ()


def test_every_difference_that_matters_is_named(window_form, branch_form):
    now = setting(
        reworded(window_form, "C11"),
        rules=replace(
            DEFAULT,
            points_preset="linear",
            suspects_excluded=False,
            stars=StarRules(gate_calibre="top2"),
        ),
        mode="ticket",
    )

    assert len(obstacles(setting(window_form), now)) == 5
    assert obstacles(setting(branch_form), setting(window_form))[0].zh == "两轮用的不是同一种问卷"
    (refused,) = obstacles(setting(window_form), setting(window_form, paper_share=0.51))
    assert refused.zh == "两轮的纸质票比例相差太大"
    assert refused.en == "the shares of paper ballots differ too much"


def test_wording_options_and_missing_items_count_and_unscored_ones_do_not(window_form):
    assert changed_items(window_form, reworded(window_form, "C11")) == ("C11",)
    assert changed_items(window_form, without(window_form, "C20")) == ("C20",)
    assert changed_items(without(window_form, "C20"), window_form) == ("C20",)
    assert changed_items(window_form, reworded(window_form, "C54")) == ()


def test_only_what_stands_among_all_comparisons_is_a_change(window_form):
    steady = {"5": 60, "4": 30, "3": 8, "2": 2}
    before = {f"W{i}": figures(f"W{i}", window_form, steady) for i in range(20)}
    now = [figures(f"W{i}", window_form, steady) for i in range(18)]
    now.append(figures("W18", window_form, {"5": 95, "4": 5}))
    now.append(figures("W19", window_form, {"5": 70, "4": 24, "3": 6}))
    found = changes(before, now, DEFAULT)

    assert found["W18"].score.verdict is Verdict.UP
    assert found["W18"].items[0].top2.verdict is Verdict.UP
    assert found["W19"].score.p < found["W19"].score.adjusted
    assert {found[f"W{i}"].score.verdict for i in range(18)} == {Verdict.STEADY}


def test_what_one_round_cannot_show_is_not_compared(window_form):
    few = figures("W1", window_form, {"5": 10, "4": 5})
    many = figures("W1", window_form, {"5": 60, "4": 30})
    hidden = replace(many, is_shown=False)

    assert changes({"W1": hidden}, [many], DEFAULT) == {}
    assert changes({}, [many], DEFAULT) == {}
    item = changes({"W1": few}, [many], DEFAULT)["W1"].items[0]
    assert (item.top2, item.top3, item.index) == (None, None, None)


def test_a_mass_score_is_compared_with_its_error(window_form):
    before = {"W1": figures("W1", window_form, {"5": 40}, MassFigures(80.0, 1.0))}
    now = [figures("W1", window_form, {"5": 40}, MassFigures(84.0, 1.0))]

    assert changes(before, now, DEFAULT)["W1"].score.p == pytest.approx(0.004678, abs=1e-6)


def test_the_gap_table_sets_each_beside_peers_best_quarter_and_target(window_form):
    now = [
        figures(f"W{i}", window_form, {}, MassFigures(score, 1.0))
        for i, score in enumerate([70.0, 80.0, 90.0, 95.0, 85.0])
    ]
    earlier = {"W0": figures("W0", window_form, {}, MassFigures(66.0, 1.0))}
    found = gaps(now, earlier, {"W0": 85.0})

    assert found["W0"].before == 66.0
    assert found["W0"].peers == pytest.approx(84)
    assert found["W0"].best_quarter == pytest.approx(90)
    assert (found["W0"].target, found["W1"].target) == (85.0, None)
    alone = gaps(now[:1], {}, {})["W0"]
    assert (alone.peers, alone.best_quarter, alone.before) == (None, None, None)
