"""What the board of items, their pages and their feed say, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from survey.rectification.states import Source
from survey.web.public.wording import words as common

_TEXTS: dict[str, tuple[str, str]] = {
    "board": ("整改公示栏", "Problems being put right"),
    "board_lead": (
        "群众提出和检查发现的问题，改到哪一步，都在这里。逾期的也照实写。",
        "What residents and inspectors found wrong, and how far it has come. What is overdue says "
        "so.",
    ),
    "count_all": ("公开{count}件", "{count} public"),
    "count_late": ("逾期{count}件", "{count} overdue"),
    "group_a": ("等人动手", "Waiting"),
    "group_b": ("办理中", "In work"),
    "group_c": ("核验中", "Being checked"),
    "group_d": ("已办结", "Done"),
    "all": ("全部", "All"),
    "late": ("逾期", "Overdue"),
    "unit": ("单位", "Unit"),
    "sector": ("系统", "Sector"),
    "any": ("不限", "Any"),
    "search": ("找字词、编号", "Words or number"),
    "narrow": ("按单位、系统或者字词查找", "Find by unit, sector or words"),
    "go": ("查找", "Find"),
    "reset": ("清除条件", "Clear"),
    "found": ("找到{count}件", "{count} found"),
    "none": ("没有公开的事项", "Nothing is public"),
    "none_text": (
        "评议结果公布以后，发现的问题在这里逐件公开。",
        "Once results are published, what they brought up is listed here.",
    ),
    "none_found": ("没有符合条件的事项", "Nothing matches"),
    "pages": ("第{page}页，共{pages}页", "Page {page} of {pages}"),
    "older": ("下一页", "Next"),
    "newer": ("上一页", "Previous"),
    "rates": ("办得怎么样", "How it goes"),
    "accepted_in_time": ("受理及时率", "Taken up in time"),
    "accepted_in_time_how": ("派出后2个工作日内接手的", "within two working days"),
    "fixed_in_time": ("按期整改率", "Handed in on time"),
    "fixed_in_time_how": (
        "到期前交出结果的；逾期没交的也算在分母里",
        "what is late counts against it",
    ),
    "closed": ("销号率", "Closed"),
    "closed_how": ("已办结的占全部登记的", "of all that were registered"),
    "reopened": ("复号率", "Taken up again"),
    "reopened_how": ("办结后又重新整改的", "after they had been closed"),
    "called_back": ("回访率", "Called back"),
    "called_back_how": ("差评交出结果以后回访过的", "of bad ratings that were dealt with"),
    "agreeing": ("群众再评价满意率", "Residents who agree"),
    "agreeing_how": ("同意销号的占表态的", "that it is solved, of those who said either"),
    "median": ("平均办理时长", "Time taken"),
    "median_value": ("{days}个工作日", "{days} working days"),
    "median_how": ("{count}件已办结事项的中位数", "median of {count} that are done"),
    "few": ("—（数量太少，不算）", "— (too few to say)"),
    "count_only": ("不足{count}件只列件数", "below {count} only the numbers"),
    "rates_note": (
        "只算公开的事项；误评、重复等撤销的不算。",
        "Of public items alone; those found void count nowhere.",
    ),
    "by_unit": ("各单位", "By unit"),
    "by_sector": ("各系统", "By sector"),
    "total": ("公开", "Public"),
    "open": ("在办", "Open"),
    "done_column": ("办结", "Done"),
    "again": ("复号", "Again"),
    "owner": ("责任单位", "Who must act"),
    "source": ("怎么发现的", "How it came up"),
    "state": ("到哪一步了", "How far"),
    "step": ("第{step}步，共{steps}步", "Step {step} of {steps}"),
    "deadline": ("期限", "Due"),
    "due": ("{date}前办好", "by {date}"),
    "overdue": ("已经逾期：本该{date}前办好", "Overdue: should have been done by {date}"),
    "overdue_days": ("已经逾期{days}个工作日", "{days} working days overdue"),
    "done": ("{date}办结", "done on {date}"),
    "checking": ("责任单位已经交出结果", "handed in by the unit"),
    "raised": ("督办中", "Followed by the district"),
    "raised_text": (
        "重新整改过{count}次，由区里直接督办、验收。",
        "Taken up again {count} times; the district itself follows and checks it.",
    ),
    "again_text": ("重新整改过{count}次", "taken up again {count} times"),
    "measures": ("怎么改", "What is done"),
    "measures_none": ("责任单位还没有填写", "Not written down yet"),
    "photos": ("整改前后", "Before and after"),
    "before": ("整改前", "Before"),
    "after": ("整改后", "After"),
    "said": ("群众怎么说", "What residents said"),
    "said_text": (
        "{n}位群众参加再评价，{told}位表态，{agree}位同意销号（{rate}）。",
        "{n} residents judged it; of {told} who said yes or no, {agree} agree that it is solved "
        "({rate}).",
    ),
    "said_most": (
        "{n}位群众参加再评价，同意销号的高于95%。",
        "{n} residents judged it; more than 95% agree that it is solved.",
    ),
    "said_least": (
        "{n}位群众参加再评价，同意销号的低于5%。",
        "{n} residents judged it; fewer than 5% agree that it is solved.",
    ),
    "around": ("来历、联系方式、短网址", "Where it came from, contact, short address"),
    "part": ("您也可以说话", "Have your say"),
    "asked": ("我来评（{date}前）", "Judge it (until {date})"),
    "ticket": (
        "这一件凭评议票评价，到{date}。票在社区或者窗口领。",
        "This one is judged with a slip, until {date}; slips are handed out on the spot.",
    ),
    "follow": ("用回执跟进、参加再评价", "Follow and judge with your receipt"),
    "follow_text": (
        "评过的群众凭回执编号，可以跟进本单位的公开事项，再评价时投一票。不登录，不问姓名。",
        "With the receipt of an answer you can follow the items of that place and judge each once. "
        "No sign-in, no name.",
    ),
    "contact": ("联系整改工作", "The office"),
    "contact_text": ("{office}，电话{phone}", "{office}, telephone {phone}"),
    "print": ("张贴用的样子", "To print"),
    "short": ("短网址", "Short address"),
    "feed": ("订阅更新（Atom）", "Subscribe (Atom)"),
    "results": ("公布的评议结果", "Published results"),
    "missing": ("没有公开的这件事", "There is no such public item"),
    "missing_text": (
        "编号可能抄错了，也可能还没有公开。请从公示栏里找。",
        "The number may be wrong, or it is not public. Please look on the board.",
    ),
    "to_board": ("看全部公开事项", "All public items"),
    "other_language": ("English", "中文"),
    "source_low_score": ("群众评议中得分偏低", "Low marks from residents"),
    "source_ipa_q2": ("群众最看重、又不够满意", "Matters to residents, and is not good enough"),
    "source_hcp_bad": ("群众给了差评（合并登记）", "Bad ratings of residents, taken together"),
    "source_comment": ("群众写的意见（合并概括）", "What residents wrote, summed up"),
    "source_consult": ("征求意见（合并概括）", "Asked for suggestions, summed up"),
    "source_spot_check": ("实地检查发现", "Found by inspectors"),
    "source_leader_review": ("领导点评指出", "Named by leaders"),
    "source_commitment": ("公开承诺没有兑现", "A public promise was not kept"),
    "source_awareness": ("公开承诺知道的人少", "A public promise that few know of"),
    "source_objection": ("公示期间的异议成立", "An objection that was upheld"),
    "source_manual": ("上级交办", "Given by the district"),
}


def source_words(source: Source, language: str) -> str:
    """Return in plain words where an item came from."""
    return words(language)[f"source_{source.value}"]


@cache
def words(language: str) -> Mapping[str, str]:
    """Return every text of these pages in `language`, those that all residents' pages share too."""
    place = 1 if language == "en" else 0
    return {**common(language), **{key: texts[place] for key, texts in _TEXTS.items()}}
