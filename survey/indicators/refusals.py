"""What indicators refuse, each with a code of its own."""

from __future__ import annotations

from datetime import date

from survey.errors import NotFound, SurveyError


class SetNotFound(NotFound):
    """There is no such set of indicators, or none that holds for the period."""

    def __init__(self) -> None:
        super().__init__("没有找到这套指标", "There is no such set of indicators")


class IndicatorNotFound(NotFound):
    """The set has no such indicator for this organisation and period."""

    def __init__(self) -> None:
        super().__init__("没有找到这项指标", "There is no such indicator here")


class SetRefused(SurveyError):
    """A set of indicators cannot be made like this."""

    code = "INDICATORS_REFUSED"
    status = 422


class SetFrozen(SurveyError):
    """Values were approved under the version; a change needs a version of its own."""

    code = "INDICATORS_FROZEN"

    def __init__(self, since: date) -> None:
        super().__init__(
            f"这套指标已有审核通过的数据，不能再改；要改请另定从哪天起用（{since}以后的期初）",
            f"Values were approved under this version; give a first day after {since}",
        )


class PeriodNotOpen(SurveyError):
    """Nothing can be entered for the period."""

    code = "PERIOD_NOT_OPEN"


class PeriodSettled(SurveyError):
    """The scores of the period are fixed."""

    code = "PERIOD_SETTLED"

    def __init__(self, label: str) -> None:
        super().__init__(
            f"{label}已经定稿，不能再填、再改", f"The period {label} is settled and stays as it is"
        )


class ValueRefused(SurveyError):
    """The value cannot be taken; the sentence says what to mend."""

    code = "VALUE_REFUSED"
    status = 422


class NotYourIndicator(SurveyError):
    """Somebody else enters this indicator."""

    code = "NOT_YOUR_INDICATOR"
    status = 403

    def __init__(self, name: str, who: str) -> None:
        super().__init__(f"“{name}”由{who}填报", f"{name} is entered by somebody else")


class AnotherChecker(SurveyError):
    """Whoever entered a value does not approve it."""

    code = "ANOTHER_CHECKER"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "自己填的数不能自己审核，请上级另一位来审核",
            "Whoever entered a value cannot approve it; somebody else above has to",
        )


class EntryDecided(SurveyError):
    """The value was decided already, or corrected since."""

    code = "ENTRY_DECIDED"

    def __init__(self) -> None:
        super().__init__(
            "这个数已经审过，或者刚刚更正过，请看过最新的再决定",
            "This value was decided or corrected meanwhile; look at the latest one",
        )


class EvidenceMissing(SurveyError):
    """The indicator asks for evidence and has none."""

    code = "EVIDENCE_MISSING"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}”还没有佐证材料，不能通过",
            f"{name} has no evidence yet",
        )


class ReasonMissing(SurveyError):
    """A return or a correction needs a reason."""

    code = "REASON_MISSING"
    status = 422

    def __init__(self) -> None:
        super().__init__("请写明理由", "Give a reason")
