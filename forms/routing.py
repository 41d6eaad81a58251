"""Which items are asked, given the answers so far."""

from __future__ import annotations

from collections.abc import Mapping

from forms.definition import Questionnaire
from forms.expressions import Value, holds


def asked(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> frozenset[str]:
    """Return the codes of the items that are asked of somebody who gave `answers`.

    Conditions look back only; an item that is itself not asked counts as not answered, whatever
    `answers` says.
    """
    given: dict[str, Value] = {}
    for section in questionnaire.sections:
        if section.relevant and not holds(section.relevant, given):
            continue
        for item in section.questions:
            if not item.relevant or holds(item.relevant, given):
                given[item.code] = answers.get(item.code)
    return frozenset(given)
