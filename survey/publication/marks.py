"""What stands at the head of a document, and what a frozen one is kept under."""

from __future__ import annotations

from reports.figures import Audience
from survey.campaigns.models import Round, RoundState

DRAFT_MARK = "送审稿"
NOTICE_MARK = "公示稿"
INTERNAL_MARK = "内部版，不张贴"


def report_key(org_id: str, audience: Audience, kind: str = "") -> str:
    """Return what a frozen document is kept under; reports on one object have no kind in it."""
    return f"{audience.value}/{kind}/{org_id}" if kind else f"{audience.value}/{org_id}"


def mark_of(round_: Round, audience: Audience) -> str:
    """Return what stands at the head of the first page, so that the wrong copy is not put up."""
    marks = [INTERNAL_MARK] if audience is Audience.INTERNAL else []
    if round_.state == RoundState.NOTICE:
        marks.append(NOTICE_MARK)
    elif round_.state not in (RoundState.PUBLISHED, RoundState.ARCHIVED):
        marks.append(DRAFT_MARK)
    return "　".join(marks)
