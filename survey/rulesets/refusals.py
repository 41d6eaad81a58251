"""What rule sets refuse, each with a code of its own."""

from __future__ import annotations

from reports.rule_faults import RuleFault, RulesInvalid
from survey.errors import NotFound, SurveyError


class RulesNotFound(NotFound):
    """There is no rule set of this name."""

    code = "RULES_NOT_FOUND"

    def __init__(self, wanted: str) -> None:
        shown = wanted if wanted.isprintable() else "?"
        super().__init__(
            f"没有规则“{shown[:60]}”，请看规则清单",
            f"There is no rule set {shown[:60]!r}; see flask rules list",
        )


class RulesRefused(SurveyError):
    """The rule set cannot be like this; `faults` names every value to mend."""

    code = "RULES_INVALID"
    status = 422

    def __init__(self, refused: RulesInvalid) -> None:
        self.faults: tuple[RuleFault, ...] = refused.faults
        super().__init__(
            "；".join(fault.sentence("zh") for fault in self.faults),
            "; ".join(fault.sentence("en") for fault in self.faults),
        )


class RulesUnfit(SurveyError):
    """Code or title of a rule set cannot be used."""

    code = "RULES_UNFIT"
    status = 422


class RulesChanged(SurveyError):
    """Somebody else has changed the draft since it was read."""

    code = "RULES_CHANGED"

    def __init__(self) -> None:
        super().__init__(
            "别人刚改过这份规则，请看过再改",
            "Somebody else has just changed this rule set; look at it and change it again",
        )


class RulesWaiting(SurveyError):
    """The draft lies before the approver, or does not yet."""

    code = "RULES_WAITING"

    def __init__(self, *, is_proposed: bool) -> None:
        zh = "已经提请审定，请等审定人" if is_proposed else "还没有提请审定"
        en = "it waits for the approver" if is_proposed else "it has not been proposed"
        super().__init__(f"这份规则{zh}", f"This cannot be done with the rule set now: {en}")


class RulesSame(SurveyError):
    """A new version would say the same as the last one."""

    code = "RULES_SAME"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"和“{name}”没有不同，不用另立一版",
            f"It does not differ from {name}; nothing to approve",
        )


class RulesOwnApproval(SurveyError):
    """Whoever wrote a rule set does not approve it."""

    code = "ANOTHER_APPROVER"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "改规则的人不能自己审定，请换一位审定人",
            "Whoever changed the rules cannot approve them; another person has to",
        )


class RulesFrozen(SurveyError):
    """A box of the round has been opened: its rules are fixed."""

    code = "RULES_FROZEN"

    def __init__(self, round_code: str) -> None:
        super().__init__(
            f"轮次“{round_code}”已经启封，规则不能再改；要换规则，请用在下一轮",
            f"A box of {round_code} has been opened; its rules stay. Use others in the next round",
        )


class RulesPromised(SurveyError):
    """Residents have read how many answers protect them: fewer are not allowed any more."""

    code = "RULES_PROMISED"

    def __init__(self, round_code: str) -> None:
        super().__init__(
            f"轮次“{round_code}”已经开放，群众看到的保护底线只能提高，不能降低",
            f"{round_code} is open, and residents were told how few answers stay hidden; "
            "these numbers can only be raised",
        )
