"""Which items are asked, and what the calculations come to, given the answers so far."""

from __future__ import annotations

from collections.abc import Mapping

from forms.definition import ItemKind, Questionnaire
from forms.expressions import Value, calculated, holds


def asked(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> frozenset[str]:
    """Return the codes of the items that are asked of somebody who gave `answers`."""
    known = with_calculations(questionnaire, answers)
    return frozenset(known.keys() & questionnaire.items_by_code.keys())


def with_calculations(
    questionnaire: Questionnaire, answers: Mapping[str, Value]
) -> dict[str, Value]:
    """Return the answers to the items that are asked, and what the calculations come to.

    Conditions and calculations look back only; an item that is itself not asked counts as not
    answered, whatever `answers` says.
    """
    given: dict[str, Value] = {}
    for section in questionnaire.sections:
        if section.relevant and not holds(section.relevant, given):
            continue
        for item in section.items:
            if item.kind is ItemKind.NOTE or (item.relevant and not holds(item.relevant, given)):
                continue
            if item.kind is ItemKind.CALCULATE:
                given[item.code] = calculated(item.calculation, given)
            else:
                given[item.code] = answers.get(item.code)
    return given
