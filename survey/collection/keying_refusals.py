"""What is refused while paper ballots are keyed twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.errors import NotFound, SurveyError


class BatchNotFound(NotFound):
    """There is no such batch where the actor may key paper."""

    code = "BATCH_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("没有找到这袋票", "There is no such batch of ballots")


class CountsDoNotFit(SurveyError):
    """The three counts contradict each other."""

    code = "COUNTS_DO_NOT_FIT"
    status = 422

    def __init__(self, issued: int, returned: int, spoilt: int) -> None:
        super().__init__(
            f"数对不上：发出{issued}张，收回{returned}张，其中作废{spoilt}张。收回的不能多于发出的，"
            "作废的不能多于收回的，至少收回1张",
            f"{issued} issued, {returned} returned, {spoilt} spoilt do not fit together",
        )


class LabelTaken(SurveyError):
    """The point has a batch of that name."""

    code = "LABEL_TAKEN"
    status = 422

    def __init__(self, label: str) -> None:
        super().__init__(
            f"这个对象已经登记过“{label}”，请换一个袋号", f"There is a batch {label!r} already"
        )


class BatchSettled(SurveyError):
    """The batch is in the box, or was given up."""

    code = "BATCH_SETTLED"

    def __init__(self) -> None:
        super().__init__(
            "这袋票已经封进票箱或已撤销，不能再改", "This batch is settled or given up"
        )


class WrongMark(SurveyError):
    """The ballots at hand were printed from another version, or for another object."""

    code = "WRONG_MARK"
    status = 422

    def __init__(self, expected: str) -> None:
        super().__init__(
            f"版本码不对，这袋应是{expected}。请看票脚的二维码旁边，不是这个版本的票不要录",
            f"The ballots of this batch carry the mark {expected}; key no others",
        )


class KeyingTaken(SurveyError):
    """Two others are keying this batch."""

    code = "KEYING_TAKEN"

    def __init__(self) -> None:
        super().__init__(
            "已经有两个人在录这袋票。录完后您可以来核对", "Two others are keying this batch"
        )


class NotOwnKeying(SurveyError):
    """The actor has not taken on this batch."""

    code = "NOT_OWN_KEYING"
    status = 403

    def __init__(self) -> None:
        super().__init__("您还没有领这袋票，请先点“开始录”", "You have not taken on this batch")


class PlaceOutside(SurveyError):
    """The pile has no such ballot."""

    code = "PLACE_OUTSIDE"
    status = 422

    def __init__(self, returned: int) -> None:
        super().__init__(f"这袋票只有{returned}张", f"There are {returned} ballots in this batch")


class BallotsMissing(SurveyError):
    """Not every ballot that came back has been keyed."""

    code = "BALLOTS_MISSING"
    status = 422

    def __init__(self, returned: int, keyed: int) -> None:
        super().__init__(
            f"收回{returned}张，您录了{keyed}张，还差{returned - keyed}张",
            f"{returned} came back and you have keyed {keyed}",
        )


class KeyingUnfinished(SurveyError):
    """One of the two keyings is not finished, so nothing is shown of either."""

    code = "KEYING_UNFINISHED"

    def __init__(self) -> None:
        super().__init__(
            "两个人都录完才能核对，在这之前谁也看不到另一份",
            "Both keyings have to be finished before they are compared",
        )


class Undecided(SurveyError):
    """Some differences are not decided."""

    code = "UNDECIDED"
    status = 422

    def __init__(self, places: Sequence[int]) -> None:
        listed = "、".join(map(str, places[:20]))
        super().__init__(
            f"第{listed}张还没有定，请对着原票选一个",
            f"Decide ballots {', '.join(map(str, places[:20]))} first",
        )
        self.places = tuple(places)


class ThirdLookNeeded(SurveyError):
    """The actor keyed the batch; alone they cannot decide against the other."""

    code = "THIRD_LOOK_NEEDED"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "这袋票您录过。请第三个人来核对，或者和另一位录入人一起看过原票，再打勾",
            "You keyed this batch; let a third person decide, or agree with the other one",
        )


class TotalsDiffer(SurveyError):
    """Not as many ballots are spoilt as was declared."""

    code = "TOTALS_DIFFER"
    status = 422

    def __init__(self, declared: int, keyed: int) -> None:
        super().__init__(
            f"登记作废{declared}张，录入作废{keyed}张，对不上。请核对原票，或者改登记的数",
            f"{declared} spoilt ballots were declared and {keyed} keyed",
        )


class BallotRefused(SurveyError):
    """The questionnaire does not allow these answers; messages by item code."""

    code = "BALLOT_REFUSED"
    status = 422

    def __init__(
        self, messages: Mapping[str, str], english: Mapping[str, str], place: int = 0
    ) -> None:
        where = f"第{place}张" if place else "这张票"
        super().__init__(
            f"{where}有{len(messages)}处要看一下",
            f"{len(messages)} places to mend on this ballot",
        )
        self.messages = dict(messages)
        self.english = dict(english)
        self.place = place
