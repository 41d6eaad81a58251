"""What inspections and reviews refuse, each with its own code and a sentence to act on."""

from __future__ import annotations

from survey.errors import SurveyError


class AssignmentRefused(SurveyError):
    """An object cannot be inspected by this pair, or not in this period."""

    code = "ASSIGNMENT_REFUSED"
    status = 422


class AnswersRefused(SurveyError):
    """A checklist or review is not complete; `faults` holds a sentence for each item code."""

    code = "ANSWERS_REFUSED"
    status = 422

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(
            f"还有{len(faults)}处没有填好，已写的都还在",
            f"{len(faults)} places to complete; what was written is kept",
        )
        self.faults = faults


class TaskDone(SurveyError):
    """The object has an inspection already, by the other inspector or from another phone."""

    code = "TASK_DONE"

    def __init__(self) -> None:
        super().__init__(
            "这个对象已经交过一份检查表，您这份没有存。请和同伴核对，以交上去的为准",
            "This object has a checklist already; yours was not stored. Compare it with that one",
        )


class NotInFieldwork(SurveyError):
    """The round takes no named acts now."""

    code = "NOT_IN_FIELDWORK"
    status = 410


class NotYours(SurveyError):
    """Somebody else has to take this step; nobody confirms what they sent themselves."""

    code = "NOT_YOURS"
    status = 403


class AlreadySettled(SurveyError):
    """The step was taken before."""

    code = "ALREADY_SETTLED"


class PhotoMissing(SurveyError):
    """A photograph that the checklist names has not arrived; it is sent before the checklist."""

    code = "PHOTO_MISSING"
    status = 422


class ReasonMissing(SurveyError):
    """The step needs a reason in words."""

    code = "REASON_MISSING"
    status = 422


class SignatureRefused(SurveyError):
    """The name is not the signer's, or the password is not."""

    code = "SIGNATURE_REFUSED"
    status = 422
