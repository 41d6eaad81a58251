"""Stages of a long-term plan as a form sends them: rows of a goal and a day."""

from __future__ import annotations

from datetime import date

from werkzeug.datastructures import MultiDict

from survey.rectification.item import StageGoal

MOST_STAGES = 6


def stages_sent(form: MultiDict[str, str]) -> tuple[StageGoal, ...]:
    """Return the stages that were filled in; rows left empty are none.

    Raises:
        ValueError: a day is none, or a goal has no day.
    """
    rows = zip(form.getlist("goal"), form.getlist("stage_day"), strict=True)
    return tuple(
        StageGoal(goal.strip(), date.fromisoformat(day))
        for goal, day in list(rows)[:MOST_STAGES]
        if goal.strip() or day
    )
