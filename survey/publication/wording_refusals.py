"""What editing the words of a document refuses, each with a code of its own."""

from __future__ import annotations

from reports.rewording import Difference
from survey.errors import SurveyError


class FigureChanged(SurveyError):
    """An edited sentence has other figures than the generated one."""

    code = "FIGURE_CHANGED"
    status = 422

    def __init__(self, found: Difference) -> None:
        said, told = [], []
        if found.missing:
            said.append(f"少了{'、'.join(f'“{each}”' for each in found.missing)}")
            told.append(f"{', '.join(found.missing)} missing")
        if found.added:
            said.append(f"多了{'、'.join(f'“{each}”' for each in found.added)}")
            told.append(f"{', '.join(found.added)} added")
        if found.is_order:
            said.append("数字的先后变了")
            told.append("in another order")
        super().__init__(
            f"句子里的数字不能改：{'，'.join(said)}。文字可以改，数字请照原句保留",
            f"The figures of a sentence stay as they are: {'; '.join(told)}. Edit the words only",
        )


class WordingClosed(SurveyError):
    """The words of the round stand still."""

    code = "WORDING_CLOSED"

    def __init__(self) -> None:
        super().__init__(
            "这一轮现在不能改文字：启封以后、提请审定以前才能改；已提请的，请审定人退回再改",
            "Words are edited after the opening and before the proposal; have it sent back first",
        )


class SentenceGone(SurveyError):
    """The sentence that was edited is not in the document any more."""

    code = "SENTENCE_CHANGED"

    def __init__(self) -> None:
        super().__init__(
            "结果有变，这句话已经重新生成。请看新的句子，再决定怎么改",
            "The figures changed and made another sentence; look at it and edit anew",
        )


class WordingMeanwhile(SurveyError):
    """Somebody else put the sentence in other words since the actor saw it."""

    code = "WORDING_MEANWHILE"

    def __init__(self, who: str, text: str) -> None:
        super().__init__(
            f"{who}刚刚把这句话改成：“{text}”。您写的还在，看过以后再保存，就用您的",
            f"{who} has just changed this sentence to “{text}”; yours is kept, save it again",
        )


class WordingFaulty(SurveyError):
    """What was typed cannot be printed as it is."""

    code = "WORDING_FAULTY"
    status = 422
