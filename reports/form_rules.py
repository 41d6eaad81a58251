"""What holds for one questionnaire only: weights of its dimensions, its needs, its named shares."""

from __future__ import annotations

from dataclasses import dataclass

OVERALL = "overall"
DISPLAY = "display"
CONTEST = "contest"


@dataclass(frozen=True)
class FactRule:
    """A named share: ballots with one of `option_codes` among those that answered `item_code`."""

    code: str
    label: str
    item_code: str
    option_codes: tuple[str, ...]


@dataclass(frozen=True)
class NeedsRule:
    """A question what matters most, and which option stands for which scored item."""

    item_code: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FormRules:
    """What holds for one questionnaire only.

    Attributes:
        mass: dimension → weight in the mass score; empty where the form has none. The weights
            add up to 1, and the overall item is a dimension of its own.
        needs: None where the form has no such question.
        facts: named shares.
        dimension_labels: what a dimension is called in print.
    """

    mass: tuple[tuple[str, float], ...] = ()
    needs: NeedsRule | None = None
    facts: tuple[FactRule, ...] = ()
    dimension_labels: tuple[tuple[str, str], ...] = ()


BRANCH_FORM = FormRules(
    mass=(("work", 0.5), ("five", 0.3), (OVERALL, 0.2)),
    needs=NeedsRule(
        item_code="A31",
        pairs=(("p1", "A11"), ("p2", "A12"), ("p3", "A13"), ("p4", "A14"), ("p5", "A15")),
    ),
    dimension_labels=(("work", "支部工作"), ("five", "五个好"), (OVERALL, "总体评价")),
)

WINDOW_FORM = FormRules(
    facts=(
        FactRule("one_trip", "一次办成率", "C02", ("0", "1")),
        FactRule("wait_30", "等候30分钟以内率", "C03", ("w1", "w2")),
    ),
    dimension_labels=(
        ("sunshine", "阳光服务"),
        ("smile", "微笑服务"),
        ("standard", "规范服务"),
        ("efficient", "高效服务"),
        ("clean", "廉洁服务"),
        (DISPLAY, "三亮达标"),
        (CONTEST, "三比"),
        (OVERALL, "总体评价"),
    ),
)


def form_defaults() -> dict[str, FormRules]:
    """Return the rules of the forms that have some of their own, by questionnaire code."""
    return {"A_branch_mass": BRANCH_FORM, "C_window_sat": WINDOW_FORM}
