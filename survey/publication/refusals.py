"""What publishing refuses, each with a code of its own."""

from __future__ import annotations

from datetime import date

from survey.errors import NotFound, SurveyError


class PublicationRefused(SurveyError):
    """The round is not at the point where this can be done; the message says what comes first."""

    code = "PUBLICATION_REFUSED"


class NoticeRequired(SurveyError):
    """The rule set asks for a notice (公示) before results are published."""

    code = "NOTICE_REQUIRED"

    def __init__(self, round_code: str, workdays: int) -> None:
        super().__init__(
            f"轮次“{round_code}”要先公示不少于{workdays}个工作日：请先审定，再发公示"
            f"（flask rounds announce {round_code}）",
            f"The rules of {round_code} ask for a notice of {workdays} working days first; run "
            f"flask rounds announce {round_code}",
        )


class NoticeRunning(SurveyError):
    """The notice has not ended."""

    code = "NOTICE_RUNNING"

    def __init__(self, until: date) -> None:
        super().__init__(
            f"公示到{until.month}月{until.day}日为止，过了这一天才能正式公布",
            f"The notice runs until {until.isoformat()}; publish after that day",
        )


class ObjectionsOpen(SurveyError):
    """An objection has not been answered."""

    code = "OBJECTIONS_OPEN"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"还有{count}件异议没有答复，答复以后再公布",
            f"{count} objections have no answer yet; answer them, then publish",
        )


class SecondPerson(SurveyError):
    """This takes two people, and one alone was named."""

    code = "SECOND_PERSON_NEEDED"

    def __init__(self) -> None:
        super().__init__(
            "这一步要两个人：提请的人不能自己批准，请由另一位有权限的同事来办",
            "This takes two people: whoever proposed it cannot approve it; ask a colleague",
        )


class ReleaseChanged(SurveyError):
    """The figures are no longer those that were proposed."""

    code = "RELEASE_CHANGED"

    def __init__(self) -> None:
        super().__init__(
            "结果和提请审定时的不一样了，没有批准。请退回，重新提请",
            "The figures are not those that were proposed; send them back and propose anew",
        )


class NoticeFaulty(SurveyError):
    """A notice lacks what people need who want to object, or is too short."""

    code = "NOTICE_FAULTY"
    status = 422


class ReasonMissing(SurveyError):
    """An act that people will ask about has no reason."""

    code = "REASON_MISSING"
    status = 422

    def __init__(self) -> None:
        super().__init__("请写明理由，理由会留在记录里", "Give the reason; it stays on record")


class ObjectionNotFound(NotFound):
    """There is no such objection."""

    def __init__(self) -> None:
        super().__init__("没有找到这件异议", "There is no such objection")


class NotPublished(NotFound):
    """Nothing of this name is published."""

    code = "NOT_PUBLISHED"

    def __init__(self) -> None:
        super().__init__(
            "没有公布过这样的结果，请从全部公布结果里找",
            "No such results are published; look in the list of all results",
        )
