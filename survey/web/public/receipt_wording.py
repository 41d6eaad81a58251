"""The words of the page where receipts are looked up and items are followed, in both languages."""

from __future__ import annotations

RECEIPT_TEXTS: dict[str, tuple[str, str]] = {
    "check_title": ("查一查您的票算进去了吗", "Was your answer counted?"),
    "check_text": (
        "填评议码和回执编号。只查是否计入，查不到答案。",
        "Enter the code of the form and your receipt. "
        "It shows whether it was counted, never the answers.",
    ),
    "check_go": ("查一下", "Check"),
    "receipt_hint": ("12个字符，提交后的页面上有", "12 characters, shown after submitting"),
    "check_again": ("没有连上，请再点一次", "No connection; please try once more"),
    "items_asked": ("等您来评：{count}件", "Yours to judge: {count}"),
    "items_open": ("正在办的{count}件", "{count} being put right"),
    "items_done": ("办结的{count}件", "{count} done"),
    "item_more": ("怎么改的", "What is done about it"),
    "items_none": ("目前没有公开的问题。", "No problem is on the public list at present."),
    "item_due": ("限{date}办结", "To be done by {date}"),
    "item_done": ("{date}办结", "Done on {date}"),
    "receipt_wrong": ("应该是12个字符，请核对一下", "It should be 12 characters; please check"),
    "counted": ("已经计入", "Counted"),
    "counted_text": (
        "编号{receipt}在本轮的回执名单里：这份答卷已计入。它只证明计入，不显示答案。",
        "Receipt {receipt} is on this round's list: the answer was counted. It shows nothing else.",
    ),
    "not_opened_yet": ("票箱还没有启封", "The box has not been opened yet"),
    "not_opened_yet_text": (
        "启封以后才能查。评议{date}截止，请到那以后再来。",
        "Receipts can be checked once it is opened. The evaluation closes on {date}.",
    ),
    "not_counted": ("名单里没有这个编号", "This receipt is not on the list"),
    "not_counted_text": (
        "请核对评议码和编号有没有抄错。确实没错的，请向区办反映。",
        "Please check code and receipt for slips of the pen. "
        "If both are right, tell the district office.",
    ),
    # items, as their state is said to residents
    "item_new": ("已经登记，还没有分给责任单位", "Registered, not handed on yet"),
    "item_assigned": ("已经交给责任单位，等它接手", "Handed to the unit that must act"),
    "item_accepted": ("责任单位已接手，正在查清情况", "Taken up; being looked into"),
    "item_in_progress": ("正在整改", "Being put right"),
    "item_longterm": ("要分几步做，正在做", "Being done step by step"),
    "item_appeal": ("责任单位有不同意见，区里在复核", "Contested; the district is looking into it"),
    "item_submitted": ("责任单位说办好了，上级在核对", "Said to be done; being checked"),
    "item_unit_checked": ("责任单位说办好了，上级在核对", "Said to be done; being checked"),
    "item_verified": ("验收过了", "Checked on the spot"),
    "item_explained": ("责任单位作了说明，上级在核对", "Explained; being checked"),
    "item_recheck": ("办好了没有，请大家来评", "Is it solved? Residents are being asked"),
    "item_closed": ("已经办结", "Done"),
    "item_reopened": ("大家说没有解决，重新整改", "Not solved, so taken up again"),
    "item_overdue": ("已经逾期：本该{date}前办好", "Overdue: should have been done by {date}"),
    "item_measures": ("怎么改", "What is done"),
    "item_again": ("重新整改过{count}次", "Taken up again {count} times"),
    "photo_before": ("整改前", "Before"),
    "photo_after": ("整改后", "After"),
    # voting with a receipt
    "vote_go": ("我来评这件事", "Judge this"),
    "vote_until": ("{date}前", "Until {date}"),
    "vote_about_title": ("会不会知道是我评的？", "Will anybody know that it was me?"),
    "vote_once": (
        "一个回执对一件事评一次。",
        "One receipt counts once for each item. ",
    ),
    "vote_about": (
        "评的时候，服务器要核对一次回执在不在名单里，核对完不留。"
        "它不知道您当初答了什么，也没有办法知道。",
        "To judge, the server looks once whether your receipt is on the list, and keeps nothing "
        "of it. It does not know what you answered then, and cannot.",
    ),
    "vote_refused": (
        "凭这个回执已经评过，或者不能用来评这件事",
        "This receipt was used for this item, or cannot be used for it",
    ),
    "vote_refused_text": (
        "一个回执对一件事只评一次，先交的那份算数。要是没有评过，请核对评议码和回执编号。",
        "One receipt counts once for each item; the first answer counts. If you have not judged it "
        "yet, please check the code and the receipt.",
    ),
    "vote_over": ("这件事现在不在再评价", "Nobody is being asked about this item now"),
    "vote_over_text": (
        "再评价可能已经结束。请回去看这件事办到哪一步了。",
        "The time for it may be over. Go back to see how far it has come.",
    ),
}
