"""What a filled-in checklist comes to: score, vetoes and what was found wanting.

Formula: domain.md 2.9, 100 × Σ got ÷ Σ weights of the check points that apply; TV11 in 3.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from forms.definition import Item, ItemKind, Questionnaire
from forms.expressions import Value

DESCRIPTION, PHOTO = "_d", "_p"
"""What the code of a check point gets for the item that describes, or shows, what was found."""

VETO, YES = "veto", "1"


@dataclass(frozen=True)
class CheckPoint:
    """One check point as it was answered; `share` (0–1) is None where it does not apply."""

    item: Item
    weight: float
    share: float | None
    description: str
    photo: str

    @property
    def is_wanting(self) -> bool:
        """Whether it is met only in part, or not at all."""
        return self.share is not None and self.share < 1


@dataclass(frozen=True)
class ChecklistScore:
    """The result of one checklist.

    Attributes:
        got: points earned.
        base: points that could be earned; 0 where nothing applied.
        score: 0–100, not rounded; None where nothing applied.
        has_veto: a veto point is not met at all, or a veto situation was found.
        points: every check point, in order.
    """

    got: float
    base: float
    score: float | None
    has_veto: bool
    points: tuple[CheckPoint, ...]

    @property
    def wanting(self) -> tuple[CheckPoint, ...]:
        """The check points that are to be put right."""
        return tuple(point for point in self.points if point.is_wanting)


def check_items(questionnaire: Questionnaire) -> tuple[Item, ...]:
    """Return the check points of a questionnaire: scored items with a weight of their own."""
    return tuple(item for item in questionnaire.items if item.is_scored and item.weight)


def score_checklist(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> ChecklistScore:
    """Return what `answers` come to; an item without an answer counts as not applicable."""
    points = tuple(_point(item, answers) for item in check_items(questionnaire))
    applied = [(Fraction(p.weight), Fraction(p.share)) for p in points if p.share is not None]
    base = sum((weight for weight, _ in applied), Fraction(0))
    got = sum((weight * share for weight, share in applied), Fraction(0))
    return ChecklistScore(
        got=float(got),
        base=float(base),
        score=float(100 * got / base) if base else None,
        has_veto=_has_veto(questionnaire, points, answers),
        points=points,
    )


def _point(item: Item, answers: Mapping[str, Value]) -> CheckPoint:
    return CheckPoint(
        item=item,
        weight=item.weight or 0,
        share=_share(item, answers.get(item.code)),
        description=_text(answers.get(item.code + DESCRIPTION)),
        photo=_text(answers.get(item.code + PHOTO)),
    )


def _share(item: Item, value: Value) -> float | None:
    """Return the part of the weight that an answer earns; scales count to 1 or to 100."""
    if not isinstance(value, str) or value not in item.option_codes:
        return None
    points = item.option(value).points
    most = max(option.points or 0 for option in item.options)
    return None if points is None or not most else points / most


def _has_veto(
    questionnaire: Questionnaire, points: tuple[CheckPoint, ...], answers: Mapping[str, Value]
) -> bool:
    is_failed = any(point.item.is_veto and point.share == 0 for point in points)
    found = (
        answers.get(item.code) == YES
        for item in questionnaire.items
        if item.dimension == VETO and item.kind is ItemKind.SINGLE_CHOICE
    )
    return is_failed or any(found)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""
