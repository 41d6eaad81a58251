"""What ratings refuse, each with a code of its own."""

from __future__ import annotations

from survey.errors import NotFound, SurveyError


class RatingNotFound(NotFound):
    """There is no such rating, or it is not for the reader yet."""

    def __init__(self) -> None:
        super().__init__("没有找到这次星级评定", "There is no such rating")


class RatingRefused(SurveyError):
    """A rating cannot be made like this; the sentence says what to mend."""

    code = "RATING_REFUSED"
    status = 422


class RatingFixed(SurveyError):
    """The rating is past the point where this can be done."""

    code = "RATING_FIXED"

    def __init__(self, state: str) -> None:
        now = {"draft": "还没有提请审定", "proposed": "已提请审定", "approved": "已审定"}[state]
        super().__init__(
            f"这次评定{now}，不能这样办", f"The rating is {state}; this cannot be done now"
        )


class RatingUnscored(SurveyError):
    """Nothing has been computed yet."""

    code = "RATING_UNSCORED"

    def __init__(self) -> None:
        super().__init__("请先计算得分，再提请审定", "Compute the scores before you propose")


class DecisionsMissing(SurveyError):
    """Borderline stars need a person and a reason."""

    code = "DECISIONS_MISSING"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"还有{count}个临界的星级要逐个写明理由",
            f"{count} borderline stars still need a decision with a reason",
        )


class QuotaExceeded(SurveyError):
    """Decisions by hand gave more high stars than the rules allow in a sector."""

    code = "QUOTA_EXCEEDED"

    def __init__(self, sector: str, stars: int, most: int) -> None:
        super().__init__(
            f"“{sector}”的{stars}星超过比例，最多{most}个，请调整后再提请",
            f"Sector {sector} has too many {stars}-star organisations; at most {most}",
        )


class ReasonMissing(SurveyError):
    """A star decided by hand needs a reason."""

    code = "REASON_MISSING"
    status = 422

    def __init__(self) -> None:
        super().__init__("请写明理由", "Give a reason")


class StarNotAllowed(SurveyError):
    """A decision by hand would break a veto, a gate or the rule of one step."""

    code = "STAR_NOT_ALLOWED"
    status = 422

    def __init__(self, most: int) -> None:
        super().__init__(
            f"按规则最多{most}星，不能再高", f"The rules allow {most} stars at most here"
        )


class AnotherApprover(SurveyError):
    """Whoever scored, decided or proposed does not approve."""

    code = "ANOTHER_APPROVER"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "算分、评星和提请的人不能自己审定，请换一位审定人",
            "Whoever scored or proposed cannot approve; another person has to",
        )


class AwardNotFound(NotFound):
    """There is no such proposal."""

    def __init__(self) -> None:
        super().__init__("没有找到这项提名", "There is no such proposal")


class AwardRefused(SurveyError):
    """The organisation may not be proposed, or this proposal not be decided so."""

    code = "AWARD_REFUSED"
    status = 422
