"""What came of background work, as the console says it; the command line prints it as it stands."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from survey.jobs.models import Job, JobState

ROUNDS_MADE = re.compile(r"cards (\d+), notices (\d+), sent (\d+)")
NAMED = 3


def said(job: Job) -> str:
    """Return the outcome of a job in words; nothing where its count has said it already.

    What a job failed with is a code, which stands in docs/operations.md: that is given unchanged.
    """
    if job.state != JobState.DONE:
        return job.note
    made = ROUNDS_MADE.fullmatch(job.note)
    if made:
        cards, notices, sent = made.groups()
        text: str = _(
            "警示%(cards)s件，通知%(notices)s条，发出%(sent)s份",
            cards=cards,
            notices=notices,
            sent=sent,
        )
        return text
    if job.note.isdigit():
        return "" if job.total_count else _("没有到期的") if job.note == "0" else job.note
    names = job.note.split("、")
    count = max(job.total_count, len(names))
    if count > NAMED:
        shown: str = _("%(names)s等，共%(count)s件", names="、".join(names[:NAMED]), count=count)
        return shown
    return job.note
