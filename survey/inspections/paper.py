"""A task's checklist on paper."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from reports.meeting_sheets import Occasion, check_sheet
from reports.parts import EvaluationReport
from reports.sentences import day
from survey.inspections.assigned import Assigned


def paper_sheet(assigned: Assigned, zone: ZoneInfo) -> EvaluationReport:
    """Return the checklist of a task to be ticked with a pen; `zone` is that of its dates."""
    questionnaire = assigned.form.questionnaire
    return check_sheet(
        Occasion(
            organiser="",
            round_title=questionnaire.title.to("zh"),
            org_name=assigned.org.name,
            place="",
            on=f"{day(assigned.task.due_on)}前",
            moment=datetime.combine(assigned.task.due_on, time(), zone),
        ),
        questionnaire,
    )
