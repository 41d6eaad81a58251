"""Why an act on a rectification item is refused, each with a code and what to do instead."""

from __future__ import annotations

from survey.errors import NotAllowed, SurveyError


class NotInState(SurveyError):
    """The act does not start from the item's present state."""

    code = "NOT_IN_STATE"


class ChangedMeanwhile(SurveyError):
    """Somebody changed the item after the actor had looked at it."""

    code = "CHANGED_MEANWHILE"


class NotYourStep(NotAllowed):
    """The step belongs to another party."""

    code = "NOT_YOUR_STEP"


class SamePerson(NotAllowed):
    """One person would be on both sides of the item."""

    code = "SAME_PERSON"


class SameBranch(NotAllowed):
    """A verifier would accept the work of the own branch or window."""

    code = "SAME_BRANCH"


class TooManyRows(SurveyError):
    """More items than can be printed at once."""

    code = "TOO_MANY_ROWS"
    status = 422


class ViewFaulty(SurveyError):
    """A view of the ledger cannot be kept."""

    code = "VIEW_FAULTY"
    status = 422


class SendingFaulty(SurveyError):
    """What a phone sent cannot be told from something it sent before."""

    code = "SENDING_FAULTY"
    status = 409


class BulkFaulty(SurveyError):
    """One act on many items cannot be taken like this."""

    code = "BULK_FAULTY"
    status = 422


class ReasonRequired(SurveyError):
    """The act needs a reason in words."""

    code = "REASON_REQUIRED"
    status = 422


class MeasuresRequired(SurveyError):
    """The measures are not written."""

    code = "MEASURES_REQUIRED"
    status = 422


class EvidenceRequired(SurveyError):
    """There is no file that shows what was done."""

    code = "EVIDENCE_REQUIRED"
    status = 422


class RecheckRequired(SurveyError):
    """Residents have not yet said whether the problem is solved."""

    code = "RECHECK_REQUIRED"


class RecheckTooEarly(SurveyError):
    """Fewer than ten took part, and residents may still answer once more."""

    code = "RECHECK_TOO_EARLY"


class RecheckRunning(SurveyError):
    """Residents are asked, or were: what they said is counted by itself and entered by nobody."""

    code = "RECHECK_RUNNING"

    def __init__(self) -> None:
        super().__init__(
            "这件正在请群众再评价，或者已经评完，结果由系统从票箱里计出，不能手工登记",
            "Residents are being asked, or were; their word comes from the box, not by hand",
        )


class RecheckFailed(SurveyError):
    """Residents say that the problem is not solved."""

    code = "RECHECK_FAILED"


class RecheckFaulty(SurveyError):
    """The result of a recheck is missing or does not add up."""

    code = "RECHECK_FAULTY"
    status = 422


class SecondAcceptanceRequired(SurveyError):
    """Too few residents took part, and only one verifier has accepted the work."""

    code = "SECOND_ACCEPTANCE_REQUIRED"


class SheetRequired(SurveyError):
    """The acceptance sheet is not filled in."""

    code = "SHEET_REQUIRED"
    status = 422


class AcceptanceFailed(SurveyError):
    """The sheet says that the problem is not solved, or has too few points."""

    code = "ACCEPTANCE_FAILED"
    status = 422


class NoticeRunning(SurveyError):
    """The public notice that stands in for a recheck is not over."""

    code = "NOTICE_RUNNING"


class RequestFaulty(SurveyError):
    """There is nothing to decide on, or what is asked for stands already."""

    code = "REQUEST_FAULTY"


class CalendarFaulty(SurveyError):
    """A table of holidays cannot be read; the sentence names every bad row."""

    code = "CALENDAR_FAULTY"
    status = 422


class StageDateRequired(SurveyError):
    """A stage needs a day that is still to come."""

    code = "STAGE_DATE_REQUIRED"
    status = 422


class StageNotDue(SurveyError):
    """The stage is still running."""

    code = "STAGE_NOT_DUE"


class TooLate(SurveyError):
    """The time in which the act was possible is over."""

    code = "TOO_LATE"


class HandedBackBefore(SurveyError):
    """The item was already handed back once."""

    code = "HANDED_BACK_BEFORE"


class ExtensionRefused(SurveyError):
    """The deadline may not be put off, or not by so much."""

    code = "EXTENSION_REFUSED"


class ItemFaulty(SurveyError):
    """What is to be registered is missing something or contradicts itself."""

    code = "ITEM_FAULTY"
    status = 422


class EvidenceRefused(SurveyError):
    """A file is not taken as evidence."""

    code = "EVIDENCE_REFUSED"
    status = 422
